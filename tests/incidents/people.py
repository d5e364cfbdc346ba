"""People inside the workflow `shop`, and whether they go on: nothing is lost, nothing done twice."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.proofs.journal import Journal

GO_ON_WITHIN = 90.0  # seconds

_CROWD = "incidents.example"
_BASKET = {"name": "basket.filled", "properties": {"items": 3}}


class People:
    def __init__(self, http: httpx.AsyncClient, journal: Journal) -> None:
        self._http = http
        self._journal = journal
        self._inside: dict[str, tuple[str, int]] = {}  # address and score to come, by enrollment

    async def enroll(self, count: int = 1, visits: int = 2) -> list[str]:
        """As many people more; gives the ids of their enrollments."""
        ids = []
        for _ in range(count):
            address = f"{secrets.token_hex(8)}@{_CROWD}"
            body = {"contact": {"email": address, "name": "Ana"}, "params": {"visits": visits}}
            answer = await self._http.post("/v1/workflows/shop/enrollments", json=body)
            ids.append(answer.raise_for_status().json()["id"])
            self._inside[ids[-1]] = address, 10 // visits
        return ids

    async def waiting(self, count: int = 1, visits: int = 2) -> list[str]:
        """People more, who have their mail and wait for a basket."""
        ids = await self.enroll(count, visits)
        await until(self._all_wait, GO_ON_WITHIN)
        return ids

    async def contact_of(self, id: str) -> str:
        return str((await self._enrollment(id))["contact_id"])

    async def mail_taken(self) -> None:
        """The server has everybody's mail, whatever it answered."""

        async def taken() -> bool:
            return {address for address, _ in self._inside.values()} <= set(self._mails())

        await until(taken, GO_ON_WITHIN)

    async def all_end(self) -> None:
        await until(self._all_ended, GO_ON_WITHIN)

    async def all_finish(self) -> None:
        """Everybody's basket is filled: each has had one mail, and has got the score once."""
        await until(self._all_wait, GO_ON_WITHIN)
        contacts = {id: await self.contact_of(id) for id in self._inside}
        for contact in contacts.values():
            answer = await self._http.post("/v1/events", json={**_BASKET, "contact": {"id": contact}})
            answer.raise_for_status()
        await self.all_end()
        mails = self._mails()
        for id, (address, score) in self._inside.items():
            shown = (await self._http.get(f"/v1/contacts/{contacts[id]}")).json()
            assert (mails.count(address), shown["score"]) == (1, score), id
        self._inside.clear()

    async def _all_wait(self) -> bool:
        """For their basket; some may have it, and have ended."""
        found = [await self._enrollment(id) for id in self._inside]
        return all(
            one["status"] == "ended" or any(due["key"].startswith("wait_for:") for due in one["next"])
            for one in found
        )

    async def _all_ended(self) -> bool:
        found = [await self._enrollment(id) for id in self._inside]
        assert {one["outcome"] for one in found} <= {None, "completed"}, found
        return all(one["status"] == "ended" for one in found)

    async def _enrollment(self, id: str) -> dict[str, Any]:
        answer = await self._http.get(f"/v1/enrollments/{id}")
        shown: dict[str, Any] = answer.raise_for_status().json()
        return shown

    def _mails(self) -> list[str]:
        """The address of each mail that the server took."""
        return [mail.to for mail in self._journal.mails(_CROWD)]


async def until(holds: Callable[[], Awaitable[bool]], within: float) -> None:
    """Raises TimeoutError when it does not hold within these seconds."""
    async with asyncio.timeout(within):
        while not await holds():  # noqa: ASYNC110  # other processes tell
            await asyncio.sleep(0.5)
