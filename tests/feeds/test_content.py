"""What a feed says: the deadlines, nothing of who a pupil is, and only while the role lasts."""

import re
import unicodedata
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from sqlalchemy import text, update

from iopflow.engine import acts, feeds, talks
from iopflow.engine.opening import open_year
from iopflow.feeds import content, render
from iopflow.feeds.entries import code_of
from iopflow.models import FeedLevel, FeedShows, Scope, What, metadata
from iopflow.queries.access import EVERYONE, NotAllowed, viewer
from iopflow.queries.feeds import Feed, by_token, feed_of, imagined, person_for, state
from iopflow.queries.hashes import hashed
from iopflow.queries.places import NotFound, schools
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.refusals import Refused
from iopflow.schoolyear import Year
from tests.databases import LONG
from tests.factories import NOW, RULES, TODAY, YEAR, Lia, act
from tests.feeds.conftest import NAMES
from tests.feeds.readers import READERS, Read

DAY = timedelta(days=1)
DUE = date(2027, 5, 31)


def made(
    cast: Lia,
    person: str,
    at: str = "person",
    level: FeedLevel = FeedLevel.COUNTS,
    shows: FeedShows = FeedShows.DEADLINES,
    *,
    ticks: bool = False,
) -> tuple[Feed, str]:
    """A stored feed and its token."""
    whose = person_for(cast.session, EVERYONE, person)
    feed = imagined(cast.session, whose, at, level, today=TODAY, key="", shows=shows, ticks=ticks)
    number, token = feeds.new(cast.session, feed, label="Åse sin klasse 3a", act=act())
    return feed_of(cast.session, EVERYONE, number), token


def shown(cast: Lia, feed: Feed, *, today: date = TODAY, language: str = "nb") -> bytes:
    """The file."""
    again = by_id(cast, feed)
    return render(cast.session, RULES, again, today=today, language=language).body


def by_id(cast: Lia, feed: Feed) -> Feed:
    """The feed as it is stored now."""
    assert feed.id is not None
    return feed_of(cast.session, EVERYONE, feed.id)


@cache
def events(written: bytes) -> list[Read]:
    """The events, on which all programs agree; they read the same bytes once."""
    first, *others = [read(written) for read in READERS]
    assert [other for other in others if other != first] == []
    return first


def deadlines(written: bytes) -> list[tuple[date, str]]:
    """Day and title of the events of one day."""
    return [(one.first, one.title) for one in events(written) if one.first == one.last]


def task(cast: Lia, subject: str, step: str, year: Year = YEAR) -> TaskRow:
    """One task, to do something with."""
    (found,) = tasks(
        cast.session,
        RULES,
        EVERYONE,
        Asked(subjects=[subject], step=step, year=year),
        today=TODAY,
    )
    return found


def complete(cast: Lia, subject: str, step: str, *, at: datetime = NOW, year: Year = YEAR) -> None:
    """Somebody registers a step as done."""
    done = task(cast, subject, step, year)
    acts.complete(cast.session, [done], on=TODAY, today=TODAY, act=act(at=at))


def test_the_events_are_the_deadlines_of_the_tasks_with_how_many_are_left(cast: Lia) -> None:
    """Compared with a counting of its own: from the list of tasks that the rektor gets."""
    feed, _token = made(cast, "rita", "school:lia")
    rita = viewer(cast.session, "rita", today=TODAY)
    expected: dict[tuple[date, str, str], set[int]] = {}
    for row in tasks(cast.session, RULES, rita, Asked(school="lia"), today=TODAY):
        due = row.facts.due
        waiting = row.status.value in {"planned", "waiting", "open", "overdue"}
        if waiting and due and date(2026, 9, 27) <= due <= date(2027, 7, 31):
            of = row.step.scope
            expected.setdefault((due, row.step.title.nb, of), set()).add(row.subject_id)
    words = {
        "pupil": ("elev", "elever"),
        "class": ("klasse", "klasser"),
        "unit": ("avdeling", "avdelinger"),
    }
    titles = [
        (due, f"{title}: {len(ids)} {words[of][len(ids) > 1]} igjen" if of in words else title)
        for (due, title, of), ids in expected.items()
    ]

    assert len(titles) > 10
    assert deadlines(shown(cast, feed)) == sorted(titles)
    assert (DUE, "Årsevaluering IOP: 4 elever igjen") in titles


