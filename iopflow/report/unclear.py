"""Where the network's own material contradicts itself, and what iopflow does (domain notes 3.1).

Each report prints it, so that whoever reads a figure knows which of two readings it follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from iopflow.texts import Text


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What does not agree, and what is done about it."""

    what: Text
    done: Text


CONTRADICTIONS: Sequence[Contradiction] = (
    Contradiction(
        Text(
            "S6 og S8 har byttet plass i oversikten og i detaljtabellen.",
            "S6 og S8 har bytt plass i oversikta og i detaljtabellen.",
            "S6 and S8 have changed places between the overview and the table of details.",
        ),
        Text(
            "Detaljtabellen gjelder: S6 er tid til samarbeid, S8 er andelen fast ansatte.",
            "Detaljtabellen gjeld: S6 er tid til samarbeid, S8 er delen fast tilsette.",
            "The table of details holds: S6 is time to work together, S8 the share of permanent "
            "staff.",
        ),
    ),
    Contradiction(
        Text(
            "P10 telles «ved gjennomføring høst og vår», «01.03 og 01.10», eller bare 1. oktober.",
            "P10 blir talt «ved gjennomføring haust og vår», «01.03 og 01.10», eller berre 1. "
            "oktober.",
            "P10 is counted «when held, autumn and spring», «01.03 and 01.10», or on 1 October "
            "only.",
        ),
        Text(
            "Hvert møte telles den dagen det holdes, høst og vår hver for seg og samlet.",
            "Kvart møte blir talt den dagen det blir halde, haust og vår kvar for seg og samla.",
            "Each meeting is counted on the day it is held, autumn and spring apart and together.",
        ),
    ),
    Contradiction(
        Text(
            "P7 er merket «ikke ferdigstilt» i én av tabellene.",
            "P7 er merkt «ikkje ferdigstilt» i éin av tabellane.",
            "P7 is marked «not finished» in one of the tables.",
        ),
        Text(
            "P7 telles som andelen av to samtaler i året, med hvert halvår for seg.",
            "P7 blir talt som delen av to samtalar i året, med kvart halvår for seg.",
            "P7 is counted as the share of two talks a year, with each half-year apart.",
        ),
    ),
    Contradiction(
        Text(
            "P9 mangler i nettverkets årshjul for 1. mars.",
            "P9 manglar i årshjulet til nettverket for 1. mars.",
            "P9 is missing from the network's wheel for 1 March.",
        ),
        Text("P9 telles 1. mars.", "P9 blir talt 1. mars.", "P9 is counted on 1 March."),
    ),
    Contradiction(
        Text(
            "ØK1a og ØK1b har 1. oktober i oversikten og 1. mars året etter i detaljtabellen.",
            "ØK1a og ØK1b har 1. oktober i oversikta og 1. mars året etter i detaljtabellen.",
            "ØK1a and ØK1b have 1 October in the overview, 1 March the year after in the details.",
        ),
        Text(
            "De gjelder kalenderåret før og føres 1. mars, når regnskapet er klart.",
            "Dei gjeld kalenderåret før og blir førte 1. mars, når rekneskapen er klar.",
            "They are of the calendar year before, entered on 1 March when the accounts are ready.",
        ),
    ),
    Contradiction(
        Text(
            "Bemanningsfaktoren heter ØK4 ett sted og ØK2, ØK2a og ØK2b et annet.",
            "Bemanningsfaktoren heiter ØK4 éin stad og ØK2, ØK2a og ØK2b ein annan.",
            "The staffing factor is called ØK4 in one place and ØK2, ØK2a and ØK2b in another.",
        ),
        Text(
            "Den heter ØK2 og deles i 1:1, 2:1 og gruppe.",
            "Den heiter ØK2 og er delt i 1:1, 2:1 og gruppe.",
            "It is called ØK2 and is divided into 1:1, 2:1 and group.",
        ),
    ),
    Contradiction(
        Text(
            "R2 telles ved skoleslutt eller i begynnelsen av juni.",
            "R2 blir talt ved skuleslutt eller i byrjinga av juni.",
            "R2 is counted at school end or early in June.",
        ),
        Text(
            "R2 føres til tellingen ved skoleslutt, med svarprosent.",
            "R2 blir ført til teljinga ved skuleslutt, med svarprosent.",
            "R2 is entered for the counting at school end, with the response rate.",
        ),
    ),
    Contradiction(
        Text(
            "S5 er skrevet «01,03», S7a finnes uten S7b, og P11 og R3 er ikke ferdig utviklet.",
            "S5 er skriven «01,03», S7a finst utan S7b, og P11 og R3 er ikkje ferdig utvikla.",
            "S5 is written «01,03», there is S7a without S7b, and P11 and R3 are not developed.",
        ),
        Text(
            "S5 leses som 1. mars. P11 og R3 er ikke med i rapporten.",
            "S5 blir lesen som 1. mars. P11 og R3 er ikkje med i rapporten.",
            "S5 is read as 1 March. P11 and R3 are not in the report.",
        ),
    ),
    Contradiction(
        Text(
            "P1 sier «før 1.6.» for alle, men årshjulet sier 15. juni, og 1. juni til 1. trinn.",
            "P1 seier «før 1.6.» for alle, men årshjulet seier 15. juni, og 1. juni til 1. trinn.",
            "P1 says «before 1 June» for all, but the wheel 15 June, and 1 June for first grade.",
        ),
        Text(
            "Indikatoren gjelder: mottatt senest 31. mai er i tide, for alle.",
            "Indikatoren gjeld: motteken seinast 31. mai er i tide, for alle.",
            "The indicator holds: received by 31 May is in time, for all.",
        ),
    ),
    Contradiction(
        Text(
            "P4 og P5 prøves ved skolestart, men telles 1. oktober: to datoer, lette å blande.",
            "P4 og P5 blir prøvde ved skulestart, men talde 1. oktober: to datoar, lette å blande.",
            "P4 and P5 are tested at school start but counted on 1 October: two dates, easy to "
            "mix up.",
        ),
        Text(
            "Planen må være klar første skoledag; det som er registrert til 1. oktober, er med.",
            "Planen må vere klar første skuledag; det som er registrert til 1. oktober, er med.",
            "The plan must be ready on the first school day; what is recorded by 1 October counts.",
        ),
    ),
    Contradiction(
        Text(
            "Nettverkets samlinger 1 og 4 har nesten samme saksliste, og årstallene spriker.",
            "Samlingane 1 og 4 i nettverket har nesten same saksliste, og årstala sprikjer.",
            "The network's gatherings 1 and 4 have nearly the same agenda, and the years differ.",
        ),
        Text(
            "Hver rapport sier selv hvilket skoleår den gjelder.",
            "Kvar rapport seier sjølv kva skuleår han gjeld.",
            "Each report says itself which school year it is of.",
        ),
    ),
    Contradiction(
        Text(
            "T1 heter turnover, men årshjulet samler inn nytilsatte.",
            "T1 heiter turnover, men årshjulet samlar inn nytilsette.",
            "T1 is called turnover, but the wheel collects new staff.",
        ),
        Text(
            "T1 vises som skolen har ført det, med kilden ved siden av.",
            "T1 blir vist slik skulen har ført det, med kjelda ved sida av.",
            "T1 is shown as the school has entered it, with its source beside.",
        ),
    ),
)
