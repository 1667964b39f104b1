"""README says what the code says, and its links and commands lead somewhere."""

import re

from tests.generated import BLOCKS, CASE, README, ROOT, block_names, filled

TEXT = README.read_text(encoding="utf-8")
OF_CASES = CASE.read_text(encoding="utf-8")


def test_readme_is_what_the_code_says() -> None:
    assert filled(TEXT) == TEXT, "run: make readme"
    assert filled(OF_CASES) == OF_CASES, "run: make readme"


def test_every_block_stands_once() -> None:
    assert sorted(block_names(TEXT) + block_names(OF_CASES)) == sorted(BLOCKS)


def test_links_of_readme_lead_to_files() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", TEXT)

    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_commands_of_readme_are_those_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))

    assert set(re.findall(r"(?:^|`)make ([a-z-]+)\b", TEXT, re.MULTILINE)) - targets == set()
