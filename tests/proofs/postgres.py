"""A PostgreSQL server that can be stopped as a crash does, frozen, and started again (by what Linux says of it)."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

import asyncpg

from tests.postgres import create_database, postgresql


class Server:
    def __init__(self, url: str, data: Path) -> None:
        self._url = url
        self._data = data
        self._command = _words(Path(f"/proc/{self._pid}/cmdline"))
        self._again: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["Server"]:
        with postgresql() as url:
            server = cls(url, Path(str(asyncio.run(_ask(f"{url}/postgres", "SHOW data_directory")))))
            try:
                yield server
            finally:
                if server._again:
                    server._again.send_signal(signal.SIGQUIT)
                    server._again.wait()

    async def database(self) -> str:
        """A new database, whose commits survive a crash of the server, and its URL."""
        name = f"proof_{token_hex(4)}"
        url = await create_database(self._url, name)
        await _ask(url, f"ALTER DATABASE {name} SET synchronous_commit = on")
        return url

    def stop(self) -> None:
        """All at once, as after a crash: what was not committed is rolled back at the next start."""
        os.kill(self._pid, signal.SIGQUIT)
        if self._again:
            self._again.wait()

    def start(self) -> None:
        owner = self._data.stat()
        with (self._data.parent / "log").open("ab") as log:
            self._again = subprocess.Popen(
                self._command, stdout=log, stderr=log, cwd=self._data.parent,
                user=owner.st_uid, group=owner.st_gid, extra_groups=[] if os.geteuid() == 0 else None,
            )  # fmt: skip

    def freeze(self) -> None:
        self._everyone(signal.SIGSTOP)

    def thaw(self) -> None:
        self._everyone(signal.SIGCONT)

    @property
    def _pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().splitlines()[0])

    def _everyone(self, number: signal.Signals) -> None:
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        for pid in (self._pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def _words(file: Path) -> list[str]:
    return file.read_bytes().decode().rstrip("\0").split("\0")


async def _ask(url: str, statement: str) -> str | None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        value: str | None = await connection.fetchval(statement)
        return value
    finally:
        await connection.close()
