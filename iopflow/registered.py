"""The seed's indicators that iopflow does not compute: structure, service, results and money.

P1–P10 are computed (`indicators.py`); these are typed in or imported, by counting date. An entry is
data: what the figure is for, what it is, in which unit, when it is counted and where it comes from.
The purposes follow the slides of the seed (haug-status-2023, «Hensikt») where those have one, else
the words are ours. Where the seed contradicts itself, `UNCLEAR` says so to whoever reads a figure,
and what iopflow does about it (domain notes 3.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from iopflow.texts import Text


class Standing(StrEnum):
    """Where the figures of an indicator come from."""

    COMPUTED = "computed"  # from what is registered of pupils and steps: P1–P10
    REGISTERED = "registered"  # typed in on the page, or imported with values.csv
    NOT_DEVELOPED = "not_developed"  # the network has not said what it is: no figure is shown


class Kind(StrEnum):
    """The kinds of quality that the seed divides its indicators into."""

    STRUKTUR = "struktur"
    PROSESS = "prosess"
    TJENESTE = "tjeneste"
    RESULTAT = "resultat"
    OKONOMI = "okonomi"


KINDS: Mapping[Kind, Text] = {
    Kind.STRUKTUR: Text("Strukturkvalitet", "Strukturkvalitet", "Structural quality"),
    Kind.PROSESS: Text("Prosesskvalitet", "Prosesskvalitet", "Process quality"),
    Kind.TJENESTE: Text("Tjenestekvalitet", "Tenestekvalitet", "Service quality"),
    Kind.RESULTAT: Text("Resultatkvalitet", "Resultatkvalitet", "Quality of results"),
    Kind.OKONOMI: Text("Økonomi og ressursbruk", "Økonomi og ressursbruk", "Money and resources"),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """The unit of a figure, and between what it lies. `sign` stands behind the number.

    A `share` may be given as a number of a whole (`of`), and is then shown as per cent of it. A
    share `of_all` is of a whole that has all of it: it can never be more than 100 per cent.
    """

    key: str
    title: Text
    sign: Text
    most: Decimal
    example: Decimal  # one as a school has it, for whoever types one
    share: bool = False

    @property
    def of_all(self) -> bool:
        """Whether it is a share of a whole that has all of it."""
        return self.share and self.most == 100

    @property
    def is_percent(self) -> bool:
        """Whether it is per cent, of which differences are told in points."""
        return self.sign is _PER_CENT_SIGN


def _measure(
    key: str, title: Text, sign: Text, most: int, example: str, *, share: bool = False
) -> Measure:
    return Measure(key, title, sign, Decimal(most), Decimal(example), share)


_PERCENT = Text("prosent", "prosent", "per cent")
_PER_CENT_SIGN = Text("%", "%", "%")
SHARE = _measure("share", _PERCENT, _PER_CENT_SIGN, 100, "87.4", share=True)
# As many may come in a year as there are at its end, and more: a rare year, asked about and taken.
TURNOVER = _measure("turnover", _PERCENT, _PER_CENT_SIGN, 300, "12.5", share=True)
# Two teachers in one hour with a pupil are two of them.
PERCENT_OF_HOURS = _measure("percent", _PERCENT, _PER_CENT_SIGN, 500, "87.4")
AREA = _measure(
    "area",
    Text("kvadratmeter per elev", "kvadratmeter per elev", "square metres per pupil"),
    Text("m² per elev", "m² per elev", "m² per pupil"),
    1_000,
    "14.5",
)
STAFF = _measure(
    "staff",
    Text("årsverk per elev", "årsverk per elev", "full-time posts per pupil"),
    Text("årsverk per elev", "årsverk per elev", "posts per pupil"),
    20,
    "0.12",
)
HOURS = _measure(
    "hours",
    Text("timer per uke", "timar per veke", "hours a week"),
    Text("timer per uke", "timar per veke", "hours a week"),
    40,
    "1.5",
)
SPAN = _measure(
    "span",
    Text("ansatte per leder", "tilsette per leiar", "staff per head"),
    Text("ansatte per leder", "tilsette per leiar", "staff per head"),
    500,
    "20.5",
)
MONEY = _measure(
    "money",
    Text("1000 kroner per elev", "1000 kroner per elev", "1000 kroner per pupil"),
    Text("tusen kr per elev", "tusen kr per elev", "thousand kr per pupil"),
    10_000,
    "712",
)


@dataclass(frozen=True, slots=True)
class Category:
    """A part that a figure is divided into. The key is what is stored, and what a file writes."""

    key: str
    title: Text


WHOLE = Category("", Text("samlet", "samla", "all together"))


@dataclass(frozen=True, slots=True)
class Registered:
    """One indicator of the seed.

    `code` is what files and addresses write, `name` what people call it. `counted` are the keys of
    the counting dates (`tellinger.COUNTINGS`). `about` says which year a figure is of, where it is
    not the day itself. `categories` are those that are asked for; with `own_categories` a school
    may name others. `by_class`: also for a class. `of_pupils`: it rests on pupils or their homes,
    so that outside the school it is not shown where these are few. `of_goals`: what is counted are
    goals, of which few tell of nobody. `from_seed`: the purpose stands on a slide.
    """

    code: str
    title: Text
    kind: Kind
    purpose: Text
    definition: Text
    source: Text
    counted: tuple[str, ...]
    measure: Measure
    standing: Standing = Standing.REGISTERED
    categories: tuple[Category, ...] = (WHOLE,)
    own_categories: bool = False
    parts: bool = False
    by_class: bool = False
    of_pupils: bool = False
    of_goals: bool = False
    from_seed: bool = False
    about: Text | None = None
    aliases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What people call it: Ø where files may write O."""
        return self.code.replace("OK", "ØK") if self.kind is Kind.OKONOMI else self.code

    @property
    def is_developed(self) -> bool:
        """Whether there is a figure to register."""
        return self.standing is Standing.REGISTERED

    @property
    def unclear(self) -> tuple[Text, ...]:
        """Where the seed contradicts itself about it, and what iopflow does."""
        return UNCLEAR.get(self.code, ())

    def category(self, key: str) -> str:
        """What a category is called: one of a school's own by its own name."""
        known = next((one for one in self.categories if one.key == key), None)
        return known.title.get() if known is not None else key


