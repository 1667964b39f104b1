"""The guide to the import tables, written from their declaration: docs/import-tables.md.

`python -m iopflow.importing.guide FILE` writes it again after a change of the tables.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from iopflow.importing import values
from iopflow.importing.tables import COURTS, TABLES, Column, Table
from iopflow.indicators import CAUSES
from iopflow.models import (
    NEVER_IMPORTED,
    Answer,
    AppealKind,
    Consenter,
    ConsentKind,
    MoveKind,
    Outcome,
    SupportKind,
    UnitKind,
    What,
)
from iopflow.registered import IMPORTED
from iopflow.roles import HOLDABLE

INTRODUCTION = """# Importtabellene

Denne siden lages av `iopflow/importing/tables/` (`python -m iopflow.importing.guide
docs/import-tables.md`).

Fyll ut én Excel-bok med et ark per tabell (`iopflow import --template mal.xlsx` lager en, med
hjelp og nedtrekkslister), eller legg tabellene i en mappe eller en zip-fil, en CSV-fil per tabell.
Last opp på siden Import ([import.md](import.md)), eller prøv først uten å endre noe:

    iopflow import eksport/
    iopflow import eksport/ --apply

- **Filene:** UTF-8 (med eller uten BOM), UTF-16 eller Windows-1252; semikolon, komma eller
  tabulator. Kolonnene kan stå i hvilken som helst rekkefølge, og tabeller du ikke har, kan du
  utelate. Hver fil er høyst 200 MB.
- **Overskriftene** er de engelske navnene eller et av de norske. En ukjent overskrift stopper
  importen.
- **Nøkkelen** (merket med «nøkkel») kjenner raden igjen neste gang: samme fil to ganger endrer
  ingenting, en annen verdi i en annen kolonne er en endring. En rad som mangler i filen, blir
  telt, aldri slettet.
- **Tom celle** i en kolonne filen har, betyr ingen verdi, og tømmer det som sto der. En kolonne
  filen ikke har, lar det stå.
- **Datoer** skrives 2026-08-17 eller 17.08.2026, skoleår 2026-27 (også 2026/27 og 2026-2027),
  ja/nei som ja eller nei.
- **Id-er** er skolens egne koder, uten mellomrom og kolon, og entydige hos skoleeieren. Et
  fødselsnummer blir avvist overalt.
- **En rad som er feil**, blir avvist sammen med radene som viser til den, med rad, kolonne, grunn
  og råd i `avvist.csv`; resten leses inn. Med `--strict` leses ingenting inn hvis noe er feil.
- **`recorded_on`** er dagen noe ble skrevet ned; tom betyr dagen raden først ble lest inn.
- **Flere skoleeiere** i samme mappe går hver for seg: en rad hører til eieren av det den viser
  til. `--owner` tar bare én.
