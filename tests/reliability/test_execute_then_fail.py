"""K3: the mail server, or the database, does what it is asked and then says that it failed."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from tests.reliability.kit import MONDAY, SETTLED, Prepared, Server, Tally, tick


def goes_on(school: Prepared, post: Server) -> None:
    """Whoever rings after a crash: in the same minute, and when the lease is over."""
    for minute in (1, 11, 12):
        tick(school, post, (datetime.combine(MONDAY, time(7)) + timedelta(minutes=minute)).time())


def test_a_post_that_takes_a_mail_and_breaks_costs_one_copy(school: Prepared) -> None:
    tally = Tally()
    for method, calls in (("send", 3), ("close", 1)):
        for call in range(1, calls + 1):
            school.anew()
            post = Server(call, method)
            with pytest.raises(ConnectionResetError):
                tick(school, post, time(7))
            goes_on(school, post)
            decided = [one for (one,) in school.rows("message_id")]
            tally.add(decided, post.received)
            assert {state for (state,) in school.rows("delivery")} <= set(SETTLED)
    assert (tally.faults, tally.lost, tally.copies, tally.most) == (4, 0, 3, 1)


def test_a_commit_that_is_done_and_reported_as_failed_costs_nothing(
    school: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.anew()
    dialect = school.engine.dialect
    commits = Commits(dialect.do_commit, dialect.loaded_dbapi.OperationalError)
    monkeypatch.setattr(dialect, "do_commit", commits)
    tick(school, Server(), time(7))
    tally, writes = Tally(), commits.count
    assert writes > 5
    for number in range(1, writes + 1):
        school.anew()
        commits.count, commits.breaks_at = 0, number
        post = Server()
        with suppress(DBAPIError):
            tick(school, post, time(7))
        goes_on(school, post)
        tally.add([one for (one,) in school.rows("message_id")], post.received)
        assert {state for (state,) in school.rows("delivery")} <= set(SETTLED), number
    assert (tally.faults, tally.lost, tally.copies) == (writes, 0, 0)


@dataclass
class Commits:
    """Commits for real, and fails after one of them."""

    commit: Callable[[Any], None]
    error: type[Exception]
    breaks_at: int = -1
    count: int = 0

    def __call__(self, connection: Any) -> None:
        """Done; told otherwise."""
        self.commit(connection)
        self.count += 1
        if self.count == self.breaks_at:
            raise self.error("server closed the connection unexpectedly")
