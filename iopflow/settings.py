"""The settings of a running iopflow: read from the environment once, refused where bad."""

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from iopflow.refusals import Refused
from iopflow.texts import LANGUAGES, _

PREFIX = "IOPFLOW_"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"  # what needs no quotes before the @ (RFC 5321)
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:[\w-]{{1,50}}\.)+[\w-]{{2,50}}")


class _Bad(Exception):
    """What is wrong with a value, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Mail:
    """Where mails go: a folder of .eml files, or a mail server. `user` is empty without log-in."""

    kind: Literal["dir", "smtp", "smtps"]
    folder: Path | None = None
    host: str = ""
    port: int = 0
    user: str = ""

    @property
    def starttls(self) -> bool:
        """Whether the connection must be upgraded: always, but on the machine itself."""
        return self.kind == "smtp" and self.host not in _LOOPBACK


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is set outside the program. `VARIABLES` says what each means."""

    database: str
    mail: Mail
    mail_password: str | None
    mail_from: str | None
    mail_reply_to: str | None
    mail_rate: int
    sent_log: Path | None
    base_url: str | None
    secret: str | None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    metrics: tuple[IPv4Network | IPv6Network, ...]
    monitor_url: str | None
    calendars: Path | None
    templates: Path | None
    language: str
    oidc_issuer: str | None
    oidc_client_id: str | None
    oidc_client_secret: str | None
    oidc_name: str | None
    oidc_login_claim: str | None
    mail_login: Literal["auto", "yes", "no"]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Reads every variable. Raises Refused with one sentence that names the first bad one."""
        _refuse_misspelt(environ)
        made = cls(**{one.name.lower(): one.read_from(environ) for one in VARIABLES})
        _refuse_half_a_log_in(made)
        return made

    @property
    def logs_in_by_provider(self) -> bool:
        """Whether people log in at a provider (OpenID Connect)."""
        return self.oidc_issuer is not None

    @property
    def logs_in_by_mail(self) -> bool:
        """Whether people may ask for an address by mail that logs them in once."""
        if self.mail_login == "auto" and self.logs_in_by_provider:
            return False
        able = self.secret is not None and self.base_url is not None
        return able and self.mail_login != "no"

    @property
    def wheel_directories(self) -> tuple[Path, ...]:
        """Where wheels are sought before those that ship."""
        return (self.calendars,) if self.calendars is not None else ()


def load(environ: Mapping[str, str] | None = None, **given: str) -> Settings:
    """The settings of this process; what is given by name goes before the environment."""
    found = dict(os.environ if environ is None else environ)
    for name, value in given.items():
        found[PREFIX + name.upper()] = value
        found.pop(f"{PREFIX}{name.upper()}_FILE", None)
    return Settings.from_environment(found)


def _some(value: str) -> str:
    return value


def _mail(value: str) -> Mail:
    wanted = _("skriv dir:MAPPE, smtp://bruker@vert:587 eller smtps://bruker@vert:465")
    kind, colon, rest = value.partition(":")
    if kind == "dir" and rest:
        return Mail("dir", folder=Path(rest))
    if kind not in ("smtp", "smtps") or not colon:
        raise _Bad(wanted)
    parts = _split(value, wanted)
    if not parts.hostname or parts.path.strip("/") or parts.query:
        raise _Bad(wanted)
    if parts.password is not None:
        raise _Bad(_("har et passord i seg: skriv det i IOPFLOW_MAIL_PASSWORD"))
    standard = 465 if kind == "smtps" else 587
    return Mail(
        "smtps" if kind == "smtps" else "smtp",
        host=parts.hostname,
        port=parts.port or standard,
        user=parts.username or "",
    )


def _split(value: str, wanted: str) -> SplitResult:
    """The parts of an address, with a port that is a number."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        raise _Bad(wanted) from error
    return parts


