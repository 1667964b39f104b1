"""Wrong orders: each gets one sentence that says what is wrong, and changes nothing."""

from pathlib import Path

import pytest

from iopflow import db
from tests.cli.conftest import Ask, rows_of

REMEDY = "rektor eller skoleadministrasjonen legger den inn under «Skolerute»"

MALVALG = "--step iop.malvalg --year 2026-27"
TALK = "--step iop.utviklingssamtale --year 2026-27"

# Wrong usage: exit 2, and where to read more. (words, the sentence)
USAGE = [
    ("tsks", "iopflow: Ukjent kommando «tsks». Mente du tasks?"),
    ("wheel shwo", "iopflow wheel: Ukjent kommando «shwo». Mente du show?"),
    ("tasks --pupl e1", "iopflow tasks: Ukjent valg «--pupl». Mente du --pupil?"),
    (
        "tasks --database x.db",
        "iopflow tasks: --database skrives foran kommandoen: iopflow --database … tasks.",
    ),
    (
        "tasks --year 2026",
        "iopflow tasks: --year: «2026» er ikke et skoleår: skriv for eksempel 2026-27.",
    ),
    (
        "tasks --year 2026-28",
        "iopflow tasks: --year: «2026-28» er ikke et skoleår: skriv for eksempel 2026-27.",
    ),
    ("tasks --status overdu", "iopflow tasks: --status: «overdu» finnes ikke. Mente du overdue?"),
    (
        "tasks --format pdf",
        "iopflow tasks: --format: «pdf» finnes ikke. Skriv en av table, json, csv, xlsx.",
    ),
    ("tasks --format xlsx", "iopflow tasks: --format xlsx trenger en fil: skriv -o FIL.xlsx."),
    ("tasks --pupil", "iopflow tasks: Valget --pupil mangler en verdi."),
    ("tasks e1", "iopflow tasks: «e1» er mer enn kommandoen tar imot."),
    (
        "complete 12 x3",
        (
            "iopflow complete: «x3» er ikke et oppgavenummer: skriv numre fra «iopflow tasks», "
            "eller --step, --year og --subject."
        ),
    ),
    (
        "complete 2147483648",
        (
            "iopflow complete: «2147483648» er ikke et oppgavenummer: skriv numre fra "
            "«iopflow tasks», eller --step, --year og --subject."
        ),
    ),
    (
        "tasks --now 0001-01-01",
        (
            "iopflow tasks: --now: «0001-01-01» er ikke et tidspunkt: skriv 2026-05-31 eller "
            "2026-05-31T08:00."
        ),
    ),
    (
        "reminders --on 31.12.9999",
        "iopflow reminders: --on: «31.12.9999» er ikke en dato: skriv 2026-05-31 eller 31.05.2026.",
    ),
    (
        "feed show 2147483648",
        "iopflow feed show: [NR]: «2147483648» er ikke et nummer fra listen.",
    ),
    ("feed revoke to", "iopflow feed revoke: NR: «to» er ikke et nummer fra listen."),
    (
        "complete",
        (
            "iopflow complete: Hvilke oppgaver? Skriv numre fra «iopflow tasks», eller --step, "
            "--year og --subject."
        ),
    ),
    (
        "complete --step iop.malvalg --subject e1",
        "iopflow complete: --step trenger --year: skriv skoleåret steget gjelder.",
    ),
    (
        "complete --step iop.malvalg --year 2026-27",
        "iopflow complete: --step trenger --subject: skriv hvem eller hva det gjelder.",
    ),
    (
        "complete 12 --subject e1",
        (
            "iopflow complete: --year og --subject hører sammen med --step: skriv hvilket steg det "
            "gjelder."
        ),
    ),
    (
        "complete 12 --on 31/5",
        "iopflow complete: --on: «31/5» er ikke en dato: skriv 2026-05-31 eller 31.05.2026.",
    ),
    (
        "complete 12 --on 31.02.2026",
        "iopflow complete: --on: «31.02.2026» er ikke en dato: skriv 2026-05-31 eller 31.05.2026.",
    ),
    ("complete 12 --dry-run=ja", "iopflow complete: Valget --dry-run tar ingen verdi."),
    ("talk", "iopflow talk: HVA mangler: skriv HVA."),
    ("talk declind 12", "iopflow talk: HVA: «declind» finnes ikke. Mente du declined?"),
    ("move 12 --reason x", "iopflow move: --due mangler: skriv --due DATO."),
    ("need e1", "iopflow need: --year mangler: skriv --year SKOLEÅR."),
    (
        "assessment e1 --year 2026-27",
        (
            "iopflow assessment: Skriv minst én dato (--referred, --complete, --received, "
            "--valid-to) eller --archive-ref."
        ),
    ),
    (
        "consent e1 --year 2026-27 --kind vedtk",
        "iopflow consent: --kind: «vedtk» finnes ikke. Mente du vedtak?",
    ),
    (
        "consent e1 --year 2026-27 --kind vedtak",
        "iopflow consent: --answer mangler: skriv given, refused eller withdrawn.",
    ),
    (
        "indicators --school lia --network nett",
        "iopflow indicators: --school og --network kan ikke brukes sammen: velg én.",
    ),
    (
        "indicators --by class --by unit",
        (
            "iopflow indicators: --by kan si én oppdeling (school, unit eller class) og én person, "
            "ikke flere."
        ),
    ),
    (
        "import --list --undo 3",
        (
            "iopflow import: Skriv en mappe eller fil, eller --template FIL.xlsx, "
            "--export FIL.xlsx, --list eller --undo NR."
        ),
    ),
]


