"""The links in a mail, signed: nobody can forge an unsubscribe or make a click an open redirect."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeSerializer

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\\ud800-\udfff]")


class Unsubscription(NamedTuple):
    message_id: str
    contact_id: str


class Click(NamedTuple):
    message_id: str
    target: str


class TaskLink(NamedTuple):
    """`role` is the one that the link was mailed to."""

    task_id: str
    role: str


class NoticeLink(NamedTuple):
    """`role` is the one that was told about the enrollment."""

    enrollment_id: str
    role: str


class Links:
    """Makes and reads links. The first key signs, all verify. What was tampered with reads as None."""

    def __init__(self, public_url: str, secret_keys: Sequence[str]) -> None:
        if not secret_keys:
            raise ValueError("Links need a key to sign with; set CADENCIA_SECRET_KEYS")
        self.public_url = public_url.rstrip("/")
        keys = list(reversed(secret_keys))  # the serializer signs with the last one
        self._unsubscribe, self._click, self._open, self._task, self._notice = (
            URLSafeSerializer(
                keys,
                salt=f"cadencia.{purpose}",
                signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
            )
            for purpose in ("unsubscribe", "click", "open", "task", "notice")
        )

    def unsubscribe(self, message_id: str, contact_id: str) -> str:
        return self._url("u", self._unsubscribe, [message_id, contact_id])

    def click(self, message_id: str, target: str) -> str:
        """A link that notes the click and goes on to `target`; ValueError unless that is an http(s) URL."""
        if not is_web_url(target):
            raise ValueError(f"{target!r} cannot be a link's target: write a whole http:// or https:// URL")
        return self._url("c", self._click, [message_id, target])

    def open(self, message_id: str) -> str:
        return self._url("o", self._open, [message_id]) + ".gif"

    def task(self, task_id: str, role: str) -> str:
        """Where somebody of the role answers the task."""
        return self._url("t", self._task, [task_id, role])

    def notice(self, enrollment_id: str, role: str) -> str:
        """Where somebody of the role sees whom a notice is about."""
        return self._url("n", self._notice, [enrollment_id, role])

    def read_unsubscribe(self, token: str) -> Unsubscription | None:
        data = _read(self._unsubscribe, token, 2)
        return Unsubscription(*data) if data else None

    def read_click(self, token: str) -> Click | None:
        data = _read(self._click, token, 2)
        return Click(*data) if data and is_web_url(data[1]) else None

    def read_open(self, token: str) -> str | None:
        """The message's id."""
        data = _read(self._open, token.removesuffix(".gif"), 1)
        return data[0] if data else None

    def read_task(self, token: str) -> TaskLink | None:
        data = _read(self._task, token, 2)
        return TaskLink(*data) if data else None

    def read_notice(self, token: str) -> NoticeLink | None:
        data = _read(self._notice, token, 2)
        return NoticeLink(*data) if data else None

    def for_message(self, message_id: str, contact_id: str, *, marketing: bool = True) -> "MessageLinks":
        """The links of one mail. Transactional mail has no unsubscribe link."""
        return MessageLinks(
            owner=self,
            message_id=message_id,
            unsubscribe=self.unsubscribe(message_id, contact_id) if marketing else None,
            pixel=self.open(message_id),
        )

    def _url(self, path: str, serializer: URLSafeSerializer, data: list[str]) -> str:
        return f"{self.public_url}/{path}/{_text(serializer.dumps(data))}"


@dataclass(frozen=True)
class MessageLinks:
    """What rendering needs of `Links` for one mail."""

    owner: Links
    message_id: str
    unsubscribe: str | None
    pixel: str

    def track(self, target: str) -> str:
        """The signed link to `target`; the unsubscribe link stays as it is."""
        return target if target == self.unsubscribe else self.owner.click(self.message_id, target)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell machines what this mail is: RFC 3834, and RFC 8058 for marketing."""
        headers = {"Auto-Submitted": "auto-generated"}
        if self.unsubscribe:
            headers["List-Unsubscribe"] = f"<{self.unsubscribe}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return headers


def is_web_url(url: str) -> bool:
    """Whether this is a whole http(s) URL, without white space, controls or backslashes."""
    if _UNSAFE.search(url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _read(serializer: URLSafeSerializer, token: str, size: int) -> list[str] | None:
    try:
        data: Any = serializer.loads(token)
    except (BadData, ValueError):  # ValueError: text that is no UTF-8
        return None
    whole = isinstance(data, list) and len(data) == size and all(isinstance(item, str) for item in data)
    return data if whole else None


def _text(token: str | bytes) -> str:
    return token if isinstance(token, str) else token.decode("ascii")
