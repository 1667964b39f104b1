"""What each indicator is for, and how it is counted, as a school reads it.

The purposes of P1 and P8 follow the seed's slides («Hensikt», haug-status-2023); where the seed has
none, the words are ours. The rule of a figure is `indicators.py`: these words only tell it, and a
change of them makes no new version of a definition.
"""

from collections.abc import Mapping

from iopflow.texts import Text

PURPOSE: Mapping[str, Text] = {
    "P1": Text(
        "Sakkyndig vurdering er grunnlaget for en god IOP. PPT trenger dokumentasjon fra skolen "
        "i god tid, og skolen trenger vurderingen i tide. Tallet viser hvordan samarbeidet "
        "flyter.",
        "Sakkunnig vurdering er grunnlaget for ein god IOP. PPT treng dokumentasjon frå skulen i"
        " god tid, og skulen treng vurderinga i tide. Talet viser korleis samarbeidet flyt.",
        "The expert assessment is the ground of a good IEP. PPT needs documentation from the "
        "school early, and the school needs the assessment in time. The figure shows how that "
        "work flows.",
    ),
    "P2": Text(
        "Vedtaket gir eleven retten. Er det fattet før skoleslutt, kan skolen bemanne og "
        "planlegge det nye skoleåret, og foresatte vet hva som gjelder.",
        "Vedtaket gir eleven retten. Er det gjort før skuleslutt, kan skulen bemanne og "
        "planleggje det nye skuleåret, og føresette veit kva som gjeld.",
        "The decision gives the pupil the right. Made before school ends, it lets the school "
        "staff and plan the new year, and guardians know what holds.",
    ),
    "P3": Text(
        "Årsevalueringen viser om opplæringen virket, og er grunnlaget for målene neste år og "
        "for en eventuell ny vurdering fra PPT.",
        "Årsevalueringa viser om opplæringa verka, og er grunnlaget for måla neste år og for ei "
        "eventuell ny vurdering frå PPT.",
        "The annual evaluation shows whether the teaching worked, and is the ground of next "
        "year's goals and of a new assessment where one is needed.",
    ),
    "P4": Text(
        "En elev som var her i fjor, skal få riktig opplæring fra første dag. Da må planen være "
        "klar når skolen begynner.",
        "Ein elev som var her i fjor, skal få rett opplæring frå første dag. Då må planen vere "
        "klar når skulen byrjar.",
        "A pupil who was here last year is to be taught rightly from the first day. The plan "
        "must be ready when school starts.",
    ),
    "P5": Text(
        "En ny elev kjenner ingen ennå, men har rett til opplæring med en plan fra første dag: "
        "en forenklet IOP bygger på det som følger med eleven.",
        "Ein ny elev kjenner ingen enno, men har rett til opplæring med ein plan frå første dag:"
        " ein forenkla IOP byggjer på det som følgjer med eleven.",
        "Nobody knows a new pupil yet, but the right to teaching by a plan holds from the first "
        "day: a simplified IEP builds on what comes with the pupil.",
    ),
    "P6": Text(
        "Når skolen har lært den nye eleven å kjenne, skal den forenklede planen være erstattet "
        "av en som er ferdig.",
        "Når skulen har lært den nye eleven å kjenne, skal den forenkla planen vere erstatta av "
        "ein som er ferdig.",
        "Once the school knows the new pupil, the simplified plan is to have been replaced by a "
        "complete one.",
    ),
    "P7": Text(
        "Eleven skal bli hørt om egen opplæring, to ganger i året.",
        "Eleven skal bli høyrd om eiga opplæring, to gonger i året.",
        "The pupil is to be heard on the own teaching, twice a year.",
    ),
    "P8": Text(
        "Sikre at elev og foresatte får medvirke når målene velges. Viktig for samarbeidet "
        "mellom skole og hjem.",
        "Sikre at elev og føresette får medverke når måla blir valde. Viktig for samarbeidet "
        "mellom skule og heim.",
        "Make sure that pupil and guardians take part when the goals are chosen. It matters for "
        "the work between school and home.",
    ),
    "P9": Text(
        "Foresatte skal få vite hvordan det går halvveis, mens det ennå er tid til å endre noe.",
        "Føresette skal få vite korleis det går halvvegs, medan det enno er tid til å endre noko.",
        "Guardians are to know how it goes half-way, while there still is time to change "
        "something.",
    ),
    "P10": Text(
        "Vise om skolen når hjemmene. Få foresatte på møtene er et tegn på å spørre hvorfor.",
        "Vise om skulen når heimane. Få føresette på møta er eit teikn på å spørje kvifor.",
        "Show whether the school reaches the homes. Few guardians at the meetings is a sign to "
        "ask why.",
    ),
}