_GSI = Text(
    "GSI per 1. oktober, og skolens bemanningsplan",
    "GSI per 1. oktober, og bemanningsplanen til skulen",
    "GSI on 1 October, and the school's staffing plan",
)
_STAFF_PLAN = Text(
    "Bemanningsplanen (mars) og GSI (oktober)",
    "Bemanningsplanen (mars) og GSI (oktober)",
    "The staffing plan (March) and GSI (October)",
)
_ACCOUNTS = Text(
    "Kommunens regnskap, og elevtallet i GSI",
    "Rekneskapen til kommunen, og elevtalet i GSI",
    "The municipality's accounts, and the number of pupils in GSI",
)
_YEAR_BEFORE = Text(
    "gjelder kalenderåret før", "gjeld kalenderåret før", "of the calendar year before"
)
_FACTOR = (
    Category("1:1", Text("1:1 (én voksen)", "1:1 (éin vaksen)", "1:1 (one adult)")),
    Category("2:1", Text("2:1 (to voksne)", "2:1 (to vaksne)", "2:1 (two adults)")),
    Category("gruppe", Text("gruppe", "gruppe", "group")),
)
_POSTS = (
    WHOLE,
    Category("pedagogisk", Text("pedagogisk personale", "pedagogisk personale", "teaching staff")),
    Category("miljøterapeut", Text("miljøterapeuter", "miljøterapeutar", "milieu therapists")),
    Category("miljøarbeider", Text("miljøarbeidere", "miljøarbeidarar", "milieu workers")),
    Category("ledelse", Text("ledelse og merkantilt", "leiing og merkantilt", "heads and office")),
)
_ATTAINMENT = (
    Category("mestrer", Text("mestrer", "meistrar", "masters it")),
    Category("mestrer delvis", Text("mestrer delvis", "meistrar delvis", "masters it in part")),
    Category(
        "mestrer ikke ennå", Text("mestrer ikke ennå", "meistrar ikkje enno", "not yet mastered")
    ),
)
_NO_PURPOSE = Text("", "", "")

