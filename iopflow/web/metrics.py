"""Figures for whoever watches the service: `/metrics`, in the text of Prometheus.

Requests are those of this process, by route and class of status. Mails, the clock and the database
are read anew each time, and are the same whichever process is asked. There is no name in them, no
secret and no number of a person, pupil or school.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from sqlalchemy import exc
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from iopflow import __version__, db
from iopflow.clock import local_date
from iopflow.models import Delivery
from iopflow.queries import deliveries
from iopflow.queries.places import all_owners
from iopflow.queries.pulses import BACKUP, CLOCK
from iopflow.reminders import pulse
from iopflow.web.page import Site
from iopflow.web.probe import Probe
from iopflow.web.proxies import is_within
from iopflow.web.traffic import Answered

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0)
ABORTED = "aborted"  # nobody waited for the answer

disable_created_metrics()  # type: ignore[no-untyped-call]


class Counted:
    """The requests of this process: one of the listeners of `traffic`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        Gauge("iopflow_info", "The program.", ["version"], registry=self.registry).labels(
            __version__
        ).set(1)
        self._requests = Counter(
            "iopflow_requests",
            "Requests answered, by route and class of status (a calendar not changed is 3xx).",
            ["route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "iopflow_request_seconds",
            "How long answers took, by route.",
            ["route"],
            buckets=SECONDS,
            registry=self.registry,
        )

    def note(self, one: Answered) -> None:
        """Counts a request."""
        status = ABORTED if one.status is None else f"{one.status // 100}xx"
        self._requests.labels(one.route, status).inc()
        self._seconds.labels(one.route).observe(one.seconds)


@dataclass(frozen=True, slots=True)
class State(Collector):
    """What stands in the database. `up` is False where it did not answer, or not in time."""

    up: bool = False
    mails: tuple[tuple[str, int], ...] = ()
    queue: float | None = None
    ages: tuple[tuple[str, float], ...] = ()
    size: int | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures, in the library's words."""
        yield GaugeMetricFamily("iopflow_database_up", "Whether the database answers.", self.up)
        if not self.up:
            return
        yield _by(
            "iopflow_mails",
            "Mails of the last 30 days, by what became of them.",
            self.mails,
            "state",
        )
        yield GaugeMetricFamily(
            "iopflow_mail_queue_seconds",
            "For how long the first mail in the queue could have been tried.",
            self.queue,
        )
        yield _by(
            "iopflow_last_age_seconds",
            "Since a pass of the clock, or a backup, last went well; left out where none did.",
            self.ages,
            "job",
        )
        yield GaugeMetricFamily("iopflow_database_bytes", "What the database takes.", self.size)


def _by(
    name: str, text: str, values: tuple[tuple[str, float], ...], label: str
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, figure in values:
        family.add_metric([value], figure)
    return family


def state(site: Site) -> State:
    """What stands in the database now."""
    now = site.clock()
    try:
        if db.missing_file(site.engine):
            return State()
        with db.session(site.engine, write=False) as session:
            since = local_date(now) - deliveries.BACK
            counts = deliveries.counts(session, all_owners(session), since=since)
            waits = deliveries.oldest_ready(session, now=now)
            return State(
                up=True,
                mails=tuple((one.value, counts.get(one, 0)) for one in Delivery),
                queue=0.0 if waits is None else (now - waits).total_seconds(),
                ages=tuple(_ages(session, now)),
                size=db.size(session.connection()),
            )
    except (exc.SQLAlchemyError, OSError):
        return State()


def _ages(session: Session, now: datetime) -> Iterator[tuple[str, float]]:
    for job in (CLOCK, BACKUP):
        at = pulse.last(session, job)
        if at is not None:
            yield job, (now - at).total_seconds()


def endpoint(
    site: Site, counted: Counted, otherwise: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Any]:
    """The figures for those in `IOPFLOW_METRICS`; all else is answered as any page there is not."""
    probe = Probe(lambda: state(site))

    async def answer(request: Request) -> Response:
        if not is_within(request.scope, site.settings.metrics):
            return await otherwise(request)
        read = CollectorRegistry()
        read.register(await probe.ask() or State())
        body = generate_latest(counted.registry) + generate_latest(read)
        return Response(body, headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4})

    return answer
