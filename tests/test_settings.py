"""Settings are read once, and a bad one is refused in a sentence that names it."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow.refusals import Refused
from iopflow.settings import VARIABLES, Mail, Settings, load

KEY = "0123456789abcdef0123456789abcdef"


def refused(**values: str) -> str:
    """The sentence for these variables, without the prefix."""
    with pytest.raises(Refused) as raised:
        Settings.from_environment({f"IOPFLOW_{name}": value for name, value in values.items()})
    return str(raised.value)


def test_an_empty_environment_gives_the_defaults_of_the_contract() -> None:
    found = Settings.from_environment({})

    assert (found.database, found.language, found.mail_rate) == ("sqlite:///iopflow.db", "nb", 600)
    assert found.mail == Mail("dir", folder=Path("outbox"))
    assert (found.secret, found.base_url, found.trusted_proxies) == (None, None, ())
    assert found.wheel_directories == ()


def test_every_setting_is_read(tmp_path: Path) -> None:
    found = Settings.from_environment(
        {
            "IOPFLOW_DATABASE": "postgresql://iopflow@db.example.no/iopflow",
            "IOPFLOW_MAIL": "smtp://iop@mail.example.no:2525",
            "IOPFLOW_MAIL_PASSWORD": "mail-ord",
            "IOPFLOW_MAIL_FROM": "iop@lia.example.no",
            "IOPFLOW_MAIL_REPLY_TO": "post@lia.example.no",
            "IOPFLOW_MAIL_RATE": "60",
            "IOPFLOW_SENT_LOG": str(tmp_path / "sent.log"),
            "IOPFLOW_BASE_URL": "https://iop.lia.example.no/",
            "IOPFLOW_SECRET": KEY,
            "IOPFLOW_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "IOPFLOW_METRICS": "192.0.2.7",
            "IOPFLOW_MONITOR_URL": "https://puls.example.no/iop",
            "IOPFLOW_CALENDARS": str(tmp_path),
            "IOPFLOW_TEMPLATES": str(tmp_path),
            "IOPFLOW_LANGUAGE": "nn",
            "IOPFLOW_OIDC_ISSUER": "https://konto.example.no",
            "IOPFLOW_OIDC_CLIENT_ID": "iopflow",
            "IOPFLOW_OIDC_CLIENT_SECRET": "klient-ord",
            "IOPFLOW_OIDC_NAME": "Lia-konto",
            "IOPFLOW_OIDC_LOGIN_CLAIM": "uid",
            "IOPFLOW_MAIL_LOGIN": "yes",
            "PATH": "unrelated",
        }
    )

    assert found == Settings(
        database="postgresql://iopflow@db.example.no/iopflow",
        mail=Mail("smtp", host="mail.example.no", port=2525, user="iop"),
        mail_password="mail-ord",  # noqa: S106 - invented
        mail_from="iop@lia.example.no",
        mail_reply_to="post@lia.example.no",
        mail_rate=60,
        sent_log=tmp_path / "sent.log",
        base_url="https://iop.lia.example.no",
        secret=KEY,
        trusted_proxies=(ip_network("10.0.0.0/8"), ip_network("::1")),
        metrics=(ip_network("192.0.2.7"),),
        monitor_url="https://puls.example.no/iop",
        calendars=tmp_path,
        templates=tmp_path,
        language="nn",
        oidc_issuer="https://konto.example.no",
        oidc_client_id="iopflow",
        oidc_client_secret="klient-ord",  # noqa: S106 - invented
        oidc_name="Lia-konto",
        oidc_login_claim="uid",
        mail_login="yes",
    )
    assert found.wheel_directories == (tmp_path,)


@pytest.mark.parametrize(
    ("address", "mail", "starttls"),
    [
        ("dir:brev/ut", Mail("dir", folder=Path("brev/ut")), False),
        ("smtp://localhost:1025", Mail("smtp", host="localhost", port=1025), False),
        ("smtp://mail.example.no", Mail("smtp", host="mail.example.no", port=587), True),
        ("smtps://a@mail.example.no", Mail("smtps", None, "mail.example.no", 465, "a"), False),
    ],
)
def test_mail_goes_to_a_folder_or_a_server(address: str, mail: Mail, starttls: bool) -> None:
    found = Settings.from_environment({"IOPFLOW_MAIL": address}).mail

    assert (found, found.starttls) == (mail, starttls)


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        (
            "MAIL",
            "mail.example.no",
            "skriv dir:MAPPE, smtp://bruker@vert:587 eller smtps://bruker@vert:465",
        ),
        ("MAIL", "dir:", "skriv dir:MAPPE, smtp://bruker@vert:587 eller smtps://bruker@vert:465"),
        (
            "MAIL",
            "smtp://a.example.no:x",
            "skriv dir:MAPPE, smtp://bruker@vert:587 eller smtps://bruker@vert:465",
        ),
        (
            "MAIL",
            "smtp://a.example.no/boks",
            "skriv dir:MAPPE, smtp://bruker@vert:587 eller smtps://bruker@vert:465",
        ),
        ("MAIL_FROM", "skolen", "skriv en e-postadresse, som iop@kommune.example.no"),
        ("MAIL_FROM", "iøp@lia.example.no", "skriv en e-postadresse, som iop@kommune.example.no"),
        ("MAIL_FROM", "a,b@lia.example.no", "skriv en e-postadresse, som iop@kommune.example.no"),
        ("MAIL_REPLY_TO", "a@lia..no", "skriv en e-postadresse, som iop@kommune.example.no"),
        ("MAIL_REPLY_TO", "a@b", "skriv en e-postadresse, som iop@kommune.example.no"),
        ("MAIL_RATE", "0", "skriv et helt tall fra 1 (mailer i minuttet til ett domene), som 600"),
        (
            "MAIL_RATE",
            "1e3",
            "skriv et helt tall fra 1 (mailer i minuttet til ett domene), som 600",
        ),
        (
            "BASE_URL",
            "http://iop.example.no",
            "skriv en adresse med https://, som https://iop.kommune.example.no",
        ),
        ("TRUSTED_PROXIES", "proxy", "skriv adresser eller nett med komma mellom, som 10.0.0.0/8"),
        ("METRICS", "all", "skriv adresser eller nett med komma mellom, som 10.0.0.0/8"),
        ("CALENDARS", "finnes/ikke", "mappen finnes ikke: skriv stien til en mappe"),
        ("LANGUAGE", "no", "skriv nb, nn eller en"),
        ("MAIL_LOGIN", "on", "skriv auto, yes eller no"),
        (
            "OIDC_LOGIN_CLAIM",
            "email",
            "kan ikke brukes: velg et brukernavn som leverandøren eier",
        ),
    ],
)
def test_a_bad_value_is_refused_with_its_remedy(name: str, value: str, remedy: str) -> None:
    assert refused(**{name: value}) == f"IOPFLOW_{name} «{value}»: {remedy}."


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"OIDC_ISSUER": "https://konto.example.no"}, "OIDC_CLIENT_ID"),
        ({"OIDC_CLIENT_ID": "iopflow", "OIDC_CLIENT_SECRET": "ord"}, "OIDC_ISSUER"),
        (
            {
                "OIDC_ISSUER": "https://konto.example.no",
                "OIDC_CLIENT_ID": "iopflow",
                "OIDC_CLIENT_SECRET": "ord",
            },
            "BASE_URL",
        ),
        ({"MAIL_LOGIN": "yes", "BASE_URL": "https://iop.example.no"}, "SECRET"),
        ({"MAIL_LOGIN": "yes", "SECRET": KEY}, "BASE_URL"),
    ],
)
def test_half_a_log_in_is_refused(values: dict[str, str], missing: str) -> None:
    assert refused(**values).startswith(f"IOPFLOW_{missing} mangler: ")


@pytest.mark.parametrize(
    ("wish", "provider", "secret", "by_mail"),
    [
        ("auto", False, True, True),
        ("auto", True, True, False),
        ("auto", False, False, False),
        ("yes", True, True, True),
        ("no", False, True, False),
    ],
)
def test_a_log_in_by_mail_stands_in_where_there_is_no_provider(
    wish: str, provider: bool, secret: bool, by_mail: bool
) -> None:
    given = {"IOPFLOW_MAIL_LOGIN": wish, "IOPFLOW_BASE_URL": "https://iop.example.no"}
    given |= {"IOPFLOW_SECRET": KEY} if secret else {}
    if provider:
        given |= {
            "IOPFLOW_OIDC_ISSUER": "https://konto.example.no",
            "IOPFLOW_OIDC_CLIENT_ID": "iopflow",
            "IOPFLOW_OIDC_CLIENT_SECRET": "ord",
        }
    assert Settings.from_environment(given).logs_in_by_mail is by_mail


def test_a_password_in_the_mail_address_is_refused_and_not_repeated() -> None:
    assert refused(MAIL="smtp://iop:hemmelig@mail.example.no") == (
        "IOPFLOW_MAIL «smtp://…@mail.example.no»: har et passord i seg: skriv det i "
        "IOPFLOW_MAIL_PASSWORD."
    )
    assert refused(MAIL="smtp://iop:hemmelig@mail.example.no:x") == (
        "IOPFLOW_MAIL «smtp://…@mail.example.no:x»: skriv dir:MAPPE, smtp://bruker@vert:587 "
        "eller smtps://bruker@vert:465."
    )


def test_a_short_secret_is_refused_and_not_repeated() -> None:
    assert refused(SECRET="kort") == "IOPFLOW_SECRET: er for kort: skriv minst 32 tilfeldige tegn."  # noqa: S106


def test_pages_on_the_machine_itself_need_no_certificate() -> None:
    found = Settings.from_environment({"IOPFLOW_BASE_URL": "http://127.0.0.1:8765"})

    assert found.base_url == "http://127.0.0.1:8765"


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "nokkel"
    file.write_text(KEY + "\n", encoding="utf-8")

    assert Settings.from_environment({"IOPFLOW_SECRET_FILE": str(file)}).secret == KEY
    assert refused(SECRET_FILE=str(file), SECRET=KEY) == (
        "IOPFLOW_SECRET og IOPFLOW_SECRET_FILE er satt begge to: behold én av dem."
    )
    assert refused(LANGUAGE_FILE=str(file)) == (
        "IOPFLOW_LANGUAGE_FILE: bare hemmeligheter kan stå i en fil: skriv verdien i "
        "IOPFLOW_LANGUAGE."
    )


def test_a_secret_file_that_is_missing_or_empty_is_refused(tmp_path: Path) -> None:
    missing, empty = tmp_path / "borte", tmp_path / "tom"
    empty.touch()

    assert refused(SECRET_FILE=str(missing)) == (
        f"IOPFLOW_SECRET_FILE: får ikke lest filen {missing}: sjekk stien og rettighetene."
    )
    assert refused(SECRET_FILE=str(empty)) == (
        f"IOPFLOW_SECRET_FILE: filen {empty} er tom: skriv verdien i den."
    )


def test_a_misspelt_setting_is_refused_rather_than_ignored() -> None:
    assert refused(DATABSE="sqlite:///a.db") == (
        "IOPFLOW_DATABSE er ingen innstilling: mente du IOPFLOW_DATABASE?"
    )


def test_settings_of_the_tests_and_of_others_are_left_alone() -> None:
    environment = {"IOPFLOW_TEST_PG": "postgresql://a", "IOPFLOW_HVA_SOM_HELST": "x"}

    assert Settings.from_environment(environment) == Settings.from_environment({})


def test_what_is_given_goes_before_the_environment(tmp_path: Path) -> None:
    environment = {
        "IOPFLOW_DATABASE_FILE": str(tmp_path / "borte"),
        "IOPFLOW_LANGUAGE": "nn",
    }

    found = load(environment, database="sqlite:///min.db")

    assert (found.database, found.language) == ("sqlite:///min.db", "nn")


@given(
    st.dictionaries(
        st.sampled_from([variable.name for variable in VARIABLES]),
        st.text(st.characters(exclude_characters="\0"), max_size=30),
    )
)
def test_any_value_is_read_or_refused_in_words(values: dict[str, str]) -> None:
    environment = {f"IOPFLOW_{name}": value for name, value in values.items()}
    sentence = ""
    try:
        Settings.from_environment(environment)
    except Refused as refusal:
        sentence = str(refusal)

    assert sentence == "" or (sentence.startswith("IOPFLOW_") and sentence.endswith("."))
