"""Importing a country's files: how it grows, and beside ready rows and SQLModel objects."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from bench import country
from bench.report import Line, once, peak_mb, ratio
from iopflow import db, importing
from iopflow.engine.ledger import Act
from iopflow.models import Assessment, Enrolment, Happening, Pupil, Vedtak

NOW = datetime(2027, 6, 30, 9, 0, tzinfo=UTC)
MODELS: tuple[Any, ...] = (Pupil, Enrolment, Vedtak, Assessment, Happening)
SAMPLE = 4_000  # objects of each table for the SQLModel peer; the time is scaled up
DONE = (
    ("iop.klar_skolestart", "done", "2026-08-15"),
    ("iop.elevsamtale_host", "held", "2026-10-20"),
    ("iop.utviklingssamtale", "held", "2026-11-10"),
)


def run(pupils: int) -> Iterator[Line]:
    """The lines of the report."""
    with country.folder() as place:
        sizes = [size for size in (1_000, 10_000) if size < pupils] + [pupils]
        made = {size: _apart(place, size) for size in sizes}
        smallest, largest = made[sizes[0]], made[pupils]
        path = place / f"{pupils}.db"
        total = largest["plan"] + largest["apply"]
        facts, everything = _executemany(path, facts=True), _executemany(path, facts=False)
        label = f"import of {pupils} pupils ({largest['rows']} rows)"
        yield ratio(f"{label}, beside executemany of the same facts", total, facts)
        yield ratio("the same, beside executemany with its tasks and log", total, everything)
        yield ratio("the same, beside SQLModel add_all (facts, scaled)", total, _objects(path))
        yield ratio("the reading and checking (dry run) of it", largest["plan"], total)
        for size in sizes:
            one = made[size]
            spent = one["plan"] + one["apply"]
            each, least = spent / size, (smallest["plan"] + smallest["apply"]) / sizes[0]
            # The smallest carries what every import costs once, so growth can only hide there.
            yield ratio(f"a pupil at {size} pupils, beside {sizes[0]}", each, least, 1.5)
            yield Line(f"peak memory at {size} pupils", spent, None, one["mb"], unit="MB")


def write(folder: Path, pupils: int) -> None:
    """The files of a country."""
    schools = range(1, pupils // country.PER_SCHOOL + 1)
    everyone = range(1, pupils + 1)
    files: dict[str, tuple[str, Any]] = {
        "schools": (
            "school,name,owner,municipality",
            ((f"s{n}", f"Skole {n}", "eier", "Eide") for n in schools),
        ),
        "school_years": (
            "school,year,first_day,last_day,planning_day",
            (
                (f"s{n}", f"{y}-{(y + 1) % 100}", f"{y}-08-17", f"{y + 1}-06-18", f"{y}-08-14")
                for n in schools
                for y in (2025, 2026, 2027)
            ),
        ),
        "units": (
            "unit,school,kind,name",
            ((f"k{n}", f"s{n}", "klasse", "3A") for n in schools),
        ),
        "pupils": (
            "pupil,name,birth_month",
            ((f"e{n}", f"Elev {n}", "2014-03") for n in everyone),
        ),
        "enrolments": (
            "pupil,school,from,class,grade",
            (
                (
                    f"e{n}",
                    f"s{country.school(n)}",
                    "2025-08-01",
                    f"k{country.school(n)}",
                    n % 5 + 1,
                )
                for n in everyone
            ),
        ),
        "assessments": (
            "pupil,for_year,needed_since,referred_on,received_on,recorded_on",
            (
                (f"e{n}", "2026-27", "2026-01-10", "2026-02-01", "2026-05-20", "2026-05-20")
                for n in everyone
            ),
        ),
        "vedtak": (
            "pupil,for_year,decided_on,outcome,valid_from,valid_to,recorded_on",
            (
                (
                    f"e{n}",
                    "2026-27",
                    "2026-06-10",
                    "granted",
                    "2026-08-01",
                    "2027-07-31",
                    "2026-06-10",
                )
                for n in everyone
            ),
        ),
        "happenings": (
            "year,step,subject,what,on,recorded_on",
            (("2026-27", step, f"e{n}", what, on, on) for n in everyone for step, what, on in DONE),
        ),
    }
    for name, (header, rows) in files.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header.split(","))
            writer.writerows(rows)


def _apart(place: Path, pupils: int) -> dict[str, Any]:
    """An import in a process of its own, whose memory is then that of this import."""
    files = place / str(pupils)
    files.mkdir()
    write(files, pupils)
    path = country.empty(place / f"{pupils}.db")
    out = subprocess.run(
        [sys.executable, "-m", "bench.imports", str(path), str(files)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(out.stdout)
    return found


def alone(path: str, files: Path) -> dict[str, Any]:
    """Imports files and says what it took."""
    engine = db.create_engine(f"sqlite:///{path}")
    with db.session(engine) as session:
        plans: list[importing.Plan] = []
        planned = once(
            lambda: plans.append(importing.plan(session, importing.read(files), now=NOW))
        )
        (plan,) = plans
        assert not plan.refused, plan.refused[:3]

        def apply() -> None:
            importing.apply(session, plan, act=Act("import", NOW))
            session.commit()

        applied = once(apply)
    with Session(engine) as session:
        rows = sum(
            session.connection().exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
            for name in _names(facts=True)
        )
    engine.dispose()
    return {"plan": planned, "apply": applied, "rows": rows, "mb": peak_mb()}


def _names(*, facts: bool) -> list[str]:
    names = [str(model.__tablename__) for model in MODELS]
    return names if facts else [*names, "task", "event"]


def _executemany(path: Path, *, facts: bool) -> float:
    """Ready rows of the same tables, in one transaction, into the same schema."""
    source, bare = country.raw(path), path.with_name("bare.db")
    bare.unlink(missing_ok=True)
    target = country.raw(country.empty(bare), foreign_keys=False)
    ready: dict[str, tuple[str, list[Any]]] = {}
    for name in _names(facts=facts):
        found = source.execute(f"SELECT * FROM {name}")
        ready[name] = ", ".join(column[0] for column in found.description), found.fetchall()

    def insert() -> None:
        target.execute("BEGIN IMMEDIATE")
        for name, (columns, rows) in ready.items():
            country.fill(target, name, columns.replace("table_name", '"table_name"'), rows)
        target.execute("COMMIT")

    seconds = once(insert)
    source.close()
    target.close()
    return seconds


def _objects(path: Path) -> float:
    source = db.create_engine(f"sqlite:///{path}")
    bare = path.with_name("objects.db")
    target = db.create_engine(f"sqlite:///{country.copy(path, bare.name)}")
    seconds = 0.0
    for model in MODELS:
        with Session(source) as session:
            found = session.execute(select(model).limit(SAMPLE)).scalars()
            plain = [one.model_dump(exclude={"id"}) for one in found]
            count = f"SELECT count(*) FROM {model.__tablename__}"
            total = session.connection().exec_driver_sql(count).scalar_one()
        seconds += _add(target, model, plain) * total / len(plain)
    source.dispose()
    target.dispose()
    return seconds


def _add(target: Any, model: Any, plain: list[dict[str, Any]]) -> float:
    """Seconds of adding objects under keys that are not taken."""
    for number, values in enumerate(plain):
        if "key" in values:
            values["key"] = f"ny{number}"
        if "starts" in values:
            values["starts"] = values["starts"].replace(year=2000)
        if "year" in values:
            values["year"] = 1999

    def insert() -> None:
        with db.session(target) as session:
            session.add_all([model(**values) for values in plain])

    return once(insert)


if __name__ == "__main__":
    print(json.dumps(alone(sys.argv[1], Path(sys.argv[2]))))
