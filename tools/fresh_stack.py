"""A `cadencia up` of its own: new data, free ports, nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

PORTS = ("API_PORT", "CATCHER_PORT", "CATCHER_SMTP_PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT")
CADENCIA = (sys.executable, "-P", "-m", "cli.main")
Found = TypeVar("Found")


class Stack:
    """Everything runs in `folder`, with the data in its `var/`. `output` is what the terminal shows."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.ports = _free_ports()
        self.environment = {
            **_without_settings(),
            **{f"CADENCIA_{name}": str(port) for name, port in self.ports.items()},
            **{f"CADENCIA_{name}": value for name, value in settings.items()},
        }

    @property
    def output(self) -> str:
        return (self.folder / "output.txt").read_text()

    def url(self, port: str, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.ports[port]}{path}"

    def api(self, method: str, path: str, **options: Any) -> Any:
        """The API's answer. Raises HTTPStatusError for any but a success."""
        key = (self.folder / "var" / "api-key").read_text().strip()
        headers = {"Authorization": f"Bearer {key}"}
        answer = httpx.request(method, self.url("API_PORT", path), headers=headers, timeout=30, **options)
        return answer.raise_for_status().json()

    def mails(self, to: str) -> list[dict[str, str]]:
        """What the catcher has for an address, newest first."""
        url = self.url("CATCHER_PORT", "/api/messages")
        found: list[dict[str, str]] = httpx.get(url, params={"to": to}, timeout=30).raise_for_status().json()
        return found

    def mail(self, id: str) -> dict[str, Any]:
        answer = httpx.get(self.url("CATCHER_PORT", f"/api/messages/{id}"), timeout=30)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


@contextmanager
def fresh_stack(
    folder: Path, command: tuple[str, ...] = (*CADENCIA, "up"), **settings: str
) -> Iterator[Stack]:
    """Runs until the block is left, which is a Ctrl-C in its terminal. Raises AssertionError when it does not start."""
    stack = Stack(folder, settings)
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=stack.environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        until(lambda: "Ctrl-C stops" in stack.output or process.poll() is not None, within=100)
        assert process.poll() is None, stack.output
        yield stack
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)


def until(look: Callable[[], Found], within: float = 60) -> Found:
    """What `look` finds, as soon as it finds something. Raises TimeoutError after so many seconds."""
    deadline = time.monotonic() + within
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within:.0f} s")
        time.sleep(0.1)
    return found


def _free_ports() -> dict[str, int]:
    """All are held until all are found, so that none comes twice."""
    with ExitStack() as probes:
        held = [probes.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in PORTS]
        return {name: probe.getsockname()[1] for name, probe in zip(PORTS, held, strict=True)}


def _without_settings() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("CADENCIA_", "TEMPORAL_"))
    }
