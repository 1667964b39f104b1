"""Rows that are not taken: each with its file, row, column, reason and remedy; the rest applies."""

from pathlib import Path
from typing import NamedTuple

import pytest
from sqlmodel import Session

from iopflow import importing
from tests.importing import kit


class Bad(NamedTuple):
    """A row added to the correct tables (or, with `at`, changed in them), and what to say of it."""

    file: str
    cells: dict[str, str]
    column: str
    reason: str
    remedy: str
    at: int | None = None


_TALK = {"year": "2026-27", "step": "iop.elevsamtale_host", "subject": "v-2", "on": "2026-11-20"}
_DONE = {"year": "2026-27", "step": "iop.kvalitetssikring", "subject": "v-2", "on": "2026-08-10"}
_VEDTAK = {"pupil": "v-2", "for_year": "2026-27", "decided_on": "2026-06-01", "outcome": "granted"}
_STAY = {"pupil": "v-2", "school": "lia", "from": "2024-08-01", "grade": "1", "to": "2024-12-01"}
_UNIT = {"unit": "4a", "school": "lia", "kind": "klasse", "name": "4A"}
_YEAR = {
    "school": "lia",
    "year": "2027-28",
    "first_day": "2027-08-16",
    "last_day": "2028-06-16",
}
_ROLE = {"person": "kari", "role": "faglaerer", "at": "unit:3a", "from": "2026-08-01"}
_VALUE = {
    "school": "lia",
    "year": "2026-27",
    "indicator": "S2",
    "counted_on": "2026-10-01",
    "value": "3",
}
_MOVE = {"pupil": "v-2", "for_year": "2026-27", "what": "asked_vedtak", "on": "2026-05-02"}
_SUPPORT = {"pupil": "v-2", "kind": "assistanse", "sought_on": "2026-05-02"}
_NEED = {"pupil": "v-2", "for_year": "2026-27", "needed_since": "2026-01-01"}

