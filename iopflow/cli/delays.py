"""`delay` and `delays`: why things are late or missing, and with whom the days lay."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from iopflow import texts
from iopflow.cli import output
from iopflow.cli.command import Words, command
from iopflow.cli.doing import perform, signed, task_options, tell
from iopflow.cli.edge import Work, work
from iopflow.cli.options import (
    by_option,
    day_option,
    format_option,
    now_option,
    reason_option,
    school_option,
    year_option,
)
from iopflow.cli.output import Column, day
from iopflow.cli.selection import check_words, chosen
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.words import band_word, cause_word, chain_words, result_word

if TYPE_CHECKING:
    from iopflow.measure import Chain, Waited
    from iopflow.measure.figures import Figure
    from iopflow.queries.standing import TaskRow


def causes() -> Sequence[str]:
    """The causes that can be given."""
    from iopflow.indicators import CAUSES

    return tuple(CAUSES)


def timed() -> Sequence[str]:
    """The indicators whose delays can be counted."""
    from iopflow.measure import TIMED

    return TIMED


@command(
    "delay",
    _(
        "Registrerer hvorfor noe er for sent eller mangler, for én eller mange elever. Før fristen "
        "kan det varsles, så lenge steget er åpent. Én årsak for hver elev, steg og dag: samme dag "
        "igjen retter den.\n\nForesatte som ikke nås eller takker nei, elevens fravær, innflytting "
        "etter fristen og samtykke som mangler kan rettferdiggjøre en forsinkelse, men bare med en "
        "henvisning til et arkiv eller en logg (--evidence). «registreringsfeil» er ingen "
        "forsinkelse, og står for seg i tallene."
    ),
    examples=(
        "iopflow delay 131 132 --cause kapasitet_ppt --by rita",
        (
            "iopflow delay --step iop.sakkyndig_vurdering --year 2026-27 --subject e-17 "
            '--cause foresatte_ikke_naadd --on 02.06.2026 --evidence "arkiv 12"'
        ),
        'iopflow reopen 131 --what delay --reason "feil elev"',
    ),
)
@click.option(
    "--cause",
    type=Words(causes),
    metavar=_("ÅRSAK"),
    required=True,
    help=_("Årsaken, for eksempel kapasitet_ppt eller foresatte_ikke_naadd."),
)
@day_option("--on", _("Dagen årsaken gjaldt; ellers i dag."))
@click.option(
    "--evidence",
    metavar=_("HENVISNING"),
    help=_("Hvor det står: et arkivnummer eller en logg. Ikke skriv noe om eleven."),
)
@reason_option(_("En kort begrunnelse til loggen."))
@click.option("--sure", is_flag=True, help=_("Årsaken stemmer, også der samtalen sier noe annet."))
@task_options()
def delay_command(
    words: tuple[str, ...],
    step: str | None,
    year: Year | None,
    subjects: tuple[str, ...],
    cause: str,
    on: date | None,
    evidence: str | None,
    reason: str | None,
    sure: bool,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
    form: str | None,
) -> None:
    """A cause."""
    from iopflow.engine import delays

    check_words(words, step, year, subjects)
    with work(now=now, by=by, write=True, dry=dry_run) as at:
        rows = chosen(at, words, step=step, year=year, subjects=subjects, action=Action.DECIDE)
        act = at.act("delay", reason)
        try:
            done = perform(
                at,
                rows,
                lambda some: delays.delay(
                    at.session,
                    some,
                    cause=cause,
                    on=on or at.today,
                    today=at.today,
                    act=act,
                    evidence=evidence,
                    reason=reason,
                    sure=sure,
                ),
            )
        except delays.Doubted as doubted:
            raise Refused(_asked(doubted)) from doubted
        tell(at, rows, done, dry=dry_run, form=form, undo=_undo(at, rows, on or at.today))


def _asked(doubted: Refused) -> str:
    """What speaks against a cause, and how to say that it holds."""
    way = _("Stemmer det? Velg en annen årsak, rett samtalen først, eller skriv --sure.")
    return f"{doubted} {way}"


def _undo(at: Work, rows: "Sequence[TaskRow]", on: date) -> list[str]:
    numbers = " ".join(str(row.id) for row in rows)
    words = f"iopflow reopen {numbers} --what delay --on {on.isoformat()}"
    return [words + _(' --reason "…"') + signed(at)]


@command(
    "delays",
    _(
        "Viser det som er for sent eller mangler, slik det står i dag: hvor mange dager, hos hvem "
        "dagene lå, og årsakene, for hver elev og lagt sammen. «Kjeden» er elever som ikke fikk "
        "sakkyndig vurdering i tide, derfor ikke vedtak, og derfor ikke IOP ved skolestart. "
        "Uten --indicator: P1 og P2.\n\nDen som ikke leder skolen ser bare tallene, og ikke små "
        "tall."
    ),
    examples=(
        "iopflow delays --school lia --year 2025-26 --by rita",
        "iopflow delays --indicator P3 --year 2025-26 --format json",
    ),
)
@school_option(_("Bare denne skolen."))
@year_option(_("Skoleåret; ellers det vi er i."))
@click.option(
    "--indicator",
    type=Words(timed),
    metavar="P1…P9",
    help=_("Bare denne indikatoren, for eksempel P1."),
)
@day_option("--as-of", _("Slik det sto denne dagen; ellers i dag."))
@now_option()
@by_option()
@format_option()
@click.pass_context
def delays_command(
    ctx: click.Context,
    school: str | None,
    year: Year | None,
    indicator: str | None,
    as_of: date | None,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """What is late or missing."""
    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        served = year or Year.of(at.today)
        summaries, rows = _read(at, school, served, indicator, as_of or at.today)
    if how.form == "json":
        output.show_json(how, {"summary": summaries, "pupils": rows})
    elif how.on_screen:
        for entry in summaries:
            click.echo("\n".join(_told(entry)) + "\n")
        if rows:
            output.show(how, rows, _columns())
    else:
        output.show(how, rows, _columns(), keys=KEYS)
    problems = {entry["problem"]: bool(entry.get("masked")) for entry in summaries}
    for problem in filter(None, problems):
        click.echo(problem, err=True)
    if any(problem and not masked for problem, masked in problems.items()):
        ctx.exit(3)


def _read(
    at: Work, school: str | None, year: Year, indicator: str | None, as_of: date
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The summaries by indicator and school, and the missed whom the asker sees."""
    from iopflow import measure
    from iopflow.cli.year import schools_for
    from iopflow.indicators import BY_CODE
    from iopflow.queries.access import explains_talks
    from iopflow.queries.masking import FAMILY, mask_delays
    from iopflow.queries.permits import pupils_seen

    schools = schools_for(at, school, Action.FIGURES)
    numbers = [one.number for one in schools]
    asked: dict[str, Any] = {"schools": numbers, "year": year, "today": at.today, "as_of": as_of}
    summaries: list[dict[str, Any]] = []
    missed: list[Waited] = []
    chains: list[Chain] = []
    beside: list[Figure] = []
    for code in (indicator,) if indicator is not None else measure.CLOCKED:
        pupils = measure.waited(at.session, BY_CODE[code], **asked)
        figures = measure.figures(at.session, indicators=[BY_CODE[code]], **asked)
        found = [
            measure.summary(figure, [one for one in pupils if one.school_id == number])
            for figure, number in zip(figures, numbers, strict=True)
        ]
        if code == "P1":
            chains = measure.chains(at.session, **asked)
            for entry, chain in zip(found, chains, strict=True):
                entry["chain"] = chain.counts()
        summaries += found
        others = [BY_CODE[one] for one in FAMILY.get(code, ()) if one != code]
        beside += measure.figures(at.session, indicators=others, **asked) if others else []
        missed += [one for one in pupils if one.late_days or one.announced]
    talks = explains_talks(at.viewer)
    seen = pupils_seen(at.session, at.viewer, {one.pupil_id for one in missed}, Action.EXPLAIN)
    far = {(chain.school_id, pupil): n for chain in chains for pupil, n in chain.far().items()}
    rows = [
        one.to_json()
        | {
            "where": one.words,
            "chain": far.get((one.school_id, one.pupil_id)) if one.indicator == "P1" else None,
        }
        for one in missed
        if one.pupil_id in seen and (talks or not BY_CODE[one.indicator].of_talks)
    ]
    hidden = mask_delays(
        at.session, at.viewer, summaries, beside=[one.numbered() for one in beside]
    )
    return hidden, rows


