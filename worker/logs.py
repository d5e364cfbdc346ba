"""Logging: lines for people in a terminal, else one line of JSON for each event. No email address is in either."""

import logging
import re
import sys
from types import TracebackType
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_ADDRESS = re.compile(r"(\\u[0-9a-f]{4}|\\.)|[^\s\"'<>(),;:=\\]+@[^\s\"'<>(),;:=\\]+\.\w+")
"""An address; or what JSON escapes, so that none is taken to begin inside of it."""


def configure(level: str, stream: TextIO = sys.stderr) -> None:
    """Sends structlog, the standard library's loggers, warnings and a last error to one stream, in one form."""
    people = stream.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _plain,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if people else "iso", utc=not people),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_render(people), _blot],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    sys.excepthook = _end
    for chatty in ("httpx", "httpcore", "mail.log", "uvicorn.access", "alembic"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


def _end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("cadencia").critical("the process ends by an error", exc_info=(kind, error, trace))


def _render(people: bool) -> list[Processor]:
    if people:
        plain = structlog.dev.plain_traceback  # the others print the values of local variables
        return [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _plain(_logger: WrappedLogger, _method: str, fields: EventDict) -> EventDict:
    """Without uvicorn's second, coloured copy of its messages; with what Temporal's core says besides its message."""
    fields.pop("color_message", None)
    core = fields.pop("temporal_log", None)
    if core and core.fields:
        fields["fields"] = core.fields
    return fields


def _blot(_logger: WrappedLogger, _method: str, rendered: str | EventDict) -> str:
    """The last processor: whatever a message, a value or a traceback brought along, no address is written."""
    return _ADDRESS.sub(lambda found: found[1] or "***@***", str(rendered))
