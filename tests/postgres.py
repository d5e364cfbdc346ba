"""A PostgreSQL server of the tests' own, in a temporary folder, gone when they end."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.ports import free_port

_SETTINGS = {  # nothing here has to survive a power cut
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}


@contextmanager
def postgresql() -> Iterator[str]:
    """Starts a server and gives its URL, without a database. Skips the test where none is installed."""
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="cadencia-postgresql-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        owner = _owner(folder)
        _run(programs / "initdb", folder, owner)
        port = free_port()
        server = _start(programs / "postgres", folder, port, owner)
        try:
            _wait(server, port, folder / "log")
            yield f"postgresql+asyncpg://cadencia@127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nothing is worth a checkpoint
            server.wait(timeout=20)


async def create_database(server: str, name: str) -> str:
    """Makes an empty database and gives its URL."""
    connection = await asyncpg.connect(f"{server.replace('+asyncpg', '')}/postgres")
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return f"{server}/{name}"


def _programs() -> Path:
    """The folder of `initdb`: on the path, or where Debian keeps it, the newest version first."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    for program in sorted(folders, key=lambda path: float(path.parts[-3]), reverse=True):
        return program.parent
    reason = "PostgreSQL is not installed: `apt install postgresql`, or put `initdb` on the PATH"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _owner(folder: Path) -> dict[str, Any]:
    """What to run the server as: it refuses to be root."""
    if os.geteuid() != 0:
        return {}
    users = {user.pw_name: user for user in pwd.getpwall()}
    user = users.get("postgres") or users["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(initdb: Path, folder: Path, owner: dict[str, Any]) -> None:
    command: list[Path | str] = [
        initdb,
        "-D",
        folder / "data",
        "-U",
        "cadencia",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    subprocess.run([*command, "--no-sync"], check=True, capture_output=True, cwd=folder, **owner)


def _start(postgres: Path, folder: Path, port: int, owner: dict[str, Any]) -> subprocess.Popen[bytes]:
    options = [f"-c{name}={value}" for name, value in {**_SETTINGS, "port": port}.items()]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [postgres, "-D", folder / "data", *options], stdout=log, stderr=log, cwd=folder, **owner
        )


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(200):
        if server.poll() is not None or "ready to accept connections" in log.read_text():
            break
        time.sleep(0.05)
    else:
        server.kill()
        server.wait()
    if server.poll() is not None:
        pytest.fail(f"PostgreSQL did not start on port {port}:\n{log.read_text()}")