@pytest.mark.parametrize(("words", "sentence"), USAGE, ids=[words for words, _ in USAGE])
def test_wrong_usage_gets_a_sentence_and_the_way_to_help(
    words: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = Ask("sqlite:///there-is-none.db", capsys)
    answer = ask(words, now=None)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[0] == sentence
    assert answer.err.splitlines()[1].startswith("Hjelp: iopflow")
    assert len(answer.err.splitlines()) == 2


def test_a_moment_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    answer = Ask("sqlite:///there-is-none.db", capsys)("tasks", now="i morgen")
    assert answer.code == 2
    assert answer.err.splitlines()[0] == (
        "iopflow tasks: --now: «i morgen» er ikke et tidspunkt: skriv 2026-05-31 eller "
        "2026-05-31T08:00."
    )


# Refused: exit 1. (who, words, the sentence)
REFUSED = [
    (
        "kari",
        "complete --step iop.malvlg --year 2026-27 --subject e1",
        (
            "Steget «iop.malvlg» finnes ikke i årshjulet: se «iopflow wheel show». Mente du "
            "iop.malvalg eller iop.malvalgsamtale?"
        ),
    ),
    (
        "kari",
        f"complete {MALVALG} --subject e1 e9",
        "Fant ingen oppgave «iop.malvalg» i 2026-27 for e9: se «iopflow tasks».",
    ),
    (
        "kari",
        f"complete {MALVALG} --subject f1",
        "Fant ingen oppgave «iop.malvalg» i 2026-27 for f1: se «iopflow tasks».",
    ),
    (
        "kari",
        "complete 987654",
        "Fant ikke oppgave 987654: se numrene med «iopflow tasks».",
    ),
    (
        "kari",
        f"complete {MALVALG} --subject e1 --on 2027-01-01",
        "01.01.2027 er etter i dag (26.11.2026): skriv dagen det skjedde.",
    ),
    (
        "kari",
        "complete --step iop.sakkyndig_vurdering --year 2026-27 --subject e1",
        (
            "Sakkyndig vurdering foreligger følger av sakens egne opplysninger og krysses ikke av: "
            "bruk «iopflow assessment»."
        ),
    ),
    (
        "kari",
        f"talk declined {TALK} --subject e1",
        "e1: «declined» trenger en invitasjon samme dag eller før; registrer «talk invited» først.",
    ),
    (
        "kari",
        f"talk held {MALVALG} --subject e1",
        "Målvalg ny IOP (utkast) er ikke en samtale eller et møte: bruk «iopflow complete».",
    ),
    (
        "kari",
        f"reopen {MALVALG} --subject e1",
        "Å åpne igjen trenger en begrunnelse: skriv --reason.",
    ),
    (
        "kari",
        f"not-applicable {MALVALG} --subject e1",
        "«Ikke aktuelt» trenger en begrunnelse: skriv --reason.",
    ),
    (
        "olav",
        f"complete {MALVALG} --subject e1",
        (
            "Rollene dine gir ikke lov til å registrere at noe er gjort: det kan kontaktlærer, "
            "faglærer, spesialpedagog, miljøterapeut, miljøarbeider, avdelingsleder, rektor."
        ),
    ),
    (
        "eli",
        "tasks --pupil e1",
        "Fant ikke eleven «e1»: sjekk id-en.",
    ),
    ("ada", "pupils", None),
    ("nobody", "tasks", "Fant ikke personen «nobody»: sjekk id-en."),
    ("kari", "tasks --school la", "Fant ikke skolen «la»: sjekk id-en. Mente du lia?"),
    ("siri", "log e1", "Fant ikke eleven «e1»: sjekk id-en."),
    ("kari", "need e1 --year 2027-28", None),
    ("rita", "log e6", "Fant ikke eleven «e6»: sjekk id-en."),
    ("rita", "need e6 --year 2027-28", "Fant ikke eleven «e6»: sjekk id-en."),
    (
        "rita",
        "assessment e4 --year 2027-28 --received 2026-11-20",
        "Ikke registrert for e4. Behovet for 2027-28 er ikke registrert: registrer det først.",
    ),
    (
        "rita",
        "consent e4 --year 2027-28 --kind vedtak --answer withdrawn",
        (
            "Ikke registrert for e4. Et samtykke må være gitt før det kan trekkes: registrer at "
            "det ble gitt først."
        ),
    ),
    (
        "rita",
        (
            "vedtak e4 --year 2027-28 --decided 2026-11-20 --outcome granted --valid-from "
            "2027-08-01 --valid-to 2026-07-31"
        ),
        (
            "Ikke registrert for e4. Gyldig til 31.07.2026 er før gyldig fra 01.08.2027: bytt dem "
            "om."
        ),
    ),
    (
        "rita",
        "vedtak e4 --year 2027-28 --decided 2026-11-20 --withdraw --reason 01017012345",
        "Teksten har noe som ser ut som et fødselsnummer: skriv den uten.",
    ),
    (
        "rita",
        "vedtak e4 --year 2027-28 --decided 2026-11-20 --withdraw --reason feil",
        "Fant ingen slik registrering å trekke for e4: sjekk dagen og skoleåret.",
    ),
    (
        "rita",
        "rollover 2031-32",
        f"lia: skoleruten for 2031-32 mangler: {REMEDY}",
    ),
    ("kari", "rollover 2027-28", None),
    ("kari", "go-live --from 2026-08-01", None),
    ("rita", "wheel show --school lja", "Fant ikke skolen «lja»: sjekk id-en. Mente du lia?"),
    (
        "rita",
        "wheel show --school lia --year 2031-32",
        f"Skoleruten for 2031-32 mangler ved Lia skole: {REMEDY}.",
    ),
    ("rita", "import --undo 3", "Å angre en import trenger en begrunnelse: skriv --reason."),
    (
        "rita",
        "import --undo 3 --reason feil",
        "Fant ingen import nr. 3: se «iopflow import --list».",
    ),
    ("kari", "import --list", None),
    (
        "rita",
        "indicators --network nettt",
        "Fant ikke nettverket «nettt»: sjekk id-en. Mente du nett?",
    ),
    ("kari", "indicators", None),
]


@pytest.mark.parametrize(
    ("by", "words", "sentence"), REFUSED, ids=[f"{by}: {words}" for by, words, _ in REFUSED]
)
def test_what_is_refused_gets_a_sentence_and_changes_nothing(
    still: Ask, by: str, words: str, sentence: str | None
) -> None:
    before = rows_of(still.url, "SELECT count(*) FROM event")
    answer = still(words, by=by)
    assert (answer.code, answer.out) == (1, "")
    if sentence is None:
        assert answer.err.startswith("Rollene dine gir ikke lov til å ")
        assert answer.err.count("\n") == 1
    else:
        assert answer.err == sentence + "\n"
    assert rows_of(still.url, "SELECT count(*) FROM event") == before


def test_without_a_signature_only_an_embedded_database_answers(still: Ask) -> None:
    answer = still("tasks")
    if still.embedded:
        assert answer.code == 0
        return
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "Denne databasen deles av flere: skriv hvem du er med --by PERSON (id-en fra people.csv).\n"
    )


