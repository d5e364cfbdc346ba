"""`cadencia up` as a newcomer runs it: start, enroll by the address shown, read the mail, stop, start again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.test_logs import assert_log
from tests.ports import free_ports

PORTS = ("API_PORT", "CATCHER_PORT", "CATCHER_SMTP_PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT")
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="processes are counted in /proc"
)


class Up:
    """A `cadencia up` in a data folder and on ports of its own; with another `python`, the one installed there."""

    def __init__(
        self, home: Path, folder: Path | None = None, python: str = sys.executable, **settings: str
    ) -> None:
        self.home = home
        self._python = python
        self._folder = folder
        self.log = home.parent / "up.log"
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CADENCIA_", "TEMPORAL_"))
        }
        ports = {f"CADENCIA_{name}": str(port) for name, port in self.ports.items()}
        given = {f"CADENCIA_{name}": value for name, value in settings.items()}
        self._environment = {**clean, **ports, **given, "CADENCIA_HOME": str(home)}
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {**self._environment, **{f"CADENCIA_{name}": value for name, value in settings.items()}}
        command = [self._python, "-P", "-m", "cli.main", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    def start(self, *options: str) -> float:
        """Waits for the panel; the seconds that it took."""
        began = time.monotonic()
        command = [self._python, "-P", "-m", "cli.main", "up", *options]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=self._environment, cwd=self._folder, stdout=log, stderr=log
            )
        until(lambda: "Ctrl-C stops everything" in self.shown or self._process.poll() is not None)  # type: ignore[union-attr]  # it was started
        assert self._process.poll() is None, self.shown
        return time.monotonic() - began

    def end(self, number: int = signal.SIGINT) -> int:
        """Sends the signal; the exit code."""
        assert self._process
        self._process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        assert self._process
        return self._process.wait(timeout=60)

    def kill(self) -> None:
        """Leaves nothing behind, whatever a test came to."""
        for process in self.running:
            with suppress(ProcessLookupError):  # it ended with another
                os.kill(process, signal.SIGKILL)
        if self._process:
            self.wait()

    @property
    def shown(self) -> str:
        return self.log.read_text()

    @property
    def told(self) -> str:
        """All that was shown, however its lines were broken."""
        return " ".join(self.shown.split())

    @property
    def running(self) -> dict[int, str]:
        """The processes that were started for this data folder, by id, with their command lines."""
        return {
            int(folder.name): line for folder in Path("/proc").glob("[0-9]*") if (line := self._ours(folder))
        }

    def _ours(self, folder: Path) -> str | None:
        try:
            if f"CADENCIA_HOME={self.home}".encode() not in (folder / "environ").read_bytes().split(b"\0"):
                return None
            return (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:
            return None

    def api(self, method: str, path: str, **options: Any) -> Any:
        key = (self.home / "api-key").read_text().strip()
        url = f"http://127.0.0.1:{self.ports['API_PORT']}{path}"
        answer = httpx.request(method, url, headers={"Authorization": f"Bearer {key}"}, timeout=30, **options)
        answer.raise_for_status()
        return answer.json()

    def mails(self, to: str) -> list[dict[str, str]]:
        url = f"http://127.0.0.1:{self.ports['CATCHER_PORT']}/api/messages"
        found: list[dict[str, str]] = httpx.get(url, params={"to": to}, timeout=30).json()
        return found


def until(holds: Callable[[], object], within: float = 60) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    up = Up(tmp_path / "var")
    yield up
    up.kill()


def contact(email: str) -> dict[str, Any]:
    return {"email": email, "name": "Ana", "consent": {"marketing": {"granted": True, "source": "form"}}}


def test_from_the_first_start_to_the_second(up: Up) -> None:
    up.start()
    assert (up.home / "api-key").stat().st_mode & 0o777 == 0o600
    assert (up.home / "api-key").read_text().strip() in up.shown
    order = {"contact": contact("ana@example.com"), "params": {"greeting_seen_within": "PT20S"}}
    enrolled = up.api("POST", "/v1/workflows/welcome-series/enrollments", json=order)
    assert enrolled["created"]
    until(lambda: up.mails("ana@example.com"))
    assert up.command("doctor").returncode == 0
    listed = json.loads(up.command("enrollments", "list", "--json").stdout)
    assert [one["id"] for one in listed["data"]] == [enrolled["id"]]

    taken = up.command("up", HOME=str(up.home.parent / "other"))
    assert taken.returncode == 1
    assert all(f"Port {port} " in taken.stderr for port in up.ports.values())

    assert up.end() == 0, up.shown
    assert not up.running

    up.start()
    assert up.api("GET", f"/v1/enrollments/{enrolled['id']}")["live"]
    until(lambda: len(up.mails("ana@example.com")) == 2)
    again, first = up.mails("ana@example.com")
    assert "did our welcome reach you" in again["subject"], "the series goes on where it was"
    assert first["message_id"] != again["message_id"]
    assert up.end(signal.SIGTERM) == 0
    assert not up.running
    for part in ("api", "worker", "mail-catcher"):
        assert_log(up.home / "logs" / f"{part}.log")


def test_a_part_that_dies_ends_everything_and_is_named(up: Up) -> None:
    up.start()
    (worker,) = (process for process, line in up.running.items() if " worker " in line)
    os.kill(worker, signal.SIGKILL)
    assert up.wait() == 1
    assert "✗ The worker ended by itself (signal 9)" in up.shown
    assert not up.running


def test_nothing_outlives_a_supervisor_that_is_killed(up: Up) -> None:
    up.start()
    assert len(up.running) == 5
    up.end(signal.SIGKILL)
    until(lambda: not up.running, within=10)