def test_one_done_is_one_less_and_the_last_one_takes_the_event_away(cast: Lia) -> None:
    feed, _token = made(cast, "kari")
    left = []
    for key in ("e1", "e2", "e3", "e5"):
        left += [title for _due, title in deadlines(shown(cast, feed)) if "Årsev" in title]
        complete(cast, key, "iop.arsevaluering")

    assert left == [
        "Årsevaluering IOP: 4 elever igjen",
        "Årsevaluering IOP: 3 elever igjen",
        "Årsevaluering IOP: 2 elever igjen",
        "Årsevaluering IOP: 1 elev igjen",
    ]
    assert [title for _due, title in deadlines(shown(cast, feed)) if "Årsev" in title] == []


def test_a_long_step_is_a_window_and_its_last_day_an_event_of_its_own(cast: Lia) -> None:
    feed, _token = made(cast, "kari")
    about = [one for one in events(shown(cast, feed)) if "Årsevaluering" in one.title]

    assert [(one.first, one.last, one.title) for one in about] == [
        (date(2027, 4, 19), DUE, "Vindu: Årsevaluering IOP, 19.04.2027–31.05.2027"),
        (DUE, DUE, "Årsevaluering IOP: 4 elever igjen"),
    ]


def test_protected_pupils_count_but_have_no_event_of_their_own(cast: Lia) -> None:
    """Heidi does not see the protected e5 in any list; the number holds e5 all the same."""
    counts, _token = made(cast, "heidi", "unit:smatrinn")
    codes, _token = made(cast, "heidi", "unit:smatrinn", FeedLevel.CODES)
    own, _token = made(cast, "kari", level=FeedLevel.CODES)

    def about(feed: Feed) -> list[str]:
        return [title for _due, title in deadlines(shown(cast, feed)) if "Årsev" in title]

    assert about(counts) == ["Årsevaluering IOP: 4 elever igjen"]
    assert len(about(codes)) == len(about(own)) == 3
    assert len(set(about(codes))) == 3
    assert [
        title
        for title in about(codes)
        if not re.fullmatch(r"Årsevaluering IOP: sak [A-Z2-7]{6}", title)
    ] == []
    assert set(about(codes)) & set(about(own)) == set()  # a code is of one feed


def test_the_step_alone(cast: Lia) -> None:
    feed, _token = made(cast, "rita", "school:lia", FeedLevel.STEPS)
    titles = [title for due, title in deadlines(shown(cast, feed)) if due == DUE]

    assert "Årsevaluering IOP" in titles
    assert [title for title in titles if re.search(r"\d|igjen|sak", title)] == []


@pytest.mark.parametrize("level", FeedLevel)
@pytest.mark.parametrize(
    ("person", "at"),
    [("kari", "person"), ("per", "person"), ("heidi", "unit:smatrinn"), ("rita", "school:lia")],
)
def test_nothing_in_the_file_tells_who_a_pupil_is(
    cast: Lia, person: str, at: str, level: FeedLevel
) -> None:
    feed, token = made(cast, person, at, level)
    told = shown(cast, feed).decode().replace("\r\n ", "")
    words = set(re.findall(r"[^\W_]+", told))

    pieces = {piece for name in NAMES.values() for piece in re.findall(r"[^\W_]{2,}", name)}
    initials = {"ÅØ", "ÅBØ", "NF", "VV"}
    keys = {"e1", "e2", "e3", "e4", "e5", "3a", "3b", "lia", "Lia", "smatrinn", "Småtrinn"}
    people = {"kari", "Kari", "per", "Per", "heidi", "Heidi", "rita", "Rita", "eikedal"}
    # BEGIN and VEVENT stand in the second name, and in every calendar.
    assert words & (pieces - {"BEGIN", "VEVENT"} | initials | keys | people) == set()
    assert [name for name in NAMES.values() if unicodedata.normalize("NFC", name) in told] == []
    assert token not in told
    assert hashed(token) not in told
    for barred in ("METHOD", "VALARM", "ATTENDEE", "ORGANIZER", "LOCATION", "VTIMEZONE", "TZID"):
        assert barred not in told