REGISTERED: tuple[Registered, ...] = (
    Registered(
        "S1",
        Text(
            "Areal per elev – innendørs (uten basseng og gymsal)",
            "Areal per elev – innandørs (utan basseng og gymsal)",
            "Indoor area per pupil (without pool and gymnasium)",
        ),
        Kind.STRUKTUR,
        Text(
            "Vise om lokalene gir rom til å organisere opplæringen slik elevene trenger, som i "
            "grupperom.",
            "Vise om lokala gir rom til å organisere opplæringa slik elevane treng, som i "
            "grupperom.",
            "Show whether the rooms allow the teaching that pupils need, as in small groups.",
        ),
        Text(
            "Innendørs areal som skolen bruker, uten basseng og gymsal, delt på antall elever på "
            "telledatoen.",
            "Innandørs areal som skulen bruker, utan basseng og gymsal, delt på talet på elevar på "
            "teljedatoen.",
            "The indoor area that the school uses, without pool and gymnasium, divided by the "
            "pupils on the counting date.",
        ),
        Text("Kommunens eiendomskontor", "Eigedomskontoret i kommunen", "The property office"),
        ("0103",),
        AREA,
    ),
    Registered(
        "S2",
        Text(
            "Andel undervisning (årstimer) gitt av undervisningspersonale med godkjent utdanning",
            "Del undervisning (årstimar) gitt av undervisningspersonale med godkjend utdanning",
            "Share of teaching (hours a year) given by staff with approved education",
        ),
        Kind.STRUKTUR,
        Text(
            "Vise hvor stor del av undervisningstimene som gis av personale som oppfyller "
            "kompetansekravene. Kan være et tegn på kvaliteten i undervisningen.",
            "Vise kor stor del av undervisningstimane som blir gitt av personale som oppfyller "
            "kompetansekrava. Kan vere eit teikn på kvaliteten i undervisninga.",
            "Show how much of the teaching is given by staff who meet the requirements. It may be "
            "a sign of the quality of the teaching.",
        ),
        Text(
            "Årstimer undervisning gitt av personale som oppfyller kompetansekravene for "
            "tilsetting, av alle årstimer undervisning. De som er godkjent etter unntaket, regnes "
            "med.",
            "Årstimar undervisning gitt av personale som oppfyller kompetansekrava for tilsetjing, "
            "av alle årstimar undervisning. Dei som er godkjende etter unntaket, blir rekna med.",
            "Hours of teaching a year given by staff who meet the requirements for the post, of "
            "all hours of teaching. Those approved by the exception count.",
        ),
        _GSI,
        ("0110",),
        SHARE,
        from_seed=True,
    ),
    Registered(
        "S3",
        Text(
            "Andel pedagogtimer i prosent av elevårstimer",
            "Del pedagogtimar i prosent av elevårstimar",
            "Teacher hours as per cent of pupil hours",
        ),
        Kind.STRUKTUR,
        Text(
            "Vise hvor mye tid med pedagog elevene får, sett mot timene de har.",
            "Vise kor mykje tid med pedagog elevane får, sett mot timane dei har.",
            "Show how much time with a teacher pupils get, against the hours they have.",
        ),
        Text(
            "Årstimer gitt av pedagoger, i prosent av elevårstimene (elevenes timer lagt sammen).",
            "Årstimar gitt av pedagogar, i prosent av elevårstimane (timane til elevane lagde "
            "saman).",
            "Hours a year given by teachers, as per cent of the pupils' hours added up.",
        ),
        _GSI,
        ("0110",),
        PERCENT_OF_HOURS,
    ),
    Registered(
        "S4",
        Text(
            "Årsverk per elev – pedagogisk personale",
            "Årsverk per elev – pedagogisk personale",
            "Full-time posts per pupil – teaching staff",
        ),
        Kind.STRUKTUR,
        Text(
            "Viktig for å vurdere skolens ressursinnsats. Gir et bilde av lærertettheten, som "
            "avhenger av hjelpebehovet PPT beskriver i sakkyndig vurdering.",
            "Viktig for å vurdere ressursinnsatsen til skulen. Gir eit bilete av lærartettleiken, "
            "som avheng av hjelpebehovet PPT skildrar i sakkunnig vurdering.",
            "Important for judging what the school puts in. It shows how many teachers there are, "
            "which depends on the needs that PPT describes.",
        ),
        Text(
            "Årsverk pedagogisk personale, delt på antall elever på telledatoen.",
            "Årsverk pedagogisk personale, delt på talet på elevar på teljedatoen.",
            "Full-time posts of teaching staff, divided by the pupils on the counting date.",
        ),
        _STAFF_PLAN,
        ("0110", "0103"),
        STAFF,
        from_seed=True,
    ),
    Registered(
        "S5",
        Text(
            "Årsverk per elev – miljøterapeuter og miljøarbeidere",
            "Årsverk per elev – miljøterapeutar og miljøarbeidarar",
            "Full-time posts per pupil – milieu staff",
        ),
        Kind.STRUKTUR,
        Text(
            "Viktig for å vurdere skolens ressursinnsats. Måler voksentettheten.",
            "Viktig for å vurdere ressursinnsatsen til skulen. Måler vaksentettleiken.",
            "Important for judging what the school puts in. It measures how many adults there are.",
        ),
        Text(
            "Årsverk miljøterapeuter og miljøarbeidere, delt på antall elever på telledatoen.",
            "Årsverk miljøterapeutar og miljøarbeidarar, delt på talet på elevar på teljedatoen.",
            "Full-time posts of milieu therapists and workers, divided by the pupils on the "
            "counting date.",
        ),
        _STAFF_PLAN,
        ("0110", "0103"),
        STAFF,
        from_seed=True,
    ),
    Registered(
        "S6",
        Text(
            "Avsatt ukentlig tid til elevrettet samarbeid på tvers av yrkesgrupper",
            "Avsett vekentleg tid til elevretta samarbeid på tvers av yrkesgrupper",
            "Weekly time set aside for work about pupils across professions",
        ),
        Kind.STRUKTUR,
        Text(
            "Systematisk samarbeid er viktig for helhet og sammenheng i opplæringen, for "
            "læringsutbyttet og for arbeidsmiljøet på skolen.",
            "Systematisk samarbeid er viktig for heilskap og samanheng i opplæringa, for "
            "læringsutbyttet og for arbeidsmiljøet på skulen.",
            "Systematic cooperation matters for a teaching that hangs together, for what pupils "
            "learn, and for the working environment.",
        ),
        Text(
            "Timer i uken der alle yrkesgrupper har tildelt tid til elevrettet samarbeid. Det kan "
            "være mindre grupper om gangen.",
            "Timar i veka der alle yrkesgrupper har tildelt tid til elevretta samarbeid. Det kan "
            "vere mindre grupper om gongen.",
            "Hours a week in which all professions have time for work about pupils. It may be in "
            "smaller groups.",
        ),
        Text("Timeplanen og arbeidsplanen", "Timeplanen og arbeidsplanen", "The timetable"),
        ("0110",),
        HOURS,
        from_seed=True,
    ),
    Registered(
        "S7a",
        Text("Lederspenn", "Leiarspenn", "Span of management"),
        Kind.STRUKTUR,
        Text(
            "Vise hvor mange hver leder har ansvar for, og om det er rom til å følge opp.",
            "Vise kor mange kvar leiar har ansvar for, og om det er rom til å følgje opp.",
            "Show how many people each head answers for, and whether there is time to follow up.",
        ),
        Text(
            "Ansatte på telledatoen, delt på antall ledere med personalansvar.",
            "Tilsette på teljedatoen, delt på talet på leiarar med personalansvar.",
            "Staff on the counting date, divided by the heads who lead people.",
        ),
        Text("Personalsystemet", "Personalsystemet", "The personnel system"),
        ("0110",),
        SPAN,
    ),
    Registered(
        "S8",
        Text(
            "Andel fast ansatte i forhold til alle ansatte",
            "Del fast tilsette av alle tilsette",
            "Share of permanent staff, of all staff",
        ),
        Kind.STRUKTUR,
        Text(
            "Vise hvor stabil bemanningen er. Faste ansatte gir kontinuitet for elevene.",
            "Vise kor stabil bemanninga er. Faste tilsette gir kontinuitet for elevane.",
            "Show how stable the staff is. Permanent staff give pupils continuity.",
        ),
        Text(
            "Fast ansatte på telledatoen, av alle ansatte.",
            "Fast tilsette på teljedatoen, av alle tilsette.",
            "Permanent staff on the counting date, of all staff.",
        ),
        Text("Personalsystemet", "Personalsystemet", "The personnel system"),
        ("0110",),
        SHARE,
    ),
    Registered(
        "P11",
        Text(
            "Andel årstimer utført av undervisningspersonale som brukes til annet enn undervisning",
            "Del årstimar utførte av undervisningspersonale som går til anna enn undervisning",
            "Share of teaching staff's hours that go to other things than teaching",
        ),
        Kind.PROSESS,
        _NO_PURPOSE,
        Text(
            "Nettverket har ikke sagt hvilke timer som regnes.",
            "Nettverket har ikkje sagt kva timar som blir rekna.",
            "The network has not said which hours count.",
        ),
        _GSI,
        ("0110",),
        SHARE,
        Standing.NOT_DEVELOPED,
    ),
    Registered(
        "T1",
        Text("Stabilitet – turnover", "Stabilitet – turnover", "Stability – turnover"),
        Kind.TJENESTE,
        Text(
            "Si noe om kontinuitet og stabilitet for elevene. Turnover og nærvær sett sammen over "
            "tid sier noe om stabilitet, og har følger for undervisning, læring og trivsel.",
            "Seie noko om kontinuitet og stabilitet for elevane. Turnover og nærvær sett saman "
            "over tid seier noko om stabilitet, og har følgjer for undervisning, læring og "
            "trivsel.",
            "Say something of continuity for the pupils. Turnover and attendance seen together "
            "over time tell of stability, and matter for teaching, learning and well-being.",
        ),
        Text(
            "Nytilsatte i kalenderåret, av alle ansatte i stillingskategorien ved utgangen av "
            "året.",
            "Nytilsette i kalenderåret, av alle tilsette i stillingskategorien ved utgangen av "
            "året.",
            "People newly employed in the calendar year, of all staff of the category at its end.",
        ),
        Text("Personalsystemet", "Personalsystemet", "The personnel system"),
        ("0103",),
        TURNOVER,
        categories=_POSTS,
        from_seed=True,
        about=_YEAR_BEFORE,
    ),
    Registered(
        "T2",
        Text("Stabilitet – nærvær", "Stabilitet – nærvær", "Stability – attendance of staff"),
        Kind.TJENESTE,
        Text(
            "Gi oversikt over stabiliteten i personalet, sett mot sykefraværet. Stabilitet sikrer "
            "kvaliteten i undervisningen over tid.",
            "Gi oversikt over stabiliteten i personalet, sett mot sjukefråværet. Stabilitet sikrar "
            "kvaliteten i undervisninga over tid.",
            "Show how stable the staff is, against sick leave. Stability keeps the teaching good "
            "over time.",
        ),
        Text(
            "100 prosent minus sykefraværet i kalenderåret.",
            "100 prosent minus sjukefråværet i kalenderåret.",
            "100 per cent less the sick leave of the calendar year.",
        ),
        Text(
            "Kommunens sykefraværsstatistikk",
            "Sjukefråværsstatistikken til kommunen",
            "The municipality's statistics of sick leave",
        ),
        ("0103",),
        SHARE,
        from_seed=True,
        about=_YEAR_BEFORE,
    ),
    Registered(
        "R1",
        Text(
            "Samlet grad av måloppnåelse fra elevenes IOP-er",
            "Samla grad av måloppnåing frå IOP-ane til elevane",
            "Overall attainment of the goals of the pupils' IEPs",
        ),
        Kind.RESULTAT,
        Text(
            "Gi lærere, skoleledere og skoleeiere innsikt i hvordan opplæringen virker. Tallene "
            "kan sammenlignes uansett hvor mange mål en IOP har og hvor mange elever skolen har.",
            "Gi lærarar, skuleleiarar og skuleeigarar innsikt i korleis opplæringa verkar. Tala "
            "kan samanliknast uansett kor mange mål ein IOP har og kor mange elevar skulen har.",
            "Let teachers, heads and owners see how the teaching works. The figures can be "
            "compared however many goals an IEP has and however many pupils the school has.",
        ),
        Text(
            "Antall evaluerte mål i hver kategori av måloppnåelse, av alle evaluerte mål. Bare "
            "antall, for skolen eller en klasse: målene selv står i IOP-en og skal ikke hit.",
            "Talet på evaluerte mål i kvar kategori av måloppnåing, av alle evaluerte mål. Berre "
            "tal, for skulen eller ein klasse: måla sjølve står i IOP-en og skal ikkje hit.",
            "The number of evaluated goals in each category of attainment, of all evaluated goals. "
            "Only numbers, of the school or a class: the goals themselves stay in the IEP.",
        ),
        Text(
            "Halvårsevalueringen (mars) og årsevalueringen (skoleslutt) av IOP-ene",
            "Halvårsevalueringa (mars) og årsevalueringa (skuleslutt) av IOP-ane",
            "The half-year evaluation (March) and the annual one (school end) of the IEPs",
        ),
        ("0103", "skoleslutt"),
        SHARE,
        categories=_ATTAINMENT,
        own_categories=True,
        parts=True,
        by_class=True,
        of_pupils=True,
        of_goals=True,
        from_seed=True,
        aliases=("R1a",),
    ),
    Registered(
        "R2",
        Text(
            "Foreldreundersøkelse – inkluderende opplæringstilbud",
            "Foreldreundersøking – inkluderande opplæringstilbod",
            "Parent survey – inclusive education",
        ),
        Kind.RESULTAT,
        Text(
            "Måle opplevd kvalitet fra foreldrenes side, og sammenligne skolene på utvalgte "
            "spørsmål.",
            "Måle opplevd kvalitet frå foreldra si side, og samanlikne skulane på utvalde "
            "spørsmål.",
            "Measure the quality as parents see it, and compare schools on chosen questions.",
        ),
        Text(
            "Svarprosenten er antall svar av antall som ble spurt. For et spørsmål er det svarene "
            "som er positive, av dem som svarte på det.",
            "Svarprosenten er talet på svar av talet på dei som vart spurde. For eit spørsmål er "
            "det svara som er positive, av dei som svarte på det.",
            "The response rate is answers of those who were asked. For a question it is the "
            "positive answers, of those who answered it.",
        ),
        Text(
            "Nettverkets foreldreundersøkelse i juni",
            "Foreldreundersøkinga til nettverket i juni",
            "The network's parent survey in June",
        ),
        ("skoleslutt",),
        SHARE,
        categories=(Category("", Text("svarprosent", "svarprosent", "response rate")),),
        own_categories=True,
        of_pupils=True,
        from_seed=True,
    ),
    Registered(
        "R3",
        Text("Elevundersøkelse", "Elevundersøking", "Pupil survey"),
        Kind.RESULTAT,
        _NO_PURPOSE,
        Text(
            "Nettverket har ikke laget undersøkelsen ennå.",
            "Nettverket har ikkje laga undersøkinga enno.",
            "The network has not made the survey yet.",
        ),
        Text("", "", ""),
        (),
        SHARE,
        Standing.NOT_DEVELOPED,
        of_pupils=True,
    ),
    Registered(
        "OK1a",
        Text(
            "Utgifter per elev – skole og SFO",
            "Utgifter per elev – skule og SFO",
            "Expenses per pupil – school and after-school care",
        ),
        Kind.OKONOMI,
        Text(
            "Vise hva tilbudet koster, sammen med kvaliteten: lav kostnad kan være høy "
            "produktivitet, men må ses mot resultatene på de andre indikatorene.",
            "Vise kva tilbodet kostar, saman med kvaliteten: låg kostnad kan vere høg "
            "produktivitet, men må sjåast mot resultata på dei andre indikatorane.",
            "Show what the school costs beside its quality: a low cost may be high productivity, "
            "but must be seen with the other indicators.",
        ),
        Text(
            "Regnskapsførte utgifter til skole og SFO i kalenderåret, delt på antall elever, i "
            "tusen kroner.",
            "Rekneskapsførte utgifter til skule og SFO i kalenderåret, delt på talet på elevar, i "
            "tusen kroner.",
            "Expenses on school and after-school care in the accounts of the calendar year, "
            "divided by the pupils, in thousand kroner.",
        ),
        _ACCOUNTS,
        ("0103",),
        MONEY,
        of_pupils=True,
        from_seed=True,
        about=_YEAR_BEFORE,
    ),
    Registered(
        "OK1b",
        Text(
            "Utgifter per elev – skole", "Utgifter per elev – skule", "Expenses per pupil – school"
        ),
        Kind.OKONOMI,
        Text(
            "Som ØK1a, uten SFO: skolene driver SFO på ulike måter, og det slår ut på utgiftene.",
            "Som ØK1a, utan SFO: skulane driv SFO på ulike måtar, og det slår ut på utgiftene.",
            "As ØK1a, without after-school care: schools run it differently, which shows in what "
            "they spend.",
        ),
        Text(
            "Regnskapsførte utgifter til skole i kalenderåret, delt på antall elever, i tusen "
            "kroner.",
            "Rekneskapsførte utgifter til skule i kalenderåret, delt på talet på elevar, i tusen "
            "kroner.",
            "Expenses on school in the accounts of the calendar year, divided by the pupils, in "
            "thousand kroner.",
        ),
        _ACCOUNTS,
        ("0103",),
        MONEY,
        of_pupils=True,
        from_seed=True,
        about=_YEAR_BEFORE,
    ),
    Registered(
        "OK2",
        Text(
            "Andel elever med bemanning 1:1, 2:1 og gruppe",
            "Del elevar med bemanning 1:1, 2:1 og gruppe",
            "Share of pupils staffed 1:1, 2:1 and in group",
        ),
        Kind.OKONOMI,
        Text(
            "Vise hva som driver kostnadene. Kan si noe om elevenes funksjonsnivå, og om det er "
            "mulig å organisere opplæringen på andre måter.",
            "Vise kva som driv kostnadene. Kan seie noko om funksjonsnivået til elevane, og om det "
            "er mogleg å organisere opplæringa på andre måtar.",
            "Show what drives the cost. It may tell of the pupils' level of functioning, and "
            "whether the teaching could be organised otherwise.",
        ),
        Text(
            "Elever med hver bemanning på telledatoen, av alle elever. En elev telles der eleven "
            "er mest.",
            "Elevar med kvar bemanning på teljedatoen, av alle elevar. Ein elev blir talt der "
            "eleven er mest.",
            "Pupils with each staffing on the counting date, of all pupils. A pupil counts where "
            "the pupil is most.",
        ),
        Text("Skolens egen telling", "Skulen si eiga teljing", "The school's own count"),
        ("0110", "0103"),
        SHARE,
        categories=_FACTOR,
        parts=True,
        of_pupils=True,
        from_seed=True,
        aliases=("OK4",),
    ),
)
BY_CODE: Mapping[str, Registered] = {one.code: one for one in REGISTERED}
# What values.csv takes. R3 has had its place in the contract from the beginning; P11 never had.
IMPORTED: tuple[str, ...] = tuple(code for code in BY_CODE if code != "P11")
ALIASES: Mapping[str, str] = {
    **{one.name: one.code for one in REGISTERED if one.name != one.code},
    **{alias: one.code for one in REGISTERED for alias in one.aliases},
    "ØK4": "OK2",
}

