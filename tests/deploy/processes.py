"""The services of docker-compose.yml as processes of this machine, with the environment that Compose gives them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.deploy.model import ROOT, Model


class Service:
    """One process of a service, with its log beside it."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self.name = name
        self.environment = environment
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def wait(self, within: float) -> int:
        """The exit code. Kills what has not ended by then, and raises."""
        try:
            return self._process.wait(within)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise

    def end(self) -> None:
        """For the end of a test that may have failed."""
        if self.runs:
            self._process.kill()
        self._process.wait()

    def check(self) -> int:
        """What the service's health check says, here: its exit code."""
        command = [sys.executable, str(ROOT / "deploy" / "health.py"), self.name.partition("-")[0]]
        return subprocess.run(
            command, env=self.environment, cwd=self.log.parent, capture_output=True
        ).returncode


class Deployment:
    """Starts services. Only where things are differs from Compose: hosts, and the data folder of the image."""

    def __init__(self, model: Model, hosts: dict[str, str], folder: Path) -> None:
        self._services = model["services"]
        self._hosts = hosts
        self._folder = folder
        self.started: list[Service] = []

    def environment(self, service: str) -> dict[str, str]:
        given: dict[str, Any] = self._services[service]["environment"]
        path = {"PATH": os.environ["PATH"], "CADENCIA_HOME": str(self._folder / "data" / service)}
        return {**path, **{name: self._here(value) for name, value in given.items()}}

    def _here(self, value: str) -> str:
        for host, here in self._hosts.items():
            if value == host:
                return here
            value = value.replace(f"@{host}/", f"@{here}/")
        return value

    def start(self, service: str, suffix: str = "") -> Service:
        command = cadencia(*self._services[service]["command"])
        started = Service(f"{service}{suffix}", command, self.environment(service), self._folder)
        self.started.append(started)
        return started

    def run(self, service: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end, as `docker compose run` would."""
        return subprocess.run(
            cadencia(*(arguments or self._services[service]["command"])),
            env={**self.environment(service), **settings},
            cwd=self._folder, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    def grace(self, service: str) -> float:
        """Seconds that Compose lets a service stop in; 10 when it does not say."""
        return float(self._services[service].get("stop_grace_period", "10s").removesuffix("s"))


def cadencia(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "cli.main", *arguments]


def until(holds: Callable[[], object], services: list[Service], within: float = 90) -> None:
    """Waits. What a service wrote comes along when it takes too long."""
    deadline = time.monotonic() + within
    while not holds():
        logs = "\n".join(f"--- {service.name}\n{service.log.read_text()[-2000:]}" for service in services)
        assert time.monotonic() < deadline, f"it did not happen\n{logs}"
        time.sleep(0.1)