KEYS = (
    "pupil",
    "school",
    "indicator",
    "result",
    "reason",
    "on",
    "recorded_on",
    "limit",
    "late_days",
    "court",
    "turn",
    "cause",
    "evidence",
    "justified",
    "where",
    "chain",
)


def _columns() -> list[Column]:
    return [
        Column(_("Indikator"), lambda row: row["indicator"]),
        Column(_("Elev"), lambda row: row["pupil"]),
        Column(_("Resultat"), lambda row: result_word(row["result"])),
        Column(_("Skjedde"), lambda row: day(row["on"]), drops=True),
        Column(_("Sent"), lambda row: row["late_days"] or "", right=True),
        Column(_("Hvor dagene gikk"), lambda row: row["where"], gives=True),
        Column(_("Kjeden"), lambda row: chain_words().get(row["chain"] or "", ""), gives=True),
    ]


def _told(entry: Mapping[str, Any]) -> list[str]:
    """A summary in words: what is masked or nothing is left out."""
    head = _("{code} {year} {school}").format(
        code=entry["indicator"], year=entry["year"], school=entry["school"]
    )
    if entry["problem"]:
        return [f"{head}: {entry['problem']}"]
    rates = _("{raw} i tide; {justified} med gyldige grunner; {late} med dem som kom for sent")
    lines = [
        f"{head}: "
        + rates.format(
            raw=_percent(entry["rate"]),
            justified=_percent(entry["rate_justified"]),
            late=_percent(entry["rate_late"]),
        )
    ]
    if entry["missed"] == 0 and not entry["data_errors"] and not entry["announced"]:
        return [*lines, "  " + _("Ingenting er for sent eller mangler.")]
    numbers = {
        _("for sent eller mangler"): entry["missed"],
        _("mangler ennå"): entry["still_open"],
        _("uten årsak"): entry["without_cause"],
        _("varslet før fristen"): entry["announced"],
        _("feil i registreringen"): entry["data_errors"],
    }
    lines.append("  " + "; ".join(f"{name} {n}" for name, n in numbers.items() if n))
    if entry["most"] is not None:
        lines.append(
            "  "
            + _("Dager etter fristen: {least} til {most}, median {median}").format(
                least=entry["least"], most=entry["most"], median=_number(entry["median"])
            )
        )
    return lines + [f"  {title}: {words}" for title, words in _tables(entry) if words]


def _tables(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    from iopflow.measure.delays import court_word

    return [
        (_("Kom for sent"), _parts(entry["bands"], band_word)),
        (_("Mangler ennå"), _parts(entry["open_bands"], band_word)),
        (_("Hos hvem"), _parts(entry["by_court"], court_word)),
        (_("Dager etter fristen hos"), _parts(entry["late_days_by_court"], court_word)),
        (_("Årsaker"), _parts(entry["by_cause"], cause_word)),
        (_("Kjeden"), _parts(entry.get("chain"), lambda name: chain_words()[name])),
    ]


def _parts(table: Mapping[str, int | None] | None, word: Any) -> str:
    return "; ".join(f"{word(name)} {n}" for name, n in (table or {}).items() if n)


def _percent(rate: float | None) -> str:
    return _("ikke aktuelt") if rate is None else texts.percent(rate)


def _number(days: float) -> str:
    return texts.number(days, 0 if days == int(days) else 1)