def test_the_same_data_are_the_same_bytes(cast: Lia) -> None:
    """Also the day after, and after changes to all that the feed does not show."""
    feed, _token = made(cast, "kari")
    before = shown(cast, feed)
    complete(cast, "3b", "iop.foreldremote_host")
    acts.complete(
        cast.session,
        [task(cast, "f3", "iop.foreldremote_host")],
        on=TODAY,
        today=TODAY,
        act=act(at=NOW + DAY),
    )
    pupil = metadata.tables["pupil"]
    cast.session.execute(update(pupil).values(name="Et annet navn"))
    cast.happening("e1", "iop.utviklingssamtale", "invited", TODAY)
    cast.grant("nora", "faglaerer", "unit", "3a")

    assert shown(cast, feed) == before
    assert shown(cast, feed, today=TODAY + DAY) == before


def blocks(written: bytes) -> dict[str, str]:
    """The events by what stands after UID."""
    unfolded = written.decode().replace("\r\n ", "")
    found = unfolded.split("BEGIN:VEVENT\r\n")[1:]
    return {one.partition("\r\n")[0]: one for one in found}


def values(block: str, *names: str) -> list[str]:
    """Values of properties in an event."""
    return [re.findall(rf"^{name}[:;](.*?)\r$", block, re.MULTILINE)[0] for name in names]


def test_a_change_touches_its_own_event_alone_and_raises_its_sequence(cast: Lia) -> None:
    feed, _token = made(cast, "kari")
    stages = [blocks(shown(cast, feed))]
    complete(cast, "e1", "iop.arsevaluering", at=NOW + DAY)
    stages.append(blocks(shown(cast, feed)))
    acts.reopen(
        cast.session,
        [task(cast, "e1", "iop.arsevaluering")],
        reason="feil elev",
        act=act(at=NOW + 2 * DAY),
    )
    stages.append(blocks(shown(cast, feed)))
    acts.move(
        cast.session,
        [task(cast, "e2", "iop.arsevaluering")],
        due=date(2027, 6, 4),
        reason="avtalt",
        act=act(at=NOW + 3 * DAY),
    )
    stages.append(blocks(shown(cast, feed)))

    (uid,) = [uid for uid, one in stages[0].items() if "SUMMARY:Årsevaluering IOP: 4" in one]
    told = [
        values(stage[uid], "SUMMARY", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "CREATED")
        for stage in stages
    ]
    name = "Årsevaluering IOP"
    made_at = "20261126T090000Z"
    assert told == [
        [f"{name}: 4 elever igjen", "0", made_at, made_at, made_at],
        [f"{name}: 3 elever igjen", "1", "20261127T090000Z", "20261127T090000Z", made_at],
        [f"{name}: 4 elever igjen", "2", "20261128T090000Z", "20261128T090000Z", made_at],
        [f"{name}: 3 elever igjen", "3", "20261129T090000Z", "20261129T090000Z", made_at],
    ]
    for before, after in pairwise(stages):
        changed = {one for one in before if before[one] != after.get(one)}
        assert changed == {uid}
    assert sorted(
        values(one, "SUMMARY", "DTSTART", "SEQUENCE")
        for key, one in stages[3].items()
        if key not in stages[2]
    ) == [
        [f"Vindu: {name}\\, 19.04.2027–04.06.2027", "VALUE=DATE:20270419", "0"],
        [f"{name}: 1 elev igjen", "VALUE=DATE:20270604", "1"],
    ]


