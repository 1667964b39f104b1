"""Who gets what of every object: `matrix.txt` is the table, and this asks for each cell of it.

`PYTHONPATH=. python -m tests.web.matrix` writes the table anew: read the difference, cell by cell.
A cell holds a sign for each object, in the order of KINDS.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from starlette.testclient import TestClient

from iopflow import db
from tests.databases import Sqlite
from tests.web.conftest import OURS, Pages
from tests.web.two_owners import FEED, two_owners

TABLE = Path(__file__).with_suffix(".txt")
SIGNS = {200: "o", 303: "+", 422: "u", 403: "x", 404: "."}
NOT_THERE = 999_999
Ids = dict[str, list[int | str]]  # the objects of each kind

# Each kind of object with where its instances are found: own class, other class, other avdeling,
# other school, has left, protected, not there, another owner's; for the rest own, other, not there,
# another owner's.
KINDS: Mapping[str, tuple[str, ...]] = {
    "pupil": ("e1", "e4", "e7", "f1", "e6", "e5", "", "annen e1"),
    "task": ("e1", "e4", "e7", "f1", "e6", "e5", "", "annen e1"),
    "case": ("e1", "e4", "e7", "f1", "e6", "e5", "", "annen e1"),
    "school": ("lia", "fjell", "", "annen lia"),
    "meeting": ("lia", "fjell", "", "annen lia"),
    "ppt_meeting": ("lia", "fjell", "", "annen lia"),
    "feed": ("kari", "siri", "", "annen kari"),
    "place": ("lia", "fjell", "", "annen lia"),
    "person": ("kari", "siri", "", "annen kari"),
    "staff": ("kari", "siri", "", "annen kari"),
    "grant": ("kari", "siri", "", "annen kari"),
    "question": ("kari", "siri", "", "annen kari"),
    "log_in": ("kari", "siri", "", "annen kari"),
    "identity": ("kari", "siri", "", "annen kari"),
    "event": ("kari", "siri", "", "annen kari"),
    # Own class, own avdeling, other class of it, other avdeling, other school.
    "unit": ("3a", "smatrinn", "3b", "5a", "f3", "", "annen 3a"),
    # Of each who imports at the school and at the owner.
    "draft": ("rita", "olav", "ada", "", "annen rita"),
    "batch": ("rita", "olav", "ada", "", "annen rita"),
    "revision": ("lia", "fjell", "", "annen lia"),
    # Of the rektor, of the head of the avdeling, of a teacher there.
    "measure": ("rita", "heidi", "kari", "siri", "", "annen rita"),
    "deviation": ("lia", "fjell", "", "annen lia"),
    "value": ("lia", "fjell", "", "annen lia"),
    "pair": (),  # the first pupil with each of the others
    "token": ("",),
}
PRINCIPALS: Mapping[str, str | None] = {
    "nobody": None,
    "feed": None,
    "teacher": "kari",
    "before": "foran",
    "during": "under",
    "after": "etter",
    "head": "heidi",
    "rektor": "rita",
    "office": "olav",
    "owner": "eli",
    "network": "nils",
    "adviser": "petra",
    "ppt": "liv",
    "tilsyn": "tora",
    "admin": "ada",
}


@dataclass(frozen=True)
class Row:
    """A route that names an object, in its path, its query or a field of its form (as {it}).

    The forms are whole but for one thing that is looked at last, so that what is allowed is 422 and
    changes nothing; the few that are not so do something that makes no difference to the others.
    Another kind in braces, and `at` in the path, is the first object of that kind.
    """

    method: str
    path: str
    kind: str
    query: str = ""
    form: Mapping[str, str] = field(default_factory=dict, hash=False)
    at: str = ""

    @property
    def name(self) -> str:
        """The row as the table has it."""
        asked = self.query or " ".join(f"{k}={v}" for k, v in self.form.items() if "{it}" in v)
        words = [asked, self.at and f"({self.at})"]
        return " ".join([self.method, self.path, *(one for one in words if one)])


_TASK = {"task": "{it}", "seen": "another status", "on": "25.11.2026", "reason": "x"}
_CASE = {"case": "{it}", "on": "x", "note": "x", "reference": 500 * "x", "adviser": "petra"}
_PUPIL = {"pupil": "{it}", "on": "x", "ar": "2027-28"}
_STAND_IN = {"away": "{it}", "taker": "ledig", "start": "i dag", "end": "30.11.2026"}
_STEP = "2026:iop.elevsamtale_host"
_ASK = {"steg": _STEP, "asking": "x"}
_MOVE = {"word": "flytt", "ar": "2027-28"}
_NEW_CLASS = {"skole": "{school}", "kind": "klasse", "name": ""}
ROWS: tuple[Row, ...] = (
    Row("GET", "/sak/{number}", "pupil"),
    Row("POST", "/sak/{number}", "pupil"),
    Row("POST", "/sak/{number}/trekk", "pupil"),
    Row("GET", "/innsyn", "pupil", "elev={it}"),
    Row("POST", "/behov", "pupil", form=_PUPIL | {"word": "need"}),
    Row("POST", "/behov/angre", "pupil", form=_PUPIL | {"word": "no_need"}),
    Row("POST", "/oppgaver/gjort", "task", form=_TASK),
    Row("POST", "/oppgaver/ikke-aktuelt", "task", form=_TASK),
    Row("POST", "/oppgaver/hjelp", "task", form=_TASK),
    Row("POST", "/oppgaver/ny-dato", "task", form=_TASK),
    Row("POST", "/oppgaver/samtale", "task", form=_TASK | {"word": "held"}),
    Row("POST", "/oppgaver/angre", "task", form=_TASK | {"what": "999-999"}),
    Row("POST", "/indikatorer/{code}/arsak", "task", form=_TASK | {"cause": "x"}),
    Row("POST", "/indikatorer/{code}/arsak/angre", "task", form=_TASK | {"what": "999-999"}),
    Row("POST", "/ppt/foreligger", "case", form=_CASE),
    Row("POST", "/ppt/mangler", "case", form=_CASE),
    Row("POST", "/ppt/fullstendig", "case", form=_CASE),
    Row("POST", "/ppt/nummer", "case", form=_CASE),
    Row("POST", "/ppt/fordel", "case", form=_CASE),
    Row("GET", "/indikatorer", "school", "skole={it}"),
    Row("GET", "/indikatorer/{code}", "school", "skole={it}"),
    Row("POST", "/indikatorer/{code}/kommentar", "school", "skole={it}", {"text": "01019012345"}),
    Row("POST", "/indikatorer/{code}/tiltak", "school", "skole={it}", {"text": "x"}),
    Row("POST", "/indikatorer/{code}/tiltak", "measure", form={"folger": "{it}"}),
    Row("GET", "/tiltak", "school", "skole={it}"),
    Row("POST", "/tiltak", "school", "skole={it}", {"kode": "P1", "text": "x"}),
    Row("GET", "/tiltak/{number}", "measure"),
    Row("POST", "/tiltak/{number}/endre", "measure"),
    Row("POST", "/tiltak/{number}/gjort", "measure"),
    Row("POST", "/tiltak/{number}/lukk", "measure"),
    Row("POST", "/tiltak/angre", "event", form={"what": "{it}-{it}"}),
    Row("GET", "/tiltak/avvik/ny", "school", "skole={it}"),
    Row("POST", "/tiltak/avvik/ny", "task", form=_TASK | {"kode": "P7_host"}),
    Row("POST", "/tiltak/avvik", "school", "skole={it}", {"kode": "P1"}),
    Row("POST", "/tiltak/avvik", "task", form=_TASK | {"kode": "P7_host", "cause": "x"}),
    Row("GET", "/tiltak/avvik/{number}", "deviation"),
    Row("POST", "/tiltak/avvik/{number}/endre", "deviation"),
    Row("POST", "/tiltak/avvik/{number}/lukk", "deviation"),
    Row("GET", "/verdier", "school", "skole={it}"),
    Row("GET", "/verdier/{figure}", "school", "skole={it}"),
    Row("POST", "/verdier/{figure}", "school", "skole={it}", {"dag": "x"}),
    Row("POST", "/verdier/{figure}/angre", "school", "skole={it}", {"hva": "999-999"}),
    Row("POST", "/verdier/{figure}/fjern", "school", "skole={it}", {"verdi": "{value}"}),
    Row("POST", "/verdier/{figure}/fjern", "value", form={"verdi": "{it}"}),
    Row("GET", "/telling", "school", "skole={it}"),
    Row("GET", "/telling/gsi", "school", "skole={it}"),
    Row("GET", "/prognose", "school", "skole={it}"),
    Row("GET", "/frys", "school", "skole={it}"),
    Row("GET", "/rapport", "school", "skole={it}"),
    Row("POST", "/frys", "school", "skole={it}", {"telling": "x"}),
    Row("GET", "/arshjul", "school", "skole={it}"),
    Row("GET", "/behov", "school", "skole={it}"),
    Row("POST", "/moter", "place", form={"school": "{it}", "kind": "team", "day": "x"}),
    Row("GET", "/moter/{number}", "meeting"),
    Row("POST", "/moter/{number}/flytt", "meeting", form={"day": "x"}),
    Row("POST", "/moter/{number}/inviter", "meeting"),
    Row("POST", "/moter/{number}/ta-av", "meeting"),
    Row("POST", "/moter/{number}/svar", "meeting"),
    Row("POST", "/moter/{number}/avlys", "meeting", form={"version": "x"}),
    Row("GET", "/ppt/moter/{number}", "ppt_meeting"),
    Row("POST", "/ppt/moter/{number}/saker", "ppt_meeting", form={"pupil": "x"}),
    Row("POST", "/ppt/moter/{number}/holdt", "ppt_meeting", form={"person": "x"}),
    Row("POST", "/ppt/moter/{number}/trekk", "ppt_meeting"),
    Row("GET", "/kalender/{number}/koder", "feed"),
    Row("POST", "/kalender/av", "feed", form={"nr": "{it}"}),
    Row("POST", "/vikar/se", "person", form=_STAND_IN),
    Row("POST", "/vikar", "person", form=_STAND_IN | {"end": "x"}),
    Row("POST", "/vikar/slutt", "person", form={"away": "{it}", "taker": "ledig"}),
    Row("GET", "/elev/{number}", "pupil"),
    Row("GET", "/arshjul", "pupil", "elev={it}"),
    Row("GET", "/arshjul", "unit", "klasse={it}"),
    Row("GET", "/matrise", "unit", "klasse={it}"),
    Row("GET", "/matrise/celle", "unit", f"steg={_STEP}&klasse={{it}}"),
    Row("GET", "/samtaler", "unit", "klasse={it}"),
    Row("POST", "/sporsmal", "unit", form=_ASK | {"klasse": "{it}", "person": "{staff}"}),
    Row("POST", "/sporsmal", "staff", form=_ASK | {"klasse": "{unit}", "person": "{it}"}),
    Row("POST", "/sporsmal/svar", "question", form={"question": "{it}", "answer": "x"}),
    Row("POST", "/sporsmal/angre", "question", form={"question": "{it}", "what": "x"}),
    Row("POST", "/konto/logg-ut", "log_in", form={"nr": "{it}"}),
    Row("POST", "/konto/koble-fra", "identity", form={"nr": "{it}"}),
    Row("GET", "/arshjul/rediger", "school", "skole={it}"),
    Row("POST", "/arshjul/rediger/se", "school", "skole={it}"),
    Row("POST", "/arshjul/rediger", "school", "skole={it}"),
    Row("POST", "/arshjul/rediger/tilbake", "revision", form={"til": "{it}", "revisjon": "x"}),
    Row("GET", "/arshjul/rediger/fil", "school", "skole={it}"),
    Row("GET", "/skolerute", "school", "skole={it}"),
    Row("POST", "/skolerute/se", "school", "skole={it}"),
    Row("POST", "/skolerute", "school", "skole={it}"),
    Row("POST", "/skolerute/angre", "school", "skole={it}", {"hva": "999-999"}),
    Row("GET", "/personer/{number}", "staff"),
    Row("POST", "/personer/{number}", "staff"),
    Row("POST", "/personer/{number}/rolle", "staff"),
    Row("POST", "/personer/{number}/slutt", "grant", form={"rolle": "{it}"}, at="staff"),
    Row("POST", "/personer/{number}/slutter", "staff"),
    Row("POST", "/personer/{number}/angre", "staff", form={"what": "x"}),
    Row("GET", "/historikk", "staff", "hvem={it}"),
    Row("GET", "/historikk", "unit", "klasse={it}"),
    Row("POST", "/historikk/angre", "event", form={"what": "{it}-{it}"}),
    Row("GET", "/arsskifte", "school", "skole={it}"),
    Row("POST", "/arsskifte/elever", "school", form=_MOVE | {"skole": "{it}"}),
    Row("POST", "/arsskifte/elever", "pupil", form=_MOVE | {"skole": "{school}", "pupil": "{it}"}),
    Row("POST", "/arsskifte/ansvar", "school", form={"skole": "{it}"}),
    Row("POST", "/arsskifte/se", "school", form={"skole": "{it}"}),
    Row("POST", "/arsskifte/apne", "school", form={"skole": "{it}", "seen": "x"}),
    Row("POST", "/arsskifte/lukk", "school", form={"skole": "{it}"}),
    Row("POST", "/arsskifte/angre", "school", form={"skole": "{it}", "hva": "x"}),
    Row("GET", "/enheter", "school", "skole={it}"),
    Row("POST", "/enheter", "school", form={"skole": "{it}", "kind": "x"}),
    Row("POST", "/enheter", "unit", form=_NEW_CLASS | {"parent": "{it}"}),
    Row("POST", "/enheter/angre", "school", form={"skole": "{it}", "hva": "x"}),
    Row("GET", "/enheter/{number}", "unit"),
    Row("POST", "/enheter/{number}/navn", "unit"),
    Row("POST", "/enheter/{number}/avdeling", "unit", form={"parent": "{unit}"}),
    Row("POST", "/enheter/{number}/del", "unit", form={"on": "x"}),
    Row("POST", "/enheter/{number}/del", "pupil", form={"pupil": "{it}", "on": "x"}, at="unit"),
    Row("POST", "/enheter/{number}/sla-sammen", "unit"),
    Row("POST", "/enheter/{number}/sla-sammen", "unit", form={"til": "{it}", "on": "x"}, at="unit"),
    Row("POST", "/enheter/{number}/lukk", "unit", form={"on": "x"}),
    Row("GET", "/like-elever/{number}/{other}", "pair"),
    Row("POST", "/like-elever/{number}/{other}", "pair"),
    Row("POST", "/like-elever/{number}/{other}/se", "pair"),
    Row("POST", "/like-elever/{number}/{other}/ikke-samme", "pair"),
    Row("POST", "/like-elever/angre", "event", form={"hva": "{it}-{it}"}),
    Row("GET", "/import/{number}", "draft"),
    Row("GET", "/import/{number}/avvist.csv", "draft"),
    Row("POST", "/import/{number}/kolonner", "draft", form={"om": "x"}),
    Row("POST", "/import/{number}/rett", "draft", form={"fjern": "x"}),
    Row("POST", "/import/{number}/importer", "draft", form={"sett": "x"}),
    Row("POST", "/import/{number}/avbryt", "draft"),
    Row("GET", "/import/gjort/{number}", "batch"),
    Row("GET", "/import/gjort/{number}/avvist.csv", "batch"),
    Row("POST", "/import/gjort/{number}/angre", "batch"),
    Row("GET", "/logg-inn/{token}", "token"),
    Row("POST", "/logg-inn/{token}", "token"),
    Row("GET", "/svar/{token}", "token"),
    Row("POST", "/svar/{token}", "token"),
)
# The routes that name no object: what they show is narrowed by the person alone (`test_access`).
NO_OBJECT = frozenset(
    {
        "/",
        "/hjem",
        "/oppsett",
        "/logg-inn",
        "/logg-inn/e-post",
        "/logg-inn/oidc",
        "/logg-inn/tilbake",
        "/logg-inn/ferdig",
        "/konto",
        "/konto/koble",
        "/utskrift.css",
        "/logg-ut",
        "/sprak",
        "/mine",
        "/masse",
        "/saker",
        "/personer",
        "/personer/ny",
        "/hjelp",
        "/tilgjengelighet",
        "/personvern",
        "/like-elever",
        "/import",
        "/import/mal.xlsx",
        "/import/uttrekk.xlsx",
        # A network is chosen among one's own (`test_network`).
        "/nettverk",
        "/nettverk/filer",
        *(f"/nettverk/samling/{one}" for one in ("1", "2", "3", "4", "juni")),
        "/paminnelser",
        "/kalender",
        "/ppt",
        "/ppt/angre",
        "/ppt/moter",
        "/drift",
    }
)


@dataclass(frozen=True)
class Asked:
    """One answer."""

    sign: str
    body: str
    what: str  # the number or id that was asked for: the page repeats it, in its address or words


def answers(pages: Pages, principal: str, ids: Ids) -> Iterator[tuple[Row, list[Asked]]]:
    """What somebody gets of every object of every row. `ids` are read before anybody has asked: a
    few rows take away what is one's own.
    """
    with client_of(pages, principal) as client:  # entered, it keeps its thread: three times as fast
        for row in ROWS:
            firsts = {kind: str(some[0]) for kind, some in ids.items()}
            yield row, [_ask(client, row, str(one), firsts) for one in ids[row.kind]]


def client_of(pages: Pages, principal: str) -> TestClient:
    """Somebody of Eikedal who has logged in; the feed has the secret of one, and no log-in."""
    client = TestClient(pages.app, headers=OURS, follow_redirects=False)
    key = PRINCIPALS[principal]
    if principal == "feed":
        client.headers["Authorization"] = f"Bearer {FEED}"
    if key is not None:
        ((number,),) = pages.rows(
            "SELECT p.id FROM person p JOIN owner o ON o.id = p.owner_id"  # noqa: S608 - keys of ours
            f" WHERE p.key = '{key}' AND o.key = 'eikedal'"
        )
        assert client.post("/logg-inn", data={"person": number}).status_code == 303
    return client


def path_of(path: str, number: str, code: str = "P7_host") -> str:
    """A route's path with an object in it."""
    for name in ("{number}/{other}", "{number}", "{token}"):
        path = path.replace(name, number)
    return path.replace("{figure}", "R1").replace("{code}", code)


