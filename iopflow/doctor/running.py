"""Whether the machine is well: the clock, the time zone, backups, the database, the disk."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import exc, select
from sqlmodel import Session

from iopflow.clock import OSLO
from iopflow.doctor.findings import Examined, Finding, Severity
from iopflow.doctor.post import standing
from iopflow.models import metadata
from iopflow.queries.prepared import among, read
from iopflow.queries.pulses import AHEAD, BACKUP, CLOCK, SILENT, pulses
from iopflow.texts import _, short_date

BACKUPS = timedelta(days=8)
ROOM = 100 * 1024 * 1024  # bytes
_OFFSETS = {1: timedelta(hours=1), 7: timedelta(hours=2)}  # of Norway, by month


def clock(on: Examined) -> Iterator[Finding]:
    """The clock passed lately, for each owner, and not in the future."""
    last = pulses(on.session, CLOCK, on.owners)
    for owner, key in _named(on.session, on).items():
        at = last.get(owner)
        who = f"{key}: " if key else ""
        if at is None:
            wrong = _("Klokken går ikke: den har aldri gått.")
        elif at > on.now + AHEAD:
            yield Finding(
                "clock",
                Severity.PROBLEM,
                who + _("Klokken ble stilt tilbake: den gikk sist {at}.").format(at=moment(at)),
                _("Still tiden på maskinen, og la den følge en tidstjener (NTP)."),
            )
            continue
        elif at < on.now - SILENT:
            wrong = _("Klokken går ikke: den gikk sist {at}.").format(at=moment(at))
        else:
            continue
        yield Finding(
            "clock",
            Severity.PROBLEM,
            who + wrong,
            _("Start «iopflow serve» eller «iopflow worker», og la maskinen starte den igjen."),
        )


def time_zone(on: Examined) -> Iterator[Finding]:
    """The machine knows when it is summer in Norway."""
    found = {
        month: datetime(on.today.year, month, 15, 12, tzinfo=on.zone).utcoffset()
        for month in _OFFSETS
    }
    if found != _OFFSETS:
        yield Finding(
            "time-zone",
            Severity.PROBLEM,
            _("Maskinen regner feil på sommertid og vintertid i Norge."),
            _("Installer pakken tzdata på nytt."),
        )


def backup(on: Examined) -> Iterator[Finding]:
    """There is a backup that is not more than eight days old."""
    made = pulses(on.session, BACKUP, on.owners)
    for owner, key in _named(on.session, on).items():
        at = made.get(owner)
        if at is not None and at >= on.now - BACKUPS:
            continue
        who = f"{key}: " if key else ""
        wrong = (
            _("Det er aldri tatt sikkerhetskopi.")
            if at is None
            else _("Den siste sikkerhetskopien er fra {at}.").format(at=moment(at))
        )
        yield Finding("backup", Severity.WARNING, who + wrong, _how_to_back_up(on))


def _how_to_back_up(on: Examined) -> str:
    if on.session.connection().dialect.name == "sqlite":
        return _("Kjør «iopflow backup FIL» hver natt, og legg filen på en annen maskin.")
    return _("Kjør pg_dump hver natt, og si fra med «iopflow backup --made» når det gikk bra.")


def database(on: Examined) -> Iterator[Finding]:
    """The database's file is whole, and no row points at one that is gone. (SQLite; PostgreSQL
    sees to it.)
    """
    connection = on.session.connection()
    if connection.dialect.name != "sqlite":
        return
    restore = _("Ta vare på filen, og hent en sikkerhetskopi: «iopflow restore FIL».")
    try:
        said = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
        rows = connection.exec_driver_sql("PRAGMA foreign_key_check")
        orphan = min((row[0] for row in rows), default=None)
    except exc.DatabaseError as error:
        said, orphan = str(error.orig), None
    if said != "ok":
        yield Finding(
            "database",
            Severity.PROBLEM,
            _("Databasefilen er skadet: {why}.").format(why=str(said).splitlines()[-1]),
            restore,
        )
    if orphan is not None:
        yield Finding(
            "database",
            Severity.PROBLEM,
            _("Rader i {table} hører til noe som ikke finnes.").format(table=orphan),
            restore,
        )


def disk(on: Examined) -> Iterator[Finding]:
    """There is room beside the database and the mails."""
    mail, base = on.settings.mail.folder, on.database
    places = [base.absolute().parent] if base is not None else []
    places += [standing(mail)] if mail is not None else []
    for place in dict.fromkeys(places):
        if place.exists() and on.free(place) < ROOM:
            yield Finding(
                "disk",
                Severity.PROBLEM,
                _("Disken er snart full: under 100 MB er ledig ved {place}.").format(place=place),
                _("Rydd, eller gi den mer plass, før noe ikke lar seg lagre."),
            )


def monitor(on: Examined) -> Iterator[Finding]:
    """Somebody outside hears of it if nothing runs."""
    if on.settings.monitor_url is None:
        yield Finding(
            "monitor",
            Severity.WARNING,
            _("Ingen utenfor får vite det om ingenting går."),
            _("Sett IOPFLOW_MONITOR_URL til en overvåking som varsler når den ikke hører noe."),
        )


def moment(at: datetime) -> str:
    """A moment as people read it, in Norwegian time."""
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    local = aware.astimezone(OSLO)
    return _("{day} kl. {time}").format(day=short_date(local.date()), time=f"{local:%H.%M}")


def _named(session: Session, on: Examined) -> dict[int, str]:
    """The owners, with an id only where there are several."""
    owner = metadata.tables["owner"]
    rows = read(
        session,
        select(owner.c.id, owner.c.key).where(among(owner.c.id, "owners")).order_by(owner.c.key),
        owners=on.owners,
    ).all()
    return {row.id: row.key if len(rows) > 1 else "" for row in rows}
