"""Addresses that get no more mail. Only their keyed hashes are kept: erasing a contact does not undo it."""

import hmac
from collections.abc import Collection

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store.drafts import normalise_email
from store.statements import insert_new, table_of
from store.tables import Suppression

_suppressions = table_of(Suppression)
_REASONS = select(_suppressions.c.address_hash, _suppressions.c.reason).where(
    _suppressions.c.address_hash.in_(bindparam("hashes", expanding=True))
)


class Suppressions:
    """`key` hashes new addresses; `older` keys are still looked up, so that changing keys frees nobody."""

    def __init__(self, session: AsyncSession, key: bytes, *older: bytes) -> None:
        self._session = session
        self._keys = (key, *older)

    def hash(self, email: str) -> str:
        """HMAC-SHA256 of the normalised address, in hex. ValueError when it is no address."""
        return _hash(self._keys[0], email)

    async def add(self, email: str, reason: str) -> bool:
        """Suppress the address. An earlier reason stays; says whether there was none."""
        if await self.reason(email) is not None:
            return False
        return await insert_new(self._session, Suppression(address_hash=self.hash(email), reason=reason))

    async def reason(self, email: str) -> str | None:
        """Why the address gets no mail; None when it may."""
        return (await self.reasons([email])).get(email)

    async def reasons(self, emails: Collection[str]) -> dict[str, str]:
        """Those of the addresses that get no mail, and why."""
        owners = {hash: email for email in emails for hash in self._hashes(email)}
        if not owners:
            return {}
        found = await self._session.execute(_REASONS, {"hashes": list(owners)})
        return {owners[hash]: reason for hash, reason in found}

    async def remove(self, email: str) -> None:
        """Let the address get mail again."""
        chosen = col(Suppression.address_hash).in_(self._hashes(email))
        await self._session.execute(delete(Suppression).where(chosen))

    def _hashes(self, email: str) -> list[str]:
        return [_hash(key, email) for key in self._keys]


def _hash(key: bytes, email: str) -> str:
    return hmac.digest(key, normalise_email(email).encode(), "sha256").hex()