def _mailbox(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise _Bad(_("skriv en e-postadresse, som iop@kommune.example.no"))
    return value


def _rate(value: str) -> int:
    if not value.isascii() or not value.isdigit() or int(value) == 0:
        raise _Bad(_("skriv et helt tall fra 1 (mailer i minuttet til ett domene), som 600"))
    return int(value)


def _web(value: str) -> str:
    wanted = _("skriv en adresse med https://, som https://iop.kommune.example.no")
    parts = _split(value, wanted)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not safe or not parts.hostname:
        raise _Bad(wanted)
    return value.rstrip("/")


def _networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(one.strip()) for one in value.split(",") if one.strip())
    except ValueError as error:
        raise _Bad(_("skriv adresser eller nett med komma mellom, som 10.0.0.0/8")) from error


def _folder(value: str) -> Path:
    if not Path(value).is_dir():
        raise _Bad(_("mappen finnes ikke: skriv stien til en mappe"))
    return Path(value)


def _file(value: str) -> Path:
    if not Path(value).absolute().parent.is_dir():
        raise _Bad(_("mappen finnes ikke: skriv stien til en fil i en mappe som finnes"))
    return Path(value)


def _spoken(value: str) -> str:
    if value not in LANGUAGES:
        raise _Bad(_("skriv nb, nn eller en"))
    return value


def _one_of_three(value: str) -> str:
    if value not in ("auto", "yes", "no"):
        raise _Bad(_("skriv auto, yes eller no"))
    return value


def _claim(value: str) -> str:
    # Whoever may write an address into an account would be whoever they like; and a national
    # identity number has no place in people.csv.
    if value in ("email", "pid"):
        raise _Bad(_("kan ikke brukes: velg et brukernavn som leverandøren eier"))
    return value


