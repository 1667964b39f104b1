"""Runs a command: the group, the exit codes, and every expected mistake as one sentence."""

import os
import sys
from collections.abc import Sequence

import click

from iopflow import __version__
from iopflow.cli.command import Group, Words, sentence
from iopflow.refusals import Refused
from iopflow.texts import LANGUAGES, _

DONE, REFUSED, USAGE, NEEDS_A_PERSON = 0, 1, 2, 3

# Where each command is made: `tasks` is `tasks_command` in iopflow/cli/tasks.py.
WHERE = {
    "demo": "demo",
    "init": "year",
    "import": "imports",
    "rollover": "year",
    "go-live": "year",
    "tasks": "tasks",
    "complete": "acts",
    "reopen": "acts",
    "not-applicable": "acts",
    "help-wanted": "acts",
    "move": "acts",
    "hand-over": "people",
    "substitute": "people",
    "talk": "talks",
    "present": "talks",
    "needs": "needs",
    "need": "case",
    "no-need": "needs",
    "assessment": "case",
    "consent": "case",
    "vedtak": "vedtak",
    "case": "casefile",
    "cases": "turns",
    "case-event": "casework",
    "pause": "casework",
    "appeal": "casework",
    "support": "casework",
    "pupils": "pupils",
    "log": "log",
    "readings": "readings",
    "delay": "delays",
    "delays": "delays",
    "indicators": "figures",
    "values": "values",
    "value": "values",
    "measure": "measures",
    "deviation": "deviations",
    "forecast": "forecast",
    "freeze": "tellinger",
    "tellinger": "tellinger",
    "exchange": "exchange",
    "report": "reporting",
    "feed": "feeds",
    "meeting": "meetings",
    "ppt-queue": "ppt_queue",
    "ppt": "ppt",
    "ppt-meeting": "ppt_meetings",
    "api-token": "integrations",
    "user": "users",
    "wheel": "wheel",
    "serve": "serve",
    "tick": "mails",
    "worker": "mails",
    "reminders": "mails",
    "why": "mails",
    "mail-text": "texts",
    "resume": "resume",
    "test-mail": "testmail",
    "simulate": "simulate",
    "doctor": "doctor",
    "archive": "archive",
    "backup": "backup",
    "restore": "backup",
}


def _short() -> dict[str, str]:
    """What each command does, in the language in use."""
    return {
        "demo": _("Prøv iopflow med tre oppdiktede skoler"),
        "init": _("Sett opp eller oppgrader databasen"),
        "import": _("Les inn elever, ansatte, skoleruter og det som er gjort"),
        "rollover": _("Åpne et skoleår: årshjulet blir oppgaver"),
        "go-live": _("Si fra hvilken dag skolen bruker iopflow"),
        "tasks": _("Se oppgavene: hva som venter, haster og er gjort"),
        "complete": _("Registrer at noe er gjort"),
        "reopen": _("Ta tilbake noe som ble registrert ved en feil"),
        "not-applicable": _("Si at noe ikke er aktuelt i år, og hvorfor"),
        "help-wanted": _("Si at du trenger hjelp til noe"),
        "move": _("Avtal en annen frist"),
        "hand-over": _("Gi rollene til en person videre til en annen"),
        "substitute": _("Sett inn en vikar for en tid"),
        "talk": _("Registrer invitasjon, samtale eller at foresatte takket nei"),
        "present": _("Registrer hvem som var representert på foreldremøtet"),
        "needs": _("Se hvem som kan trenge noe nytt for et skoleår, og hvem som ikke er avklart"),
        "need": _("Meld behov for sakkyndig vurdering"),
        "no-need": _("Si at elever ikke trenger noe nytt for et skoleår"),
        "assessment": _("Registrer henvisning og sakkyndig vurdering"),
        "consent": _("Registrer svar på et samtykke"),
        "vedtak": _("Registrer et enkeltvedtak"),
        "case": _("Se en elevs sak: hvem sin tur, siden når, hvorfor sent, hva nå"),
        "cases": _("Se hvem sin tur det er i alle sakene"),
        "case-event": _("Registrer noe som skjer i en sak: bedt om samtykke, sendt tilbake"),
        "pause": _("Registrer at en sak venter på noen, med en årsak"),
        "appeal": _("Registrer en klage, og hvor langt den er kommet"),
        "support": _("Registrer personlig assistanse eller fysisk tilrettelegging"),
        "pupils": _("Se hvor hver elev er i årshjulet"),
        "log": _("Se alt som er registrert om en elev"),
        "readings": _("Se hvem som har åpnet det som står om elevene"),
        "delay": _("Registrer hvorfor noe er for sent eller mangler"),
        "delays": _("Se hva som er for sent, hvorfor, og hos hvem dagene lå"),
        "indicators": _("Se kvalitetsindikatorene P1–P10"),
        "values": _("Se de registrerte tallene: S, T, R og ØK"),
        "value": _("Registrer et tall for skolen"),
        "measure": _("Se og før tiltak: hva skolen gjør med et tall"),
        "deviation": _("Se, meld og lukk avvik"),
        "forecast": _("Se hva indikatorene kan bli ved telledatoen"),
        "freeze": _("Frys tallene på et tellingstidspunkt"),
        "tellinger": _("Se de frosne tallene"),
        "exchange": _("Del frosne tall med nettverket, uten elever"),
        "report": _("Skriv kvalitetsrapporten for en skole: PDF, Excel eller HTML"),
        "feed": _("Få fristene i kalenderen din, uten elevnavn"),
        "meeting": _("Innkall kolleger og PPT til møter, og se hvem som kommer"),
        "ppt-queue": _("Se PPTs kø: hvem sakene venter på, hva som mangler, og fristen"),
        "ppt": _("Før det PPT gjør: levert, sendt tilbake, fullstendig, fordelt"),
        "ppt-meeting": _("Før møtene mellom skolen og PPT: elever, oppmøte, behandlet"),
        "api-token": _("Gi et program et token til API-et"),
        "user": _("Se, lag og avslutt innlogginger, og koble kontoer til personer"),
        "wheel": _("Se eller kontroller et årshjul"),
        "serve": _("Vis sidene i nettleseren, med klokken inni"),
        "tick": _("Gjør alt som skal gjøres nå: påminnelser finnes og sendes"),
        "worker": _("La klokken gå: et tick hvert minutt"),
        "reminders": _("Se hvem som ville fått e-post en dag"),
        "mail-text": _("Se og endre setningene i e-postene som skolen skriver selv"),
        "resume": _("La klokken gå videre etter at den sto feil"),
        "why": _("Se hvorfor noen fikk, eller ikke fikk, en e-post"),
        "test-mail": _("Prøv om e-posten kommer fram, steg for steg"),
        "simulate": _("Spill et skoleår gjennom på forhånd: e-poster, fulle uker og hull"),
        "doctor": _("Se hva som er galt, og hva du kan gjøre med det"),
        "archive": _("Ta ut saker til arkivet eller tilsynet"),
        "backup": _("Ta en kopi av databasen mens den er i bruk"),
        "restore": _("Hent databasen tilbake fra en kopi"),
    }


