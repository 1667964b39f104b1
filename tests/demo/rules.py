"""The import rules of the contract, checked row by row over the files of a folder."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from iopflow.schoolyear import public_holidays

Row = dict[str, str]
Tables = dict[str, list[Row]]

KEYS = {
    "schools": ("school",),
    "school_years": ("school", "year"),
    "days_off": ("school", "from"),
    "units": ("unit",),
    "ppt_offices": ("ppt",),
    "people": ("person",),
    "roles": ("person", "role", "at", "from"),
    "pupils": ("pupil",),
    "enrolments": ("pupil", "school", "from"),
    "assessments": ("pupil", "for_year"),
    "vedtak": ("pupil", "for_year", "decided_on"),
    "consents": ("pupil", "kind", "for_year", "on"),
    "appeals": ("pupil", "for_year", "registered_on"),
    "pauses": ("pupil", "for_year", "from"),
    "moves": ("pupil", "for_year", "what", "on"),
    "supports": ("pupil", "kind", "sought_on"),
    "values": ("school", "year", "indicator", "counted_on", "category", "unit"),
}
REQUIRED = {
    "schools": ("school", "name", "owner", "municipality"),
    "school_years": ("school", "year", "first_day", "last_day"),
    "days_off": ("school", "from", "what"),
    "units": ("unit", "school", "kind", "name"),
    "ppt_offices": ("ppt", "name", "municipality"),
    "people": ("person", "name"),
    "roles": ("person", "role", "at", "from"),
    "pupils": ("pupil", "name"),
    "enrolments": ("pupil", "school", "from", "class", "grade"),
    "assessments": ("pupil", "for_year", "needed_since"),
    "vedtak": ("pupil", "for_year", "decided_on", "outcome"),
    "consents": ("pupil", "kind", "for_year", "on", "answer"),
    "happenings": ("year", "step", "subject", "what", "on", "recorded_on"),
    "appeals": ("pupil", "for_year", "registered_on"),
    "pauses": ("pupil", "for_year", "from", "court"),
    "moves": ("pupil", "for_year", "what", "on"),
    "supports": ("pupil", "kind", "sought_on"),
    "values": ("school", "year", "indicator", "counted_on", "value"),
}
# What is known at once and stands for itself; plans (enrolments, roles, validity) may lie ahead.
FACTS = {
    "assessments": ("needed_since", "referred_on", "complete_on", "received_on", "recorded_on"),
    "vedtak": ("decided_on", "notified_on", "arrived_on", "recorded_on"),
    "consents": ("on", "recorded_on"),
    "happenings": ("on", "recorded_on"),
    "appeals": ("registered_on", "reviewed_on", "forwarded_on", "closed_on"),
    "pauses": ("from", "to"),
    "moves": ("on", "recorded_on"),
    "supports": ("sought_on", "decided_on", "notified_on", "recorded_on"),
    "values": ("counted_on",),
}
TALKS = frozenset(
    {
        "iop.utviklingssamtale",
        "iop.malvalgsamtale",
        "iop.elevsamtale_host",
        "iop.elevsamtale_var",
    }
)
MEETINGS = frozenset(
    {
        "iop.samarbeidsmote",
        "iop.ppt_samarbeidsmoter",
        "iop.workshop",
        "iop.foreldremote_host",
        "iop.foreldremote_var",
        "ikit.samling_1",
        "ikit.samling_2",
        "ikit.samling_3",
        "ikit.samling_4",
        "ikit.fellessamling",
    }
)
WITH_TABLES = frozenset({"iop.sakkyndig_vurdering", "iop.enkeltvedtak"})
# May happen before the pupil's first day.
BEFORE_SCHOOL = {"iop.malvalgsamtale", "iop.pedagogisk_rapport"}
CAUSES = {
    "venter_dokumentasjon_skole",
    "kapasitet_ppt",
    "foresatte_ikke_naadd",
    "foresatte_takket_nei",
    "elev_fravaer",
    "innflyttet_etter_frist",
    "samtykke_mangler",
    "sykdom_vikar",
    "mote_flyttet",
    "registreringsfeil",
    "annet",
}


def read(folder: Path) -> Tables:
    """The tables of a folder, as written: UTF-8 with BOM, semicolons."""
    tables: Tables = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            tables[path.stem] = list(csv.DictReader(file, delimiter=";"))
    return tables


def broken(tables: Tables, today: date) -> list[str]:
    """Every breach of a rule, in words; an empty list is what a school hopes for."""
    return [
        *_keys(tables),
        *_later_than(tables, today),
        *_references(tables),
        *_enrolments(tables),
        *_order_of_facts(tables),
        *_happenings(tables),
        *_days(tables),
    ]


def _keys(tables: Tables) -> Iterator[str]:
    for name, key in KEYS.items():
        seen: set[tuple[str, ...]] = set()
        for row in tables[name]:
            values = tuple(row[column] for column in key)
            if values in seen:
                yield f"{name}: {values} stands twice"
            seen.add(values)
    for name, columns in REQUIRED.items():
        for row in tables[name]:
            for column in columns:
                if not row[column]:
                    yield f"{name}: {column} is empty in {row}"


def _later_than(tables: Tables, today: date) -> Iterator[str]:
    for name, columns in FACTS.items():
        for row in tables[name]:
            for column in columns:
                if row[column] > today.isoformat():
                    yield f"{name}: {column} lies after today in {row}"


def _references(tables: Tables) -> Iterator[str]:
    ids = {
        "pupil": {row["pupil"] for row in tables["pupils"]},
        "unit": {row["unit"] for row in tables["units"]},
        "school": {row["school"] for row in tables["schools"]},
        "network": {row["network"] for row in tables["schools"]},
        "owner": {row["owner"] for row in tables["schools"]},
        "ppt": {row["ppt"] for row in tables["ppt_offices"]},
        "person": {row["person"] for row in tables["people"]},
    }
    facts = ("assessments", "vedtak", "consents", "appeals", "pauses", "moves", "supports")
    for name in ("enrolments", *facts):
        for row in tables[name]:
            if row["pupil"] not in ids["pupil"]:
                yield f"{name}: no pupil {row['pupil']}"
    for row in tables["roles"]:
        kind, _, place = row["at"].partition(":")
        if place not in ids[kind] or row["person"] not in ids["person"]:
            yield f"roles: {row}"
        if row["to"] and row["to"] < row["from"]:
            yield f"roles: ends before it begins: {row}"
    for row in tables["pupils"]:
        if row["ppt"] and row["ppt"] not in ids["ppt"]:
            yield f"pupils: {row}"
    years = {(row["school"], row["year"]) for row in tables["school_years"]}
    classes = {row["unit"]: row["school"] for row in tables["units"] if row["kind"] == "klasse"}
    for row in tables["enrolments"]:
        if classes.get(row["class"]) != row["school"]:
            yield f"enrolments: the class lies elsewhere: {row}"
    for row in tables["happenings"]:
        if row["by"] not in ids["person"]:
            yield f"happenings: nobody called {row['by']}"
        if not any(row["subject"] in ids[kind] for kind in ("pupil", "unit", "school", "network")):
            yield f"happenings: no subject {row['subject']}"
        if not any(year == row["year"] for _, year in years):
            yield f"happenings: no skolerute for {row['year']}"


def _enrolments(tables: Tables) -> Iterator[str]:
    stays: dict[str, list[Row]] = defaultdict(list)
    for row in tables["enrolments"]:
        stays[row["pupil"]].append(row)
        if not 1 <= int(row["grade"]) <= 10:
            yield f"enrolments: grade: {row}"
        if row["to"] and row["to"] < row["from"]:
            yield f"enrolments: ends before it begins: {row}"
    for rows in stays.values():
        rows.sort(key=lambda row: row["from"])
        for earlier, later in pairwise(rows):
            if not earlier["to"] or earlier["to"] >= later["from"]:
                yield f"enrolments: overlap: {earlier} {later}"


def _order_of_facts(tables: Tables) -> Iterator[str]:
    for row in tables["assessments"]:
        order = [
            row[column]
            for column in ("needed_since", "referred_on", "complete_on", "received_on", "valid_to")
            if row[column]
        ]
        if order != sorted(order):
            yield f"assessments: order: {row}"
    for row in tables["vedtak"]:
        order = [row[c] for c in ("decided_on", "notified_on", "arrived_on") if row[c]]
        if order != sorted(order) or "" < row["valid_to"] < row["valid_from"]:
            yield f"vedtak: order: {row}"
    for row in tables["appeals"]:
        columns = ("registered_on", "reviewed_on", "forwarded_on", "closed_on")
        order = [row[column] for column in columns if row[column]]
        if order != sorted(order) or bool(row["closed_on"]) != bool(row["result"]):
            yield f"appeals: order: {row}"
    for row in tables["supports"]:
        order = [row[column] for column in ("sought_on", "decided_on") if row[column]]
        if order != sorted(order) or bool(row["decided_on"]) != bool(row["outcome"]):
            yield f"supports: order: {row}"
    for row in tables["moves"]:
        if row["what"] in ("sent_back", "closed", "no_need") and not row["note"]:
            yield f"moves: without a note: {row}"
    received = {
        (row["pupil"], row["for_year"]): row["received_on"] for row in tables["assessments"]
    }
    # Whether there was consent is no matter to an import: see test_demo_cases.
    for row in tables["vedtak"]:
        if received.get((row["pupil"], row["for_year"]), "0") > row["decided_on"]:
            yield f"vedtak: before the assessment: {row}"


def _happenings(tables: Tables) -> Iterator[str]:
    once: set[tuple[str, ...]] = set()
    rows: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    pupils = {row["pupil"] for row in tables["pupils"]}
    classes: dict[str, list[Row]] = defaultdict(list)
    for row in tables["enrolments"]:
        classes[row["pupil"]].append(row)
    for row in tables["happenings"]:
        key = (row["year"], row["step"], row["subject"])
        rows[key].append(row)
        single = row["what"] in ("done", "not_applicable") or (
            row["what"] == "held" and row["subject"] in pupils
        )
        full = (*key, row["what"], "" if single else row["on"])
        if full in once:
            yield f"happenings: {full} stands twice"
        once.add(full)
        spoken = row["step"] in TALKS or row["step"] in MEETINGS
        if row["what"] == ("done" if spoken else "held"):
            yield f"happenings: the wrong word: {row}"
        if row["step"] in WITH_TABLES and row["what"] != "delay":
            yield f"happenings: only delay: {row}"
        if row["what"] in ("not_applicable", "not_possible") and not row["reason"]:
            yield f"happenings: without a reason: {row}"
        if row["what"] == "delay" and row["cause"] not in CAUSES:
            yield f"happenings: cause: {row}"
        if row["recorded_on"] < row["on"]:
            yield f"happenings: recorded before it happened: {row}"
    for key, group in rows.items():
        whats = {row["what"] for row in group}
        if {"done", "not_applicable"} <= whats:
            yield f"happenings: done and not applicable: {key}"
        for row in group:
            invited = [r["on"] for r in group if r["what"] == "invited" and r["on"] <= row["on"]]
            if row["what"] in ("declined", "no_reply") and not invited:
                yield f"happenings: not invited: {row}"
            if row["what"] == "present":
                there = next(
                    (
                        stay["class"]
                        for stay in classes[row["subject"]]
                        if stay["from"] <= row["on"] <= (stay["to"] or "9999")
                    ),
                    "",
                )
                meetings = rows.get((row["year"], row["step"], there), [])
                if not any(m["what"] == "held" and m["on"] == row["on"] for m in meetings):
                    yield f"happenings: no meeting: {row}"


def _days(tables: Tables) -> Iterator[str]:
    """Nobody evaluates on 17 May, on a Sunday, in the autumn break or in July."""
    off: dict[str, set[date]] = defaultdict(set)
    for row in tables["days_off"]:
        day, end = date.fromisoformat(row["from"]), date.fromisoformat(row["to"] or row["from"])
        while day <= end:
            off[row["school"]].add(day)
            day += timedelta(days=1)
    places = {row["unit"]: row["school"] for row in tables["units"]}
    places |= {row["school"]: row["school"] for row in tables["schools"]}
    # The network keeps to the days of the special school.
    places |= {row["network"]: "tussevik" for row in tables["schools"]}
    stays: dict[str, list[Row]] = defaultdict(list)
    for row in tables["enrolments"]:
        stays[row["pupil"]].append(row)
    for row in tables["happenings"]:
        day = date.fromisoformat(row["on"])
        if day.weekday() > 4 or day in public_holidays(day.year) or day.month == 7:
            yield f"happenings: nobody works on that day: {row}"
        school = places.get(row["subject"]) or next(
            (
                stay["school"]
                for stay in stays[row["subject"]]
                if stay["from"] <= row["on"] <= (stay["to"] or "9999")
            ),
            "",
        )
        if day in off[school]:
            yield f"happenings: the school is closed: {row}"
        if not school and row["what"] != "delay" and row["step"] not in BEFORE_SCHOOL:
            yield f"happenings: the pupil is not there: {row}"
