"""A report as PDF by typst: tagged (PDF/UA-1), with the font that ships, and no word run as markup.

The words go in as JSON, which the template shows as text, whatever stands in them.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from iopflow.report.content import Block, Registered, Remarked, Report, Share, Step
from iopflow.resources import resource_dir
from iopflow.texts import _, long_date, short_date, speaking

FONTS = Path(__file__).parent / "fonts"
TEMPLATE = "report.typ"
# Letters without a place to break a line would run off the page, or into the next column: what is
# longer than any Norwegian word gets a place every so many.
_UNBROKEN = re.compile(r"[^\s\u00ad\u200b-]{30,}")
_EVERY = 10
# What the font has: Latin with its accents, the punctuation and signs of ordinary text.
_FOREIGN = re.compile(
    "[^\n\u0020-\u007e\u00a0-\u024f\u02c6-\u02dd\u0300-\u0304\u1e00-\u1eff\u2010-\u2015"
    "\u2018-\u201e\u2020-\u2022\u2026\u2030\u2032\u2033\u2039\u203a\u2044\u20ac\u2116\u2122"
    "\u2191\u2193\u2212\u200b]"
)
MISSING = "?"  # stands for a sign that the font does not have


def pdf(report: Report, own: Path | None = None) -> bytes:
    """The file. `own` are the operator's templates."""
    import typst  # noqa: PLC0415 - 80 MB: only who sets a report pays for it

    template = _template(own)
    return typst.compile(
        template,
        root=template.parent,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards="ua-1",
        sys_inputs={"data": typst_input(report)},
        timestamp=datetime.combine(report.made_on, time(12), UTC),
    )


def pages(report: Report, own: Path | None = None) -> list[bytes]:
    """The pages as PNG, to be looked at."""
    import typst  # noqa: PLC0415 - 80 MB: only who sets a report pays for it

    template = _template(own)
    made: Any = typst.compile(
        template,
        root=template.parent,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="png",
        ppi=110,
        sys_inputs={"data": typst_input(report)},
    )
    return made if isinstance(made, list) else [made]


def _template(own: Path | None) -> Path:
    places = [*([own] if own is not None else []), resource_dir("templates")]
    return next(path for one in places if (path := (one / "report" / TEMPLATE).resolve()).is_file())


def typst_input(report: Report) -> str:
    """All that the template shows, as JSON."""
    with speaking(report.language):
        return json.dumps(_shown(_data(report)), ensure_ascii=False)


def _data(report: Report) -> dict[str, Any]:
    words = _words(report)
    return {
        "lang": report.language,
        "title": f"{words['report']} – {report.school} – {report.year}",
        "running": f"{words['report']} {report.year} – {report.school}",
        "school": report.school,
        "municipality": report.municipality,
        "year_words": _("Skoleåret {year}").format(year=report.year),
        "made": f"{_('Laget {day}.').format(day=long_date(report.made_on))} {report.standing}",
        "edition": report.edition_words,
        "summary": list(report.summary),
        "blocks": [_block(one) for one in report.blocks],
        "kinds": [
            {
                "title": kind.title,
                "rows": [row for one in kind.indicators for row in _values(one)],
                "remarked": [
                    {"code": one.code, "title": one.title, "remarked": _remarked(one.remarked)}
                    for one in kind.indicators
                    if one.remarked.is_there
                ],
            }
            for kind in report.kinds
        ],
        "lacking": _("Ikke registrert for dette skoleåret: {figures}.").format(
            figures="; ".join(report.lacking)
        )
        if report.lacking
        else "",
        "wheel": without_variables(report.wheel),
        "dues": [
            {"day": short_date(one.day), "title": one.title, "responsible": one.responsible}
            for one in report.dues
        ],
        "method": {
            "about": list(report.method.about),
            "small": list(report.method.small),
            "excluded": list(report.method.excluded),
            "late": list(report.method.late),
            "causes": list(report.method.causes),
            "definitions": [
                {
                    "code": one.code,
                    "words": one.words,
                    "counted_on": one.counted_on,
                    "version": one.version,
                }
                for one in report.method.definitions
            ],
            "unclear": [{"what": one.what, "done": one.done} for one in report.method.unclear],
        },
        "words": words,
    }


def _block(block: Block) -> dict[str, Any]:
    notes = list(block.notes)
    if block.now.problem and not block.now.masked:
        notes.insert(0, _("Tallet kan ikke regnes ut: {why}.").format(why=block.now.problem))
    before, beside = block.before, block.beside
    counted = _("Slik telles det")
    return {
        "code": block.code,
        "title": block.title,
        "purpose": block.purpose,
        "now": _share(block.now),
        "before": before.answer if before is not None else "–",
        "beside": beside.median.words if beside is not None else "–",
        "network_words": block.network_words,
        "chart": block.chart,
        "chart_words": block.chart_words,
        "notes": notes,
        "more": [
            *(_share(one) | {"about": one.problem or one.source} for one in block.parts),
            *(_share(one) | {"about": ""} for one in block.rates),
            *(
                {"label": one.title, "answer": "", "of": str(one.n), "about": ""}
                for one in block.outcomes
            ),
        ],
        "counted_words": f"{counted}: {block.counted} {block.excluded}".strip(),
        "remarked": _remarked(block.remarked),
    }


def _share(share: Share) -> dict[str, Any]:
    return {"label": share.label, "answer": share.answer, "of": share.of, "source": share.source}


def _remarked(remarked: Remarked) -> dict[str, Any]:
    return {
        "comments": [
            {"about": one.about, "paragraphs": one.paragraphs} for one in remarked.comments
        ],
        "measures": _steps(remarked.measures),
        "earlier": _steps(remarked.earlier),
    }


