"""`demo`: three invented schools, imported the way any school would be, and what to try on them."""

import secrets
import shlex
import shutil
import sys
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iopflow import clock
from iopflow.cli import output
from iopflow.cli.command import command
from iopflow.cli.edge import Work, database_words, moment, running_from
from iopflow.cli.mails import pass_once
from iopflow.cli.options import now_option
from iopflow.cli.serve import PORT, serve
from iopflow.refusals import Refused
from iopflow.texts import _, language_in_use

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from iopflow.demo import DemoFacts
    from iopflow.settings import Settings

AT = time(7)


@command(
    "demo",
    _(
        "Lager tre oppdiktede skoler med tre skoleår bak seg og ett i gang, leser dem inn i en "
        "egen database, skriver ukens påminnelser til en mappe, og viser sidene i nettleseren. "
        "Ingenting annet på maskinen røres; slett mappen når du er ferdig."
    ),
    examples=("iopflow demo", "iopflow demo --now 2027-05-20 --folder prøve --no-serve"),
)
@click.option(
    "--folder",
    default="iopflow-demo",
    metavar=_("MAPPE"),
    help=_("Hvor filene legges; ellers iopflow-demo."),
)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, help=_("Porten; ellers 8765."))
@click.option("--no-serve", is_flag=True, help=_("Bare tabeller og database, ingen sider."))
@now_option()
def demo_command(folder: str, port: int, no_serve: bool, now: datetime | None) -> None:
    """Makes, imports, tells and serves."""
    from iopflow import db, demo
    from iopflow.demo import counted, remarks
    from iopflow.engine.opening import open_year
    from iopflow.queries.access import EVERYONE
    from iopflow.queries.places import schools
    from iopflow.queries.rules import Rules

    at = moment(now)
    today = clock.local_date(at)
    home = Path(folder)
    progress = output.Progress()
    progress.say(_("Dikter opp tre skoler"))
    tables = _clear(home)
    facts = demo.write_tables(tables, now=today)
    url = f"sqlite:///{(home / 'iopflow.db').as_posix()}"
    with database_words(url):
        engine = db.create_engine(url)
        progress.say(_("Setter opp databasen"))
        db.upgrade(engine)
        with db.session(engine, write=True) as session:
            work = Work(session, Rules(), EVERYONE, at, None)
            _import(work, tables, progress)
            progress.say(_("Åpner skoleårene"))
            for year in (facts.year, facts.year.next):
                open_year(session, work.rules, year, schools(session), act=work.act("rollover"))
            _go_live(work, facts)
            remarks.say(session, schools(session), facts.year, today)
            progress.say(_("Fryser tallene for årene som er over"))
            counted.freeze_past(session, work.rules, schools(session), facts.year, at)
        db.analyze(engine)
        with db.session(engine, write=False) as session:
            progress.say(_("Regner ut tallene"))
            work = Work(session, Rules(), EVERYONE, at, None)
            shown = _figures(work, facts)
        progress.say(_("Skriver ukens påminnelser"))
        known = _settings(home, url, port)
        _remind(engine, known, at)
        progress.end()
        _tell(home, url, facts, now, shown)
        if not no_serve:
            _tell_pages(home, facts)
            _tell_feeds(engine, known, facts, at)
            serve(engine, known, running_from(now), port=port, demo=True)
        engine.dispose()


def _settings(home: Path, url: str, port: int) -> "Settings":
    """Nothing of the demo leaves its folder, whatever the environment says."""
    from iopflow.settings import load

    # Made anew at each start: the answers of a demo that is over are nobody's.
    secret = secrets.token_urlsafe(32)
    address = f"http://127.0.0.1:{port or PORT}"
    post = (home / "post").as_posix()
    return load(
        {},
        database=url,
        mail=f"dir:{post}",
        base_url=address,
        secret=secret,
        language=language_in_use(),
    )


def _remind(engine: "Engine", known: "Settings", now: datetime) -> None:
    """The mails of this week up to now, as the clock would have sent them."""
    today = clock.local_date(now)
    for back in range(today.weekday(), -1, -1):
        at = datetime.combine(today - timedelta(days=back), AT, clock.OSLO)
        if at <= now:
            pass_once(engine, known, lambda at=at: at)  # type: ignore[misc]


def _tell_pages(home: Path, facts: "DemoFacts") -> None:
    """Whose mail to read, and who to be."""
    teacher, head, rektor = (facts.logins[place].person for place in (0, 2, 3))
    click.echo("")
    click.echo(_("Påminnelsene ligger i {folder}.").format(folder=home / "post"))
    click.echo(
        _(
            "Logg inn som {teacher} og før et steg, som {head} og se hvem som mangler hva, og som "
            "{rektor} og se tallene."
        ).format(teacher=teacher, head=head, rektor=rektor)
    )


