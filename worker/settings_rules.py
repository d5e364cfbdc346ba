"""What each setting may be. Errors say what to write instead, and never repeat a secret."""

import difflib
import re
from collections.abc import Iterable, Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from activities.links import is_web_url

_ROOT = Path(__file__).resolve().parent.parent
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
_PORT = "give a port number from 1 to 65535"
_HINTS = {"int_parsing": _PORT, "int_type": _PORT, "greater_than_equal": _PORT, "less_than_equal": _PORT}
_NEEDED = {
    "secret_keys": "give at least one key of 32 characters or more, the first signs (openssl rand -hex 32)",
    "email_url": "give the mail relay, smtp://user:password@host:587",
    "public_url": "give the address that links in mails lead to, https://…",
}


def split(value: Any) -> Any:
    """`a, b` → `["a", "b"]`."""
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


def lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def expand(path: Path | None) -> Path | None:
    return path.expanduser() if path else None


def database_url(url: str) -> str:
    """The URL with an async driver; `sslmode`, as PostgreSQL's own tools say, becomes asyncpg's `ssl`."""
    scheme, separator, rest = url.partition("://")
    driver = _DRIVERS.get(scheme)
    if not separator or driver is None:
        raise ValueError("give sqlite:///path/to/file.db or postgresql://user:password@host/database")
    if driver == "sqlite+aiosqlite" and not rest.startswith("/"):
        raise ValueError(
            "a file's URL has three slashes, four when the path is absolute: sqlite:///var/cadencia.db"
        )
    return f"{driver}://" + re.sub(r"([?&])sslmode=", r"\1ssl=", rest)


def http_url(url: str | None) -> str | None:
    """A base address, without the slash at its end."""
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("give an address such as https://mail.example.com")
    return url.rstrip("/")


def page_url(url: str | None) -> str | None:
    """The whole address of a page, as links in mails have it."""
    if url is not None and not is_web_url(url):
        raise ValueError("give the whole address of a page, such as https://www.example.com/shop")
    return url


def smtp_url(url: SecretStr | None) -> SecretStr | None:
    parts = urlsplit(url.get_secret_value()) if url else None
    if parts and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname or not _has_port(parts)):
        raise ValueError("give smtp://user:password@host:587 or smtps://user:password@host:465")
    return url


def _has_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:  # not a number
        return False


def one_line(text: str | None) -> str | None:
    if text and re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", text):
        raise ValueError("write it in one line, without control characters")
    return text


def sender(text: str) -> str:
    one_line(text)
    if not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+\.[^@\s<>,]+", parseaddr(text)[1]):
        raise ValueError("give a name and an address: Your Shop <hello@example.com>")
    return text


def addresses(entries: list[str]) -> list[str]:
    for entry in entries:
        if not re.fullmatch(r"([^@\s]+)?@?[^@\s]+\.[^@\s]+", entry):
            raise ValueError(f"{entry!r} is no address or domain: write you@example.com or example.com")
    return [entry.lower() for entry in entries]


def long_keys(keys: list[SecretStr]) -> list[SecretStr]:
    if any(len(key.get_secret_value()) < 32 for key in keys):
        raise ValueError("each key needs 32 characters or more (openssl rand -hex 32)")
    return keys


def packages(names: list[str]) -> list[str]:
    for name in names:
        if not all(part.isidentifier() for part in name.split(".")):
            raise ValueError(f"{name!r} is no package: give importable names, such as workflows,acme")
    return names


def beside_the_code(folders: list[Path]) -> list[Path]:
    """Folders that are not in the working folder but beside the code are taken from there."""
    found = [folder.expanduser() for folder in folders]
    return [
        folder if folder.exists() or not (_ROOT / folder).exists() else _ROOT / folder for folder in found
    ]


def distinct(ports: Mapping[str, int]) -> None:
    """Raises ValueError when two settings claim one port."""
    owners: dict[int, str] = {}
    for name, port in ports.items():
        if port in owners:
            raise ValueError(f"{owners[port]} and {name} are both {port}: give each its own port")
        owners[port] = name


def required_in_production(given: set[str], prefix: str) -> None:
    """Raises ValueError with one line for each setting that production cannot do without."""
    missing = [
        f"{prefix}{name.upper()} is needed in production: {hint}"
        for name, hint in _NEEDED.items()
        if name not in given
    ]
    if missing:
        raise ValueError("\n".join(missing))


def refused_in_production(given: set[str], prefix: str) -> None:
    """Raises ValueError for a setting that would spoil production."""
    if "speed" in given:
        raise ValueError(
            f"{prefix}SPEED is for development: remove it, production runs at the machine's time"
        )


def loopback(host: str, prefix: str) -> None:
    """Raises ValueError where processes on several machines would each sign links with a key of their own."""
    if host != "localhost" and not host.startswith("127.") and host != "::1":
        raise ValueError(
            f"{prefix}SECRET_KEYS is needed beside {prefix}HOST={host}: openssl rand -hex 32 makes one"
        )


def shown(value: Any) -> str:
    """A value for reading: secrets masked, lists with commas."""
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return "********"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ", ".join(shown(one) for one in value)
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:********@", str(value))


def lines(errors: Iterable[Any], prefix: str) -> list[str]:
    """Validation errors as lines. A default that was not made because of another error is no news."""
    return [_line(error, prefix) for error in errors if error["type"] != "default_factory_not_called"]


def _line(error: Any, prefix: str) -> str:
    text = error["msg"].removeprefix("Value error, ")
    if error["loc"] and str(error["loc"][0]).endswith("_port"):
        text = _HINTS.get(error["type"], text)
    if error["type"] == "literal_error":
        text = f"give {error['ctx']['expected']}"
    if not error["loc"]:
        return str(text)
    return f"{prefix}{str(error['loc'][0]).upper()}: {text}"


def unknown_line(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"{name} is no setting" + (
        f"; did you mean {near[0]}?" if near else " (`cadencia settings` lists them)"
    )
