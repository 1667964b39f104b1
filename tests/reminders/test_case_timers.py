"""What the weekly mail says of the timers of the cases, and what rektor hears of them in July."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from iopflow import db, mailer, settings
from iopflow.engine.opening import open_year
from iopflow.queries.places import find, schools
from iopflow.queries.pressing import timers_of
from iopflow.reminders.content import Content
from iopflow.reminders.days import is_summer_day, summer_digest_day
from iopflow.reminders.reasons import reasons
from iopflow.reminders.sections import ForCases, ForPpt
from iopflow.schoolyear import Year
from tests.databases import Databases
from tests.factories import RULES, Lia, act, lia
from tests.reminders.conftest import Post, _addresses
from tests.reminders.test_days import RUTER
from tests.reminders.test_leading import part, told

EXPIRES = "Vedtak går ut – vurder behov på nytt"
REPLY = "Foreløpig svar"
EXPIRY = date(2027, 1, 31)  # six months before the vedtak of `post` end
SETTINGS = settings.load({}, base_url="https://iopflow.example.no", mail_from="i@example.no")
MONDAYS = [date(2027, 6, 21) + timedelta(days=7 * n) for n in range(8)]  # the last one is 9 August


@pytest.fixture
def summer(server: Databases) -> Iterator[Post]:
    """The assessments of e1 and of f1 at Fjell for next year came on 10 June; no vedtak yet."""
    with server.fresh(_summer) as url:
        engine = db.create_engine(url)
        yield Post(engine)
        engine.dispose()


def _summer(url: str) -> None:
    engine = db.create_engine(url)
    with db.session(engine) as session:
        cast = lia(session)
        cast.pupil("e1", protected=True)
        cast.pupil("f1", "fjell", "f3")
        cast.grant("fredrik", "rektor", "school", "fjell")
        for key in ("e1", "f1"):
            _assessed(cast, key)
        for year in (2026, 2027):
            open_year(session, RULES, Year(year), schools(session), act=act())
        _addresses(cast)
    engine.dispose()


def _assessed(cast: Lia, key: str) -> None:
    cast.need(
        key,
        2027,
        needed_since=date(2027, 1, 10),
        referred_on=date(2027, 2, 1),
        complete_on=date(2027, 2, 10),
        received_on=date(2027, 6, 10),
    )
    cast.consent(key, "utredning", year=2027, on=date(2027, 1, 20))


def cases(content: Content) -> dict[str, tuple[int, int, date]]:
    """The timers that a mail tells of: how many, how many late, and the day."""
    found = part(content, ForCases)
    return {one.title.nb: (one.count, one.late, one.day) for one in (found.lines if found else ())}


def test_the_head_hears_of_the_timers_four_weeks_before(post: Post) -> None:
    assert EXPIRES not in cases(told(post, date(2027, 1, 2), "heidi"))
    assert cases(told(post, date(2027, 1, 4), "heidi")) == {EXPIRES: (2, 0, EXPIRY)}
    assert cases(told(post, date(2027, 2, 1), "heidi")) == {EXPIRES: (2, 2, EXPIRY)}


def test_a_timer_that_does_not_press_sends_no_mail_of_its_own(post: Post) -> None:
    """Fifteen days before: told in a mail that goes anyway; fourteen: worth one."""
    post.run("DELETE FROM task")
    earlier = told(post, EXPIRY - timedelta(days=15), "heidi")
    assert (cases(earlier), earlier.is_empty) == ({EXPIRES: (2, 0, EXPIRY)}, True)
    assert not told(post, EXPIRY - timedelta(days=14), "heidi").is_empty


def test_timers_that_are_late_and_have_not_changed_rest_for_a_month(post: Post) -> None:
    post.run("DELETE FROM task")
    for monday in range(14):
        post.tick(date(2027, 1, 4) + timedelta(days=7 * monday))
    assert [day for day, who, _content, _id in post.sent if who == "heidi"] == [
        date(2027, 1, 18),  # a fortnight before
        date(2027, 1, 25),
        date(2027, 2, 1),  # the day is over
        date(2027, 3, 1),  # nothing has happened in four weeks
        date(2027, 4, 5),  # Easter Monday was the fifth
    ]


def test_a_renewed_need_is_told_no_more(post: Post) -> None:
    post.run(
        "INSERT INTO assessment (owner_id, pupil_id, year, needed_since, recorded_on, recorded_at)"
        " SELECT owner_id, id, 2027, '2027-01-05', '2027-01-05', '2027-01-05 09:00:00' FROM pupil"
        " WHERE key = 'e1'"
    )
    assert cases(told(post, date(2027, 1, 4), "heidi"))[EXPIRES] == (2, 0, EXPIRY)
    assert cases(told(post, date(2027, 1, 11), "heidi"))[EXPIRES] == (1, 0, EXPIRY)


def test_a_school_without_a_head_of_the_unit_tells_rektor(post: Post) -> None:
    assert cases(told(post, date(2027, 1, 11), "rita")) == {}
    post.run("UPDATE role_grant SET ends = '2026-12-31' WHERE role = 'avdelingsleder'")
    assert cases(told(post, date(2027, 1, 11), "rita")) == {EXPIRES: (2, 0, EXPIRY)}


def test_what_was_over_before_the_school_began_is_no_news(post: Post) -> None:
    post.run("UPDATE school SET live_from = '2027-02-01'")
    assert cases(told(post, date(2027, 2, 1), "heidi")) == {}


def test_the_mail_of_a_teacher_is_the_same_with_and_without_the_cases(post: Post) -> None:
    days = [date(2026, 10, 26), date(2026, 11, 2), date(2027, 1, 4)]
    before = [told(post, day, "kari") for day in days]
    post.run(
        "INSERT INTO assessment (owner_id, pupil_id, year, needed_since, received_on, valid_to,"
        " recorded_on, recorded_at) SELECT owner_id, id, 2026, '2026-01-05', '2026-05-05',"
        " '2027-07-31', '2026-05-05', '2026-05-05 09:00:00' FROM pupil"
    )
    assert [told(post, day, "kari") for day in days] == before
    assert "Sakkyndig vurdering går ut" in cases(told(post, days[1], "heidi"))


def test_rektor_is_told_the_interim_reply_and_the_head_is_not(summer: Post) -> None:
    monday = date(2027, 6, 14)
    assert cases(told(summer, monday, "rita")) == {REPLY: (1, 0, date(2027, 7, 12))}
    assert cases(told(summer, monday, "heidi")) == {}
    assert cases(told(summer, monday, "kari")) == {}


def test_in_july_rektor_alone_hears_and_only_of_what_binds(summer: Post) -> None:
    for monday in MONDAYS:
        for n in range(5):
            summer.tick(monday + timedelta(days=n))
    sent = [(day, who) for day, who, _content, _id in summer.sent if day < date(2027, 8, 11)]
    both = [(day, who) for day in (28, 5, 12, 19) for who in ("fredrik", "rita")]
    assert sorted(sent) == sorted(
        (date(2027, 6 if day == 28 else 7, day), who) for day, who in both
    )
    rest = [one for day, _who, one, _id in summer.sent if day < date(2027, 8, 11)]
    assert {(one.lines, one.behind, one.overdue, one.summer) for one in rest} == {((), (), 0, True)}
    assert {tuple(cases(one)) for one in rest} == {(REPLY,)}


def test_no_mail_in_july_once_the_interim_reply_is_sent(summer: Post) -> None:
    summer.run(
        "INSERT INTO case_move (owner_id, pupil_id, year, kind, on_day, recorded_on, recorded_at)"
        " SELECT owner_id, id, 2027, 'interim_reply', '2027-06-18', '2027-06-18',"
        " '2027-06-18 09:00:00' FROM pupil"
    )
    for monday in MONDAYS[:7]:
        summer.tick(monday)
    assert summer.sent == []


def test_a_monday_in_july_that_was_missed_is_caught_up(summer: Post) -> None:
    summer.tick(date(2027, 7, 2))
    before = len(summer.sent)
    summer.tick(date(2027, 7, 7))
    found = [(day, who, one.delayed) for day, who, one, _id in summer.sent[before:]]
    monday = date(2027, 7, 5)
    assert sorted(found) == [(date(2027, 7, 7), who, monday) for who in ("fredrik", "rita")]


def test_why_says_what_july_is(summer: Post) -> None:
    monday = date(2027, 7, 5)
    rule = "Skolen har sommerferie: da går bare frister som loven setter i sakene, til rektor."
    with db.session(summer.engine, write=False) as session:

        def why(key: str) -> list[str]:
            person = find(session, "person", key)
            return list(reasons(session, RULES, person, day=monday, today=date(2027, 6, 30)))

        assert why("rita") == [rule, "Etter det som står nå, sendes det en e-post denne dagen."]
        assert why("kari") == [rule]


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("nb", "Foreløpig svar: 1, nærmest 12.07.2027 (lov: forvaltningsloven § 11 a)"),
        ("nn", "Førebels svar: 1, nærmast 12.07.2027 (lov: forvaltningsloven § 11 a)"),
        ("en", "Interim reply: 1, nearest 2027-07-12 (law: forvaltningsloven § 11 a)"),
    ],
)
def test_the_words_say_what_the_date_rests_on(summer: Post, language: str, line: str) -> None:
    summer.run("UPDATE person SET language = :language", language=language)
    content = told(summer, date(2027, 7, 5), "rita")
    assert line in body(content)


def body(content: Content) -> str:
    """The mail as text, on one line."""
    noon = datetime(2027, 7, 5, 10, tzinfo=UTC)
    message = mailer.compose(content, "<a@example.no>", SETTINGS, now=noon)
    part = message.get_body(("plain",))
    assert part is not None
    return " ".join(str(part.get_content()).split())


def test_the_words_say_how_many_are_late_and_since_when(post: Post) -> None:
    line = f"{EXPIRES}: 2, over tiden siden 31.01.2027 (veiledning, ikke lov)"
    assert line in body(told(post, date(2027, 2, 1), "heidi"))
    post.run(
        "UPDATE vedtak SET valid_to = '2027-08-31'"
        " WHERE pupil_id = (SELECT id FROM pupil WHERE key = 'e2')"
    )
    line = f"{EXPIRES}: 2 (1 over tiden), nærmest 28.02.2027 (veiledning, ikke lov)"
    assert line in body(told(post, date(2027, 2, 1), "heidi"))


def test_ppt_hears_how_many_have_been_there_past_the_guiding_time(post: Post) -> None:
    with db.session(post.engine) as session:
        owner = int(session.connection().exec_driver_sql("SELECT id FROM owner").scalar_one())
        ids = {
            str(key): int(number)
            for key, number in session.connection().exec_driver_sql("SELECT key, id FROM pupil")
        }
        cast = Lia(session, owner, ids)
        for key, complete in (("e1", date(2027, 2, 10)), ("e2", date(2027, 3, 10))):
            cast.need(key, 2027, referred_on=date(2027, 2, 1), complete_on=complete)
            cast.consent(key, "utredning", year=2027, on=date(2027, 1, 20))
            cast.grant("petra", "ppt_radgiver", "pupil", key)
        _addresses(cast)
        open_year(session, RULES, Year(2027), schools(session), act=act())
    assert part(told(post, date(2027, 5, 10), "petra"), ForPpt).over_guide == 0
    over = told(post, date(2027, 5, 18), "petra")
    assert part(over, ForPpt).over_guide == 1
    assert "Lenger hos PPT enn den veiledende tiden: 1." in body(over)


def test_the_statements_are_as_many_for_ten_pupils_as_for_one(engine: Engine) -> None:
    def counted(pupils: int) -> tuple[int, int]:
        with db.session(engine) as session:
            for n in range(pupils):
                key = f"x{len(cast.ids)}-{n}"
                cast.session = session
                cast.pupil(key)
                cast.vedtak(key)
        asked: list[str] = []

        def note(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
            asked.append(statement)

        with db.session(engine, write=False) as session:
            event.listen(engine, "before_cursor_execute", note)
            found = timers_of(session, RULES, at, today=EXPIRY, until=EXPIRY)
            event.remove(engine, "before_cursor_execute", note)
        return len(found), len(asked)

    with db.session(engine) as session:
        cast = lia(session)
        session.connection().exec_driver_sql("UPDATE school SET live_from = '2026-08-01'")
        at = [one.number for one in schools(session)]
    (few, of_few), (many, of_many) = counted(1), counted(9)
    assert (few, many) == (1, 10)
    assert of_few == of_many


def test_summer_is_between_the_last_school_day_and_the_planning_day() -> None:
    assert not is_summer_day(RUTER, date(2027, 6, 18))
    assert is_summer_day(RUTER, date(2027, 6, 21))
    assert not is_summer_day(RUTER, date(2027, 7, 4))  # a Sunday
    assert is_summer_day(RUTER, date(2026, 8, 11))
    assert not is_summer_day(RUTER, date(2026, 8, 12))
    assert not is_summer_day(RUTER, date(2028, 8, 7))  # no skolerute says when it ends
    assert summer_digest_day(RUTER, date(2027, 7, 8)) == date(2027, 7, 5)
    assert summer_digest_day(RUTER, date(2027, 5, 18)) is None
    assert summer_digest_day(RUTER, date(2026, 8, 7)) == date(2026, 8, 3)
    assert summer_digest_day(RUTER, date(2026, 8, 10)) is None  # the digest of all is on the 12th
