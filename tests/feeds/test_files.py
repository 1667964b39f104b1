"""The stored file of a feed is what would be written now, after whatever has been committed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from iopflow.engine import acts, exports, feeds, ledger, talks
from iopflow.engine.ledger import Change, Gone
from iopflow.feeds import render
from iopflow.feeds.files import Around, Fetched, Stale, look_up, write_anew
from iopflow.models import FeedLevel, MoveKind, What, metadata
from iopflow.queries.access import EVERYONE
from iopflow.queries.feeds import by_token
from iopflow.queries.tasks import Asked, tasks
from iopflow.refusals import Refused
from tests.databases import LONG
from tests.factories import NOW, RULES, TODAY, YEAR, Lia, act, received
from tests.feeds.test_content import complete, made, task

AROUND = Around(RULES, "", TODAY)
PLACES = (
    ("kari", "person", FeedLevel.COUNTS),
    ("heidi", "unit:smatrinn", FeedLevel.CODES),
    ("rita", "school:lia", FeedLevel.COUNTS),
    ("siri", "person", FeedLevel.STEPS),
    ("per", "person", FeedLevel.CODES),
)


@dataclass
class Polls:
    """Some programs that fetch their feeds again and again."""

    cast: Lia
    tokens: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tokens = {
            person: made(self.cast, person, at, level)[1] for person, at, level in PLACES
        }

    def fetch(self, person: str, around: Around = AROUND, has: str = "") -> Fetched:
        """One poll."""
        session, token = self.cast.session, self.tokens[person]
        got = look_up(session.connection(), token, around, has=has, now=NOW)
        if isinstance(got, Stale):
            got = write_anew(session, got, around, has=has, now=NOW)
        assert got is not None
        self._keep(got)
        return got

    def _keep(self, got: Fetched) -> None:
        from iopflow.feeds import files  # noqa: PLC0415 - the test's transaction, not another

        if got.kept:
            files._keep_file(self.cast.session, got)

    def rewritten(self, around: Around = AROUND) -> set[str]:
        """Whose file had to be written anew."""
        return {person for person in self.tokens if "body" in self.fetch(person, around).kept}

    def fresh(self, person: str, around: Around = AROUND) -> bytes:
        """What the feed says, without any stored file."""
        feed = by_token(self.cast.session, self.tokens[person])
        assert feed is not None
        return render(self.cast.session, around.rules, feed, today=around.today).body


@pytest.fixture
def polls(cast: Lia) -> Polls:
    """All feeds, fetched once."""
    polls = Polls(cast)
    assert polls.rewritten() == set(polls.tokens)
    return polls


def test_a_file_is_written_once_and_given_until_something_happens(polls: Polls) -> None:
    assert polls.rewritten() == set()
    again = polls.fetch("kari")
    assert again.body == polls.fresh("kari")
    assert polls.fetch("kari", has=again.tag).body is None


def test_what_is_done_touches_the_feeds_that_show_it_and_no_other(polls: Polls) -> None:
    complete(polls.cast, "e4", "iop.elevsamtale_host")  # 3b: the head and rektor, not kari's 3a
    assert polls.rewritten() == {"heidi", "rita"}
    complete(polls.cast, "e1", "iop.arsevaluering")  # a duty of kari's; per sees it and has none
    assert polls.rewritten() == {"kari", "heidi", "rita"}
    complete(polls.cast, "f1", "iop.arsevaluering")
    assert polls.rewritten() == {"siri"}


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("case_move", {"kind": MoveKind.SENT_BACK, "on_day": TODAY, "note": "rapport"}),
        ("pause", {"starts": TODAY, "court": "ppt"}),
        ("appeal", {"registered_on": TODAY}),
    ],
)
def test_what_happens_in_a_case_touches_the_feeds_of_its_pupil_alone(
    polls: Polls, table: str, values: dict[str, Any]
) -> None:
    about = {"owner_id": polls.cast.owner_id, "pupil_id": polls.cast.ids["e4"], "year": 2026}
    dated = received() if "recorded_on" in metadata.tables[table].c else {}
    ledger.insert_rows(polls.cast.session, table, [about | dated | values], act())
    assert polls.rewritten() == {"heidi", "rita"}


def test_what_no_feed_tells_of_leaves_all_files_alone(polls: Polls) -> None:
    before = polls.fetch("kari").tag
    row = {"owner_id": polls.cast.owner_id, "school_id": polls.cast.ids["lia"]}
    text = {"part": "opening", "language": "nb", "text": "Hei"}
    ledger.insert_rows(polls.cast.session, "school_text", [row | text], act())
    person = Change(polls.cast.ids["heidi"], {"name": "Heidi"}, {"name": "H"}, polls.cast.owner_id)
    ledger.update_rows(polls.cast.session, "person", [person], act())
    assert polls.rewritten() == {"heidi"}  # her own row may hold another language
    assert polls.fetch("kari").tag == before


def test_an_export_of_many_leaves_all_files_alone(polls: Polls) -> None:
    pupils = [(polls.cast.ids["e1"], polls.cast.owner_id)] * 501
    exports.note(polls.cast.session, pupils, {}, act("archive export", reason="tilsyn"))
    assert polls.rewritten() == set()


def test_another_day_another_version_of_the_rules_and_a_revocation_are_seen_at_once(
    polls: Polls,
) -> None:
    assert polls.rewritten(replace(AROUND, today=TODAY + timedelta(days=1))) == set(polls.tokens)
    assert polls.rewritten(replace(AROUND, stamp="another wheel")) == set(polls.tokens)
    polls.rewritten()
    mine = by_token(polls.cast.session, polls.tokens["kari"])
    assert mine is not None
    feeds.revoke(polls.cast.session, mine, act=act())
    assert polls.rewritten() == {"kari"}
    assert (polls.fetch("kari").body or b"").count(b"BEGIN:VEVENT") == 1


def _do(cast: Lia, dice: Random) -> None:
    """Something that people do, or that a file of the school's brings."""
    session = cast.session
    open_ = [
        row
        for row in tasks(session, RULES, EVERYONE, Asked(year=YEAR), today=TODAY)
        if row.facts.due is not None
    ]
    one = dice.choice(open_)

    def enrol() -> None:
        table = metadata.tables["enrolment"]
        row = session.execute(select(table).where(table.c.pupil_id == cast.ids["e4"])).first()
        assert row is not None
        to = cast.ids[dice.choice(("3a", "3b"))]
        change = Change(
            row.id, {"class_id": row.class_id}, {"class_id": to}, row.owner_id, row.pupil_id
        )
        ledger.update_rows(session, "enrolment", [change], act())

    def role() -> None:
        table = metadata.tables["role_grant"]
        row = session.execute(select(table).where(table.c.person_id == cast.ids["per"])).first()
        if row is not None:
            ledger.delete_rows(session, "role_grant", [Gone(row.id, row._asdict())], act())
        else:
            grant = {"person_id": cast.ids["per"], "role": "spesialpedagog", "at_kind": "pupil"}
            at = {"at_id": cast.ids["e1"], "starts": date(2024, 8, 1), "ends": None, "for_id": None}
            ledger.insert_rows(
                session, "role_grant", [{"owner_id": cast.owner_id} | grant | at], act()
            )

    done: list[Callable[[], object]] = [
        lambda: acts.complete(session, [one], on=TODAY, today=TODAY, act=act()),
        lambda: acts.reopen(session, [one], reason="feil", act=act()),
        lambda: acts.not_applicable(session, [one], on=TODAY, today=TODAY, reason="x", act=act()),
        lambda: acts.move(
            session, [one], due=date(2027, 6, dice.randint(1, 20)), reason="avtalt", act=act()
        ),
        lambda: talks.talk(session, [one], What.INVITED, on=TODAY, today=TODAY, act=act()),
        enrol,
        role,
    ]
    try:
        dice.choice(done)()
    except Refused:
        return