def _secret(value: str) -> str:
    if len(value) < 32:
        raise _Bad(_("er for kort: skriv minst 32 tilfeldige tegn"))
    return value


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting: `meaning` is for the README, `read` raises _Bad for a value it cannot use."""

    name: str
    read: Callable[[str], Any]
    meaning: str
    default: str | None = None
    secret: bool = False

    def read_from(self, environ: Mapping[str, str]) -> Any:
        """The value in use, or None where nothing is set or standard. Raises Refused."""
        name = PREFIX + self.name
        value = environ.get(name, "").strip()
        if self.secret and (file := environ.get(f"{name}_FILE")):
            if value:
                raise Refused(
                    _("{name} og {name}_FILE er satt begge to: behold én av dem.").format(name=name)
                )
            value = _content(f"{name}_FILE", file)
        if not value:
            if self.default is None:
                return () if self.read is _networks else None
            value = self.default
        try:
            return self.read(value)
        except _Bad as bad:
            shown = name if self.secret else f"{name} «{_without_password(value)}»"
            raise Refused(f"{shown}: {bad}.") from bad


def _without_password(value: str) -> str:
    scheme, found, rest = value.partition("://")
    account, at, place = rest.rpartition("@")
    return f"{scheme}://…@{place}" if found and at and ":" in account else value


def _content(name: str, file: str) -> str:
    """The secret in a file. Raises Refused where it cannot be read, or is empty."""
    try:
        value = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            _("{name}: får ikke lest filen {file}: sjekk stien og rettighetene.").format(
                name=name, file=file
            )
        ) from error
    if not value:
        raise Refused(
            _("{name}: filen {file} er tom: skriv verdien i den.").format(name=name, file=file)
        )
    return value


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "DATABASE",
        _some,
        "SQLAlchemy address of the database: SQLite or PostgreSQL",
        "sqlite:///iopflow.db",
        secret=True,
    ),
    Variable(
        "MAIL",
        _mail,
        "`dir:PATH` writes .eml files; `smtp://user@host:port` (STARTTLS required except on "
        "loopback) or `smtps://…` sends",
        "dir:outbox",
    ),
    Variable("MAIL_PASSWORD", _some, "password for the mail server", secret=True),
    Variable("MAIL_FROM", _mailbox, "sender of the mails"),
    Variable("MAIL_REPLY_TO", _mailbox, "where answers go"),
    Variable("MAIL_RATE", _rate, "mails a minute to one domain", "600"),
    Variable(
        "SENT_LOG",
        _file,
        "file of the Message-IDs that have gone out, outside the database, so that a restored "
        "database sends nothing twice; beside an SQLite database unless set",
    ),
    Variable("BASE_URL", _web, "address of the pages, written into mails and feeds"),
    Variable("SECRET", _secret, "key for signing; at least 32 characters", secret=True),
    Variable(
        "TRUSTED_PROXIES",
        _networks,
        "addresses or networks, with commas, whose forwarding headers are believed",
    ),
    Variable(
        "METRICS",
        _networks,
        "addresses or networks, with commas, that may read `/metrics`",
        "127.0.0.0/8, ::1",
    ),
    Variable(
        "MONITOR_URL",
        _web,
        "called after each good pass of the clock, so that silence is noticed (`/fail` below it "
        "after a bad one)",
    ),
    Variable("CALENDARS", _folder, "folder of wheels, searched before those that ship"),
    Variable("TEMPLATES", _folder, "folder of templates, searched before those that ship"),
    Variable("LANGUAGE", _spoken, "`nb`, `nn` or `en`", "nb"),
    Variable("OIDC_ISSUER", _web, "address of the log-in provider"),
    Variable("OIDC_CLIENT_ID", _some, "our name with the log-in provider"),
    Variable("OIDC_CLIENT_SECRET", _some, "our password with the log-in provider", secret=True),
    Variable(
        "OIDC_NAME",
        _some,
        "what the button calls the log-in provider; known for Feide, Microsoft and ID-porten",
    ),
    Variable(
        "OIDC_LOGIN_CLAIM",
        _claim,
        "claim that is compared with `login` of people.csv at the first log-in; known for Feide, "
        "else `preferred_username`",
    ),
    Variable(
        "MAIL_LOGIN",
        _one_of_three,
        "whether an address that logs in once may be asked for by mail: `yes`, `no`, or `auto`: "
        "where no log-in provider is set",
        "auto",
    ),
)
_OIDC = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")


def _refuse_half_a_log_in(made: Settings) -> None:
    """Raises Refused for a log-in of which something is missing: nobody could come in."""
    unset = [name for name in _OIDC if getattr(made, name.lower()) is None]
    if len(unset) < len(_OIDC):
        unset += [] if made.base_url is not None else ["BASE_URL"]
        if unset:
            raise Refused(
                _("{name} mangler: innlogging hos en leverandør trenger {all} og {base}.").format(
                    name=PREFIX + unset[0],
                    all=", ".join(PREFIX + name for name in _OIDC),
                    base=f"{PREFIX}BASE_URL",
                )
            )
    if made.mail_login == "yes":
        for name in ("SECRET", "BASE_URL"):
            if getattr(made, name.lower()) is None:
                raise Refused(
                    _("{name} mangler: en lenke til innlogging kan ikke lages uten.").format(
                        name=PREFIX + name
                    )
                )


def _refuse_misspelt(environ: Mapping[str, str]) -> None:
    """A name that is nearly a setting is a setting that somebody believes is in force."""
    known = {name for one in VARIABLES for name in (PREFIX + one.name, f"{PREFIX}{one.name}_FILE")}
    secrets = {f"{PREFIX}{one.name}_FILE" for one in VARIABLES if one.secret}
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name.startswith(f"{PREFIX}TEST_"):
            continue
        if name.endswith("_FILE") and name in known - secrets:
            raise Refused(
                _("{name}: bare hemmeligheter kan stå i en fil: skriv verdien i {plain}.").format(
                    name=name, plain=name.removesuffix("_FILE")
                )
            )
        near = difflib.get_close_matches(name, known, 1, 0.85)
        if name not in known and near:
            raise Refused(
                _("{name} er ingen innstilling: mente du {near}?").format(name=name, near=near[0])
            )
