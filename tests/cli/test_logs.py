"""Logs: JSON where no terminal is, and no address in them."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from worker import logs


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
