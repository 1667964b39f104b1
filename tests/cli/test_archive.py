"""References to the archive, and exports: what the commands take, write, check and refuse."""

from tests.cli.conftest import Ask, rows_of


def test_the_commands_store_references_and_say_what_is_none(school: Ask) -> None:
    answer = school("assessment e1 --year 2026-27 --archive-ref 2026/7-1", by="rita")
    assert (answer.code, answer.err) == (0, "")
    again = "vedtak e1 --year 2026-27 --decided 2026-06-10"
    assert school(f"{again} --archive-ref '2026/7-2'", by="rita").code == 0
    assert rows_of(school.url, "SELECT archive_ref FROM assessment WHERE archive_ref > ''") == [
        ("2026/7-1",)
    ]
    assert rows_of(school.url, "SELECT archive_ref FROM vedtak WHERE archive_ref > ''") == [
        ("2026/7-2",)
    ]
    refused = school(f"{again} --archive-ref vedtak.pdf", by="rita")
    assert (refused.code, refused.err) == (
        1,
        "Arkivreferansen ser ut som en fil: legg dokumentet i arkivet, og skriv saksnummeret der."
        "\n",
    )
    assert school(f"{again} --notified 2026-06-11", by="rita").code == 0  # a correction keeps it
    assert rows_of(school.url, "SELECT count(*) FROM vedtak WHERE archive_ref = '2026/7-2'") == [
        (1,)
    ]
