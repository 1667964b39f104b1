"""The figures of the service: for those who may read them, by route, and about nobody."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from iopflow import db, settings
from iopflow.models import Delivery, Mail, MailKind
from iopflow.reminders import pulse
from iopflow.web.app import create_app
from iopflow.web.page import Site
from tests.web.conftest import NOW, OURS, Pages
from tests.web.test_traffic import feed_of

HERE = ("127.0.0.1", 4711)


def asking(pages: Pages, client: Any = HERE, **given: str) -> TestClient:
    """Somebody at an address, and the service with those settings."""
    site = Site(pages.engine, settings.load({}, **given), lambda: pages.now)
    return TestClient(create_app(site), client=client, headers=OURS, follow_redirects=False)


def figures(client: TestClient) -> dict[tuple[str, ...], float]:
    """The figures by name and labels, as a reader of Prometheus understands them."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_are_counted_by_route_and_class_of_status(pages: Pages) -> None:
    client = asking(pages)
    path = f"/feeds/{feed_of(pages, 'kari')}/iop-frister.ics"
    tag = client.get(path).headers["etag"]
    client.get(path, headers={"If-None-Match": tag})
    client.get("/feeds/x/iop-frister.ics?elev=e1")
    client.get("/nei/1")
    client.get("/nei/2")
    found = figures(client)
    feed = "/feeds/{token}/iop-frister.ics"
    wanted = {(feed, "2xx"): 1, (feed, "3xx"): 1, (feed, "4xx"): 1, ("/{path:path}", "4xx"): 2}
    assert {key[1:]: n for key, n in found.items() if key[0] == "iopflow_requests_total"} == wanted
    assert found["iopflow_request_seconds_count", feed] == 3
    assert found["iopflow_request_seconds_bucket", "+Inf", feed] == 3


def test_the_mails_the_clock_and_the_database_are_the_same_for_all_processes(pages: Pages) -> None:
    with db.session(pages.engine) as session:
        ((number, owner),) = pages.rows("SELECT id, owner_id FROM person WHERE key = 'kari'")
        for days, delivery, ready in ((0, Delivery.RETRY, 5), (1, Delivery.SENT, None)):
            session.add(
                Mail(
                    owner_id=owner,
                    person_id=number,
                    send_on=NOW.date() - timedelta(days),
                    kind=MailKind.DIGEST,
                    delivery=delivery,
                    message_id="<kari@example.no>",
                    decided_at=NOW,
                    ready_at=None if ready is None else NOW - timedelta(minutes=ready),
                )
            )
        pulse.beat(session, NOW - timedelta(seconds=40))
    found = figures(asking(pages))
    assert found["iopflow_database_up",] == 1
    assert {key[1]: n for key, n in found.items() if key[0] == "iopflow_mails" and n} == {
        "retry": 1,
        "sent": 1,
    }
    assert found["iopflow_mail_queue_seconds",] == 300
    assert {key[1]: n for key, n in found.items() if key[0] == "iopflow_last_age_seconds"} == {
        "clock": 40
    }
    assert found["iopflow_database_bytes",] > 100_000
    assert "kari" not in asking(pages).get("/metrics").text


def test_figures_are_not_found_by_those_who_may_not_read_them(pages: Pages) -> None:
    def status(client: Any, headers: dict[str, str] | None = None, **given: str) -> int:
        return asking(pages, client, **given).get("/metrics", headers=headers or {}).status_code

    elsewhere = ("192.0.2.7", 1)
    assert status(("::1", 1)) == 200
    assert status(elsewhere) == 404
    assert status(elsewhere, metrics="192.0.2.0/24") == 200
    assert status(HERE, metrics="192.0.2.0/24") == 404
    # A proxy on this machine does not make its visitors neighbours, trusted or not.
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    assert status(HERE, forwarded) == 404
    assert status(HERE, forwarded, trusted_proxies="127.0.0.1") == 404
    forged = {"X-Forwarded-For": "127.0.0.1, 203.0.113.9"}
    assert status(HERE, forged, trusted_proxies="127.0.0.1") == 404
    assert status(HERE, {"X-Forwarded-For": "192.0.2.7"}, trusted_proxies="127.0.0.1") == 404
    unknown = asking(pages, elsewhere).get("/nei").text
    assert asking(pages, elsewhere).get("/metrics").text == unknown.replace("/nei", "/metrics")


@pytest.mark.parametrize("url", ["sqlite:///{}/gone.db", "postgresql+psycopg://x@127.0.0.1:1/gone"])
def test_without_a_database_the_process_still_tells_of_itself(url: str, tmp_path: Path) -> None:
    site = Site(db.create_engine(url.format(tmp_path)), settings.load({}), lambda: NOW)
    found = figures(TestClient(create_app(site), client=HERE))
    assert found["iopflow_database_up",] == 0
    assert "process_resident_memory_bytes" in {key[0] for key in found}
    assert [key for key in found if key[0] == "iopflow_mails"] == []
    assert list(tmp_path.iterdir()) == []