COUNTED: Mapping[str, Text] = {
    "P1": Text(
        "Elever som trenger en sakkyndig vurdering for neste skoleår, og som går på skolen da. I"
        " tide er den som er mottatt senest 31. mai. Elever uten samtykke og de som ble meldt 1."
        " juni eller senere, er holdt utenfor.",
        "Elevar som treng ei sakkunnig vurdering for neste skuleår, og som går på skulen då. I "
        "tide er den som er motteken seinast 31. mai. Elevar utan samtykke og dei som vart melde"
        " 1. juni eller seinare, er haldne utanfor.",
        "Pupils who need an expert assessment for the next school year, and who are at the "
        "school then. In time is what was received by 31 May. Pupils without consent, and those "
        "referred on 1 June or later, are left out.",
    ),
    "P2": Text(
        "Elever som trenger vedtak for neste skoleår. I tide er vedtak som er fattet senest "
        "siste skoledag og gjelder første skoledag neste år, eller et avslag. Elever med et "
        "flerårig vedtak som fortsatt gjelder, og elever uten samtykke, er holdt utenfor.",
        "Elevar som treng vedtak for neste skuleår. I tide er vedtak som er gjorde seinast siste"
        " skuledag og gjeld første skuledag neste år, eller eit avslag. Elevar med eit fleirårig"
        " vedtak som framleis gjeld, og elevar utan samtykke, er haldne utanfor.",
        "Pupils who need a decision for the next school year. In time is a decision made by the "
        "last school day that holds on the first day of the next year, or a refusal. Pupils with"
        " a decision of several years that still holds, and those without consent, are left out.",
    ),
    "P3": Text(
        "Elever med vedtak siste skoledag. I tide er evaluering som er gjort senest den dagen. "
        "Elever som har gått her i under 56 dager, er holdt utenfor.",
        "Elevar med vedtak siste skuledag. I tide er evaluering som er gjord seinast den dagen. "
        "Elevar som har gått her i under 56 dagar, er haldne utanfor.",
        "Pupils with a decision on the last school day. In time is an evaluation done by that "
        "day. Pupils who have been here for fewer than 56 days are left out.",
    ),
    "P4": Text(
        "Elever som gikk her siste skoledag i fjor og første skoledag i år, med vedtak. I tide "
        "er en plan som var klar senest første skoledag.",
        "Elevar som gjekk her siste skuledag i fjor og første skuledag i år, med vedtak. I tide "
        "er ein plan som var klar seinast første skuledag.",
        "Pupils who were here on the last school day of last year and the first of this, with a "
        "decision. In time is a plan that was ready by the first school day.",
    ),
    "P5": Text(
        "Elever som begynte første skoledag og ikke gikk her i fjor, med vedtak. I tide er en "
        "forenklet eller ferdig plan senest første skoledag.",
        "Elevar som byrja første skuledag og ikkje gjekk her i fjor, med vedtak. I tide er ein "
        "forenkla eller ferdig plan seinast første skuledag.",
        "Pupils who came on the first school day and were not here last year, with a decision. "
        "In time is a simplified or complete plan by the first school day.",
    ),
    "P6": Text(
        "Nye elever med vedtak 1. oktober, også de som begynte senest 3. september. I tide er en"
        " ferdig plan senest 1. oktober.",
        "Nye elevar med vedtak 1. oktober, også dei som byrja seinast 3. september. I tide er "
        "ein ferdig plan seinast 1. oktober.",
        "New pupils with a decision on 1 October, also those who came by 3 September. In time is"
        " a complete plan by 1 October.",
    ),
    "P7": Text(
        "En samtale høst og en vår for hver elev. I tide er den som er holdt innen sitt halvår.",
        "Ein samtale haust og ein vår for kvar elev. I tide er den som er halden innan sitt "
        "halvår.",
        "One talk in autumn and one in spring for each pupil. In time is one held within its "
        "half-year.",
    ),
    "P7_host": Text(
        "Elever som går her 1. mars. I tide er en samtale holdt fra første skoledag til "
        "høsthalvåret slutter.",
        "Elevar som går her 1. mars. I tide er ein samtale halden frå første skuledag til "
        "hausthalvåret sluttar.",
        "Pupils who are here on 1 March. In time is a talk held from the first school day to the"
        " end of the autumn half-year.",
    ),
    "P7_var": Text(
        "Elever som går her siste skoledag. I tide er en samtale holdt i vårhalvåret.",
        "Elevar som går her siste skuledag. I tide er ein samtale halden i vårhalvåret.",
        "Pupils who are here on the last school day. In time is a talk held in the spring "
        "half-year.",
    ),
    "P8": Text(
        "Elever med vedtak siste skoledag som fortsetter neste år. I tide er en samtale holdt "
        "senest siste skoledag. De som takket nei, er med i nevneren.",
        "Elevar med vedtak siste skuledag som held fram neste år. I tide er ein samtale halden "
        "seinast siste skuledag. Dei som takka nei, er med i nemnaren.",
        "Pupils with a decision on the last school day who go on next year. In time is a talk "
        "held by the last school day. Those who declined are in the denominator.",
    ),
    "P9": Text(
        "Elever med vedtak 1. mars som også gikk her 1. desember. I tide er en samtale holdt fra"
        " 1. november til 1. mars. De som takket nei, er med i nevneren.",
        "Elevar med vedtak 1. mars som også gjekk her 1. desember. I tide er ein samtale halden "
        "frå 1. november til 1. mars. Dei som takka nei, er med i nemnaren.",
        "Pupils with a decision on 1 March who also were here on 1 December. In time is a talk "
        "held from 1 November to 1 March. Those who declined are in the denominator.",
    ),
    "P10": Text(
        "Elevene i klassen den dagen møtet ble holdt, høst og vår. Telleren er elever som noen "
        "møtte for.",
        "Elevane i klassen den dagen møtet vart halde, haust og vår. Teljaren er elevar som "
        "nokon møtte for.",
        "The pupils of the class on the day of the meeting, autumn and spring. The numerator is "
        "pupils for whom somebody came.",
    ),
    "P10_host": Text(
        "Elevene i klassen den dagen høstens møte ble holdt. Telleren er elever som noen møtte "
        "for.",
        "Elevane i klassen den dagen møtet om hausten vart halde. Teljaren er elevar som nokon "
        "møtte for.",
        "The pupils of the class on the day of the autumn meeting. The numerator is pupils for "
        "whom somebody came.",
    ),
    "P10_var": Text(
        "Elevene i klassen den dagen vårens møte ble holdt. Telleren er elever som noen møtte for.",
        "Elevane i klassen den dagen møtet om våren vart halde. Teljaren er elevar som nokon "
        "møtte for.",
        "The pupils of the class on the day of the spring meeting. The numerator is pupils for "
        "whom somebody came.",
    ),
}


_HALVES: Mapping[str, Text] = {
    "host": Text("høst", "haust", "autumn"),
    "var": Text("vår", "vår", "spring"),
}


def short_name(code: str) -> str:
    """What it is called where its title does not stand beside: «P7 høst»."""
    number, _between, half = code.partition("_")
    return f"{number} {_HALVES[half].get()}" if half else number


def purpose(code: str) -> Text:
    """What the figure is for; a half of one is for the same."""
    return PURPOSE[code.partition("_")[0]]