def test_a_moved_deadline_of_a_coded_pupil_is_the_same_event_on_another_day(cast: Lia) -> None:
    feed, _token = made(cast, "kari", level=FeedLevel.CODES)
    title = f"SUMMARY:Årsevaluering IOP: sak {code_of(feed, cast.ids['e1'])}"

    def of_e1() -> dict[str, list[str]]:
        return {
            uid: values(one, "SEQUENCE", "DTSTART", "LAST-MODIFIED")
            for uid, one in blocks(shown(cast, feed)).items()
            if title in one
        }

    before = of_e1()
    acts.move(
        cast.session,
        [task(cast, "e1", "iop.arsevaluering")],
        due=DUE + DAY,
        reason="avtalt",
        act=act(at=NOW + DAY),
    )

    (uid,) = before
    assert before == {uid: ["0", "VALUE=DATE:20270531", "20261126T090000Z"]}
    assert of_e1() == {uid: ["1", "VALUE=DATE:20270601", "20261127T090000Z"]}


def stamps(cast: Lia, feed: Feed, title: str) -> list[str]:
    """What an event of a step says, how often it changed, and when last."""
    (one,) = [one for one in blocks(shown(cast, feed)).values() if f"SUMMARY:{title}: " in one]
    return values(one, "SUMMARY", "SEQUENCE", "LAST-MODIFIED")


def test_no_event_is_older_than_its_feed(cast: Lia) -> None:
    complete(cast, "e1", "iop.arsevaluering", at=NOW - 9 * DAY)
    feed, _token = made(cast, "kari")

    name = "Årsevaluering IOP"
    assert stamps(cast, feed, name) == [f"{name}: 3 elever igjen", "1", "20261126T090000Z"]


def test_a_talk_that_is_declined_is_not_left_until_guardians_are_invited_again(cast: Lia) -> None:
    feed, _token = made(cast, "kari")
    step = "iop.utviklingssamtale"
    name = task(cast, "e1", step).step.title.nb
    told = [stamps(cast, feed, name)]
    for number, what in enumerate([What.INVITED, What.DECLINED, What.NO_REPLY, What.INVITED]):
        on = TODAY - (9 - number) * DAY
        with suppress(Refused):
            talks.talk(
                cast.session,
                [task(cast, "e1", step)],
                what,
                on=on,
                today=TODAY,
                act=act(at=NOW + (number + 1) * DAY),
            )
        told.append(stamps(cast, feed, name))

    four, three = f"{name}: 4 elever igjen", f"{name}: 3 elever igjen"
    assert told == [
        [four, "0", "20261126T090000Z"],
        [four, "0", "20261126T090000Z"],
        [three, "1", "20261128T090000Z"],
        [four, "2", "20261129T090000Z"],
        [four, "2", "20261129T090000Z"],
    ]


def test_a_pupil_whose_vedtak_has_run_out_is_not_in_the_number(cast: Lia) -> None:
    vedtak = metadata.tables["vedtak"]
    cast.session.execute(
        update(vedtak).where(vedtak.c.pupil_id == cast.ids["e3"]).values(valid_to=date(2026, 11, 1))
    )
    feed, _token = made(cast, "kari")
    later, step = date(2026, 12, 10), "iop.halvarsevaluering"
    before = shown(cast, feed, today=later)
    rests = task(cast, "e3", step)
    moved = date(2027, 1, 14)
    acts.move(cast.session, [rests], due=moved, reason="avtalt", act=act(at=NOW + DAY))

    name = rests.step.title.nb
    told = [title for _due, title in deadlines(before) if title.startswith(f"{name}: ")]
    assert told == [f"{name}: 3 elever igjen"]
    assert shown(cast, feed, today=later) == before


