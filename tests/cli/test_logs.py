"""Logs: JSON where no terminal is, and no address in them."""

import asyncio
import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.runtime import Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError

from tests.temporal import port_of, temporal
from worker import logs
from worker.connection import CORE_LOGS, connect
from worker.settings import Settings

__all__ = ["temporal"]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("info", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def entries(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_address_after_what_json_escapes_leaves_json(written: io.StringIO) -> None:
    for before in ("\n", "\\", '"', "\x1b", "\t", "ñ\n"):
        structlog.get_logger().warning(f"refused{before}ana@example.com", to=[f"{before}ana@example.com"])
    assert [line["to"][0][-7:] for line in entries(written)] == ["***@***"] * 6
    assert "ana" not in written.getvalue()


def assert_log(file: Path) -> list[dict[str, Any]]:
    """Each line of a process's log is an event in JSON, with nothing personal. Gives them."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in file.read_text().splitlines()]
    assert lines, file
    for line in lines:
        assert line.keys() >= {"event", "level", "logger", "timestamp"}, line
        assert not re.search(r"@example|Ana\b|Contact \d", json.dumps(line)), line
    return lines


def test_both_kinds_of_loggers_write_one_form(written: io.StringIO) -> None:
    structlog.get_logger("ours").info("sent", messages=3)
    logging.getLogger("theirs").warning("slow: %s s", 4)
    ours, theirs = entries(written)
    assert (ours["event"], ours["messages"], ours["level"], ours["logger"]) == ("sent", 3, "info", "ours")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("slow: 4 s", "warning", "theirs")


def test_no_address_is_written_wherever_it_comes_from(written: io.StringIO) -> None:
    structlog.get_logger().warning(
        "refused ana@example.com", to="Ana <ana@example.com>", more=["ana@example.com"]
    )
    try:
        raise ValueError("RCPT TO:<ana+tag@mail.example.com> refused")
    except ValueError:
        logging.getLogger("smtp").exception("sending failed")
    assert len(entries(written)) == 2
    assert "ana" not in written.getvalue().replace("traceback", "")
    assert "***@***" in written.getvalue()


def test_the_level_holds(written: io.StringIO) -> None:
    structlog.get_logger().debug("too fine")
    logging.getLogger("x").debug("too fine")
    assert not written.getvalue()


async def test_what_the_sdk_says_is_a_line_too(written: io.StringIO, temporal: Client) -> None:
    """The core writes past Python unless it is told where to."""
    forwarding = replace(CORE_LOGS, filter=TelemetryFilter(core_level="DEBUG", other_level="DEBUG"))
    logging.getLogger().setLevel("DEBUG")
    runtime = Runtime(telemetry=TelemetryConfig(logging=forwarding))
    settings = Settings(_env_file=None, temporal_port=port_of(temporal), secret_keys=[SecretStr("k" * 40)])
    client = await connect(settings, runtime=runtime)
    with pytest.raises(RPCError):
        await client.get_workflow_handle("ana@example.com").describe()
    for _ in range(200):  # the core hands over what it says a little later
        if said := [line for line in entries(written) if line["logger"] == "temporalio.core"]:
            break
        await asyncio.sleep(0.05)
    assert said
    assert any(isinstance(line.get("fields"), dict) for line in said)
    assert "ana" not in written.getvalue()
