"""The `cadencia` command. Commands import what they need when they run, so that help comes at once."""

import os
import sys
from collections.abc import Callable
from typing import NoReturn

import typer

from cli import checks, contacts, database, enroll, enrollments, keys, messages, services, workflows
from cli.demo.command import demo
from cli.output import Failure, complain
from cli.problems import problems


def _app(text: str) -> typer.Typer:
    return typer.Typer(
        help=text,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def _group(name: str, text: str, commands: dict[str, Callable[..., None]], panel: str) -> None:
    group = _app(text)
    for verb, command in commands.items():
        group.command(verb)(command)
    app.add_typer(group, name=name, rich_help_panel=panel)


app = _app("Cadencia: marketing workflows that run for weeks or years, and never lose their place.")
for _command in (services.up, services.api, services.worker, services.mail):
    app.command(_command.__name__, rich_help_panel="Run")(_command)
app.command("enroll", rich_help_panel="Use")(enroll.enroll)
app.command("demo", rich_help_panel="Use")(demo)
app.command("problems", rich_help_panel="Use")(problems)
_group("enrollments", "See and steer what runs.", enrollments.VERBS, "Use")
_group("contacts", "Who somebody is, and what became of them.", contacts.VERBS, "Use")
_group("messages", "What became of mails.", messages.VERBS, "Use")
_group("workflows", "The workflows that are installed.", workflows.VERBS, "Use")
_group("keys", "API keys.", keys.VERBS, "Administer")
_group("db", "The database.", database.VERBS, "Administer")
app.command("doctor", rich_help_panel="Administer")(checks.doctor)
app.command("settings", rich_help_panel="Administer")(checks.settings)


def main() -> NoReturn:
    """Runs the command. What goes wrong is a line on standard error and an exit code other than 0."""
    sys.path.append(os.getcwd())  # packages that CADENCIA_WORKFLOWS names may lie there
    code = _run()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if "temporalio.bridge" in sys.modules:
        os._exit(code)  # its threads can abort an interpreter that is shutting down, and so change the code
    sys.exit(code)


def _run() -> int:
    try:
        app()
    except Failure as failure:
        complain(failure.lines, failure.details)
        return 1
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:
        from worker.settings import SettingsError

        if not isinstance(error, SettingsError):
            raise
        complain(error.lines)
        return 1
    return 0


if __name__ == "__main__":
    main()