def something(cast: Lia, dice: Random, at: datetime) -> None:
    """One act of somebody at a moment; much of it changes nothing that a feed shows."""
    every = tasks(cast.session, RULES, EVERYONE, Asked(year=YEAR), today=TODAY)
    step = dice.choice(["iop.arsevaluering", "iop.utviklingssamtale", "iop.foreldremote_host"])
    one = dice.choice([row for row in every if row.step.key == step])
    signed = act(at=at)
    match dice.randrange(7):
        case 0:
            acts.complete(cast.session, [one], on=TODAY, today=TODAY, act=signed)
        case 1:
            acts.reopen(cast.session, [one], reason="feil", act=signed)
        case 2:
            due = DUE - dice.randrange(3) * DAY
            acts.move(cast.session, [one], due=due, reason="avtalt", act=signed)
        case 3 | 4:
            what = dice.choice([What.INVITED, What.INVITED, What.DECLINED, What.NO_REPLY])
            talks.talk(cast.session, [one], what, on=TODAY, today=TODAY, act=signed)
        case 5:
            what = dice.choice([What.INVITED, What.DECLINED])
            acts.reopen(cast.session, [one], reason="feil", act=signed, what=what, on=TODAY)
        case 6:
            pupil = metadata.tables["pupil"]
            cast.session.execute(update(pupil).values(name=f"Navn {dice.random()}"))


@pytest.mark.parametrize("seed", range(2))
def test_an_event_is_stamped_anew_exactly_when_what_it_says_changes(cast: Lia, seed: int) -> None:
    """Many acts in a row; those that are refused change nothing either."""
    dice = Random(seed)  # noqa: S311 - acts, no secrets
    levels = (FeedLevel.COUNTS, FeedLevel.CODES)
    every = [made(cast, "rita", "school:lia", level)[0] for level in levels]
    latest: dict[str, tuple[str, int, str]] = {}
    before: list[dict[str, str]] = [{} for _feed in every]
    seen = 0
    for number in range(200 if LONG else 41):
        if number:
            with suppress(Refused):
                something(cast, dice, NOW + number * timedelta(hours=1))
        after = [blocks(shown(cast, feed)) for feed in every]
        for old, new in zip(before, after, strict=True):
            for uid, one in new.items():
                summary, day, sequence, stamp = values(
                    one, "SUMMARY", "DTSTART", "SEQUENCE", "LAST-MODIFIED"
                )
                says, known = f"{day} {summary}", latest.get(uid)
                latest[uid] = (says, int(sequence), stamp)
                if known is not None and known[0] != says:
                    seen += 1
                    assert (known[1] < int(sequence), known[2] < stamp) == (True, True)
                elif uid in old:
                    assert one == old[uid]
        before = after

    assert seen > 5


def test_two_feeds_share_no_ids(cast: Lia) -> None:
    """Both may be in one calendar program."""
    one, _token = made(cast, "kari")
    other, _token = made(cast, "kari")

    assert set(blocks(shown(cast, one))) & set(blocks(shown(cast, other))) == set()
    assert [(r.first, r.last, r.title) for r in events(shown(cast, one))] == [
        (r.first, r.last, r.title) for r in events(shown(cast, other))
    ]


def test_the_feed_speaks_the_language_of_the_person(cast: Lia) -> None:
    feed, _token = made(cast, "kari")
    told = {}
    for language in ("nb", "nn", "en"):
        cast.session.execute(
            text("UPDATE person SET language = :language WHERE key = 'kari'"),
            {"language": language},
        )
        titles = [title for due, title in deadlines(shown(cast, feed)) if due == DUE]
        told[language] = {title.partition(":")[0] for title in titles}
    step = task(cast, "e1", "iop.arsevaluering").step.title

    assert step.nb in told["nb"]
    assert step.nn in told["nn"]
    assert step.en in told["en"]
    cast.session.execute(text("UPDATE person SET language = NULL WHERE key = 'kari'"))
    titles = [title for _due, title in deadlines(shown(cast, feed, language="en"))]
    assert step.en in {title.partition(":")[0] for title in titles}


