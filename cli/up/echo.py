"""Reads the log lines of the processes: JSON of Cadencia and of Temporal, and whatever else comes out."""

import json
from dataclasses import dataclass
from typing import Any

_BAD = {"warning", "warn", "error", "critical", "fatal", "panic"}
_LAST = {"fatal", "panic"}
_PLUMBING = {"event", "msg", "message", "level", "logger", "timestamp", "time", "ts", "exception"}
_LONGEST = 400
_CORE = "temporalio.core"


@dataclass(frozen=True)
class Entry:
    """One line. `is_raw`: it is not Cadencia's own: of a traceback, say, or of the core of Temporal's SDK."""

    text: str
    level: str
    is_raw: bool = False

    @property
    def is_bad(self) -> bool:
        return self.level in _BAD or self.is_raw

    @property
    def is_error(self) -> bool:
        return self.level in _BAD - {"warning", "warn"}

    @property
    def is_last(self) -> bool:
        """Whether the process ends by it."""
        return self.level in _LAST


def parse(line: str) -> Entry:
    try:
        fields = json.loads(line)
    except ValueError:
        return Entry(line, "info", is_raw=True)
    if not isinstance(fields, dict):
        return Entry(line, "info", is_raw=True)
    is_core = fields.get("logger") == _CORE
    return Entry(_text(fields)[:_LONGEST], str(fields.get("level", "info")).lower(), is_raw=is_core)


def _text(fields: dict[str, Any]) -> str:
    text = str(fields.get("event") or fields.get("msg") or fields.get("message") or "")
    extra = [f"{name}={value}" for name, value in fields.items() if name not in _PLUMBING]
    raised = str(fields.get("exception") or "").strip().splitlines()[-1:]
    return " ".join([text, *extra, *raised])
