"""The quality report of a school and year: read on the page, taken as PDF, XLSX or HTML (ux S11).

Whoever reads it here, the numbers are those of the file: small ones are not shown.
"""

from dataclasses import dataclass

from starlette.responses import Response

from iopflow import report
from iopflow.models import School
from iopflow.report import Edition, Report
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import LANGUAGES
from iopflow.web.indicators import school_of
from iopflow.web.page import Page
from iopflow.web.report_wheel import picture
from iopflow.web.sheet import XLSX
from iopflow.web.wheel import year_of

FORMS = {"pdf": "application/pdf", "xlsx": XLSX, "html": "text/html; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class _Asked:
    school: School
    year: Year
    language: str
    edition: Edition


def show(page: Page) -> Response:
    """The report on the page, or as the file that is asked for."""
    school, schools = school_of(page, Action.REPORT)
    wish = page.request.query_params.get("sprak", "")
    language = wish if wish in LANGUAGES else school.language
    public = page.request.query_params.get("utgave") == Edition.PUBLIC
    asked = _Asked(school, year_of(page), language, Edition.PUBLIC if public else Edition.SCHOOL)
    form = page.request.query_params.get("format")
    if form in FORMS:
        return _file(page, asked, form)
    shown = _report(page, asked, style=False)
    here = f"/rapport?skole={school.id}&ar={asked.year}"
    return page.show(
        "report.html",
        body=report.body(shown, page.site.settings.templates),
        naming=", ".join(shown.naming),
        school=school,
        schools=schools,
        year=asked.year,
        years=[asked.year.previous, asked.year, asked.year.next],
        spoken=language,
        edition=str(asked.edition),
        # A language is kept where it was asked for: else each school has its own.
        kept={"utgave": str(asked.edition)} | ({"sprak": wish} if wish in LANGUAGES else {}),
        here=here,
    )


def _report(page: Page, asked: _Asked, *, style: bool) -> Report:
    school, year, language = asked.school, asked.year, asked.language
    return report.build(
        page.session,
        page.rules,
        school,
        year,
        today=page.today,
        language=language,
        edition=asked.edition,
        wheel=picture(page.session, page.rules, school, year, language, style=style),
        own=page.site.settings.templates,
    )


def _file(page: Page, asked: _Asked, form: str) -> Response:
    made = _report(page, asked, style=True)
    own = page.site.settings.templates
    content: str | bytes
    match form:
        case "pdf":
            content = report.pdf(made, own)
        case "xlsx":
            content = report.xlsx(made)
        case _:
            content = report.html(made, own)
    edition = "-offentlig" if asked.edition is Edition.PUBLIC else ""
    name = f"kvalitetsrapport-{made.key}-{made.year}{edition}.{form}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=FORMS[form], headers=headers)