def test_an_empty_feed_holds_one_event_that_says_so(cast: Lia) -> None:
    """An empty calendar would leave the old deadlines where they are."""
    cast.grant("nils", "faglaerer", "unit", "3b")
    feed, _token = made(cast, "nils")

    assert [(one.first, one.last, one.title) for one in events(shown(cast, feed))] == [
        (date(2026, 8, 1), date(2026, 8, 1), "Ingen frister igjen dette skoleåret")
    ]


def only(cast: Lia, feed: Feed, *, today: date = TODAY) -> tuple[date, str]:
    """The one event there is."""
    (found,) = deadlines(shown(cast, feed, today=today))
    return found


def test_a_revoked_feed_says_so_at_once(cast: Lia) -> None:
    feed, token = made(cast, "kari")
    assert feeds.revoke(cast.session, feed, act=act(at=NOW + DAY))
    assert not feeds.revoke(cast.session, by_id(cast, feed), act=act(at=NOW + 2 * DAY))

    gone = "Kalenderlenken er trukket tilbake: lag en ny i iopflow"
    assert only(cast, feed) == (TODAY + DAY, gone)
    assert only(cast, feed, today=TODAY + 200 * DAY) == (TODAY + DAY, gone)
    again = by_token(cast.session, token)
    assert again is not None
    assert again.revoked_at == NOW + DAY


def test_a_feed_that_nobody_fetches_for_thirteen_months_ends(cast: Lia) -> None:
    feed, _token = made(cast, "kari")
    last, end = date(2027, 12, 26), date(2027, 12, 27)
    over = (end, "Kalenderlenken er avsluttet fordi den ikke var i bruk: lag en ny i iopflow")

    assert over not in deadlines(shown(cast, feed, today=last))
    assert only(cast, feed, today=end) == over
    token = metadata.tables["feed_token"]
    fetched = datetime(2027, 12, 20, 6, tzinfo=UTC)
    cast.session.execute(update(token).values(fetched_at=fetched))
    assert over not in deadlines(shown(cast, feed, today=end))


@pytest.mark.parametrize(
    ("person", "at", "role"),
    [
        ("kari", "person", "kontaktlaerer"),
        ("heidi", "unit:smatrinn", "avdelingsleder"),
        ("rita", "school:lia", "rektor"),
        ("rita", "unit:3a", "rektor"),
    ],
)
def test_the_role_is_asked_at_every_reading(cast: Lia, person: str, at: str, role: str) -> None:
    """A role that ended today still gives the feed; tomorrow it is withdrawn."""
    feed, _token = made(cast, person, at)
    grant = metadata.tables["role_grant"]
    cast.session.execute(
        update(grant)
        .where(grant.c.person_id == cast.ids[person], grant.c.role == role)
        .values(ends=TODAY)
    )
    gone = "Kalenderlenken er trukket tilbake: rollen den gjaldt, er avsluttet"

    assert len(events(shown(cast, feed))) > 1
    assert only(cast, feed, today=TODAY + DAY) == (TODAY + DAY, gone)
    assert only(cast, feed, today=TODAY + 100 * DAY) == (TODAY + DAY, gone)


@pytest.mark.parametrize(
    ("person", "at"),
    [
        ("kari", "unit:3b"),
        ("kari", "school:lia"),
        ("heidi", "school:lia"),
        ("rita", "school:fjell"),
        ("siri", "unit:3a"),
        ("eli", "school:lia"),
        ("eli", "person"),
        ("ada", "school:lia"),
        ("petra", "school:lia"),
    ],
)
def test_no_feed_where_no_role_sees_tasks(cast: Lia, person: str, at: str) -> None:
    ppt(cast)

    with pytest.raises(NotAllowed):
        made(cast, person, at)


@pytest.mark.parametrize("at", ["", "rot", "pupil:e1", "owner:eikedal", "unit:", "person:kari"])
def test_a_place_is_one_of_four_kinds(cast: Lia, at: str) -> None:
    with pytest.raises(Refused, match="er ikke et sted"):
        made(cast, "kari", at)


def test_an_unknown_place_is_not_found(cast: Lia) -> None:
    with pytest.raises(NotFound):
        made(cast, "kari", "unit:9z")


