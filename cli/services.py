"""The commands that run something: everything at once, or one of the processes it is made of."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from functools import partial, wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from worker.settings import Settings


READY = "ready"
"""The first line by which a part tells `up` that it can be used."""


def _to_its_log(command: Callable[..., None]) -> Callable[..., None]:
    """What keeps a part from running is a line of its log, like all that it says; people in a terminal are told."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        from cli.output import Failure
        from worker.settings import SettingsError

        try:
            command(*args, **kwargs)
        except (Failure, SettingsError) as error:
            if sys.stderr.isatty():
                raise
            _log_failure(error.lines)
            raise typer.Exit(1) from None

    return run


def _log_failure(lines: Iterable[str]) -> None:
    import structlog

    from worker import logs

    logs.configure("info")  # settings that cannot be read have configured none
    for line in lines:
        structlog.get_logger("cadencia").critical(line)


def up(
    reload: Annotated[
        bool,
        typer.Option(
            "--reload", help="Run each workflow and template that is saved; the API answers throughout."
        ),
    ] = False,
) -> None:
    """Starts everything in this terminal: API, worker, mail catcher, Temporal."""
    from cli.output import Failure, console, warn
    from cli.up import home, ports
    from worker.settings import unknown

    settings = _settings()
    home.folder(settings)
    with home.alone(settings) as lock:
        settings = ports.settled(settings)
        home.owned_by(lock, settings)
        if taken := ports.complaints(ports.needed(settings)):
            raise Failure(*taken)
        for line in unknown():
            warn(line)
        console.print("[bold]Cadencia[/] is starting …")
        from cli.up.run import up as run  # takes a second to import, so something is shown before

        raise typer.Exit(run(settings, reloading=reload))


@_to_its_log
def api(
    ready_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
    socket_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Runs the HTTP API."""
    from api.serving import Server
    from cli.output import Failure
    from cli.up import ports

    settings = _prepared(migrated=True)
    if socket_fd is None and (taken := ports.complaints(ports.of_api(settings))):
        raise Failure(*taken)
    server = Server(settings, ready=partial(_tell, ready_fd, READY))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # the server raises it again after its own orderly end
    server.run([socket.socket(fileno=socket_fd)] if socket_fd is not None else None)
    raise typer.Exit(0 if server.started else 1)


@_to_its_log
def worker(
    ready_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
    after: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Runs a worker: it executes workflows and sends mail."""
    from temporalio.service import RPCError

    from cli.output import Failure
    from cli.trouble import temporal_line
    from worker import runner
    from worker.connection import connect

    settings = _prepared(migrated=True)

    async def run() -> None:
        try:
            await connect(settings)
        except (RuntimeError, RPCError) as error:
            raise Failure(temporal_line(settings, error)) from error
        tell = partial(_tell, ready_fd)
        await runner.run(settings, ready=partial(tell, READY), note=tell, after=after)

    _until_signal(run())


@_to_its_log
def mail() -> None:
    """Runs the mail catcher, which keeps development mail and shows it."""
    import structlog

    from cli.output import Failure
    from cli.up import ports
    from worker import catcher

    settings = _prepared()
    if taken := ports.complaints(ports.of_catcher(settings)):
        raise Failure(*taken)
    page = f"http://{settings.host}:{settings.catcher_port}"
    structlog.get_logger("cadencia").info("mail catcher", page=page, smtp_port=settings.catcher_smtp_port)
    _until_signal(
        catcher.serve(
            host=settings.host,
            smtp_port=settings.catcher_smtp_port,
            http_port=settings.catcher_port,
            folder=settings.home / "mail",
        )
    )


def _tell(fd: int | None, line: str) -> None:
    """Tells the process that started this one, where it listens."""
    if fd is not None:
        with suppress(OSError):
            os.write(fd, f"{line}\n".encode())


def _settings() -> "Settings":
    from worker import settings

    return settings.load()


def _prepared(*, migrated: bool = False) -> "Settings":
    from cli.up import home
    from worker import logs, pace

    settings = _settings()
    logs.configure(settings.log_level)
    if not settings.production or settings.database_url.startswith("sqlite"):
        home.folder(settings)
    if not settings.production:
        pace.start(settings)
    if migrated:
        from worker.connection import take_core_logs

        take_core_logs()
        asyncio.run(_migrated(settings))
    return settings


async def _migrated(settings: "Settings") -> None:
    """Raises `Failure` for tables of another release. A database that is away is waited for, so no error here."""
    from cli.output import Failure
    from cli.stored import revision
    from store import migrate

    try:
        found = await revision(settings)
    except Failure:
        return
    if found != migrate.head():
        raise Failure(
            f"The database is at {found or 'no revision'}, not {migrate.head()}: run `cadencia db upgrade`"
        )


def _until_signal(work: Coroutine[Any, Any, Any]) -> None:
    """Runs until the work ends, or is cancelled by Ctrl-C or SIGTERM and has tidied up.

    On uvloop, as uvicorn runs the API: it takes a fifth off what a worker costs.
    """
    import uvloop

    async def run() -> None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()

    uvloop.run(run())