def group() -> Group:
    """The command `iopflow`, with its help in the language in use."""
    return Group(
        name="iopflow",
        where=WHERE,
        short=_short(),
        help=_(
            "Følger arbeidet med individuelle opplæringsplaner (IOP) gjennom skoleåret: hvem som "
            "skal gjøre hva innen når, hva som er gjort, og hva tallene viser."
        ),
        examples=(
            "iopflow demo",
            "iopflow tasks --person kari --status overdue",
            "iopflow complete 118 119 --on 2026-05-29",
        ),
        no_args_is_help=True,
        callback=_remember,
        params=[
            click.Option(
                ["--database"],
                metavar="URL",
                help=_("Databasen; ellers IOPFLOW_DATABASE, ellers sqlite:///iopflow.db."),
            ),
            click.Option(
                ["--language"],
                type=Words(LANGUAGES),
                help=_("Bokmål, nynorsk eller engelsk; ellers IOPFLOW_LANGUAGE."),
            ),
            click.Option(
                ["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_version,
                help=_("Vis versjonen."),
            ),
        ],
    )


@click.pass_context
def _remember(ctx: click.Context, database: str | None, language: str | None) -> None:
    ctx.obj = {"database": database, "language": language}


def _version(ctx: click.Context, _param: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(f"iopflow {__version__}")
        ctx.exit()


def run(args: Sequence[str]) -> int:
    """Runs one command line; never a traceback for what a person can do something about."""
    _speak_utf8()
    try:
        code = group().main(list(args), prog_name="iopflow", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as shown:
        click.echo(shown.format_message(), err=True)
        return USAGE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx is not None else "iopflow"
        click.echo(f"{path}: {sentence(error)}", err=True)
        click.echo(_("Hjelp: {path} --help").format(path=path), err=True)
        return USAGE
    except click.ClickException as error:
        click.echo(error.format_message(), err=True)
        return REFUSED
    except Refused as refused:
        click.echo(str(refused), err=True)
        return REFUSED
    except (click.Abort, KeyboardInterrupt):
        click.echo(_("Avbrutt: ingenting er endret."), err=True)
        return REFUSED
    except (BrokenPipeError, SystemExit):  # click ends the process itself on a broken pipe
        # Whoever read the output has enough; Python must not try to flush it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return code if isinstance(code, int) else DONE


def _speak_utf8() -> None:
    """Norwegian letters come out right whatever the terminal says; data are UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