def test_whatever_is_done_the_stored_file_is_what_would_be_written_now(polls: Polls) -> None:
    """Acts at random, each felt by every feed before the next."""
    dice = Random(20270611)  # noqa: S311 - the same acts each time
    for _turn in range(200 if LONG else 20):
        _do(polls.cast, dice)
        for person in polls.tokens:
            assert polls.fetch(person).body == polls.fresh(person), person


def test_what_was_begun_first_and_ends_last_puts_back_nothing_old(polls: Polls) -> None:
    """A slow poll has read the old data, and keeps what it wrote after a faster one has."""
    cast, token = polls.cast, polls.tokens["kari"]
    session = cast.session
    complete(cast, "e1", "iop.arsevaluering")
    slow = look_up(session.connection(), token, AROUND, now=NOW)
    assert isinstance(slow, Stale)
    old = write_anew(session, slow, AROUND, now=NOW)
    complete(cast, "e2", "iop.arsevaluering")
    polls.rewritten()
    # So much that no feed tells of that the mark is moved on.
    ledger.note_all(session, act(), "telling", [(cast.owner_id, {})] * 120)
    moved = look_up(session.connection(), token, AROUND, now=NOW)
    assert isinstance(moved, Fetched)
    assert set(moved.kept) == {"mark"}
    assert old is not None
    polls._keep(old)
    polls._keep(moved)
    assert polls.fetch("kari").body == polls.fresh("kari")


def test_a_poll_seldom_writes_anything(polls: Polls) -> None:
    """Neither what others do all day, nor a feed that has ended, makes each poll a write."""
    mine = by_token(polls.cast.session, polls.tokens["siri"])
    assert mine is not None
    feeds.revoke(polls.cast.session, mine, act=act())
    polls.rewritten()
    for _turn in range(5):
        complete(polls.cast, "e4", "iop.elevsamtale_host")
        again = task(polls.cast, "e4", "iop.elevsamtale_host")
        acts.reopen(polls.cast.session, [again], reason="igjen", act=act())
        assert not polls.fetch("kari").kept
        assert not polls.fetch("siri").kept