def _steps(steps: Iterable[Step]) -> list[dict[str, str]]:
    return [
        {
            "text": one.text,
            "who": one.who,
            "due": short_date(one.due),
            "status": one.status,
            "outcome": one.outcome,
        }
        for one in steps
    ]


def _values(one: Registered) -> list[dict[str, str]]:
    return [
        {
            "code": one.code,
            "title": one.called(place),
            "value": row.value,
            "of": row.of or "–",
            "counted_on": short_date(row.counted_on),
            "source": row.source,
        }
        for place, row in enumerate(one.rows)
    ]


def _words(report: Report) -> dict[str, str]:
    """The headings of the template, in the language in use."""
    return {
        "report": _("Kvalitetsrapport"),
        "about": _(
            "Arbeidet med individuelle opplæringsplaner (IOP): indikatorene P1–P10, skolens "
            "kommentarer og tiltak"
        ),
        "contents": _("Innhold"),
        "page": _("side {n} av {whole}"),
        "short": _("Kort fortalt"),
        "indicator": _("Indikator"),
        "share": _("Andel"),
        "count": _("Antall"),
        "before": _("I fjor"),
        "network": _("Nettverket"),
        "network_note": _(
            "Nettverket: medianen av skolene som har et frosset tall, denne skolen medregnet."
        ),
        "process": _("Prosessindikatorene"),
        "purpose": _("Hensikt"),
        "more": _("Mer om tallet"),
        "comment": _("Kommentar"),
        "no_comment": _("Skolen har ikke skrevet noen kommentar."),
        "measures": _("Tiltak"),
        "nothing": _("Skolen har ikke skrevet noen kommentar og ikke ført noen tiltak."),
        "number": _("Nr."),
        "no_measures": _("Ingen tiltak er ført."),
        "earlier": _("Tiltak fra i fjor"),
        "what": _("Hva"),
        "who": _("Hvem"),
        "due": _("Frist"),
        "status": _("Status"),
        "registered": _("Registrerte tall"),
        "registered_about": _(
            "Disse tallene har skolen ført selv eller hentet fra en fil. iopflow regner dem ikke "
            "ut."
        ),
        "value": _("Verdi"),
        "of": _("Antall"),
        "outcome": _("Utfall"),
        "counted": _("Telt"),
        "source": _("Kilde"),
        "wheel": _("Årshjulet"),
        "wheel_about": _(
            "Stegene skolen følger fra august til juli, med fristene etter skolens egen skolerute."
        ),
        "wheel_alt": _("Årshjulet som en sirkel. Tabellen under sier det samme."),
        "responsible": _("Ansvarlig"),
        "method": _("Slik er tallene laget"),
        "small": _("Små tall"),
        "excluded": _("Holdt utenfor"),
        "none_excluded": _("Ingen er holdt utenfor i tallene som vises."),
        "late": _("Registrert sent"),
        "none_late": _("Alt som er telt, var registrert på tellingsdatoen."),
        "causes": _("Årsaker"),
        "causes_about": _(
            "Årsaker som skolen har ført til det som kom for sent eller mangler, per {day}. "
            "Tallet er antall elever."
        ).format(day=short_date(report.made_on)),
        "none_causes": _(
            "Ingen årsaker kan vises: de er ikke ført, eller gjelder så få elever at de er skjult."
        ),
        "definitions": _("Definisjonene"),
        "how": _("Slik telles det"),
        "version": _("Versjon"),
        "unclear": _("Der kildene spriker"),
        "unclear_about": _(
            "Nettverkets eget materiale er ikke enig med seg selv overalt. Slik er det løst her:"
        ),
        "unclear_what": _("Gjelder"),
        "unclear_done": _("Hva kildene sier, og hva iopflow gjør"),
    }


_PICTURES = frozenset({"chart", "wheel"})


def _shown(value: Any, name: str = "") -> Any:
    """The same, its texts with places to break and without signs that the font does not have."""
    if isinstance(value, Mapping):
        return {key: _shown(one, key) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_shown(one) for one in value]
    if isinstance(value, str) and name not in _PICTURES:
        return printable(value)
    return value


def printable(text: str) -> str:
    """A text as paper can show it."""
    plain = _FOREIGN.sub(MISSING, text.replace("\t", " "))
    return _UNBROKEN.sub(lambda found: "\u200b".join(_pieces(found.group())), plain)


def _pieces(text: str) -> Iterable[str]:
    return (text[start : start + _EVERY] for start in range(0, len(text), _EVERY))


_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_VARIABLE = re.compile(r"var\((--[a-z]+)\)")


@cache
def without_variables(svg: str) -> str:
    """A picture whose style uses no variables and no media, which a setter does not know."""
    start, end = svg.find("<style>"), svg.find("</style>")
    if start < 0:
        return svg
    style = re.sub(r"/\*.*?\*/", "", svg[start + len("<style>") : end], flags=re.DOTALL)
    style = style.partition("@media")[0]
    rules = _RULE.findall(style)
    known: dict[str, str] = {}
    for _selector, body in rules:
        for name, _colon, said in (one.partition(":") for one in body.split(";")):
            if name.strip().startswith("--"):
                known.setdefault(name.strip(), said.strip())
    lines = []
    for selector, body in rules:
        kept = [one for one in body.split(";") if not one.strip().startswith("--")]
        told = _VARIABLE.sub(lambda found: _value(found.group(1), known), ";".join(kept))
        if ":" not in selector and told.strip():
            lines.append(f"{selector.strip()} {{{told}}}")
    return svg[: start + len("<style>")] + "\n".join(lines) + svg[end:]


def _value(name: str, known: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: _value(found.group(1), known), known.get(name, "#000"))
