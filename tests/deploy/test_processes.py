"""What docker-compose.yml says runs without Docker too: a worker goes, and no mail is lost or sent twice."""

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from tests.cli.test_logs import assert_log
from tests.deploy.model import GIVEN, ROOT, compose
from tests.deploy.processes import Deployment, Service, until
from tests.ports import free_ports
from tests.postgres import postgresql

PORTS = (
    "CADENCIA_API_PORT", "CADENCIA_CATCHER_PORT", "CADENCIA_CATCHER_SMTP_PORT",
    "CADENCIA_TEMPORAL_UI_PORT", "CADENCIA_TEMPORAL_PORT",
)  # fmt: skip


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    return dict(zip(PORTS, free_ports(len(PORTS)), strict=True))


@pytest.fixture
def temporal(ports: dict[str, int], tmp_path: Path) -> Iterator[str]:
    """A Temporal server as a process of its own: its address."""
    tool = shutil.which("temporal", path=str(Path(sys.executable).parent))
    assert tool
    port = ports["CADENCIA_TEMPORAL_PORT"]
    command = [tool, "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port), "--headless"]
    server = Service("temporal", [*command, "--log-level", "error"], {"HOME": str(tmp_path)}, tmp_path)
    yield f"127.0.0.1:{port}"
    server.stop()
    server.wait(20)


@pytest.fixture
async def database() -> AsyncIterator[str]:
    """A PostgreSQL server, with users and databases made by the script that Compose gives its own: its address."""
    with postgresql() as url:
        address = url.rpartition("@")[2]
        await _as_in_the_image(address)
        _psql(address, ROOT / "deploy" / "postgresql" / "databases.sql")
        yield address


async def _as_in_the_image(address: str) -> None:
    """The image's first user is `postgres`, and there is no other."""
    for user, statement in (
        ("cadencia", "CREATE ROLE postgres SUPERUSER LOGIN"),
        ("postgres", "ALTER ROLE cadencia RENAME TO first"),
    ):
        connection = await asyncpg.connect(f"postgresql://{user}@{address}/postgres")
        await connection.execute(statement)
        await connection.close()


def _psql(address: str, script: Path) -> None:
    server = urlsplit(f"//{address}")
    subprocess.run(
        ["psql", "-v", "ON_ERROR_STOP=1", "--no-psqlrc", "-h", str(server.hostname), "-p", str(server.port),
         "-U", "postgres", "-d", "postgres", "-f", script],
        env={"PATH": _path_of_psql(), **GIVEN}, check=True, capture_output=True,
    )  # fmt: skip


def _path_of_psql() -> str:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parts[-2]))
    found = shutil.which("psql")
    return ":".join([*map(str, reversed(folders)), *([str(Path(found).parent)] if found else [])])


@pytest.fixture
def deployment(database: str, temporal: str, ports: dict[str, int], tmp_path: Path) -> Iterator[Deployment]:
    chosen = {name: str(port) for name, port in ports.items()}
    hosts = {
        "postgresql:5432": database,
        "temporal:7233": temporal,
        "mail": "127.0.0.1",
        "0.0.0.0": "127.0.0.1",
    }
    deployment = Deployment(compose({**GIVEN, **chosen}), hosts, tmp_path)
    yield deployment
    for service in deployment.started:
        service.end()


class Callers:
    """Those who call the API, and who look into the catcher."""

    def __init__(self, key: str, ports: dict[str, int]) -> None:
        self._api = f"http://127.0.0.1:{ports['CADENCIA_API_PORT']}"
        self._catcher = f"http://127.0.0.1:{ports['CADENCIA_CATCHER_PORT']}"
        self._headers = {"Authorization": f"Bearer {key}"}

    def enroll(self, number: int) -> str:
        contact = {
            "email": f"contact{number}@example.com",
            "name": f"Contact {number}",
            "consent": {"marketing": {"granted": True, "source": "form"}},
        }
        answer = httpx.post(
            f"{self._api}/v1/workflows/welcome-series/enrollments",
            json={"contact": contact}, headers=self._headers, timeout=30,
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def is_live(self, enrollment: str) -> bool:
        answer = httpx.get(f"{self._api}/v1/enrollments/{enrollment}", headers=self._headers, timeout=30)
        found = answer.raise_for_status().json()
        return bool(found["live"]) and found["status"] == "running"

    def mails(self) -> Counter[str]:
        found = httpx.get(f"{self._catcher}/api/messages", timeout=30).raise_for_status().json()
        return Counter(mail["to"] for mail in found)


@contextmanager
def stopped_in_time(deployment: Deployment, *services: Service) -> Iterator[None]:
    """SIGTERM at the start; at the end they have to have gone, by themselves, within the grace that Compose gives."""
    for service in services:
        service.stop()
    yield
    for service in services:
        code = service.wait(deployment.grace(service.name.partition("-")[0]))
        assert code == 0, f"{service.name}: {service.log.read_text()[-2000:]}"


@pytest.mark.timeout(300)  # nine processes on what may be two busy cores
def test_a_worker_goes_and_nobody_notices(deployment: Deployment, ports: dict[str, int]) -> None:
    refused = deployment.run("migrate", CADENCIA_ENV="production")
    assert refused.returncode == 1
    assert "CADENCIA_EMAIL_URL is needed in production" in refused.stderr
    assert "CADENCIA_PUBLIC_URL is needed in production" in refused.stderr

    migrated = deployment.run("migrate")
    assert migrated.returncode == 0, migrated.stderr
    made = deployment.run("api", "keys", "create", "test", "--scope", "enroll", "--scope", "read")
    callers = Callers(made.stdout.split()[-1], ports)
    started = [
        deployment.start("mail"), deployment.start("api"),
        leaving := deployment.start("worker", "-1"), staying := deployment.start("worker", "-2"),
    ]  # fmt: skip
    until(lambda: all("worker ready" in worker.log.read_text() for worker in (leaving, staying)), started)
    until(lambda: all(service.check() == 0 for service in started), started)

    enrolled = [callers.enroll(number) for number in range(10)]
    with stopped_in_time(deployment, leaving):
        enrolled += [callers.enroll(number) for number in range(10, 20)]
    until(lambda: len(callers.mails()) == 20, started)
    until(lambda: all(callers.is_live(enrollment) for enrollment in enrolled), started)
    assert set(callers.mails().values()) == {1}
    assert {service for service in started if service.runs} == set(started) - {leaving}

    with stopped_in_time(deployment, *(service for service in started if service is not leaving)):
        pass
    assert all(service.check() == 1 for service in started[:2])
    for service in started:
        assert_log(service.log)
    requests = [line for line in assert_log(started[1].log) if line["event"] == "request"]
    assert {(line["method"], line["route"], line["status"]) for line in requests} >= {
        ("POST", "/v1/workflows/{workflow}/enrollments", 201),
        ("GET", "/v1/enrollments/{id}", 200),
        ("GET", "/readyz", 200),
    }