def _ask(client: TestClient, row: Row, one: str, firsts: Mapping[str, str]) -> Asked:
    path = path_of(row.path, firsts.get(row.at, one))
    path += f"?{row.query.replace('{it}', one)}" if row.query else ""
    data = {
        key: value.replace("{it}", one).format_map(firsts) if "{" in value else value
        for key, value in row.form.items()
    }
    answer = client.request(row.method, path, data=data if row.method == "POST" else None)
    away = answer.status_code == 303 and re.match(
        r"/logg-inn($|\?neste=)", answer.headers["location"]
    )
    sign = ">" if away else SIGNS.get(answer.status_code, str(answer.status_code))
    return Asked(sign, answer.text, one)


def instances(pages: Pages) -> Ids:
    """The numbers of the objects of each kind, in order."""
    found = {kind: [_number(pages, kind, one) for one in names] for kind, names in KINDS.items()}
    # Chosen by the ids of the import tables, another owner's with the owner before it.
    found["place"] = ["lia", "fjell", "ukjent", "annen:lia"]
    found["person"] = ["kari", "siri", "ukjent", "annen:kari"]
    first, *others = found["pupil"]
    found["pair"] = [f"{first}/{other}" for other in others]
    return found


@cache
def _statement(kind: str) -> str:
    return {
        "pupil": "SELECT x.id FROM pupil x WHERE x.key = '{key}'",
        "task": "SELECT min(x.id) FROM task x JOIN pupil p ON p.id = x.subject_id"
        " WHERE x.scope = 'pupil' AND x.step = 'iop.elevsamtale_host' AND p.key = '{key}'",
        "case": "SELECT x.id FROM assessment x JOIN pupil p ON p.id = x.pupil_id"
        " WHERE x.year = 2027 AND p.key = '{key}'",
        "school": "SELECT x.id FROM school x WHERE x.key = '{key}'",
        "meeting": "SELECT x.id FROM meeting x JOIN school s ON s.id = x.school_id"
        " WHERE s.key = '{key}'",
        "ppt_meeting": "SELECT x.id FROM ppt_meeting x JOIN unit u ON u.id = x.unit_id"
        " JOIN school s ON s.id = u.school_id WHERE s.key = '{key}'",
        "feed": "SELECT x.id FROM feed_token x JOIN person p ON p.id = x.person_id"
        " WHERE p.key = '{key}'",
        "staff": "SELECT x.id FROM person x WHERE x.key = '{key}'",
        "grant": "SELECT x.id FROM role_grant x JOIN person p ON p.id = x.person_id"
        " WHERE x.role = 'kontaktlaerer' AND p.key = '{key}'",
        "question": "SELECT x.id FROM question x JOIN person p ON p.id = x.person_id"
        " WHERE p.key = '{key}'",
        "log_in": "SELECT min(x.id) FROM web_session x JOIN person p ON p.id = x.person_id"
        " WHERE p.key = '{key}'",
        "identity": "SELECT x.id FROM person_identity x JOIN person p ON p.id = x.person_id"
        " WHERE p.key = '{key}'",
        "event": "SELECT min(x.id) FROM event x JOIN person p ON p.id = x.actor_id"
        " WHERE x.act = 'complete' AND p.key = '{key}'",
        "unit": "SELECT x.id FROM unit x WHERE x.key = '{key}'",
        "revision": "SELECT min(x.id) FROM event x JOIN school s ON s.id = x.row_id"
        " WHERE x.table_name = 'school' AND x.act = 'own_wheel' AND s.key = '{key}'",
        "measure": "SELECT x.id FROM measure x JOIN person p ON p.id = x.person_id"
        " WHERE p.key = '{key}'",
        "deviation": "SELECT x.id FROM deviation x JOIN school s ON s.id = x.school_id"
        " WHERE s.key = '{key}'",
        "value": "SELECT min(x.id) FROM figure_value x JOIN school s ON s.id = x.school_id"
        " WHERE s.key = '{key}'",
        "draft": "SELECT x.id FROM import_draft x JOIN person p ON p.id = x.person_id"
        " WHERE x.batch_id IS NULL AND p.key = '{key}'",
        "batch": "SELECT x.id FROM import_batch x JOIN person p ON p.id = x.actor_id"
        " WHERE p.key = '{key}'",
    }[kind]


