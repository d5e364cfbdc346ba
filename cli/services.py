"""The commands that run something: everything at once, or one of the processes it is made of."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from worker.settings import Settings


def up() -> None:
    """Starts everything in this terminal: API, worker, mail catcher, Temporal."""
    from cli.up.run import up as run

    raise typer.Exit(run(_settings()))


def api() -> None:
    """Runs the HTTP API."""
    import uvicorn
    from api.app import create_app

    settings = _prepared()
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    server = uvicorn.Server(config)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # the server raises it again after its own orderly end
    server.run()
    raise typer.Exit(0 if server.started else 1)


def worker(ready_fd: Annotated[int | None, typer.Option(hidden=True)] = None) -> None:
    """Runs a worker: it executes workflows and sends mail."""
    from worker import runner

    def ready() -> None:
        if ready_fd is not None:
            os.write(ready_fd, b"1")
            os.close(ready_fd)

    _until_signal(runner.run(_prepared(), ready))


def mail() -> None:
    """Runs the mail catcher, which keeps development mail and shows it."""
    from worker import catcher

    settings = _prepared()
    _until_signal(
        catcher.serve(
            host=settings.host,
            smtp_port=settings.catcher_smtp_port,
            http_port=settings.catcher_port,
            folder=settings.home / "mail",
        )
    )


def _settings() -> "Settings":
    from worker import settings

    return settings.load()


def _prepared() -> "Settings":
    from cli.up import prepare
    from worker import logs

    settings = _settings()
    logs.configure(settings.log_level)
    if not settings.production or settings.database_url.startswith("sqlite"):
        prepare.folder(settings)
    return settings


def _until_signal(work: Coroutine[Any, Any, Any]) -> None:
    """Runs until the work ends, or is cancelled by Ctrl-C or SIGTERM and has tidied up."""

    async def run() -> None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()

    asyncio.run(run())