CASES = {
    # cells
    "name missing": Bad("pupils", {"pupil": "v-3"}, "name", "er tom", "skriv elevens navn"),
    "formula": Bad(
        "pupils", {"pupil": "v-3", "name": "=1+1"}, "name", "formel", "uten tegnet foran"
    ),
    "control characters": Bad(
        "pupils", {"pupil": "v-3", "name": "Ola\x07"}, "name", "usynlige tegn", "på én linje"
    ),
    "two lines": Bad(
        "pupils", {"pupil": "v-3", "name": "Ola\nDal"}, "name", "linjeskift", "på én linje"
    ),
    "too long": Bad(
        "pupils", {"pupil": "v-3", "name": "x" * 501}, "name", "lengre enn 500", "forkort"
    ),
    "identity number as id": Bad(
        "pupils", {"pupil": "01020312345", "name": "Ola"}, "pupil", "fødselsnummer", "egen kode"
    ),
    "identity number in a name": Bad(
        "pupils",
        {"pupil": "v-3", "name": "Ola 010203 12345"},
        "name",
        "fødselsnummer",
        "egen kode",
    ),
    "identity number as reference": Bad(
        "pupils",
        {"pupil": "v-3", "name": "Ola", "ppt_reference": "sak 41020312345"},
        "ppt_reference",
        "fødselsnummer",
        "egen kode",
    ),
    "id with a space": Bad(
        "pupils", {"pupil": "v 3", "name": "Ola"}, "pupil", "mellomrom", "i ett"
    ),
    "id with a colon": Bad("units", _UNIT | {"unit": "unit:4a"}, "unit", "kolon", "i ett"),
    "birth date": Bad(
        "pupils",
        {"pupil": "v-3", "name": "Ola", "birth_month": "2014-03-02"},
        "birth_month",
        "er ingen måned",
        "som 2014-03",
    ),
    "month 13": Bad(
        "pupils",
        {"pupil": "v-3", "name": "Ola", "birth_month": "2014-13"},
        "birth_month",
        "er ingen måned",
        "som 2014-03",
    ),
    "yes": Bad(
        "pupils",
        {"pupil": "v-3", "name": "Ola", "protected": "yes"},
        "protected",
        "verken ja eller nei",
        "skriv ja eller nei",
    ),
    "no such day": Bad(
        "consents",
        {
            "pupil": "v-1",
            "kind": "vedtak",
            "for_year": "2026-27",
            "on": "31.11.2026",
            "answer": "given",
        },
        "on",
        "er ingen dato",
        "17.08.2026",
    ),
    "short year": Bad(
        "enrolments", _STAY | {"from": "1.8.24"}, "from", "er ingen dato", "2026-08-17"
    ),
    "year out of range": Bad(
        "enrolments", _STAY | {"from": "0204-08-01"}, "from", "utenfor", "årstallet"
    ),
    "no school year": Bad(
        "school_years", _YEAR | {"year": "2026-28"}, "year", "ikke et skoleår", "som 2026-27"
    ),
    "calendar year": Bad(
        "school_years", _YEAR | {"year": "2026"}, "year", "ikke et skoleår", "som 2026-27"
    ),
    "grade": Bad("enrolments", _STAY | {"grade": "14"}, "grade", "ikke et trinn", "0 til 13"),
    "grade in words": Bad(
        "enrolments", _STAY | {"grade": "3. trinn"}, "grade", "ikke et trinn", "0 til 13"
    ),
    "e-mail": Bad(
        "people",
        {"person": "per", "name": "Per", "email": "per@skole"},
        "email",
        "ingen e-postadresse",
        "kari@example.no",
    ),
    "language": Bad(
        "people",
        {"person": "per", "name": "Per", "language": "no"},
        "language",
        "ingen kjent kode",
        "nb, nn, en",
    ),
    "school in English": Bad(
        "schools", {"language": "en"}, "language", "ingen kjent kode", "nb, nn", at=0
    ),
    "unit kind": Bad(
        "units", _UNIT | {"kind": "klase"}, "kind", "ingen kjent kode", "mente du «klasse»?"
    ),
    "outcome": Bad(
        "vedtak",
        _VEDTAK | {"outcome": "grantd"},
        "outcome",
        "ingen kjent kode",
        "mente du «granted»?",
    ),
    "indicator": Bad("values", _VALUE | {"indicator": "P1"}, "indicator", "ingen kjent kode", "R1"),
    "more than all": Bad(
        "values", _VALUE | {"indicator": "S8", "value": "480"}, "value", "0 til 100", "hvor mange"
    ),
    "less than nothing": Bad(
        "values", _VALUE | {"indicator": "R2", "value": "-1"}, "value", "0 til 100", "rett tallet"
    ),
    "of nobody": Bad("values", _VALUE | {"of": "0"}, "of", "må være over 0", "stå tom"),
    "hours": Bad(
        "values", _VALUE | {"indicator": "S3", "value": "900"}, "value", "S3 kan være", "0 til 500"
    ),
    "posts": Bad(
        "values", _VALUE | {"indicator": "S5", "value": "99"}, "value", "S5 kan være", "0 til 20"
    ),
    "number": Bad("values", _VALUE | {"value": "nan"}, "value", "ikke et tall", "87,4"),
    "court": Bad(
        "pauses",
        {"pupil": "v-1", "for_year": "2026-27", "from": "2025-12-01", "court": "skolen"},
        "court",
        "ingen kjent kode",
        "mente du «skole»?",
    ),
    # references
    "unknown school": Bad(
        "units", _UNIT | {"school": "lio"}, "school", "finnes ikke", "schools.csv"
    ),
    "unknown class": Bad(
        "enrolments", _STAY | {"class": "9z"}, "class", "finnes ikke", "units.csv"
    ),
    "unknown pupil": Bad(
        "vedtak", _VEDTAK | {"pupil": "v-9"}, "pupil", "finnes ikke", "pupils.csv"
    ),
    "unknown person": Bad(
        "happenings", _DONE | {"what": "done", "by": "ola"}, "by", "finnes ikke", "people.csv"
    ),
    "unknown ppt": Bad(
        "pupils",
        {"pupil": "v-3", "name": "Ola", "ppt": "ppt-x"},
        "ppt",
        "finnes ikke",
        "ppt_offices.csv",
    ),
    "unknown wheel": Bad("schools", {"wheel": "spesialskule"}, "wheel", "", "rett navnet", at=0),
    # a row with itself
    "same key": Bad(
        "pupils", {"pupil": "v-1", "name": "Ole"}, "pupil", "samme nøkkel som rad 2", "behold én"
    ),
    "year backwards": Bad(
        "school_years",
        _YEAR | {"first_day": "2028-06-16", "last_day": "2027-08-16"},
        "last_day",
        "er før first_day",
        "bytt dem om",
    ),
    "year elsewhere": Bad(
        "school_years",
        _YEAR | {"first_day": "2026-08-17"},
        "first_day",
        "ikke i skoleåret 2027-28",
        "rett datoen",
    ),
    "planning after start": Bad(
        "school_years",
        _YEAR | {"planning_day": "2027-08-20"},
        "first_day",
        "er før planning_day",
        "bytt dem om",
    ),
    "autumn ends too late": Bad(
        "school_years",
        _YEAR | {"autumn_end": "2028-06-30"},
        "last_day",
        "er før autumn_end",
        "bytt dem om",
    ),
    "break backwards": Bad(
        "days_off",
        {"school": "lia", "from": "2026-12-21", "to": "2026-12-01", "what": "jul"},
        "to",
        "er før from",
        "bytt dem om",
    ),
    "break of half a year": Bad(
        "days_off",
        {"school": "lia", "from": "2026-09-21", "to": "2027-03-01", "what": "jul"},
        "to",
        "lengre enn fire måneder",
        "rett datoen",
    ),
    "break over two years": Bad(
        "days_off",
        {"school": "lia", "from": "2027-06-21", "to": "2027-08-15", "what": "sommer"},
        "to",
        "ikke i samme skoleår",
        "1. august",
    ),
    "parent is a class": Bad(
        "units", _UNIT | {"parent": "3a"}, "parent", "er ingen avdeling", "id-en til en avdeling"
    ),
    "parent elsewhere": Bad(
        "units",
        _UNIT | {"school": "fjell", "parent": "sma"},
        "parent",
        "en annen skole",
        "samme skole",
    ),
    "avdeling in avdeling": Bad(
        "units",
        _UNIT | {"kind": "avdeling", "parent": "sma"},
        "parent",
        "ingen avdeling over seg",
        "stå tom",
    ),
    "role unknown": Bad("roles", _ROLE | {"role": "laerer"}, "role", "kjent kode", "faglaerer"),
    "role nobody holds": Bad(
        "roles", _ROLE | {"role": "foresatte"}, "role", "kjent kode", "rektor"
    ),
    "role at a wrong place": Bad(
        "roles", _ROLE | {"role": "rektor"}, "at", "passer ikke for rektor", "skriv school:ID"
    ),
    "role nowhere": Bad(
        "roles", _ROLE | {"at": "3a"}, "at", "passer ikke", "skriv unit:ID eller pupil:ID"
    ),
    "role at an unknown place": Bad(
        "roles", _ROLE | {"at": "unit:9z"}, "at", "finnes ikke", "units.csv"
    ),
    "role backwards": Bad(
        "roles", _ROLE | {"to": "2026-07-01"}, "to", "er før from", "bytt dem om"
    ),
    "enrolment backwards": Bad(
        "enrolments", _STAY | {"to": "2024-07-01"}, "to", "er før from", "bytt dem om"
    ),
    "enrolled in an avdeling": Bad(
        "enrolments", _STAY | {"class": "sma"}, "class", "er ingen klasse", "id-en til en klasse"
    ),
    "enrolled in another school's class": Bad(
        "enrolments", _STAY | {"class": "f3"}, "class", "en annen skole", "samme skole"
    ),
    "received before referred": Bad(
        "assessments",
        _NEED | {"referred_on": "2026-03-01", "received_on": "2026-02-01"},
        "received_on",
        "er før referred_on",
        "bytt dem om",
    ),
    "vedtak backwards": Bad(
        "vedtak",
        _VEDTAK | {"valid_from": "2027-07-31", "valid_to": "2026-08-01"},
        "valid_to",
        "er før valid_from",
        "bytt dem om",
    ),
    "departs without reason": Bad(
        "vedtak", _VEDTAK | {"departs": "ja"}, "reason", "trenger en begrunnelse", "§ 11-7"
    ),
    "appeal closed before": Bad(
        "appeals",
        {
            "pupil": "v-1",
            "for_year": "2026-27",
            "registered_on": "2026-08-01",
            "closed_on": "2026-07-01",
        },
        "closed_on",
        "er før registered_on",
        "bytt dem om",
    ),
    "appeal sent on before it was looked at": Bad(
        "appeals",
        {
            "pupil": "v-1",
            "for_year": "2026-27",
            "registered_on": "2026-08-01",
            "reviewed_on": "2026-08-20",
            "forwarded_on": "2026-08-19",
        },
        "forwarded_on",
        "er før reviewed_on",
        "bytt dem om",
    ),
    "appeal of an unknown kind": Bad(
        "appeals",
        {
            "pupil": "v-1",
            "for_year": "2026-27",
            "registered_on": "2026-08-01",
            "kind": "saksbehandlingen",
        },
        "kind",
        "ingen kjent kode",
        "skriv en av vedtak, gjennomforing",
    ),
    "answered by somebody else": Bad(
        "consents", {"answered_by": "rektor"}, "answered_by", "ingen kjent kode", "foresatte", at=0
    ),
    "unknown move": Bad(
        "moves", _MOVE | {"what": "sendt_back"}, "what", "ingen kjent kode", "«sent_back»?"
    ),
    "move tomorrow": Bad(
        "moves",
        _MOVE | {"on": "2026-11-27"},
        "on",
        "er etter i dag (2026-11-26)",
        "importer den når den har skjedd",
    ),
    "move of nobody": Bad("moves", _MOVE | {"pupil": "v-9"}, "pupil", "finnes ikke", "pupils.csv"),
    "sent back for nothing": Bad(
        "moves", _MOVE | {"what": "sent_back"}, "note", "sent_back trenger", "hva som mangler"
    ),
    "closed without a word": Bad(
        "moves", _MOVE | {"what": "closed"}, "note", "closed trenger en merknad", "hvorfor"
    ),
    "nothing needed, and nobody knows why": Bad(
        "moves", _MOVE | {"what": "no_need"}, "note", "no_need trenger en merknad", "hvorfor"
    ),
    "support tomorrow": Bad(
        "supports",
        _SUPPORT | {"sought_on": "2026-11-27"},
        "sought_on",
        "er etter i dag (2026-11-26)",
        "rett datoen",
    ),
    "support decided before it was sought": Bad(
        "supports",
        _SUPPORT | {"decided_on": "2026-05-01", "outcome": "granted"},
        "decided_on",
        "er før sought_on",
        "bytt dem om",
    ),
    "support decided without an outcome": Bad(
        "supports", _SUPPORT | {"decided_on": "2026-06-01"}, "outcome", "er tom", "partly"
    ),
    "support ends before it begins": Bad(
        "supports",
        _SUPPORT | {"valid_from": "2026-08-01", "valid_to": "2026-07-31"},
        "valid_to",
        "er før valid_from",
        "bytt dem om",
    ),
    # references to the archive
    "an archive reference that is a file": Bad(
        "vedtak", _VEDTAK | {"archive_ref": "C:/elev/vedtak.pdf"}, "archive_ref", "en fil", "legg "
    ),
    "an archive reference to a person": Bad(
        "assessments",
        _NEED | {"archive_ref": "sak 010170 12345"},
        "archive_ref",
        "ser ut som et fødselsnummer",
        "skolens egen kode",
    ),
    "a support's reference with a password": Bad(
        "supports",
        _SUPPORT | {"archive_ref": "https://a:b@arkiv.example.no/1"},
        "archive_ref",
        "arkivreferansen er en adresse med innlogging",
        "skriv saksnummeret i arkivet",
    ),
    "evidence of a move with signs no archive has": Bad(
        "moves", _MOVE | {"evidence": "sak 1; sak 2"}, "evidence", "inntil 80", "2026/1042-3"
    ),
    "evidence of a happening with an identity number": Bad(
        "happenings",
        _DONE | {"what": "done", "evidence": "logg om 01017012345"},
        "evidence",
        "ser ut som et fødselsnummer",
        "skolens egen kode",
    ),
    # across rows
    "overlap": Bad(
        "enrolments",
        _STAY | {"from": "2027-01-01", "to": ""},
        "from",
        "overlapper",
        "sett «to» på den første",
    ),
    # happenings
    "unknown step": Bad(
        "happenings",
        _DONE | {"step": "iop.arsevalering", "what": "done"},
        "step",
        "finnes ikke i årshjulet",
        "mente du «iop.arsevaluering»?",
    ),
    "unknown word": Bad(
        "happenings", _DONE | {"what": "don"}, "what", "ingen kjent kode", "mente du «done»?"
    ),
    "done of a talk": Bad(
        "happenings", _TALK | {"what": "done"}, "what", "passer ikke", "skriv held"
    ),
    "held of a document": Bad(
        "happenings", _DONE | {"what": "held"}, "what", "passer ikke", "skriv done"
    ),
    "invited to a document": Bad(
        "happenings", _DONE | {"what": "invited"}, "what", "gjelder samtaler", "skriv done"
    ),
    "a step with a table of its own": Bad(
        "happenings",
        _DONE | {"step": "iop.enkeltvedtak", "what": "done"},
        "what",
        "følger av vedtak.csv",
        "skriv datoen i vedtak.csv",
    ),
    "subject of another kind": Bad(
        "happenings",
        _DONE | {"what": "done", "subject": "3a"},
        "subject",
        "finnes ikke",
        "pupils.csv",
    ),
    "tomorrow": Bad(
        "happenings",
        _DONE | {"what": "done", "on": "2026-11-27"},
        "on",
        "er etter i dag (2026-11-26)",
        "rett datoen",
    ),
    "talk not applicable": Bad(
        "happenings",
        _TALK | {"what": "not_applicable", "reason": "x"},
        "what",
        "kan ikke være not_applicable",
        "declined",
    ),
    "not applicable without reason": Bad(
        "happenings", _DONE | {"what": "not_applicable"}, "reason", "begrunnelse", "skriv hvorfor"
    ),
    "delay of an unknown cause": Bad(
        "happenings",
        _DONE | {"what": "delay", "cause": "elev_fravær"},
        "cause",
        "ingen kjent kode",
        "mente du «elev_fravaer»?",
    ),
    "declined without invitation": Bad(
        "happenings",
        _TALK | {"what": "declined"},
        "what",
        "declined uten invitasjon",
        "invited først",
    ),
    "no reply before the invitation": Bad(
        "happenings",
        _TALK | {"what": "no_reply", "subject": "v-1", "on": "2026-09-09"},
        "what",
        "no_reply uten invitasjon",
        "invited først",
    ),
    "done and not applicable": Bad(
        "happenings",
        {
            "year": "2026-27",
            "step": "iop.klar_skolestart",
            "subject": "v-1",
            "what": "not_applicable",
            "on": "2026-08-20",
            "reason": "x",
        },
        "what",
        "både gjort og not_applicable",
        "behold",
    ),
    "present without a meeting": Bad(
        "happenings",
        {
            "year": "2026-27",
            "step": "iop.foreldremote_host",
            "subject": "v-2",
            "what": "present",
            "on": "2026-09-16",
        },
        "on",
        "noe slikt møte",
        "klassens held samme dag",
    ),
    "present at a talk": Bad(
        "happenings",
        _TALK | {"what": "present"},
        "what",
        "present gjelder klassens foreldremøter",
        "foreldremøte",
    ),
    "held twice": Bad(
        "happenings",
        _TALK | {"subject": "v-1", "what": "held"},
        "year",
        "samme nøkkel som rad 4",
        "behold én",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_row_is_refused_with_its_place_and_remedy(
    session: Session, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    tables = kit.base()
    rows = tables[case.file]
    place = len(rows) if case.at is None else case.at
    if case.at is None:
        rows.append(dict.fromkeys(rows[0], "") | case.cells)
    else:
        rows[place] |= case.cells
    made = kit.plan(session, kit.write(tmp_path, tables))
    found = [one for one in made.refused if one.file == f"{case.file}.csv"]
    assert [(one.row, one.column) for one in found] == [(place + 2, case.column)]
    assert found[0].value == rows[place][case.column].strip()
    assert case.reason in found[0].reason
    assert case.remedy in found[0].remedy


def test_there_are_cases_for_every_table_but_one() -> None:
    """ppt_offices has nothing but cells."""
    assert {case.file for case in CASES.values()} == set(kit.FILES) - {"ppt_offices"}


def test_a_refused_pupil_takes_its_rows_along(session: Session, tmp_path: Path) -> None:
    tables = kit.base()
    tables["pupils"][0]["birth_month"] = "mars"
    made = kit.plan(session, kit.write(tmp_path, tables))
    assert {one.file for one in made.refused} == {
        "pupils.csv",
        "roles.csv",
        "enrolments.csv",
        "assessments.csv",
        "vedtak.csv",
        "consents.csv",
        "happenings.csv",
        "appeals.csv",
        "pauses.csv",
        "moves.csv",
        "supports.csv",
    }
    reasons = {one.reason for one in made.refused if one.file != "pupils.csv"}
    assert reasons == {"raden den viser til er avvist (pupils.csv rad 2)"}
    importing.apply(session, made, kit.RULES, act=kit.act())
    assert len(kit.dump(session, ["pupil"])["pupil"]) == 1


def test_a_refused_avdeling_takes_its_classes_along(session: Session, tmp_path: Path) -> None:
    tables = kit.base()
    tables["units"][1]["parent"] = "sma"
    made = kit.plan(session, kit.write(tmp_path, {**tables, "happenings": []}))
    found = [(one.file, one.row, one.column, one.reason) for one in made.refused[:2]]
    assert found == [
        ("units.csv", 2, "parent", "raden den viser til er avvist (units.csv rad 3)"),
        ("units.csv", 3, "parent", "en avdeling har ingen avdeling over seg"),
    ]


def test_a_refused_change_leaves_the_row_as_it_was(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    before = kit.dump(session)
    tables = kit.base()
    tables["pupils"][0] |= {"birth_month": "mars", "name": "En annen"}
    made = kit.plan(session, kit.write(tmp_path / "b", tables))
    assert [(one.file, one.row) for one in made.refused] == [("pupils.csv", 2)]
    importing.apply(session, made, kit.RULES, act=kit.act(kit.LATER))
    assert kit.dump(session) == before


def test_a_row_that_clashes_with_the_database_is_refused(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    rows = [
        {
            "year": "2026-27",
            "step": "iop.teste_justere",
            "subject": "v-1",
            "what": "done",
            "on": "2026-10-01",
        },
        {
            "year": "2026-27",
            "step": "iop.utviklingssamtale",
            "subject": "v-2",
            "what": "no_reply",
            "on": "2026-11-03",
        },
        {
            "year": "2026-27",
            "step": "iop.foreldremote_host",
            "subject": "v-2",
            "what": "present",
            "on": "2026-09-15",
        },
    ]
    stays = [{"pupil": "v-1", "school": "lia", "from": "2026-10-01", "grade": "3"}]
    made = kit.plan(session, kit.write(tmp_path / "b", {"happenings": rows, "enrolments": stays}))
    assert [(one.file, one.row, one.column) for one in made.refused] == [
        ("enrolments.csv", 2, "from"),
        ("happenings.csv", 2, "what"),
    ]


def test_a_move_closes_one_enrolment_and_opens_another(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    stays = [
        {"pupil": "v-1", "school": "lia", "from": "2026-12-01", "grade": "3", "to": ""},
        {"pupil": "v-1", "school": "lia", "from": "2025-08-01", "grade": "2", "to": "2026-11-30"},
    ]
    made = kit.plan(session, kit.write(tmp_path / "b", {"enrolments": stays}))
    assert made.refused == []
    assert kit.totals(made)["added"] == kit.totals(made)["changed"] == 1
    # Where the closing row is wrong, the old one stands, and the new one clashes with it.
    stays[1]["class"] = stays[0]["class"] = ""
    stays[1]["grade"] = "ukjent"
    made = kit.plan(session, kit.write(tmp_path / "c", {"enrolments": stays}))
    assert sorted((one.row, one.column) for one in made.refused) == [(2, "from"), (3, "grade")]


def test_ragged_rows_are_filled_or_refused(session: Session, tmp_path: Path) -> None:
    kit.write(tmp_path, {"schools": kit.base()["schools"]})
    (tmp_path / "pupils.csv").write_text(
        "pupil;name;birth_month\r\nv-1;Ola\r\nv-2;Eva;;\r\nv-3;Ivar;2018-03;x\r\n"
    )
    made = kit.plan(session, tmp_path)
    assert made.summary[-1]["added"] == 2
    (one,) = made.refused
    assert (one.file, one.row, one.column) == ("pupils.csv", 4, "-")
    assert "raden har 4 celler, overskriften 3" in one.reason
    assert "anførselstegn" in one.remedy


def test_the_refused_rows_are_written_for_a_spreadsheet(session: Session, tmp_path: Path) -> None:
    tables = kit.base()
    tables["pupils"].append(dict.fromkeys(tables["pupils"][0], "") | {"pupil": "x", "name": "=1+1"})
    made = kit.plan(session, kit.write(tmp_path / "a", tables))
    assert importing.write_refused(made, tmp_path / "avvist.csv") == 1
    lines = (tmp_path / "avvist.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines == [
        "file;row;column;value;reason;remedy;cells",
        (
            "pupils.csv;4;name;'=1+1;begynner som en formel;skriv navnet uten tegnet foran;"
            "x | =1+1 |  |  |  |  | "
        ),
    ]


def test_a_refusal_is_one_sentence(session: Session, tmp_path: Path) -> None:
    tables = kit.base()
    tables["pupils"][0]["protected"] = "kanskje"
    made = kit.plan(
        session, kit.write(tmp_path, {"schools": tables["schools"], "pupils": tables["pupils"]})
    )
    refused = [one for one in made.refused if one.column == "protected"]
    assert [one.sentence() for one in refused] == [
        "pupils.csv rad 2, protected «kanskje»: er verken ja eller nei; skriv ja eller nei."
    ]


# In one row: cells, ids and rules are all told, each at its place.
ALL_WRONG: dict[str, tuple[str, dict[str, str], list[tuple[str, str]]]] = {
    "cells": (
        "pupils",
        {"pupil": "x 1", "name": "=1", "birth_month": "mars", "protected": "kanskje"},
        [
            ("pupil", "har mellomrom"),
            ("name", "begynner som en formel"),
            ("birth_month", "er ingen måned"),
            ("protected", "er verken ja eller nei"),
        ],
    ),
    "a cell, an id and a rule": (
        "enrolments",
        {
            "pupil": "v-1",
            "school": "lia",
            "from": "2020-08-01",
            "class": "3z",
            "grade": "sju",
            "to": "2019-01-01",
        },
        [("grade", "er ikke et trinn"), ("class", "finnes ikke"), ("to", "er før from")],
    ),
    "a cell and the key of another": (
        "pupils",
        {"pupil": "v-1", "name": ""},
        [("name", "er tom"), ("pupil", "samme nøkkel som rad 2")],
    ),
    "two rules": (
        "school_years",
        {
            "school": "fjell",
            "year": "2027-28",
            "first_day": "2026-08-17",
            "last_day": "2027-06-18",
        },
        [("first_day", "ligger ikke i"), ("last_day", "ligger ikke i")],
    ),
    "a cell and a rule of another": (
        "vedtak",
        {
            "pupil": "v-2",
            "for_year": "2026-27",
            "decided_on": "2026-06-10",
            "outcome": "ja",
            "departs": "ja",
        },
        [("outcome", "er ingen kjent kode"), ("reason", "trenger en begrunnelse")],
    ),
    "a word and a subject": (
        "happenings",
        {
            "year": "2026-27",
            "step": "iop.elevsamtale_host",
            "subject": "v-9",
            "what": "done",
            "on": "2027-01-20",
        },
        [("what", "passer ikke for"), ("subject", "finnes ikke"), ("on", "er etter i dag")],
    ),
    "a role that nobody can read": (
        "roles",
        {"person": "nn", "role": "lærer", "at": "unit:3a", "from": "2026"},
        [
            ("role", "er ingen kjent kode"),
            ("from", "er ingen dato"),
            ("person", "finnes ikke"),
        ],
    ),
    "a class of nothing": (
        "units",
        {"unit": "4a", "school": "lja", "kind": "gruppe", "name": "4A", "parent": "sno"},
        [("kind", "er ingen kjent kode"), ("school", "finnes ikke"), ("parent", "finnes ikke")],
    ),
}


@pytest.mark.parametrize("name", ALL_WRONG)
def test_all_that_is_wrong_with_a_row_is_told_at_once(
    session: Session, tmp_path: Path, name: str
) -> None:
    file, cells, wanted = ALL_WRONG[name]
    tables = kit.base()
    tables[file].append(dict.fromkeys(tables[file][0], "") | cells)
    made = kit.plan(session, kit.write(tmp_path / "a", tables))
    found = [one for one in made.refused if one.file == f"{file}.csv"]
    assert [one.column for one in found] == [column for column, _reason in wanted]
    assert [
        reason for one, (_at, reason) in zip(found, wanted, strict=True) if reason not in one.reason
    ] == []
    assert {one.row for one in found} == {len(tables[file]) + 1}
    assert all(one.remedy for one in found)
    # A row is counted once, and told as often as something is wrong with it.
    assert [one["refused"] for one in made.summary if one["table"] == file] == [1]
    assert importing.write_refused(made, tmp_path / "avvist.csv") == len(made.refused)
