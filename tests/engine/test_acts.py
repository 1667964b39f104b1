"""What people do to tasks: the guards name what is missing, and corrections are normal acts."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from iopflow.engine import acts, talks
from iopflow.engine.happenings import Done, NotNow
from iopflow.engine.opening import open_year
from iopflow.models import Pupil, School, What, metadata
from iopflow.queries.access import EVERYONE
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.status import Status
from tests.factories import NOW, RULES, TODAY, YEAR, Lia, act, lia


@pytest.fixture
def cast(session: Session) -> Lia:
    cast = lia(session)
    cast.pupil("v-001")
    cast.vedtak("v-001")
    open_lia(cast)
    return cast


def open_lia(cast: Lia) -> None:
    schools = [cast.session.get_one(School, cast.ids["lia"])]
    open_year(cast.session, RULES, YEAR, schools, act=act())


def task(cast: Lia, step: str, subject: str = "v-001", *, today: date = TODAY) -> TaskRow:
    asked = Asked(step=step, year=YEAR)
    rows = tasks(cast.session, RULES, EVERYONE, asked, today=today)
    (found,) = [row for row in rows if row.subject == subject]
    return found


def complete(cast: Lia, step: str, subject: str = "v-001", *, on: date) -> Done:
    return acts.complete(
        cast.session, [task(cast, step, subject)], on=on, today=TODAY, act=act("complete")
    )


def say(cast: Lia, what: What, on: date, step: str = "iop.utviklingssamtale") -> Done:
    return talks.talk(cast.session, [task(cast, step)], what, on=on, today=TODAY, act=act("talk"))


def events(cast: Lia) -> int:
    table = metadata.tables["event"]
    return int(cast.session.execute(select(func.count()).select_from(table)).scalar_one())


def test_completing_a_step_records_the_day_it_happened_and_one_event(cast: Lia) -> None:
    before = events(cast)
    complete(cast, "iop.teste_justere", on=date(2026, 9, 14))
    found = task(cast, "iop.teste_justere")
    assert (found.status, found.facts.happened_on) == (Status.DONE, date(2026, 9, 14))
    assert events(cast) == before + 1


def test_completing_again_with_another_day_corrects_it_and_the_log_keeps_the_old(
    cast: Lia,
) -> None:
    complete(cast, "iop.teste_justere", on=date(2026, 9, 14))
    assert complete(cast, "iop.teste_justere", on=date(2026, 9, 16)).changed == 1
    assert task(cast, "iop.teste_justere").status is Status.DONE_LATE
    assert complete(cast, "iop.teste_justere", on=date(2026, 9, 16)).unchanged == 1
    before = cast.session.execute(
        select(metadata.tables["event"].c.before).order_by(metadata.tables["event"].c.id.desc())
    ).scalars()
    assert '"2026-09-14"' in (next(iter(before)) or "")


def test_reopening_needs_a_reason_and_takes_the_day_back(cast: Lia) -> None:
    complete(cast, "iop.teste_justere", on=date(2026, 9, 14))
    row = task(cast, "iop.teste_justere")
    with pytest.raises(NotNow, match="--reason"):
        acts.reopen(cast.session, [row], reason=" ", act=act("reopen"))
    acts.reopen(cast.session, [row], reason="feil elev", act=act("reopen"))
    assert task(cast, "iop.teste_justere").status is Status.OVERDUE
    with pytest.raises(NotNow, match="ingenting å ta tilbake"):
        acts.reopen(
            cast.session, [task(cast, "iop.teste_justere")], reason="igjen", act=act("reopen")
        )


def test_a_day_after_today_is_refused(cast: Lia) -> None:
    with pytest.raises(NotNow, match="etter i dag"):
        complete(cast, "iop.teste_justere", on=date(2026, 11, 27))


def test_a_step_waits_for_what_the_law_demands_and_the_refusal_names_it(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    cast.need("v-001")
    open_lia(cast)
    assert task(cast, "iop.klar_skolestart").status is Status.WAITING
    with pytest.raises(NotNow, match="loven krever først"):
        complete(cast, "iop.klar_skolestart", on=date(2026, 8, 17))
    cast.vedtak("v-001")
    complete(cast, "iop.klar_skolestart", on=date(2026, 8, 17))
    assert task(cast, "iop.klar_skolestart").status is Status.DONE


def test_steps_that_follow_from_the_case_are_not_completed_by_hand(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    cast.need("v-001")
    open_lia(cast)
    with pytest.raises(NotNow, match="iopflow assessment"):
        complete(cast, "iop.sakkyndig_vurdering", on=date(2026, 5, 1))


def test_a_vedtak_that_ran_out_suspends_the_steps_of_the_iop_and_no_talk(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    cast.vedtak("v-001", valid_to=date(2026, 10, 31))
    open_lia(cast)
    assert task(cast, "iop.halvarsevaluering", today=date(2026, 12, 15)).status is Status.SUSPENDED
    assert task(cast, "iop.elevsamtale_host", today=date(2026, 12, 15)).status is Status.OPEN
    assert task(cast, "iop.halvarsevaluering", today=date(2026, 10, 31)).status is Status.PLANNED


def test_a_pupil_who_has_left_has_only_cancelled_tasks_left(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001", ends=date(2026, 10, 31))
    cast.vedtak("v-001")
    open_lia(cast)
    complete(cast, "iop.teste_justere", on=date(2026, 9, 14))
    rows = tasks(session, RULES, EVERYONE, Asked(pupil="v-001", year=YEAR), today=TODAY)
    assert {row.status for row in rows} == {Status.CANCELLED, Status.DONE}


def test_not_applicable_and_done_exclude_each_other(cast: Lia) -> None:
    row = task(cast, "iop.teste_justere")
    acts.not_applicable(
        cast.session, [row], on=TODAY, today=TODAY, reason="annet opplegg", act=act()
    )
    assert task(cast, "iop.teste_justere").status is Status.NOT_APPLICABLE
    with pytest.raises(NotNow, match="reopen"):
        complete(cast, "iop.teste_justere", on=date(2026, 9, 14))
    acts.reopen(
        cast.session, [task(cast, "iop.teste_justere")], reason="likevel aktuelt", act=act()
    )
    complete(cast, "iop.teste_justere", on=date(2026, 9, 14))
    with pytest.raises(NotNow, match="er gjort"):
        acts.not_applicable(
            cast.session,
            [task(cast, "iop.teste_justere")],
            on=TODAY,
            today=TODAY,
            reason="x",
            act=act(),
        )


def test_not_applicable_needs_a_reason_and_never_covers_a_talk(cast: Lia) -> None:
    with pytest.raises(NotNow, match="--reason"):
        acts.not_applicable(
            cast.session,
            [task(cast, "iop.teste_justere")],
            on=TODAY,
            today=TODAY,
            reason="",
            act=act(),
        )
    with pytest.raises(NotNow, match="samtale kan ikke"):
        acts.not_applicable(
            cast.session,
            [task(cast, "iop.utviklingssamtale")],
            on=TODAY,
            today=TODAY,
            reason="x",
            act=act(),
        )


@pytest.mark.parametrize("what", [What.DECLINED, What.NO_REPLY])
def test_a_decline_needs_an_invitation_the_same_day_or_before(cast: Lia, what: What) -> None:
    with pytest.raises(NotNow, match="invitasjon"):
        say(cast, what, date(2026, 11, 20))
    say(cast, What.INVITED, date(2026, 11, 20))
    with pytest.raises(NotNow, match="invitasjon"):
        say(cast, what, date(2026, 11, 19))
    assert say(cast, what, date(2026, 11, 20)).changed == 1


def test_a_declined_talk_stops_being_open_until_a_new_invitation_or_the_talk(cast: Lia) -> None:
    say(cast, What.INVITED, date(2026, 11, 2))
    say(cast, What.DECLINED, date(2026, 11, 9))
    assert task(cast, "iop.utviklingssamtale").status is Status.DECLINED
    say(cast, What.INVITED, date(2026, 11, 16))
    assert task(cast, "iop.utviklingssamtale").status is not Status.DECLINED
    say(cast, What.HELD, date(2026, 11, 23))
    assert task(cast, "iop.utviklingssamtale").status is Status.DONE


def test_a_document_has_no_talk(cast: Lia) -> None:
    with pytest.raises(NotNow, match="iopflow complete"):
        say(cast, What.INVITED, TODAY, step="iop.teste_justere")


def test_moving_a_deadline_keeps_the_reason_and_survives_a_new_opening(cast: Lia) -> None:
    row = task(cast, "iop.halvarsevaluering")
    acts.move(
        cast.session,
        [row],
        due=date(2027, 1, 29),
        reason="avtalt",
        act=act("move", reason="avtalt"),
    )
    open_lia(cast)
    assert task(cast, "iop.halvarsevaluering").facts.due == date(2027, 1, 29)


def test_a_deadline_moves_for_a_reason_to_a_day_after_it_opens(cast: Lia) -> None:
    def move(step: str, due: date, reason: str = "avtalt") -> Done:
        return acts.move(cast.session, [task(cast, step)], due=due, reason=reason, act=act())

    with pytest.raises(NotNow, match="--reason"):
        move("iop.halvarsevaluering", date(2027, 1, 29), " ")
    with pytest.raises(NotNow, match="før steget åpner"):
        move("iop.halvarsevaluering", date(2026, 11, 1))
    with pytest.raises(NotNow, match="kan ikke flyttes"):
        move("iop.elevsamtale_host", date(2027, 1, 29))  # opplæringsforskrifta § 9-6


def test_a_deadline_moves_within_its_year_and_only_while_the_step_is_open(cast: Lia) -> None:
    def move(due: date) -> Done:
        row = task(cast, "iop.malvalg")
        return acts.move(cast.session, [row], due=due, reason="avtalt", act=act())

    with pytest.raises(NotNow, match="etter at skoleåret er slutt"):
        move(date(2027, 8, 1))
    complete(cast, "iop.malvalg", on=date(2026, 6, 9))
    assert task(cast, "iop.malvalg").status is Status.DONE_LATE
    with pytest.raises(NotNow, match="er avsluttet"):
        move(date(2026, 6, 30))


def test_a_year_mistyped_is_no_day_on_time(cast: Lia) -> None:
    """The year served is 2026-27: what serves it is done from August 2025 on."""
    with pytest.raises(NotNow, match="sjekk årstallet"):
        complete(cast, "iop.malvalg", on=date(2025, 5, 29))
    with pytest.raises(NotNow, match="sjekk årstallet"):
        say(cast, What.HELD, date(2020, 11, 4))
    assert complete(cast, "iop.malvalg", on=date(2025, 8, 1)).changed == 1


def test_a_step_without_a_deadline_has_none_to_move(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    cast.need("v-001")
    open_lia(cast)
    with pytest.raises(NotNow, match="ingen frist å flytte"):
        acts.move(
            session,
            [task(cast, "case.henvisning_ppt")],
            due=date(2027, 1, 1),
            reason="x",
            act=act(),
        )


def test_who_was_represented_needs_the_classes_meeting_that_day(cast: Lia) -> None:
    pupil = cast.session.get_one(Pupil, cast.ids["v-001"])
    meeting = task(cast, "iop.foreldremote_host", "3a")
    day = date(2026, 9, 9)

    def represented(pupil: Pupil = pupil) -> Done:
        return talks.present(cast.session, meeting, [pupil], on=day, today=TODAY, act=act())

    with pytest.raises(NotNow, match="registrer møtet først"):
        represented()
    talks.talk(cast.session, [meeting], What.HELD, on=day, today=TODAY, act=act())
    assert represented().changed == 1
    assert represented().unchanged == 1
    cast.pupil("v-002", class_="3b")
    with pytest.raises(NotNow, match="gikk ikke i"):
        represented(cast.session.get_one(Pupil, cast.ids["v-002"]))


def test_a_presence_is_taken_back_with_a_reason_and_before_its_meeting(cast: Lia) -> None:
    pupil = cast.session.get_one(Pupil, cast.ids["v-001"])
    meeting = task(cast, "iop.foreldremote_host", "3a")
    day = date(2026, 9, 9)

    def absent(reason: str = "feil elev") -> Done:
        return talks.absent(cast.session, meeting, [pupil], on=day, reason=reason, act=act())

    with pytest.raises(NotNow, match="står ikke som representert"):
        absent()
    talks.talk(cast.session, [meeting], What.HELD, on=day, today=TODAY, act=act())
    talks.present(cast.session, meeting, [pupil], on=day, today=TODAY, act=act())
    with pytest.raises(NotNow, match="«present» bygger på dette"):
        acts.reopen(cast.session, [meeting], reason="feil dag", act=act())
    with pytest.raises(NotNow, match="--reason"):
        absent(" ")
    assert absent().changed == 1
    assert acts.reopen(cast.session, [meeting], reason="feil dag", act=act()).changed == 1


def test_an_invitation_stays_while_a_decline_stands_on_it(cast: Lia) -> None:
    say(cast, What.INVITED, date(2026, 11, 2))
    say(cast, What.DECLINED, date(2026, 11, 9))
    row = task(cast, "iop.utviklingssamtale")
    with pytest.raises(NotNow, match="«declined» bygger på dette"):
        acts.reopen(cast.session, [row], reason="feil", act=act(), what=What.INVITED)
    acts.reopen(cast.session, [row], reason="feil", act=act(), what=What.DECLINED)
    acts.reopen(cast.session, [row], reason="feil", act=act(), what=What.INVITED)


def test_a_class_may_hold_its_meeting_on_several_days(cast: Lia) -> None:
    meeting = task(cast, "iop.foreldremote_host", "3a")
    for day in (date(2026, 9, 9), date(2026, 9, 16)):
        talks.talk(cast.session, [meeting], What.HELD, on=day, today=TODAY, act=act())
    held: Any = metadata.tables["happening"]
    days = cast.session.execute(
        select(held.c.on_day).where(held.c.what == What.HELD).order_by(held.c.on_day)
    ).scalars()
    assert list(days) == [date(2026, 9, 9), date(2026, 9, 16)]
    # Taking one of them back needs the day: the other meeting took place.
    with pytest.raises(NotNow, match=r"09\.09\.2026, 16\.09\.2026"):
        acts.reopen(cast.session, [meeting], reason="feil klasse", act=act())
    second = date(2026, 9, 16)
    assert acts.reopen(cast.session, [meeting], reason="x", act=act(), on=second).changed == 1
    assert task(cast, "iop.foreldremote_host", "3a").facts.happened_on == date(2026, 9, 9)


def test_predecessors_that_are_not_law_give_a_warning(cast: Lia) -> None:
    rows = tasks(cast.session, RULES, EVERYONE, Asked(pupil="v-001"), today=TODAY)
    row = task(cast, "iop.halvarsevaluering")
    (warning,) = acts.waiting_warnings([row], rows)
    assert "Teste og justere" in warning
    complete(cast, "iop.teste_justere", on=date(2026, 9, 14))
    rows = tasks(cast.session, RULES, EVERYONE, Asked(pupil="v-001"), today=TODAY)
    assert acts.waiting_warnings([row], rows) == []


def test_a_former_school_neither_sees_nor_undoes_what_came_after(cast: Lia) -> None:
    """v-001 moves from Lia to Fjell in October; Fjell holds the talk in November."""
    enrolment = metadata.tables["enrolment"]
    cast.session.execute(enrolment.update().values(ends=date(2026, 10, 16)))
    cast.enrol("v-001", "fjell", "f3", starts=date(2026, 10, 17), grade=3)
    cast.happening("v-001", "iop.utviklingssamtale", "held", date(2026, 11, 20))
    row = task(cast, "iop.utviklingssamtale")
    assert (row.status, row.left_on) == (Status.CANCELLED, date(2026, 10, 16))
    with pytest.raises(NotNow, match="ingenting å ta tilbake"):
        acts.reopen(cast.session, [row], reason="x", act=act())
    with pytest.raises(NotNow, match=r"sluttet 16\.10\.2026"):
        say(cast, What.HELD, date(2026, 11, 2))
    assert complete(cast, "iop.teste_justere", on=date(2026, 9, 14)).changed == 1


def test_a_meeting_that_does_not_apply_is_not_held(cast: Lia) -> None:
    meeting = task(cast, "iop.foreldremote_host", "3a")
    acts.not_applicable(
        cast.session, [meeting], on=TODAY, today=TODAY, reason="felles møte", act=act()
    )
    meeting = task(cast, "iop.foreldremote_host", "3a")
    with pytest.raises(NotNow, match="reopen"):
        talks.talk(cast.session, [meeting], What.HELD, on=TODAY, today=TODAY, act=act())


def test_saying_the_same_again_keeps_when_and_why_it_was_recorded(cast: Lia) -> None:
    row = task(cast, "iop.teste_justere")
    day = date(2026, 9, 14)
    held = metadata.tables["happening"]
    acts.not_applicable(cast.session, [row], on=day, today=TODAY, reason="a", act=act())
    later = act(at=NOW + timedelta(days=3))
    acts.not_applicable(cast.session, [row], on=day, today=TODAY, reason="b", act=later)
    (there,) = cast.session.execute(select(held.c.reason, held.c.recorded_at)).all()
    assert (there.reason, there.recorded_at) == ("b", NOW)


def test_a_talk_of_a_pupil_at_two_schools_is_one_happening_on_two_tasks(cast: Lia) -> None:
    cast.enrol("v-001", "fjell", "f3", starts=date(2026, 8, 1))
    school = cast.session.get_one(School, cast.ids["fjell"])
    open_year(cast.session, RULES, YEAR, [school], act=act())
    asked = Asked(step="iop.elevsamtale_host", year=YEAR, pupil="v-001")
    rows = tasks(cast.session, RULES, EVERYONE, asked, today=TODAY)
    assert len(rows) == 2
    done = talks.talk(cast.session, rows, What.HELD, on=TODAY, today=TODAY, act=act())
    assert done.changed == 1
    rows = tasks(cast.session, RULES, EVERYONE, asked, today=TODAY)
    assert {row.status for row in rows} == {Status.DONE}
