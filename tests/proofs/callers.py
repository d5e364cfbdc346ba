"""Callers of the API who do not give up: they repeat a call until it is answered, as we tell them to."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.proofs.bench import Bench

CONSENT = {"marketing": {"granted": True, "source": "proof"}}


@dataclass
class Calls:
    """What callers saw. `ids` are the enrollments they were told of."""

    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    without_retry_after: int = 0
    created: int = 0
    ids: set[str] = field(default_factory=set)

    def count(self, answer: httpx.Response) -> None:
        self.statuses[answer.status_code] += 1
        if answer.status_code in (429, 503) and "retry-after" not in answer.headers:
            self.without_retry_after += 1

    async def answered(self, people: int) -> None:
        """Until so many enrollments were answered."""
        await until(lambda: len(self.ids) >= people, 240, f"{people} were enrolled")

    @property
    def wrong(self) -> list[int]:
        """Answers that no caller should ever get."""
        return [status for status in self.statuses if status not in (200, 201, 429, 503)]

    def described(self) -> dict[str, int]:
        statuses = {str(status): count for status, count in sorted(self.statuses.items())}
        return {**statuses, **({"connection errors": self.broken} if self.broken else {})}


def crowd(name: str, size: int) -> list[str]:
    """Addresses in a domain that stands for the proof."""
    return [f"{number:05}@{name}" for number in range(size)]


async def enroll(
    bench: Bench,
    workflow: str,
    addresses: Sequence[str],
    *,
    at_once: int = 16,
    rate: float | None = None,
    patience: float = 5.0,
    calls: Calls | None = None,
) -> Calls:
    """Enrolls everybody, `rate` a second at most. `patience` bounds the Retry-After that callers obey, in seconds."""
    calls = calls if calls is not None else Calls()
    waiting = iter(list(addresses))
    loop = asyncio.get_running_loop()
    began, number = loop.time(), 0

    async def caller(http: httpx.AsyncClient) -> None:
        nonlocal number
        for address in waiting:
            number += 1
            if rate:
                await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
            await _until_answered(http, workflow, address, patience, calls)

    async with bench.http() as http, asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(caller(http))
    return calls


async def _until_answered(
    http: httpx.AsyncClient, workflow: str, address: str, patience: float, calls: Calls
) -> None:
    body = {"contact": {"email": address, "consent": CONSENT}}
    while True:
        try:
            answer = await http.post(f"/v1/workflows/{workflow}/enrollments", json=body)
        except httpx.TransportError:
            calls.broken += 1
            await asyncio.sleep(0.1)
            continue
        calls.count(answer)
        if answer.status_code in (200, 201):
            told = answer.json()
            calls.created += told["created"]
            calls.ids.add(told["id"])
            return
        wait = float(answer.headers.get("retry-after", 1))
        await asyncio.sleep(min(wait, patience))


async def listed(bench: Bench, path: str, **query: str) -> list[dict[str, Any]]:
    """Every item of a list that the API gives in pages."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    async with bench.http() as http:
        while True:
            asked = {**query, "limit": "500", **({"cursor": cursor} if cursor else {})}
            answer = await http.get(path, params=asked)
            answer.raise_for_status()
            found += answer.json()["data"]
            cursor = answer.json()["next_cursor"]
            if cursor is None:
                return found


async def settled(bench: Bench, within: float, among: set[str] | None = None) -> None:
    """Until no message is under way any more: of all, or of these enrollments."""

    async def nothing_left() -> bool:
        left = [
            one["enrollment_id"]
            for status in ("claimed", "sending")
            for one in await listed(bench, "/v1/messages", status=status)
        ]
        return not (left if among is None else among.intersection(left))

    await until(nothing_left, within, "all messages were settled")


async def written_to(bench: Bench, name: str, people: int, within: float) -> None:
    """Until so many people of a crowd have a mail."""
    await until(lambda: reached(bench, name) >= people, within, f"{people} had a mail ({name})")


def reached(bench: Bench, name: str) -> int:
    return len({mail.to for mail in bench.journal.mails(name)})


async def until(holds: Callable[[], Any], within: float, what: str) -> None:
    """Waits for something; raises AssertionError that says what did not come."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while True:
        found = holds()
        if await found if asyncio.iscoroutine(found) else found:
            return
        assert loop.time() < deadline, f"within {within:.0f} s it was not so that {what}"
        await asyncio.sleep(0.2)
