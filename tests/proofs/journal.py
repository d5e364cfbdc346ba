"""What the mail server wrote down: the only witness of what was sent, and how often."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Mail:
    """A mail that was taken, whether or not its sender heard of it."""

    at: float
    id: str
    to: str
    connection: int
    dropped: bool


@dataclass(frozen=True)
class Doubt:
    """A mail whose connection ended before its sender did anything more on it. `answered`: by the server, that is."""

    at: float
    id: str
    answered: bool


class Journal:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._entries: list[dict[str, Any]] = []
        self._read = 0

    def mails(self, crowd: str) -> list[Mail]:
        """Mails to the addresses of one domain, in the order in which they came."""
        return [
            Mail(one["at"], one["id"], one["to"], one["connection"], one["dropped"])
            for one in self._all("taken")
            if one["to"].endswith(f"@{crowd}")
        ]

    def message_ids(self) -> set[str]:
        """Cadencia's own ids of all mails taken: the first part of their Message-IDs."""
        return {one["id"].strip("<>").partition("@")[0] for one in self._all("taken")}

    def doubts(self, since: float, until: float) -> list[Doubt]:
        lost = self._all("lost")
        return [Doubt(one["at"], one["id"], one["answered"]) for one in lost if since <= one["at"] <= until]

    def refused(self, crowd: str) -> int:
        return sum(one["to"].endswith(f"@{crowd}") for one in self._all("refused"))

    def _all(self, what: str) -> list[dict[str, Any]]:
        with self.path.open() as file:
            file.seek(self._read)
            while (line := file.readline()).endswith("\n"):
                self._entries.append(json.loads(line))
                self._read = file.tell()
        return [entry for entry in self._entries if entry["what"] == what]


def copies(mails: Iterable[Mail]) -> Counter[str]:
    """How often each Message-ID was taken."""
    return Counter(mail.id for mail in mails)


def again(mails: Iterable[Mail]) -> int:
    """How many were taken that had been taken before."""
    return sum(count - 1 for count in copies(mails).values())
