"""A cause is given where something is late or missing, once a day, and can be taken back."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from iopflow.engine import acts, delays
from iopflow.engine.happenings import Done, NotNow
from iopflow.engine.opening import open_year
from iopflow.models import School, What, metadata
from iopflow.queries.access import EVERYONE
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.refusals import Refused
from tests.factories import TODAY, YEAR, Lia, act, lia

RULES = Rules()
SV, READY = "iop.sakkyndig_vurdering", "iop.klar_skolestart"
ON = date(2026, 6, 2)


@pytest.fixture
def cast(session: Session) -> Lia:
    cast = lia(session)
    for key in ("v-001", "v-002"):
        cast.pupil(key)
        cast.need(key)
        cast.consent(key, "utredning")
    open_year(session, RULES, YEAR, [session.get_one(School, cast.ids["lia"])], act=act())
    return cast


def rows(cast: Lia, step: str = SV, *, today: date = TODAY) -> list[TaskRow]:
    asked = Asked(step=step, year=YEAR)
    found = tasks(cast.session, RULES, EVERYONE, asked, today=today)
    kept = [row for row in found if row.subject.startswith("v-")]
    return sorted(kept, key=lambda row: row.subject)


def give(
    cast: Lia, cause: str = "kapasitet_ppt", on: date = ON, step: str = SV, **said: Any
) -> Done:
    """A cause for the first pupil."""
    today = said.pop("today", TODAY)
    some = said.pop("tasks", None) or rows(cast, step, today=today)[:1]
    return delays.delay(
        cast.session, some, cause=cause, on=on, today=today, act=act("delay"), **said
    )


def kept(cast: Lia) -> list[tuple[Any, ...]]:
    table = metadata.tables["happening"]
    columns = ("on_day", "occasion", "cause", "evidence", "reason")
    found = cast.session.execute(
        select(*(table.c[name] for name in columns))
        .where(table.c.what == What.DELAY)
        .order_by(table.c.id)
    )
    return [tuple(row) for row in found]


def logged(cast: Lia) -> int:
    table = metadata.tables["event"]
    where = table.c.table_name == "happening"
    return len(cast.session.execute(select(table.c.id).where(where)).all())


def test_a_cause_is_kept_for_each_pupil_with_its_event(cast: Lia) -> None:
    done = give(cast, tasks=rows(cast), evidence="arkiv 12", reason="kø")
    assert (done.changed, done.added, done.warnings) == (2, 2, [])
    assert kept(cast) == [(ON, "2026-06-02", "kapasitet_ppt", "arkiv 12", "kø")] * 2
    assert logged(cast) == 2


def test_the_same_day_again_corrects_and_another_day_is_another_cause(cast: Lia) -> None:
    give(cast)
    assert give(cast).unchanged == 1
    assert give(cast, "annet", evidence=" arkiv 3 ").changed == 1
    give(cast, "sykdom_vikar", date(2026, 6, 9))
    assert kept(cast) == [
        (ON, "2026-06-02", "annet", "arkiv 3", None),
        (date(2026, 6, 9), "2026-06-09", "sykdom_vikar", None, None),
    ]
    assert logged(cast) == 3


def test_what_may_justify_does_so_only_with_evidence(cast: Lia) -> None:
    said = [
        (
            "v-001: «foresatte er ikke nådd» rettferdiggjør ikke forsinkelsen uten en henvisning. "
            "Skriv hvor det står, for eksempel et arkivnummer (--evidence)."
        )
    ]
    assert give(cast, "foresatte_ikke_naadd").warnings == said
    assert give(cast, "foresatte_ikke_naadd", evidence="  ").warnings == said
    assert give(cast, "foresatte_ikke_naadd", evidence="logg 4").warnings == []
    assert give(cast, "foresatte_ikke_naadd").warnings == []  # it stands from before
    assert give(cast, "kapasitet_ppt", date(2026, 6, 3)).warnings == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"cause": "vaeret"}, "Årsaken «vaeret» finnes ikke"),
        ({"on": date(2026, 11, 27)}, "er etter i dag"),
        ({"on": date(2019, 6, 1)}, "sjekk årstallet"),
        ({"evidence": "x" * 81}, "inntil 80 bokstaver"),
        ({"evidence": "to\nlinjer"}, "inntil 80 bokstaver"),
        ({"evidence": "C:\\\\brev.pdf"}, "ser ut som en fil"),
        ({"today": date(2026, 1, 14), "on": date(2026, 1, 14)}, "åpner først 15.01.2026"),
        ({"step": "iop.foreldremote_host"}, "gjelder ikke en elev"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    cast: Lia, said: dict[str, Any], why: str
) -> None:
    if said.get("step"):
        asked = Asked(step=said["step"], year=YEAR)
        said["tasks"] = tasks(cast.session, RULES, EVERYONE, asked, today=TODAY)[:1]
    with pytest.raises(Refused, match=why):
        give(cast, **said)
    assert kept(cast) == []


def test_before_the_limit_a_delay_may_be_announced(cast: Lia) -> None:
    assert give(cast, today=date(2026, 5, 4), on=date(2026, 5, 4)).added == 1


def test_what_is_done_in_time_needs_no_cause_and_what_is_late_may_have_one(cast: Lia) -> None:
    table = metadata.tables["assessment"]
    for received, refused in ((date(2026, 5, 31), True), (date(2026, 6, 1), False)):
        cast.session.execute(table.update().values(received_on=received))
        if refused:
            with pytest.raises(NotNow, match="er gjort i tide"):
                give(cast)
        else:
            assert give(cast).added == 1


def test_of_those_who_left_and_what_does_not_apply_nothing_is_missing(cast: Lia) -> None:
    cast.vedtak("v-001")
    open_year(cast.session, RULES, YEAR, [cast.session.get_one(School, cast.ids["lia"])], act=act())
    why: dict[str, Any] = {"reason": "avsluttet", "on": date(2026, 9, 1), "today": TODAY}
    acts.not_applicable(cast.session, rows(cast, READY)[:1], act=act("not_applicable"), **why)
    with pytest.raises(NotNow, match="ikke aktuelt"):
        give(cast, step=READY, on=date(2026, 9, 1))
    stay = metadata.tables["enrolment"]
    cast.session.execute(stay.update().values(ends=date(2026, 9, 30)))
    with pytest.raises(NotNow, match="v-001 har sluttet"):
        give(cast)


def test_a_date_agreed_by_hand_does_not_make_a_figure_on_time(cast: Lia) -> None:
    cast.vedtak("v-001")
    open_year(cast.session, RULES, YEAR, [cast.session.get_one(School, cast.ids["lia"])], act=act())
    some = rows(cast, READY)[:1]
    acts.move(cast.session, some, due=date(2026, 9, 1), reason="avtalt", act=act("move"))
    happened: dict[str, Any] = {"on": date(2026, 8, 25), "today": TODAY, "act": act("complete")}
    acts.complete(cast.session, rows(cast, READY)[:1], **happened)
    assert give(cast, step=READY, on=date(2026, 8, 25)).added == 1


def test_a_cause_is_taken_back_with_a_reason_one_day_at_a_time(cast: Lia) -> None:
    for day in (ON, date(2026, 6, 9)):
        give(cast, on=day)
    taken: dict[str, Any] = {"reason": "feil elev", "act": act("reopen"), "what": What.DELAY}
    with pytest.raises(NotNow, match="flere årsaker"):
        acts.reopen(cast.session, rows(cast)[:1], **taken)
    assert acts.reopen(cast.session, rows(cast)[:1], on=ON, **taken).changed == 1
    assert [day for day, *_rest in kept(cast)] == [date(2026, 6, 9)]