# Where the seed says two things, or nothing: by the code of the indicator, P1–P10 among them. What
# iopflow does stands in every one of them. The order of the domain notes, then what they lack.
_SWAPPED = Text(
    "Nummeret S6 og S8 er byttet om mellom oversikten og detaljtabellen i grunnlaget. iopflow "
    "bruker detaljtabellen, som lysbildet for S6 er enig med: S6 er samarbeidstid, S8 er fast "
    "ansatte. Tall fra før kan stå på feil nummer: se etter enheten.",
    "Nummera S6 og S8 er bytte om mellom oversikta og detaljtabellen i grunnlaget. iopflow bruker "
    "detaljtabellen, som lysbiletet for S6 er samd med: S6 er samarbeidstid, S8 er fast tilsette. "
    "Tal frå før kan stå på feil nummer: sjå etter eininga.",
    "The numbers S6 and S8 are swapped between the overview and the detailed table of the sources. "
    "iopflow uses the detailed table, which the slide of S6 agrees with: S6 is time to cooperate, "
    "S8 is permanent staff. Older figures may stand under the wrong number: look at the unit.",
)
_MONEY_DATE = Text(
    "Oversikten sier 1. oktober, detaljtabellen og årshjulet sier 1. mars året etter, når "
    "regnskapet er klart. iopflow teller 1. mars, for kalenderåret før.",
    "Oversikta seier 1. oktober, detaljtabellen og årshjulet seier 1. mars året etter, når "
    "rekneskapen er klar. iopflow tel 1. mars, for kalenderåret før.",
    "The overview says 1 October, the detailed table and the wheel say 1 March of the year after, "
    "when the accounts are ready. iopflow counts on 1 March, of the calendar year before.",
)
_MONEY_UNIT = Text(
    "Lysbildene korrigerer utgiftene for dekningsgrad (hvor mange av kommunens elever som går på "
    "skolen). iopflow viser utgiftene slik de er registrert, i tusen kroner, uten å korrigere.",
    "Lysbileta korrigerer utgiftene for dekningsgrad (kor mange av elevane i kommunen som går på "
    "skulen). iopflow viser utgiftene slik dei er registrerte, i tusen kroner, utan å korrigere.",
    "The slides correct expenses for coverage (how many of the municipality's pupils go to the "
    "school). iopflow shows expenses as they are registered, in thousand kroner, uncorrected.",
)
UNCLEAR: Mapping[str, tuple[Text, ...]] = {
    "P1": (
        Text(
            "«Før 1. juni» kan leses som senest 31. mai eller senest 1. juni. iopflow regner 31. "
            "mai som siste dag i tide.",
            "«Før 1. juni» kan lesast som seinast 31. mai eller seinast 1. juni. iopflow reknar "
            "31. mai som siste dag i tide.",
            "«Before 1 June» may be read as by 31 May or by 1 June. iopflow takes 31 May as the "
            "last day in time.",
        ),
    ),
    "P4": (
        Text(
            "Grunnlaget sier ikke hvem som er «nåværende» og «nye». iopflow regner en elev som "
            "nåværende når eleven gikk her siste skoledag i fjor og første skoledag i år.",
            "Grunnlaget seier ikkje kven som er «noverande» og «nye». iopflow reknar ein elev som "
            "noverande når eleven gjekk her siste skuledag i fjor og første skuledag i år.",
            "The sources do not say who is «continuing» and «new». iopflow takes a pupil as "
            "continuing who was here on last year's last and this year's first school day.",
        ),
    ),
    "P5": (
        Text(
            "Grunnlaget sier ikke hva en forenklet IOP er. iopflow regner den som ført når skolen "
            "har ført den; loven kjenner ingen lettere plan.",
            "Grunnlaget seier ikkje kva ein forenkla IOP er. iopflow reknar han som ført når "
            "skulen har ført han; lova kjenner ingen lettare plan.",
            "The sources do not say what a simplified IEP is. iopflow counts it when the school "
            "has recorded it; the law knows no lighter plan.",
        ),
    ),
    "P7": (
        Text(
            "I én av tabellene i grunnlaget står P7 som «ikke ferdigstilt». iopflow viser den, og "
            "høsten og våren hver for seg.",
            "I éin av tabellane i grunnlaget står P7 som «ikkje ferdigstilt». iopflow viser han, "
            "og hausten og våren kvar for seg.",
            "One table of the sources calls P7 «not finished». iopflow shows it, and autumn and "
            "spring apart.",
        ),
    ),
    "P9": (
        Text(
            "P9 står i begge tabellene med 1. mars, men mangler i årshjulets liste for 1. mars. "
            "iopflow teller den 1. mars.",
            "P9 står i begge tabellane med 1. mars, men manglar i lista for 1. mars i årshjulet. "
            "iopflow tel han 1. mars.",
            "P9 stands in both tables with 1 March, but not in the wheel's list of that day. "
            "iopflow counts it on 1 March.",
        ),
    ),
    "P10": (
        Text(
            "Grunnlaget har tre telledatoer for P10: når møtene holdes, 1. mars og 1. oktober, "
            "eller bare 1. oktober. iopflow teller hvert møte når det er holdt, viser høsten 1. "
            "oktober og 1. mars, og begge halvår ved skoleslutt.",
            "Grunnlaget har tre teljedatoar for P10: når møta blir haldne, 1. mars og 1. oktober, "
            "eller berre 1. oktober. iopflow tel kvart møte når det er halde, viser hausten 1. "
            "oktober og 1. mars, og begge halvår ved skuleslutt.",
            "The sources have three counting dates for P10: when meetings are held, 1 March and 1 "
            "October, or only 1 October. iopflow counts each meeting when it is held, shows autumn "
            "on 1 October and 1 March, and both half-years at school end.",
        ),
    ),
    "P11": (
        Text(
            "Grunnlaget kaller P11 «ikke ferdig utviklet». iopflow viser at den mangler, og tar "
            "ikke imot tall.",
            "Grunnlaget kallar P11 «ikkje ferdig utvikla». iopflow viser at han manglar, og tek "
            "ikkje imot tal.",
            "The sources call P11 «not fully developed». iopflow shows that it is missing, and "
            "takes no figures.",
        ),
    ),
    "S1": (
        Text(
            "Grunnlaget har bare 1. mars for arealet, men elevtallet telles også 1. oktober. "
            "iopflow bruker 1. mars.",
            "Grunnlaget har berre 1. mars for arealet, men elevtalet blir også talt 1. oktober. "
            "iopflow bruker 1. mars.",
            "The sources have only 1 March for the area, while pupils are counted on 1 October as "
            "well. iopflow uses 1 March.",
        ),
    ),
    "S6": (_SWAPPED,),
    "S7a": (
        Text(
            "Det finnes en S7a, men ingen S7b i grunnlaget, og lederspenn er ikke definert. "
            "iopflow bruker ansatte delt på ledere med personalansvar.",
            "Det finst ein S7a, men ingen S7b i grunnlaget, og leiarspenn er ikkje definert. "
            "iopflow bruker tilsette delt på leiarar med personalansvar.",
            "There is an S7a, but no S7b in the sources, and the span is not defined. iopflow uses "
            "staff divided by the heads who lead people.",
        ),
    ),
    "S8": (_SWAPPED,),
    "T1": (
        Text(
            "Lysbildet kaller indikatoren turnover, men årshjulet samler inn nytilsatte. iopflow "
            "tar imot nytilsatte av alle ansatte; de som slutter uten å bli erstattet, vises ikke.",
            "Lysbiletet kallar indikatoren turnover, men årshjulet samlar inn nytilsette. iopflow "
            "tek imot nytilsette av alle tilsette; dei som sluttar utan å bli erstatta, blir ikkje "
            "viste.",
            "The slide calls it turnover, but the wheel collects the newly employed. iopflow takes "
            "newly employed of all staff; those who leave and are not replaced do not show.",
        ),
    ),
    "T2": (
        Text(
            "Lysbildet kaller indikatoren nærvær, men årshjulet samler inn sykefravær. iopflow tar "
            "imot nærvær: 100 minus sykefraværet.",
            "Lysbiletet kallar indikatoren nærvær, men årshjulet samlar inn sjukefråvær. iopflow "
            "tek imot nærvær: 100 minus sjukefråværet.",
            "The slide calls it attendance, but the wheel collects sick leave. iopflow takes "
            "attendance: 100 less the sick leave.",
        ),
    ),
    "R1": (
        Text(
            "Lysbildet heter R1a, men det finnes ingen R1b, og kategoriene av måloppnåelse står "
            "ikke i grunnlaget. iopflow foreslår tre, og tar imot dem som står i skolens egen "
            "IOP-mal.",
            "Lysbiletet heiter R1a, men det finst ingen R1b, og kategoriane av måloppnåing står "
            "ikkje i grunnlaget. iopflow føreslår tre, og tek imot dei som står i skulen sin eigen "
            "IOP-mal.",
            "The slide is called R1a, but there is no R1b, and the categories of attainment are "
            "not in the sources. iopflow proposes three, and takes those of the school's own form.",
        ),
    ),
    "R2": (
        Text(
            "Oversikten sier skoleslutt, detaljtabellen sier begynnelsen av juni. Spørsmålene og "
            "skalaen står ikke i grunnlaget. iopflow teller ved skoleslutt og tar imot "
            "svarprosenten og andelen positive svar på hvert spørsmål skolen vil vise.",
            "Oversikta seier skuleslutt, detaljtabellen seier byrjinga av juni. Spørsmåla og "
            "skalaen står ikkje i grunnlaget. iopflow tel ved skuleslutt og tek imot svarprosenten "
            "og delen positive svar på kvart spørsmål skulen vil vise.",
            "The overview says school end, the detailed table the beginning of June. The questions "
            "and their scale are not in the sources. iopflow counts at school end and takes the "
            "response rate and the share of positive answers to each question the school shows.",
        ),
    ),
    "R3": (
        Text(
            "Grunnlaget kaller R3 «ikke ferdig». iopflow viser at den mangler. Tall som er "
            "importert, blir tatt vare på, men ikke vist.",
            "Grunnlaget kallar R3 «ikkje ferdig». iopflow viser at han manglar. Tal som er "
            "importerte, blir tekne vare på, men ikkje viste.",
            "The sources call R3 «not finished». iopflow shows that it is missing. Figures that "
            "were imported are kept, but not shown.",
        ),
    ),
    "OK1a": (_MONEY_DATE, _MONEY_UNIT),
    "OK1b": (_MONEY_DATE, _MONEY_UNIT),
    "OK2": (
        Text(
            "Indikatoren heter ØK4 i oversikten (1. oktober) og ØK2, ØK2a og ØK2b i "
            "detaljtabellen (1. mars og 1. oktober), og ØK2b er brukt om to ting. iopflow kaller "
            "den ØK2, med 1:1, 2:1 og gruppe som kategorier, begge datoene.",
            "Indikatoren heiter ØK4 i oversikta (1. oktober) og ØK2, ØK2a og ØK2b i "
            "detaljtabellen (1. mars og 1. oktober), og ØK2b er brukt om to ting. iopflow kallar "
            "han ØK2, med 1:1, 2:1 og gruppe som kategoriar, begge datoane.",
            "It is called ØK4 in the overview (1 October) and ØK2, ØK2a and ØK2b in the detailed "
            "table (1 March and 1 October), and ØK2b means two things. iopflow calls it ØK2, with "
            "1:1, 2:1 and group as categories, on both dates.",
        ),
        Text(
            "Lysbildet sier at alle er i gruppe, og at noen har ekstra bemanning der. iopflow "
            "teller hver elev én gang, der eleven er mest.",
            "Lysbiletet seier at alle er i gruppe, og at nokre har ekstra bemanning der. iopflow "
            "tel kvar elev éin gong, der eleven er mest.",
            "The slide says that all are in a group, and some have more staff there. iopflow "
            "counts each pupil once, where the pupil is most.",
        ),
    ),
}


def slot_of(day: date) -> str:
    """The counting date that a registered day belongs to, by its half of the year: 0110, 0103 or
    skoleslutt. Files bring days beside the counting dates, as the day of a survey.
    """
    if day.month >= 8:
        return "0110"
    return "0103" if day.month <= 4 else "skoleslutt"
