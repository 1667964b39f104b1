"""A mail as people get it: text and HTML alike, kind, in their language, and naming no pupil."""

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow import mailer, settings
from iopflow.models import MailKind, Scope
from iopflow.reminders.content import Content
from iopflow.reminders.sections import ForPpt, Line
from iopflow.reminders.states import Post, Verdict
from iopflow.texts import LANGUAGES, Text

NOW = datetime(2026, 5, 18, 5, 0, tzinfo=UTC)
EVALUATION = Text("Årsevaluering IOP", "Årsevaluering IOP", "Annual evaluation")
CONTENT = Content(
    MailKind.DIGEST,
    "Kari Nordli",
    "kari@example.no",
    "nb",
    2,
    (
        Line(EVALUATION, Scope.PUPIL, 3, date(2026, 5, 31), date(2026, 5, 29)),
        Line(Text("Foreldremøte", "x", "y"), Scope.UNIT, 1, date(2026, 6, 1), date(2026, 6, 1)),
    ),
    (
        Line(
            Text("Pedagogisk rapport", "x", "y"),
            Scope.PUPIL,
            2,
            date(2026, 1, 15),
            date(2026, 1, 15),
        ),
    ),
    "abc",
    frozenset(),
    frozenset(),
)
SETTINGS = settings.load({}, base_url="https://iopflow.example.no", mail_from="iopflow@example.no")


def composed(content: Content = CONTENT, **changed: Any) -> email.message.EmailMessage:
    return mailer.compose(replace(content, **changed), "<abc@example.no>", SETTINGS, now=NOW)


def text_of(message: Any) -> str:
    return str(message.get_body(("plain",)).get_content())


def html_of(message: Any) -> str:
    return str(message.get_body(("html",)).get_content())


def test_a_digest_says_number_date_and_the_last_school_day() -> None:
    message = composed()
    assert message["Subject"] == "iopflow: 4 steg, første frist 31.05.2026 og 2 steg over frist"
    assert message["To"] == "Kari Nordli <kari@example.no>"
    assert message["Message-ID"] == "<abc@example.no>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert text_of(message) == (
        "Hei Kari\n\n"
        "Du har 4 steg med frist de neste 14 dagene og 2 steg over frist.\n\n"
        "  Over frist: Pedagogisk rapport, 2 elever (frist 15.01.2026)\n"
        "  Årsevaluering IOP: 3 elever innen 31.05.2026 (siste skoledag er 29.05.2026)\n"
        "  Foreldremøte: 1 klasse innen 01.06.2026\n\n"
        "Åpne Mine elever:\n"
        "https://iopflow.example.no/mine\n\n"
        "Du får den første skoledagen i uka når noe haster, og siste skoledag før en frist.\n"
        "Hvorfor får jeg denne? https://iopflow.example.no/paminnelser\n"
        "Endre påminnelser: https://iopflow.example.no/paminnelser#valg\n"
    )


def test_a_nudge_is_only_about_what_is_due_now() -> None:
    message = composed(kind=MailKind.NUDGE)
    assert "Dette har frist nå og står åpent:" in text_of(message)
    assert "Over frist" not in text_of(message)


def test_only_what_is_overdue_has_a_subject_of_its_own() -> None:
    assert composed(lines=(), overdue=1)["Subject"] == "iopflow: ett steg over frist"
    assert "Du har ett steg over frist." in text_of(composed(lines=(), overdue=1))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(MailKind))
def test_text_and_html_say_the_same_in_every_language(language: str, kind: MailKind) -> None:
    message = composed(language=language, kind=kind)
    words = re.sub(r"<(style|title)[^>]*>.*?</\1>|<[^>]+>", " ", html_of(message), flags=re.DOTALL)
    said = unescape(words).split()
    plain = re.sub(r"https://\S+", "", text_of(message)).replace(":\n", "\n")
    missing = [
        word for word in plain.split() if word.rstrip(":") not in {w.rstrip(":") for w in said}
    ]
    assert missing == []
    assert f'lang="{language}"' in html_of(message)
    assert EVALUATION.get(language) in html_of(message)


@given(st.text(max_size=300))
def test_no_name_breaks_a_mail_or_opens_a_tag(name: str) -> None:
    message = composed(name=name, lines=(replace(CONTENT.lines[0], title=Text(name, name, name)),))
    read = email.message_from_bytes(bytes(message), policy=email.policy.default)
    assert read["To"].addresses[0].addr_spec == "kari@example.no"
    assert [len(read.get_all(name, [])) for name in ("To", "Subject")] == [1, 1]
    assert "<script" not in html_of(read).lower().replace("&lt;script", "")


def post_to(mail: str) -> Post:
    return mailer.post_of(settings.load({}, mail=mail, database="sqlite://"), clock=lambda: NOW)


def test_mails_to_a_folder_are_a_file_each_and_the_same_mail_the_same_file(tmp_path: Path) -> None:
    post = post_to(f"dir:{tmp_path / 'post'}")
    assert post.send(CONTENT, "<abc@example.no>").verdict is Verdict.TAKEN
    post.send(CONTENT, "<abc@example.no>")
    post.send(CONTENT, "<def@example.no>")
    assert sorted(path.name for path in (tmp_path / "post").iterdir()) == ["abc.eml", "def.eml"]


def test_a_folder_that_cannot_be_made_is_told_and_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "post").write_text("in the way", encoding="utf-8")
    answer = post_to(f"dir:{tmp_path / 'post'}").send(CONTENT, "<abc@example.no>")
    assert (answer.verdict, answer.down) == (Verdict.LATER, True)


def test_a_mail_that_has_gone_out_before_does_not_go_again(tmp_path: Path) -> None:
    """As after a restore: the database is new, the file beside it is not."""
    known = settings.load(
        {}, mail=f"dir:{tmp_path / 'post'}", database=f"sqlite:///{tmp_path / 'i.db'}"
    )
    mailer.post_of(known, clock=lambda: NOW).send(CONTENT, "<abc@example.no>")
    (tmp_path / "post" / "abc.eml").unlink()
    again = mailer.post_of(known, clock=lambda: NOW)
    assert again.send(CONTENT, "<abc@example.no>").verdict is Verdict.TAKEN
    assert list((tmp_path / "post").iterdir()) == []
    said = (tmp_path / "i.db.sent").read_text(encoding="ascii")
    assert said == "2026-05-18T05:00:00Z <abc@example.no>\n"


def test_a_template_of_the_operators_that_fails_holds_mails_back_and_loses_none(
    tmp_path: Path,
) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "digest.txt").write_text("{{ nothing.such }}", encoding="utf-8")
    known = settings.load({}, mail=f"dir:{tmp_path}", templates=str(tmp_path), database="sqlite://")
    answer = mailer.post_of(known, clock=lambda: NOW).send(CONTENT, "<abc@example.no>")
    assert (answer.verdict, answer.down) == (Verdict.LATER, True)


def test_an_address_that_is_none_is_set_aside() -> None:
    answer = post_to("dir:nowhere").send(replace(CONTENT, email="no address"), "<abc@example.no>")
    assert answer.verdict is Verdict.BROKEN


def test_the_part_of_ppt_leads_to_its_queue() -> None:
    queue = ForPpt(2, 1, 0, date(2026, 5, 31))
    text = text_of(composed(lines=(), behind=(), overdue=0, more=(queue,)))
    assert (
        "3 sakkyndige vurderinger er ikke ferdige: 2 venter på skolen, 0 på foresatte, "
        "1 er hos PPT." in text
    )
    assert "https://iopflow.example.no/ppt\n" in text
    assert "/mine" not in text