def test_a_database_that_is_not_there_is_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ny.db"
    answer = Ask(f"sqlite:///{path}", capsys)("tasks")
    assert answer.code == 1
    assert answer.err == f"Databasen {path} finnes ikke: kjør «iopflow init» først.\n"
    assert not path.exists()


def test_a_file_that_is_no_database_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "brev.txt"
    path.write_text("Kjære foresatte! " * 1000)
    answer = Ask(f"sqlite:///{path}", capsys)("tasks")
    assert answer.code == 1
    assert answer.err == f"sqlite:///{path} er ikke en iopflow-database: sjekk --database.\n"


def test_a_server_that_does_not_answer_is_named_without_its_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = "postgresql+psycopg://kari:hemmelig@127.0.0.1:1/base"
    answer = Ask(url, capsys)("tasks", by="kari")
    assert answer.code == 1
    assert answer.err.startswith(
        "Får ikke brukt databasen postgresql+psycopg://kari:***@127.0.0.1:1"
    )
    assert "hemmelig" not in answer.err
    assert answer.err.count("\n") == 1


def test_an_address_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    answer = Ask("skolen.db", capsys)("tasks")
    assert answer.code == 1
    assert "skolen.db" in answer.err
    assert answer.err.count("\n") == 1


def test_a_table_file_that_cannot_be_written_is_refused(still: Ask, tmp_path: Path) -> None:
    path = tmp_path / "ingen" / "liste.csv"
    answer = still(f"tasks -o {path}", by="kari")
    assert (answer.code, answer.err) == (
        1,
        f"Får ikke skrevet {path}: No such file or directory.\n",
    )


def test_a_database_that_somebody_else_writes_to_is_refused_in_words(
    embedded: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BUSY_MS", 20)
    engine = db.create_engine(embedded.url)
    with engine.begin():
        answer = embedded(f"complete {MALVALG} --subject e1")
        reading = embedded("tasks --pupil e1")
    engine.dispose()
    assert answer.code == 1
    assert answer.err == (
        "Databasen er opptatt med noe annet: ingenting er endret, prøv igjen om litt.\n"
    )
    assert reading.code == 0


def test_a_setting_that_is_wrong_stops_the_command(
    embedded: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOPFLOW_MAIL_RATE", "mange")
    answer = embedded("tasks")
    assert answer.code == 1
    assert answer.err.startswith("IOPFLOW_MAIL_RATE «mange»: skriv et helt tall")