def _number(pages: Pages, kind: str, name: str) -> int | str:
    owner, _space, key = name.rpartition(" ")
    if not name or kind in {"place", "person"}:
        return NOT_THERE
    where = f" AND x.owner_id = (SELECT id FROM owner WHERE key = '{owner or 'eikedal'}')"  # noqa: S608 - keys of ours
    ((number,),) = pages.rows(_statement(kind).format(key=key) + where)
    assert number is not None, name
    return int(number)


def written(found: Mapping[str, Mapping[str, str]]) -> str:
    """The table: a line for each route, a column for each of those who ask."""
    wide = max(len(name) for name in found)
    lines = [" ".join([" " * wide, *(f"{one:8}" for one in PRINCIPALS)]).rstrip()]
    for name, cells in found.items():
        lines.append(" ".join([f"{name:{wide}}", *(f"{cells[who]:8}" for who in PRINCIPALS)]))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def table(pages: Pages) -> str:
    """As it is now."""
    ids = instances(pages)
    found: dict[str, dict[str, str]] = {row.name: {} for row in ROWS}
    for who in PRINCIPALS:
        for row, cells in answers(pages, who, ids):
            found[row.name][who] = "".join(one.sign for one in cells)
    return written(found)


def main() -> None:
    """Writes the table anew."""
    with tempfile.TemporaryDirectory() as folder:
        engine = db.create_engine(Sqlite(Path(folder)).copy(Path(folder) / "x.db", two_owners))
        TABLE.write_text(table(Pages(engine)), encoding="utf-8")
        engine.dispose()


if __name__ == "__main__":
    main()