def _tell_feeds(engine: "Engine", known: "Settings", facts: "DemoFacts", now: datetime) -> None:
    """A calendar each for a teacher, a head and a rektor: their addresses are in no file."""
    from iopflow import db
    from iopflow.engine import feeds
    from iopflow.engine.ledger import Act
    from iopflow.models import FeedLevel
    from iopflow.queries.access import EVERYONE
    from iopflow.queries.feeds import imagined, person_for

    click.echo(_("Kalendere å abonnere på:"))
    with db.session(engine) as session:
        for place in (0, 2, 3):
            key = facts.logins[place].person
            person = person_for(session, EVERYONE, key)
            feed = imagined(
                session, person, "person", FeedLevel.COUNTS, today=clock.local_date(now), key=""
            )
            _number, token = feeds.new(session, feed, label="demo", act=Act("feed new", now))
            click.echo(f"  {key}  {known.base_url}{feeds.path_of(token)}")


def _clear(home: Path) -> Path:
    """An empty folder for the tables; only what an earlier demo left is taken away."""
    tables = home / "tabeller"
    try:
        tables.mkdir(parents=True, exist_ok=True)
        for old in [
            *tables.glob("*.csv"),
            *home.glob("iopflow.db*"),
            *(home / "post").glob("*.eml"),
        ]:
            old.unlink()
    except OSError as error:
        raise Refused(
            _("Får ikke skrevet i {folder}: {why}. Velg en annen mappe med --folder.").format(
                folder=home, why=error.strerror
            )
        ) from error
    return tables


def _import(work: Work, tables: Path, progress: output.Progress) -> None:
    from iopflow import importing

    source = importing.read(tables)
    plan = importing.plan(work.session, source, work.rules, now=work.now, progress=progress)
    importing.apply(work.session, plan, work.rules, act=work.act("import"), progress=progress)
    for refusal in plan.refused[:5]:  # invented data that iopflow refuses would be our own mistake
        click.echo(refusal.sentence(), err=True)


def _go_live(work: Work, facts: "DemoFacts") -> None:
    from iopflow.engine import ledger
    from iopflow.queries.places import schools

    changes = [
        ledger.Change(one.id, {"live_from": None}, {"live_from": facts.live_from}, one.owner_id)
        for one in schools(work.session)
        if one.id is not None and one.owner_id is not None
    ]
    ledger.update_rows(work.session, "school", changes, work.act("go_live"))


def _figures(work: Work, facts: "DemoFacts") -> str:
    from iopflow.cli.figures import figures, matrix

    return matrix(figures(work, None, None, facts.year.previous))


def _tell(home: Path, url: str, facts: "DemoFacts", now: datetime | None, shown: str) -> None:
    """What is there, who to be, what to try."""
    say = click.echo
    say(_("Tre oppdiktede skoler er klare."))
    say(_("  Tabellene:  {path}").format(path=home / "tabeller"))
    say(_("  Databasen:  {path}").format(path=home / "iopflow.db"))
    say("")
    say(_("Hvem du kan være (--by):"))
    wide = max(len(login.person) for login in facts.logins)
    for login in facts.logins:
        say(f"  {login.person:<{wide}}  {login.why}")
    say("")
    say(_("Indikatorene i {year}, skole for skole:").format(year=facts.year.previous))
    say("\n".join("  " + line for line in shown.splitlines()))
    say("")
    say(_("Prøv i tur og orden:"))
    if shutil.which("iopflow") is None:
        say(f'  export PATH="{_programs()}:$PATH"')
    say(f"  export IOPFLOW_DATABASE={shlex.quote(url)}")
    for line in _to_try(facts, now):
        say("  " + line)


def _programs() -> str:
    """The folder that holds the command `iopflow`, as one would write it from here."""
    folder = Path(sys.executable).parent
    here = Path.cwd()
    return f"$PWD/{folder.relative_to(here)}" if folder.is_relative_to(here) else str(folder)


def _to_try(facts: "DemoFacts", now: datetime | None) -> list[str]:
    """Commands worth trying, in order, with ids that are there."""
    ids = facts.examples
    teacher, slow, head, rektor = (facts.logins[place].person for place in (0, 1, 2, 3))
    school, class_, pupil = ids["school"], ids["class"], ids["pupil"]
    talk = f"--step iop.utviklingssamtale --year {facts.year} --subject {pupil} --by {teacher}"
    figures = f"iopflow indicators --year {facts.year.previous} --school {school} --by {rektor}"
    when = f" --now {now.astimezone(clock.OSLO):%Y-%m-%dT%H:%M}" if now is not None else ""
    lines = (
        f"iopflow tasks --person {slow} --status overdue --status open --by {slow}",
        f"iopflow pupils --class {class_} --by {teacher}",
        f"iopflow talk invited {talk}",
        f"iopflow talk declined {talk}",
        f'iopflow reopen {talk} --what declined --reason "kom likevel"',
        f"iopflow log {pupil} --by {head}",
        figures,
        f"{figures} --explain P3",
        f"iopflow wheel show --school {school} --year {facts.year.next}",
        f"iopflow rollover {facts.year.next}",
    )
    return [line + when for line in lines]
