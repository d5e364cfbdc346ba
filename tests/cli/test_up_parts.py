"""What `cadencia up` is made of: ports, log lines, processes."""

import asyncio
import io
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console

from cli.output import Failure
from cli.up import echo, home, ports
from cli.up.child import Child
from cli.up.panel import panel
from cli.up.screen import Screen
from tests.ports import free_ports
from worker import settings as configuration
from worker.settings import Settings


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_taken_port_is_one_line_that_names_the_setting(taken: int) -> None:
    free = free_ports(4)
    settings = Settings(
        api_port=free[0],
        catcher_port=taken,
        catcher_smtp_port=free[1],
        temporal_port=free[2],
        temporal_ui_port=free[3],
    )
    assert ports.complaints(ports.needed(settings)) == [
        f"Port {taken} for the mail catcher's page is taken: stop what uses it, or set CADENCIA_CATCHER_PORT"
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, and no other setting."""
    for name in [name for name in os.environ if name.startswith(("CADENCIA_", "TEMPORAL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CADENCIA_HOME", str(tmp_path))
    return tmp_path


def test_a_usual_port_that_is_taken_gives_way_for_all_commands_of_the_folder(
    folder: Path, taken: int
) -> None:
    usual = Settings.model_fields["api_port"].default
    with ExitStack() as others:
        if ports.is_free("127.0.0.1", usual):
            others.enter_context(socket.create_server(("127.0.0.1", usual)))
        settled = ports.settled(configuration.load())
    assert settled.api_port > usual
    assert not ports.complaints(ports.needed(settled))
    again = configuration.load()
    assert (again.api_port, again.api_url) == (settled.api_port, f"http://127.0.0.1:{settled.api_port}")
    assert again.public_url == again.api_url
    (row,) = [row for row in again.describe() if row.name == "CADENCIA_API_PORT"]
    assert row.source == "data folder"


def test_a_port_that_was_asked_for_never_gives_way(
    folder: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADENCIA_API_PORT", str(taken))
    (complaint,) = ports.complaints(ports.needed(ports.settled(configuration.load())))
    assert "set CADENCIA_API_PORT" in complaint


def test_the_panel_says_whom_mail_reaches_and_how_fast_the_clock_runs() -> None:
    settings = Settings(
        speed=20_000, email_url=SecretStr("smtp://u:hush@relay.example:587"), email_allow=["example.com"]
    )
    shown = _panel_of(settings)
    assert "20,000 times as fast" in shown
    assert "relay.example:587" in shown
    assert "example.com" in shown
    assert "hush" not in shown
    assert "Speed" not in _panel_of(Settings())
    assert "nobody" in _panel_of(Settings(email_url=SecretStr("smtp://relay.example")))


def _panel_of(settings: Settings) -> str:
    console = Console(file=io.StringIO(), width=80)
    console.print(panel(settings, "cad_1", 3.2))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_ports_that_are_not_needed_are_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "cluster:7233")
    assert [port.setting for port in ports.needed(Settings())] == [
        "CADENCIA_API_PORT",
        "CADENCIA_CATCHER_PORT",
        "CADENCIA_CATCHER_SMTP_PORT",
    ]


def test_one_data_folder_has_one_owner(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "var")
    home.folder(settings)
    with (
        home.alone(settings),
        pytest.raises(Failure, match=rf"already, at http://127.0.0.1:8000 \(process {os.getpid()}\)"),
        home.alone(settings),
    ):
        pass
    with home.alone(settings):
        pass


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ('{"event": "sent", "level": "info", "n": 3}', echo.Entry("sent n=3", "info")),
        ('{"level": "ERROR", "msg": "no disk", "time": "now"}', echo.Entry("no disk", "error")),
        (
            '{"event": "failed", "level": "error", "exception": "Traceback\\n  x\\nKeyError: 1"}',
            echo.Entry("failed KeyError: 1", "error"),
        ),
        ("Segmentation fault", echo.Entry("Segmentation fault", "info", is_raw=True)),
        ("3", echo.Entry("3", "info", is_raw=True)),
    ],
)
def test_log_lines_of_all_processes_are_understood(line: str, entry: echo.Entry) -> None:
    assert echo.parse(line) == entry


def test_only_what_ends_temporal_is_shown_of_its_log() -> None:
    console = Console(file=io.StringIO(), width=200)
    screen = Screen(console)
    for part, level in (
        ("Temporal", "error"),
        ("Temporal", "fatal"),
        ("worker", "warning"),
        ("worker", "info"),
    ):
        screen.heed(part, echo.Entry(f"{part} says {level}", level))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        "Temporal │ Temporal says fatal",
        "worker │ worker says warning",
    ]


class Heard(list[echo.Entry]):
    """What a process logged; `something` is set with its first line."""

    def __init__(self) -> None:
        self.something = asyncio.Event()

    def __call__(self, _name: str, entry: echo.Entry) -> None:
        self.append(entry)
        self.something.set()


async def started(tmp_path: Path, code: str) -> tuple[Child, Heard]:
    heard = Heard()
    child = Child("worker", tmp_path / "worker.log", heard)
    await child.start([sys.executable, "-c", code])
    return child, heard


async def test_the_last_words_of_a_process_are_kept(tmp_path: Path) -> None:
    child, heard = await started(
        tmp_path, 'print(\'{"event": "hm", "level": "warning"}\'); raise SystemExit("gone")'
    )
    async with asyncio.timeout(20):
        assert await child.ended == 1
    assert set(child.last_words) == {"hm", "gone"}
    assert [entry.text for entry in heard] == ["hm"]
    assert sorted(child.log.read_text().split("\n")[:2]) == ["gone", '{"event": "hm", "level": "warning"}']
    await child.stop(1, asyncio.Event())


DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('{}', flush=True); time.sleep(60)"


async def test_a_process_that_does_not_obey_is_ended(tmp_path: Path) -> None:
    child, heard = await started(tmp_path, DEAF)
    async with asyncio.timeout(20):
        await heard.something.wait()
        assert not await child.stop(0.2, asyncio.Event())
        assert await child.ended == -signal.SIGKILL


async def test_hurry_ends_a_process_at_once(tmp_path: Path) -> None:
    child, heard = await started(tmp_path, DEAF)
    hurry = asyncio.Event()
    async with asyncio.timeout(20):
        await heard.something.wait()
        asyncio.get_running_loop().call_later(0.1, hurry.set)
        await child.stop(60, hurry)


async def test_a_line_without_end_stops_nothing(tmp_path: Path) -> None:
    child, heard = await started(tmp_path, "print('x' * 3_000_000); print('{\"event\": \"after\"}')")
    async with asyncio.timeout(20):
        assert await child.ended == 0
    assert [entry.text for entry in heard][-1] == "after"
    await child.stop(1, asyncio.Event())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
async def test_children_end_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    code = f"""
import asyncio, sys
from pathlib import Path
from cli.up.child import Child
from cli.up.screen import Screen
async def main():
    child = Child("x", Path({str(tmp_path / "x.log")!r}), lambda *_: None)
    await child.start([sys.executable, "-c", "import time; time.sleep(60)"])
    print(child.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout
    async with asyncio.timeout(30):
        pid = int(await parent.stdout.readline())
        parent.kill()
        await parent.wait()
        while _is_running(pid):  # noqa: ASYNC110 - a process that is not ours tells nobody
            await asyncio.sleep(0.02)


def _is_running(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
