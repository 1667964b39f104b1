"""One pass of the clock: what is due is decided, sent and marked; running it twice does no harm."""

from iopflow import db
from iopflow.engine.integrations import forget_answers
from iopflow.engine.readings import forget_readings
from iopflow.reminders.claiming import expire
from iopflow.reminders.deciding import decide
from iopflow.reminders.delivery import Ticked, Worker, deliver
from iopflow.reminders.pulse import beat, is_set_back

__all__ = ["Ticked", "Worker", "tick"]


def tick(worker: Worker, *, sender: str) -> Ticked:
    """One pass of everything due. `sender` is the domain that Message-IDs end in.

    Deciding is one transaction. Sending goes mail by mail: send, then mark, so that a crash
    between the two sends again with the same Message-ID and never loses one. A clock that has been
    set back does nothing until it is right again: what it would send, it has sent.
    """
    done = Ticked()
    now = worker.clock()
    with db.session(worker.engine) as session:
        if is_set_back(session, now):
            done.paused = True
            return done
        expire(session, now)
        forget_answers(session, now)
        forget_readings(session, now)
        done.decided = decide(session, worker.rules, now=now, sender=sender)
        beat(session, now)
    try:
        deliver(worker, done)
    finally:
        worker.post.close()
    return done
