"""`needs` and `no-need`: who needs something new for a year, and saying that somebody does not."""

from datetime import date, datetime

import click

from iopflow.cli import output
from iopflow.cli.command import command
from iopflow.cli.doing import signed
from iopflow.cli.edge import work
from iopflow.cli.options import (
    by_option,
    day_option,
    dry_option,
    format_option,
    now_option,
    reason_option,
    school_option,
    year_option,
)
from iopflow.cli.output import Column
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted

NEEDS_A_PERSON = 3
KEYS = (
    "pupil",
    "school",
    "year",
    "grade",
    "reasons",
    "titles",
    "why",
    "basis",
    "paragraphs",
    "proposes",
    "state",
    "since",
    "decided_on",
    "reason",
)


@command(
    "needs",
    _(
        "Viser hvem som kan trenge ny sakkyndig vurdering eller nytt vedtak for et skoleår, "
        "hvorfor, og hva regelen bygger på. Reglene foreslår, en person avgjør: «need» for ja, "
        "«no-need» for nei. Den som ingen har avgjort, står som ikke avklart, og regnes aldri som "
        "ferdig.\n\n"
        "Uten --year vises neste skoleår fra 1. november, ellers det vi er i. Svarer 3 når noen "
        "ikke er avklart."
    ),
    examples=(
        "iopflow needs --year 2027-28 --undecided",
        "iopflow needs --school lia --format csv",
    ),
)
@year_option(_("Skoleåret behovet gjelder, for eksempel 2027-28."))
@school_option(_("Bare denne skolen."))
@click.option("--undecided", is_flag=True, help=_("Bare de som ingen har avgjort."))
@now_option()
@by_option()
@format_option()
def needs_command(
    year: Year | None,
    school: str | None,
    undecided: bool,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> int:
    """The list."""
    from iopflow.lifecycle import Decision, Proposed, year_to_prepare
    from iopflow.queries.needs import needs, schools_with_needs
    from iopflow.queries.places import calendars, not_found, split

    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        at.viewer.require(Action.SEE)
        served = year or year_to_prepare(at.today)
        schools = schools_with_needs(at.session, at.viewer, today=at.today)
        if school is not None:
            owner_id, own = split(at.session, school)
            schools = [
                one for one in schools if one.key == own and owner_id in (None, one.owner_id)
            ]
            if not schools:
                raise not_found(at.session, "school", school, owner_id=at.viewer.owner_id)
        ruter = calendars(at.session, [one.number for one in schools], only=[served])
        for one in schools:
            if served not in ruter.get(one.number, {}):
                words = _("Merk: skoleruten for {year} mangler ved {school}, så ingen er med.")
                click.echo(words.format(year=served, school=one.key), err=True)
        found = needs(at.session, at.viewer, schools, served, today=at.today)
    waiting = sum(row.is_undecided for row in found)
    listed = [row for row in found if row.proposal.decision is not Decision.NONE]
    rows = [row.to_json() for row in listed if row.is_undecided or not undecided]
    columns = [
        Column(_("Elev"), lambda row: row["pupil"]),
        Column(_("Skole"), lambda row: row["school"], drops=True),
        Column(_("Trinn"), lambda row: row["grade"], right=True),
        Column(_("Hvorfor"), lambda row: "; ".join(row["why"]), gives=True),
        Column(
            _("Forslag"),
            lambda row: ", ".join(Proposed(one).text.get() for one in row["proposes"]),
            gives=True,
        ),
        Column(_("Avklart"), lambda row: Decision(row["state"]).text.get()),
        Column(_("Siden"), lambda row: output.day(row["decided_on"] or row["since"]), drops=True),
    ]
    said = _("{pupils} er ikke avklart for {year}.").format(
        pupils=counted(waiting, _("{n} elev"), _("{n} elever")), year=served
    )
    output.show(how, rows, columns, keys=KEYS, counted=said)
    return NEEDS_A_PERSON if waiting else 0


@command(
    "no-need",
    _(
        "Sier at elever ikke trenger noe nytt for et skoleår: verken ny sakkyndig vurdering eller "
        "nytt vedtak. Skriv hvorfor. Flere elever kan nevnes; alle registreres, eller ingen.\n\n"
        "«--withdraw» tar det tilbake, og eleven står som ikke avklart igjen."
    ),
    examples=(
        'iopflow no-need e-17 --year 2027-28 --reason "har utbytte av ordinær opplæring"',
        'iopflow no-need e-17 e-18 --year 2027-28 --withdraw --reason "feil elev"',
    ),
)
@click.argument("pupils", nargs=-1, required=True, metavar=_("ELEV …"), help=_("Elevenes id-er."))
@year_option(_("Skoleåret det gjelder, for eksempel 2027-28."), required=True)
@day_option("--on", _("Dagen det ble avgjort; ellers i dag."))
@reason_option(_("Hvorfor, eller hvorfor det trekkes tilbake."))
@click.option("--withdraw", is_flag=True, help=_("Ta det tilbake; loggen beholder det."))
@dry_option()
@now_option()
@by_option()
def no_need_command(
    pupils: tuple[str, ...],
    year: Year,
    on: date | None,
    reason: str | None,
    withdraw: bool,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """Nothing new is needed."""
    from iopflow.engine import needing
    from iopflow.queries import access

    if reason is None or not reason.strip():
        raise Refused(_("--reason mangler: skriv hvorfor, så andre kan forstå det siden."))
    with work(now=now, by=by, write=True, dry=dry_run) as at:
        found = [
            access.pupil(at.session, at.viewer, key, Action.REGISTER_CASE)
            for key in dict.fromkeys(pupils)
        ]
        if withdraw:
            done = needing.take_back(
                at.session,
                at.rules,
                found,
                year,
                needing.Word.NO_NEED,
                reason=reason,
                act=at.act("withdraw no-need", reason),
            )
            words = _("Trukket for {pupils} i {year}.")
        else:
            done = needing.decide(
                at.session,
                at.rules,
                found,
                year,
                needing.Word.NO_NEED,
                on=on or at.today,
                reason=reason,
                today=at.today,
                act=at.act("no-need", reason),
            )
            words = _("Trenger ikke noe nytt i {year}: {pupils}.")
        said = counted(len(found), _("{n} elev"), _("{n} elever"))
        click.echo(words.format(pupils=said, year=year))
        if done.unchanged:
            click.echo(_("{n} sto slik fra før.").format(n=done.unchanged))
        if done.added and not done.unchanged and not dry_run:
            keys = " ".join(pupil.key for pupil in found)
            line = f"iopflow no-need {keys} --year {year} --withdraw"
            line += _(' --reason "…"') + signed(at)
            click.echo(_("Angre: {line}").format(line=line), err=True)
    if dry_run:
        click.echo(_("Prøvekjøring: ingenting er lagret."), err=True)