def ppt(cast: Lia) -> None:
    """Petra heads the PPT office that e1 and the protected e5 are referred to."""
    if "ppt-1" in cast.ids:
        return
    cast.ids["ppt-1"] = cast.add("ppt_office", key="ppt-1", name="PPT", municipality="Eikedal")
    assessment, pupil = metadata.tables["assessment"], metadata.tables["pupil"]
    for key in ("e1", "e5"):
        cast.session.execute(
            update(pupil).where(pupil.c.id == cast.ids[key]).values(ppt_id=cast.ids["ppt-1"])
        )
        cast.session.execute(
            update(assessment)
            .where(assessment.c.pupil_id == cast.ids[key])
            .values(referred_on=date(2026, 2, 1))
        )
    cast.grant("petra", "ppt_leder", "ppt", "ppt-1")


def test_the_ppt_office_gets_the_queue_of_its_assessments_only(cast: Lia) -> None:
    ppt(cast)
    for key in ("e1", "e2", "e5"):
        cast.need(key, 2027, needed_since=date(2026, 10, 1), referred_on=date(2026, 11, 1))
    open_year(cast.session, RULES, Year(2027), schools(cast.session), act=act())
    feed, _token = made(cast, "petra", "ppt:ppt-1")

    told = deadlines(shown(cast, feed))
    assert told == [
        (date(2027, 1, 15), "Pedagogisk rapport til PPT: 2 elever igjen"),
        (DUE, "Sakkyndig vurdering foreligger: 2 elever igjen"),
    ]


def test_a_token_is_long_random_and_stored_as_a_hash_only(cast: Lia) -> None:
    tokens = {made(cast, "kari")[1] for _ in range(20)}

    assert len(tokens) == 20
    assert [token for token in tokens if not re.fullmatch(r"[\w-]{43}", token, re.ASCII)] == []
    stored = str(cast.session.execute(text("SELECT * FROM feed_token")).all())
    logged = str(cast.session.execute(text("SELECT * FROM event")).all())
    assert [token for token in tokens if token in stored or token in logged] == []
    assert all(hashed(token) in stored for token in tokens)
    assert [by_token(cast.session, hashed(token)) for token in tokens] == [None] * 20
    assert feeds.path_of("abc") == "/feeds/abc/iop-frister.ics"


def test_a_feed_is_kept_from_all_but_its_person_and_the_administrator(cast: Lia) -> None:
    feed, _token = made(cast, "kari")
    assert feed.id is not None

    def answer(who: str) -> Any:
        asker = viewer(cast.session, who, today=TODAY)
        try:
            return feed_of(cast.session, asker, feed.id or 0)
        except NotFound:
            return None

    assert {who: answer(who) == feed for who in ("kari", "ada", "rita", "heidi", "siri")} == {
        "kari": True,
        "ada": True,
        "rita": False,
        "heidi": False,
        "siri": False,
    }
    with pytest.raises(NotAllowed):
        person_for(cast.session, viewer(cast.session, "rita", today=TODAY), "kari")
    assert hashed("x") not in repr(feed)
    assert feed.key not in repr(feed)


def test_a_person_may_lead_one_place_and_lose_another(cast: Lia) -> None:
    """Only the feed of the lost place ends."""
    cast.grant("heidi", "kontaktlaerer", "unit", "3b", ends=TODAY)
    lost, _token = made(cast, "heidi", "unit:3b")
    kept, _token = made(cast, "heidi", "unit:smatrinn")
    tomorrow = TODAY + DAY
    heidi = viewer(cast.session, "heidi", today=tomorrow)

    # 3b lies in småtrinn, which she heads.
    assert {state(cast.session, heidi, feed, today=tomorrow) for feed in (lost, kept)} == {"living"}
    grant = metadata.tables["role_grant"]
    cast.session.execute(update(grant).where(grant.c.role == "avdelingsleder").values(ends=TODAY))
    cast.grant("heidi", "faglaerer", "unit", "3a")
    heidi = viewer(cast.session, "heidi", today=tomorrow)
    assert [state(cast.session, heidi, feed, today=tomorrow) for feed in (lost, kept)] == [
        "withdrawn",
        "withdrawn",
    ]


