"""Writes docs/commands.md from the commands themselves: `python -m iopflow.cli.reference`."""

from collections.abc import Iterator

import click

from iopflow.cli.command import Group
from iopflow.cli.run import group
from iopflow.texts import _

WIDTH = 80


def document() -> str:
    """The whole reference, a section for each command."""
    parts = [
        "# " + _("Kommandoene"),
        _(
            "Denne filen er laget av kommandoene selv (`python -m iopflow.cli.reference`). Det "
            "samme står i `iopflow KOMMANDO --help`."
        ),
        "## " + _("Felles for alle"),
        _(
            "- Svarkoder: 0 gjort; 1 avvist eller ugyldig, ingenting er endret; 2 feil bruk; 3 "
            "gjort, men noe trenger en person (rader som ble avvist, et tall som ikke kan regnes "
            "ut, en skole uten skolerute).\n- Lister: `--format table` er for skjermen; `json` har "
            "nøklene i kontrakten; `csv` har komma når den går til en annen kommando, og semikolon "
            "og BOM når den skrives til en fil (`-o`), slik at norsk Excel åpner den rett. Celler "
            "som begynner med `=`, `+`, `-` eller `@` får en apostrof foran i CSV.\n- Data skrives "
            "til standard ut, meldinger til standard feil.\n- `--by PERSON` signerer og avgjør hva "
            "du ser og kan gjøre. På SQLite kan den utelates: da er du administrator. På "
            "PostgreSQL må den være med, unntatt før noen er importert.\n- `--now` uten tidssone "
            "er norsk tid. Miljøvariablene begynner med `IOPFLOW_`."
        ),
        *_sections(),
    ]
    return "\n\n".join(parts) + "\n"


def _sections() -> Iterator[str]:
    whole = group()
    top = click.Context(whole, info_name="iopflow", terminal_width=WIDTH)
    yield _section("iopflow", top)
    yield from _of_group(whole, top)


def _of_group(commands: Group, parent: click.Context) -> Iterator[str]:
    for name in commands.list_commands(parent):
        found = commands.get_command(parent, name)
        if found is None:
            continue
        ctx = click.Context(found, info_name=name, parent=parent, terminal_width=WIDTH)
        yield _section(ctx.command_path, ctx)
        if isinstance(found, Group):
            yield from _of_group(found, ctx)


def _section(title: str, ctx: click.Context) -> str:
    return f"## `{title}`\n\n```text\n{ctx.command.get_help(ctx)}\n```"


if __name__ == "__main__":
    click.echo(document(), nl=False)
