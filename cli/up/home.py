"""The data folder: made, and held by one `cadencia up`."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from cli.output import Failure
from worker.settings import Settings


def folder(settings: Settings) -> None:
    """Makes the data folder, which its owner alone may read: it holds addresses and keys."""
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (settings.home / "logs").mkdir(exist_ok=True)
    except OSError as error:
        raise Failure(
            f"The folder {settings.home} cannot be used ({error.strerror}): set CADENCIA_HOME"
        ) from error


@contextmanager
def alone(settings: Settings) -> Iterator[IO[str]]:
    """Holds the data folder: two Temporal servers on one file would spoil it. `owned_by` writes to the file given."""
    with open(settings.home / "up.lock", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            owner = file.read().strip() or "at an unknown address"
            raise Failure(
                f"Cadencia runs in {settings.home} already, {owner}: stop it, or set CADENCIA_HOME"
            ) from None
        owned_by(file, settings)
        yield file


def owned_by(file: IO[str], settings: Settings) -> None:
    """Tells who asks next where this one is."""
    file.truncate(0)
    file.write(f"at {settings.api_url} (process {os.getpid()})")
    file.flush()