def test_the_network_coordinator_has_the_networks_own_steps(cast: Lia) -> None:
    cast.grant("ivar", "ikit_koordinator", "network", "nett")
    feed, _token = made(cast, "ivar")
    found = tasks(
        cast.session,
        RULES,
        viewer(cast.session, "ivar", today=TODAY),
        Asked(person="ivar"),
        today=TODAY,
    )
    assert {row.scope for row in found} == {Scope.NETWORK}
    titles = {row.step.title.nb for row in found}

    assert {title for _due, title in deadlines(shown(cast, feed))} <= titles
    assert len(deadlines(shown(cast, feed))) > 0


def test_by_choice_what_is_done_stays_with_a_tick(cast: Lia) -> None:
    for level in FeedLevel:
        plain, _token = made(cast, "kari", level=level)
        ticked, _token = made(cast, "kari", level=level, ticks=True)
        for pupil in ("e1", "e2", "e3", "e5"):
            complete(cast, pupil, "iop.arsevaluering")
        gone = [title for _day, title in deadlines(shown(cast, plain)) if "Årseval" in title]
        kept = [title for _day, title in deadlines(shown(cast, ticked)) if "Årseval" in title]
        assert gone == []
        assert kept, level
        assert all(title.startswith("✓ ") for title in kept)
        for pupil in ("e1", "e2", "e3", "e5"):
            again = task(cast, pupil, "iop.arsevaluering")
            acts.reopen(cast.session, [again], reason="igjen", act=act())


def test_the_dates_of_the_network_are_when_one_counts_and_when_one_meets(cast: Lia) -> None:
    feed, _token = made(cast, "eli", shows=FeedShows.DATES)  # an owner, who sees no pupil
    days = {title: day for day, title in deadlines(shown(cast, feed))}
    assert days["Telletidspunkt 1. mars"] == date(2027, 3, 1)
    assert any(title.startswith("IKIT-samling") for title in days)
    assert not [title for title in days if "rsevaluering" in title]


def test_where_schools_differ_in_a_day_the_wheel_says_whose_it_is(cast: Lia) -> None:
    table = metadata.tables["school_year"]
    cast.session.execute(
        update(table)
        .where(table.c.school_id == cast.ids["fjell"], table.c.year == 2026)
        .values(last_day=date(2027, 6, 11))
    )
    feed, _token = made(cast, "eli", shows=FeedShows.DATES)
    days = {(day, title) for day, title in deadlines(shown(cast, feed)) if "skoleslutt" in title}
    assert days == {
        (date(2027, 6, 11), "Telletidspunkt skoleslutt (Fjell skole)"),
        (date(2027, 6, 18), "Telletidspunkt skoleslutt (Lia skole)"),
    }


def test_a_file_never_grows_beyond_what_programs_take(
    cast: Lia, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where events of single pupils would be too many, the pupils are counted instead."""
    feed, _token = made(cast, "rita", "school:lia", FeedLevel.CODES)
    singly = len(events(shown(cast, feed)))
    counts, _token = made(cast, "rita", "school:lia", FeedLevel.COUNTS)
    monkeypatch.setattr(content, "MOST", 10)
    written = shown(cast, feed)
    assert singly > len(events(written)) == len(events(shown(cast, counts)))
    assert "elever igjen" in written.decode().replace("\r\n ", "")


def test_no_window_is_that_of_a_protected_pupil_alone(cast: Lia) -> None:
    moved = task(cast, "e5", "iop.arsevaluering")
    assert moved.facts.due is not None
    day = moved.facts.due - timedelta(days=20)
    acts.move(cast.session, [moved], due=day, reason="avtalt", act=act())
    feed, _token = made(cast, "rita", "school:lia", FeedLevel.CODES)
    assert not [one for one in events(shown(cast, feed)) if one.last == day]
