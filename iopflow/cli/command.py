"""Commands and groups that speak Norwegian: headings, examples, a sentence for each mistake."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import click

from iopflow.texts import _

Decorator = Callable[[Callable[..., Any]], "Command"]


class _Speaks(click.Command):
    """What commands and groups share."""

    examples: tuple[str, ...] = ()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click's parser forgets which command it was
            raise

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("Vis denne hjelpen.")
        return option

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=_("Bruk:") + " ")

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [
            _record(one, ctx) for one in self.get_params(ctx) if isinstance(one, click.Argument)
        ]
        if rows:
            with formatter.section(_("Hva")):
                formatter.write_dl(rows)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [
            _record(one, ctx) for one in self.get_params(ctx) if not isinstance(one, click.Argument)
        ]
        with formatter.section(_("Valg")):
            formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        if self.examples:
            with formatter.section(_("Eksempler")):
                for example in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


def _record(param: click.Parameter, ctx: click.Context) -> tuple[str, str]:
    name, text = param.get_help_record(ctx) or ("", "")
    return name, text.replace("[required]", _("[må være med]"))


class Command(_Speaks):
    """One command, with examples to try."""

    def __init__(self, name: str, *, examples: Sequence[str] = (), **rest: Any) -> None:
        super().__init__(name, options_metavar=_("[VALG]"), **rest)
        self.examples = tuple(examples)


class Group(_Speaks, click.Group):
    """Commands that are found in their modules only when they are asked for.

    `where` says for each name in which module of iopflow.cli it is made, `short` what it does.
    """

    def __init__(
        self,
        name: str,
        *,
        where: dict[str, str],
        short: dict[str, str],
        examples: Sequence[str] = (),
        **rest: Any,
    ) -> None:
        metavar = _("KOMMANDO …")
        super().__init__(name, options_metavar=_("[VALG]"), subcommand_metavar=metavar, **rest)
        self.where = where
        self.short = short
        self.examples = tuple(examples)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.where)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self.where:
            return None
        module = import_module(f"iopflow.cli.{self.where[cmd_name]}")
        found: click.Command = getattr(module, cmd_name.replace("-", "_") + "_command")
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.where and not args[0].startswith("-"):
            raise click.NoSuchCommand(args[0], possibilities=list(self.where), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        with formatter.section(_("Kommandoer")):
            formatter.write_dl([(name, self.short[name]) for name in self.where])


def command(name: str, help_: str, *, examples: Sequence[str]) -> Decorator:
    """Makes a command of a function."""

    def make(function: Callable[..., Any]) -> Command:
        return click.command(name, cls=Command, help=help_, examples=examples)(function)

    return make


def sentence(error: click.ClickException) -> str:
    """A usage error in one sentence that names the option and what to write instead."""
    match error:
        case click.NoSuchOption() if error.option_name in {"--database", "--language"}:
            return _("{name} skrives foran kommandoen: iopflow {name} … {command}.").format(
                name=error.option_name, command=error.ctx.info_name if error.ctx else ""
            )
        case click.NoSuchOption():
            words = _("Ukjent valg «{name}».").format(name=error.option_name)
            return words + nearest_words(error.possibilities or [])
        case click.NoSuchCommand():
            words = _("Ukjent kommando «{name}».").format(name=error.command_name)
            return words + nearest_words(error.possibilities or [])
        case click.MissingParameter() if error.param is not None:
            return _("{what} mangler: skriv {how}.").format(
                what=_name(error.param), how=_how(error.param)
            )
        case click.BadParameter() if error.param is not None:
            return f"{_name(error.param)}: {error.message}"
        case click.BadOptionUsage():
            if "take a value" in error.message:
                return _("Valget {name} tar ingen verdi.").format(name=error.option_name)
            return _("Valget {name} mangler en verdi.").format(name=error.option_name)
        case click.UsageError() if error.message.startswith("Got unexpected extra"):
            extra = error.message.partition("(")[2].rstrip(")")
            return _("«{extra}» er mer enn kommandoen tar imot.").format(extra=extra)
        case click.UsageError() if error.message == "Missing command.":
            return _("Kommandoen mangler.")
    return error.message


def nearest(word: str, known: Sequence[str]) -> str:
    """« Mente du …?» for a word that is not among the known ones; empty where none is near."""
    from difflib import get_close_matches

    lower = {one.lower(): one for one in known}
    found = [lower[near] for near in get_close_matches(word.lower(), lower, n=3, cutoff=0.6)]
    return nearest_words(found)


def nearest_words(words: Sequence[str]) -> str:
    """The question with the words given."""
    return " " + _("Mente du {near}?").format(near=_(" eller ").join(words)) if words else ""


class Words(click.ParamType[Any]):
    """One of a few words; a wrong one gets the nearest."""

    name = "ord"

    def __init__(self, words: Sequence[str] | Callable[[], Sequence[str]]) -> None:
        self._words = words

    @property
    def words(self) -> Sequence[str]:
        """The words that are taken, asked for when they are needed."""
        return self._words() if callable(self._words) else self._words

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:  # noqa: ARG002
        return "|".join(self.words) if not callable(self._words) else None

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        known = {word.lower(): word for word in self.words}
        word = str(value).lower()
        for spelling in (word, word.replace("-", "_"), word.replace("_", "-")):
            if spelling in known:
                return known[spelling]
        hint = nearest(str(value), self.words) or " " + _("Skriv en av {words}.").format(
            words=", ".join(self.words)
        )
        return self.fail(_("«{value}» finnes ikke.").format(value=value) + hint, param, ctx)


def _name(param: click.Parameter) -> str:
    return param.opts[0] if isinstance(param, click.Option) else param.human_readable_name


def _how(param: click.Parameter) -> str:
    if isinstance(param, click.Option):
        ctx = click.get_current_context(silent=True) or _bare()
        return f"{param.opts[0]} {param.make_metavar(ctx)}"
    return param.human_readable_name


def _bare() -> click.Context:
    return click.Context(click.Command("iopflow"))
