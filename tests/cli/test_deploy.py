"""What is in `deploy/` works: units, container and proxies, on the package as it is built."""

import gzip
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import click
import pytest

from iopflow import clock, db
from iopflow.cli.run import group
from iopflow.engine.feeds import new
from iopflow.models import FeedLevel, Person
from iopflow.queries.feeds import imagined
from iopflow.settings import PREFIX, VARIABLES, load
from tests.cli.conftest import Ask, rows_of
from tests.cli.test_serve import ROOT, running
from tests.factories import TODAY, act

DEPLOY = ROOT / "deploy"
OPERATIONS = ROOT / "docs" / "operations.md"
UNITS = sorted(DEPLOY.glob("*.service"))
NAME = "iop.kommune.example.no"
KNOWN = {PREFIX + one.name for one in VARIABLES}
KNOWN |= {f"{PREFIX}{one.name}_FILE" for one in VARIABLES if one.secret}


def test_every_setting_in_the_files_and_their_guide_is_one() -> None:
    for path in (*DEPLOY.iterdir(), OPERATIONS):
        named = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", path.read_text(encoding="utf-8")))
        assert named - KNOWN == set(), path.name


def test_the_example_settings_are_good_ones() -> None:
    lines = (DEPLOY / "iopflow.env").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert load(given).base_url == f"https://{NAME}"
    for line in lines:
        if re.match(rf"#{PREFIX}\w+=", line):
            load(given | dict([line[1:].split("=", 1)]))


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_a_command_that_there_is(unit: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    program, command, *words = shlex.split(line.replace("%i", "8765"))
    assert program == "/opt/iopflow/bin/iopflow"
    main = group()
    found = main.get_command(click.Context(main), command)
    assert found is not None
    parsed = found.make_context(command, words)
    assert parsed.params.get("no_worker", False) == ("web@" in unit.name)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_is_what_systemd_reads(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        return  # nowhere but where there is systemd is anything missed
    text = unit.read_text(encoding="utf-8").replace("/opt/iopflow/bin/iopflow", sys.executable)
    text = re.sub(r"^#(LoadCredential|Environment)=", r"\1=", text, flags=re.MULTILINE)
    copy = tmp_path / unit.name.replace("@", "@8765")
    copy.write_text(text, encoding="utf-8")
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.slow
def test_the_built_package_serves_without_the_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    url = f"sqlite:///{tmp_path / 'iopflow.db'}"
    init = [sys.executable, "-m", "iopflow", "--database", url, "init"]
    clean = {name: value for name, value in os.environ.items() if "IOPFLOW" not in name}
    there = {"PYTHONPATH": str(tmp_path / "installed")}
    subprocess.run(init, cwd=tmp_path, env=clean | there, check=True, capture_output=True)
    words = ("--database", url, "serve", "--port", "0", "--host", "0.0.0.0")  # noqa: S104 - as the container
    with running(*words, cwd=tmp_path, environment=there) as (at, _said):
        here = at.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - where it can be asked
        for path, holds in (("/healthz", "ok"), ("/readyz", '"ready":true'), ("/", "iopflow")):
            assert holds in Reader().get(here + path)[2]


class Reader:
    """Reads an address, and believes any certificate."""

    def __init__(self) -> None:
        self._context = ssl.create_default_context()
        self._context.check_hostname, self._context.verify_mode = False, ssl.CERT_NONE

    def get(self, address: str, **headers: str) -> tuple[int, dict[str, str], str]:
        """The status, the headers in small letters, and the body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = urllib.request.Request(address, headers=named)  # noqa: S310 - an address of ours
        try:
            with urllib.request.urlopen(asked, timeout=10, context=self._context) as answer:  # noqa: S310
                status, got, body = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, got, body = error.code, error.headers, error.read()
        said = {name.lower(): value for name, value in got.items()}
        zipped = said.get("content-encoding") == "gzip"
        return status, said, (gzip.decompress(body) if zipped else body).decode()


def free_port() -> int:
    """A port that nobody has."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return int(taken.getsockname()[1])


def nginx(folder: Path, behind: str, port: int) -> tuple[list[str], str]:
    """nginx with the file that is shipped: its command, and the address it serves."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    make = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
    to = ("-nodes", "-keyout", str(key), "-out", str(certificate), "-subj", f"/CN={NAME}")
    subprocess.run([*make, *to], check=True, capture_output=True)
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for ours, theirs in {
        "127.0.0.1:8765;": f"{behind};",
        "/etc/ssl/certs/iopflow.pem": str(certificate),
        "/etc/ssl/private/iopflow.key": str(key),
        "/var/log/nginx/": f"{folder}/",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "listen [::]:80;": "",
        "listen [::]:443 ssl;": "",
    }.items():
        assert ours in text, ours
        text = text.replace(ours, theirs)
    (folder / "iopflow.conf").write_text(text, encoding="utf-8")
    places = [
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    ]
    main = folder / "main.conf"
    main.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/main.log;"
        f" events {{}} http {{ {' '.join(places)} include {folder}/iopflow.conf; }}",
        encoding="utf-8",
    )
    program = shutil.which("nginx") or "nginx"
    return [program, "-e", f"{folder}/first.log", "-c", str(main)], f"https://127.0.0.1:{port}"


def caddy(folder: Path, behind: str, port: int) -> tuple[list[str], str]:
    """Caddy with the file that is shipped, without the certificate."""
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    for ours, theirs in {
        "reverse_proxy 127.0.0.1:8765 {": f"reverse_proxy {behind} {{",
        f"\n{NAME} {{": f"\nhttp://127.0.0.1:{port} {{",
        "\n{\n": "\n{\n\tadmin off\n",
    }.items():
        assert ours in text, ours
        text = text.replace(ours, theirs, 1)
    (folder / "Caddyfile").write_text(text, encoding="utf-8")
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    return command, f"http://127.0.0.1:{port}"


@contextmanager
def proxy(name: str, folder: Path, behind: str) -> Iterator[tuple[str, Path]]:
    """A proxy before iopflow: its address, and the folder of everything it writes down."""
    written = folder / name
    written.mkdir()
    command, address = {"nginx": nginx, "caddy": caddy}[name](written, behind, free_port())
    with (written / "said.log").open("w") as said:
        process = subprocess.Popen(
            command, stdout=said, stderr=said, env=os.environ | {"HOME": str(written)}
        )
        try:
            begun = clock.elapsed()
            while True:
                try:
                    if Reader().get(f"{address}/healthz")[0] == 200:
                        break
                except OSError:
                    clock.pause(0.05)
                assert process.poll() is None, (written / "said.log").read_text()
                assert clock.elapsed() - begun < 20, (written / "said.log").read_text()
            yield address, written
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            one, marks=pytest.mark.skipif(shutil.which(one) is None, reason=f"no {one} here")
        )
        for one in ("nginx", "caddy")
    ],
)
def test_behind_a_proxy_feeds_are_whole_and_their_secrets_are_in_no_log(
    embedded: Ask, tmp_path: Path, name: str
) -> None:
    ((number,),) = rows_of(embedded.url, "SELECT id FROM person WHERE key = 'kari'")
    engine = db.create_engine(embedded.url)
    with db.session(engine) as session:
        person = session.get_one(Person, number)
        own = imagined(session, person, "person", FeedLevel.COUNTS, today=TODAY, key="x")
        _number, token = new(session, own, label="", act=act())
    engine.dispose()
    ask, path = Reader().get, f"/feeds/{token}/iop-frister.ics"
    asked = (*(f"{one}?elev=hemmelig" for one in (path, f"/{token}", f"/feeds/{token}")), "/mine/7")
    words = ("--database", embedded.url, "serve", "--port", "0", "--no-worker")
    trusted = {"IOPFLOW_TRUSTED_PROXIES": "127.0.0.1"}
    with ExitStack() as pages:
        served = running(*words, cwd=tmp_path, environment=trusted)
        at, _said = pages.enter_context(served)
        with proxy(name, tmp_path, at.removeprefix("http://")) as (address, written):
            status, headers, body = ask(address + path, Accept_Encoding="gzip")
            assert (status, body[:15]) == (200, "BEGIN:VCALENDAR")
            assert "content-encoding" not in headers
            again = ask(address + path, If_None_Match=headers["etag"])
            assert (again[0], again[2]) == (304, "")
            page = ask(f"{address}/logg-inn", Accept_Encoding="gzip")
            assert (page[0], page[1]["content-encoding"]) == (200, "gzip")
            assert "strict-transport-security" in page[1]
            assert ask(f"{address}/metrics", X_Forwarded_For="127.0.0.1")[0] == 404
            assert ask(f"{at}/metrics")[0] == 200
            assert ask(f"{at}/metrics", X_Forwarded_For="192.0.2.7")[0] == 404
            for one in asked:
                ask(address + one, Cookie="iopflow=hemmelig")
            pages.close()
            assert {ask(address + one)[0] for one in asked} <= {502, 503}
    text = "\n".join(one.read_text() for one in written.glob("*.log"))
    assert "/feeds" in text
    assert [one for one in (token, "hemmelig", "/mine/7") if one in text] == []