"""

KINDS: Mapping[object, str] = {
    values.day: "dato",
    values.year: "skoleår",
    values.month: "måned, som 2014-03",
    values.truth: "ja eller nei",
    values.grade: "tall, 0 til 13",
    values.email: "e-postadresse",
    values.number: "tall, som 87,4",
    values.identity: "id",
    values.name: "tekst",
    values.text: "tekst",
    values.reference: "tekst",
}
CODES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("schools", "language"): ("nb", "nn"),
    ("people", "language"): ("nb", "nn", "en"),
    ("units", "kind"): tuple(UnitKind),
    ("roles", "role"): HOLDABLE,
    ("vedtak", "outcome"): tuple(Outcome),
    ("consents", "kind"): tuple(ConsentKind),
    ("consents", "answer"): tuple(Answer),
    ("consents", "answered_by"): tuple(Consenter),
    ("happenings", "what"): tuple(one for one in What if one not in NEVER_IMPORTED),
    ("happenings", "cause"): tuple(CAUSES),
    ("appeals", "kind"): tuple(AppealKind),
    ("pauses", "court"): COURTS,
    ("moves", "what"): tuple(MoveKind),
    ("supports", "kind"): tuple(SupportKind),
    ("supports", "outcome"): tuple(Outcome),
    ("values", "indicator"): IMPORTED,
}
NOTES: Mapping[str, str] = {
    "schools": "`wheel` er navnet på et årshjul; tomt er malen for spesialskoler.",
    "school_years": "Alle dagene ligger i skoleåret; et skoleår uten rad kan ikke åpnes.",
    "units": "Bare en klasse har `parent`, og det er en avdeling ved samme skole.",
    "roles": (
        "`at` er hva slags sted og id-en, med kolon mellom: `unit:3a`, `pupil:v-1`, "
        "`school:lia`, `ppt:ppt-e`, `owner:eikedal`, `network:nett`."
    ),
    "enrolments": (
        "Trinnet gjelder `from` og øker med ett hver 1. august. To rader for samme elev ved "
        "samme skole kan ikke overlappe: sett `to` på den første når eleven bytter klasse."
    ),
    "vedtak": (
        "Et vedtak som avviker fra den sakkyndige vurderingen (`departs` ja), trenger "
        "`reason`. Uten `valid_from` og `valid_to` gir vedtaket ikke rett noen dag, og P2 "
        "viser det som ukjent."
    ),
    "happenings": (
        "Samtaler og møter er `held`, alle andre steg `done`. `done`, `not_applicable` og "
        "elevens `held` står én gang per skoleår, steg og elev: en annen `on` flytter datoen. "
        "For de andre, og for klassens møter, er `on` med i nøkkelen. `not_applicable` "
        "trenger `reason`, `declined` og `no_reply` en `invited` "
        "samme dag eller før, og `present` (eleven som var representert) klassens `held` "
        "samme dag. Steg med egen tabell (sakkyndig vurdering, samtykke, vedtak) tar bare "
        "`delay`. Ingenting kan ha skjedd etter i dag."
    ),
    "moves": (
        "`sent_back`, `no_need` og `closed` trenger `note`. Spørsmål om samtykke er "
        "`asked_utredning` og `asked_vedtak`; svaret står i consents.csv. Ingenting kan ha "
        "skjedd etter i dag, og rekkefølgen er skolens egen: importen skriver ned det som "
        "hendte."
    ),
    "supports": (
        "Hører til eleven, ikke til et skoleår, og trenger ingen sakkyndig vurdering. Et vedtak "
        "(`decided_on`) har et utfall."
    ),
    "values": (
        "`ØK1a` er det samme som `OK1a`, og slik med `ØK1b`, `ØK2` og `ØK4` (ØK2 i oversikten). "
        "`unit` er klassen tallet gjelder; tomt er hele skolen. En andel er i prosent (`87,4`), "
        "eller et antall med `of` ved siden av (`12` av `14`). ØK1a og ØK1b er i tusen kroner per "
        "elev. En andel over 100 prosent blir avvist (S3 og T1 kan være mer). Et tall langt fra "
        "fjorårets blir lest inn, og kontrollen spør om det stemmer. Hva hver indikator er, står i "
        "[verdier.md](verdier.md)."
    ),
}
EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "schools": (
        "school;name;owner;municipality;network;language;wheel",
        "lia;Lia skole;eikedal;Eikedal;nett;nb;",
    ),
    "school_years": (
        "school;year;first_day;last_day;planning_day;autumn_end",
        "lia;2026-27;2026-08-17;2027-06-18;2026-08-12;",
    ),
    "days_off": ("skole;fra;til;hva", "lia;28.09.2026;02.10.2026;høstferie"),
    "units": (
        "unit;school;kind;name;parent",
        "sma;lia;avdeling;Småtrinnet;",
        "3a;lia;klasse;3A;sma",
    ),
    "ppt_offices": ("ppt;name;municipality", "ppt-e;PPT Eikedal;Eikedal"),
    "people": (
        "person;name;email;login;language",
        "kari;Kari Berg;kari@example.no;kari@example.no;nb",
    ),
    "pupils": (
        "pupil;name;birth_month;protected;ppt;home_municipality;ppt_reference",
        "v-1;Ola Dal;2018-03;nei;ppt-e;Eikedal;2025/12",
    ),
    "roles": ("person;role;at;from;to", "kari;kontaktlaerer;unit:3a;2026-08-01;"),
    "enrolments": ("elev;skole;fra;klasse;trinn;til", "v-1;lia;01.08.2025;3a;2;"),
    "assessments": (
        "pupil;for_year;needed_since;referred_on;complete_on;received_on;valid_to;archive_ref",
        "v-1;2026-27;2025-10-01;2025-11-01;2025-11-15;2026-04-20;2028-07-31;2025/123-8",
    ),
    "vedtak": (
        "pupil;for_year;decided_on;outcome;valid_from;valid_to;notified_on;departs;reason",
        "v-1;2026-27;2026-06-10;granted;2026-08-01;2027-07-31;2026-06-10;nei;",
    ),
    "consents": (
        "pupil;kind;for_year;on;answer;answered_by",
        "v-1;vedtak;2026-27;2026-05-02;given;foresatte",
    ),
    "happenings": (
        "year;step;subject;what;on;recorded_on;by;reason;cause;evidence",
        "2026-27;iop.klar_skolestart;v-1;done;2026-08-14;2026-08-20;kari;;;",
        "2026-27;iop.elevsamtale_host;v-1;held;2026-09-20;;kari;;;",
        "2026-27;iop.foreldremote_host;3a;held;2026-09-15;;kari;;;",
        "2026-27;iop.foreldremote_host;v-1;present;2026-09-15;;;;;",
        "2026-27;iop.sakkyndig_vurdering;v-1;delay;2026-04-01;;;;kapasitet_ppt;arkiv 12",
    ),
    "appeals": (
        "pupil;for_year;registered_on;kind;reviewed_on;forwarded_on;result;closed_on",
        "v-1;2026-27;2026-07-01;vedtak;2026-07-20;2026-07-21;;",
    ),
    "pauses": (
        "pupil;for_year;from;court;to;cause;evidence",
        "v-1;2026-27;2025-11-01;skole;2025-11-15;venter på rapport;",
    ),
    "moves": (
        "pupil;for_year;what;on;note;evidence;recorded_on",
        "v-1;2026-27;asked_utredning;2025-10-02;;;",
        "v-1;2026-27;sent_back;2025-11-05;pedagogisk rapport mangler;arkiv 14;",
        "v-1;2026-27;supplied;2025-11-14;;;",
    ),
    "supports": (
        "pupil;kind;sought_on;decided_on;outcome;valid_from;valid_to;notified_on;archive_ref",
        "v-1;assistanse;2026-03-02;2026-05-12;granted;2026-08-01;2027-07-31;2026-05-12;2026/31-4",
    ),
    "values": (
        "school;year;indicator;counted_on;category;unit;value;of;source",
        "lia;2026-27;S8;2026-10-01;;;87,4;;Personalsystemet",
    ),
}


def guide() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *(line for table in TABLES for line in _section(table))])


def _section(table: Table) -> Iterator[str]:
    yield f"## {table.file}.csv"
    yield ""
    yield table.about
    yield ""
    yield "| Kolonne | | Verdi | Betyr | Norsk overskrift |"
    yield "|---|---|---|---|---|"
    for column in table.columns:
        yield f"| {' | '.join(_line(table, column))} |"
    yield ""
    if table.file in NOTES:
        yield NOTES[table.file]
        yield ""
    yield from (f"    {line}" for line in EXAMPLES[table.file])
    yield ""


def _line(table: Table, column: Column) -> Iterator[str]:
    yield f"`{column.name}`"
    yield "nøkkel" if column.key else "må ha" if column.required else ""
    codes = CODES.get((table.file, column.name))
    yield ", ".join(f"`{code}`" for code in codes) if codes else KINDS[column.parse]
    yield column.meaning
    yield ", ".join(f"`{alias}`" for alias in column.aliases)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(guide(), encoding="utf-8")
