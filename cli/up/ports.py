"""Which ports `cadencia up` needs, and whether they are free."""

import errno
import json
import socket
from typing import NamedTuple

from worker import settings as configuration
from worker.settings import PREFIX, Settings

_BACKLOG = 2048  # connections that wait to be accepted, as many as uvicorn has


class Port(NamedTuple):
    """A port, the setting that changes it, and what listens there."""

    number: int
    setting: str
    use: str
    host: str


def needed(settings: Settings) -> list[Port]:
    """All ports of `cadencia up`. In production there is no mail catcher."""
    catcher = [] if settings.production else of_catcher(settings)
    temporal = [] if settings.temporal_elsewhere else of_temporal(settings)
    return [*of_api(settings), *catcher, *temporal]


def of_api(settings: Settings) -> list[Port]:
    return [Port(settings.api_port, "CADENCIA_API_PORT", "the API", settings.host)]


def of_catcher(settings: Settings) -> list[Port]:
    return [
        Port(settings.catcher_port, "CADENCIA_CATCHER_PORT", "the mail catcher's page", settings.host),
        Port(settings.catcher_smtp_port, "CADENCIA_CATCHER_SMTP_PORT", "the mail catcher", settings.host),
    ]


def of_temporal(settings: Settings) -> list[Port]:
    return [
        Port(settings.temporal_port, "CADENCIA_TEMPORAL_PORT", "Temporal", "127.0.0.1"),
        Port(settings.temporal_ui_port, "CADENCIA_TEMPORAL_UI_PORT", "Temporal UI", "127.0.0.1"),
    ]


def complaints(ports: list[Port]) -> list[str]:
    """One line for each port that cannot be had."""
    return [line for port in ports if (line := _complaint(port))]


def settled(settings: Settings) -> Settings:
    """The settings with free ports in place of usual ones that are taken; the data folder keeps those for all commands.

    Only where nobody said which port to take, and not in production.
    """
    if settings.production:
        return settings
    ours = {port.setting.removeprefix(PREFIX).lower(): port for port in needed(settings)}
    chosen = {name for name in ours if settings.source(name) in {"default", "data folder"}}
    usual = {name: Settings.model_fields[name].default for name in ours}
    held = {getattr(settings, name) for name in configuration.PORTS if name not in chosen}
    kept = {}
    for name in chosen:
        port = next(
            port for port in range(usual[name], 65536) if port not in held and is_free(ours[name].host, port)
        )
        held.add(port)
        if port != usual[name]:
            kept[name] = port
    if kept != configuration.kept_ports(settings.home):
        configuration.ports_file(settings.home).write_text(json.dumps(kept))
    return configuration.load()


def is_free(host: str, port: int) -> bool:
    return _error(host, port) is None


def listen(settings: Settings) -> socket.socket:
    """The socket of the API, which stays open while one process that serves it follows another. Raises OSError."""
    return _bound(settings.host, settings.api_port)


def _complaint(port: Port) -> str | None:
    error = _error(port.host, port.number)
    if error is None:
        return None
    if error.errno == errno.EADDRINUSE:
        return f"Port {port.number} for {port.use} is taken: stop what uses it, or set {port.setting}"
    if error.errno == errno.EACCES:
        return f"Port {port.number} for {port.use} needs more rights: set {port.setting} to 1024 or higher"
    return f"Nothing can listen at {port.host} for {port.use} ({error.strerror}): set CADENCIA_HOST"


def _error(host: str, port: int) -> OSError | None:
    try:
        _bound(host, port).close()
    except OSError as error:
        return error
    return None


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)
