"""API keys: shown once, kept as a SHA-256. A slow hash would buy nothing for random secrets."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.statements import update_one
from store.tables import ApiKey

SCOPES = ("enroll", "events", "read", "operate", "admin")


def mint_key(name: str, scopes: Iterable[str], expires_at: datetime | None = None) -> tuple[str, ApiKey]:
    """A new secret (`cad_`, 192 random bits) and the row that remembers it. ValueError: unknown scope."""
    chosen = set(scopes)
    unknown = chosen.difference(SCOPES)
    if unknown or not chosen:
        raise ValueError(
            f"scopes must be some of {', '.join(SCOPES)}; not {', '.join(sorted(unknown)) or 'none'}"
        )
    secret = f"cad_{secrets.token_hex(24)}"
    kept = [scope for scope in SCOPES if scope in chosen]
    key = ApiKey(name=name, prefix=secret[:12], digest=_digest(secret), scopes=kept, expires_at=expires_at)
    return secret, key


class Keys:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def insert(self, key: ApiKey) -> None:
        self._session.add(key)
        await self._session.flush()

    async def by_secret(self, secret: str) -> ApiKey | None:
        """The key of this secret; None when there is none, or it is revoked or has expired."""
        digest = _digest(secret)
        key = (await self._session.scalars(select(ApiKey).where(col(ApiKey.digest) == digest))).one_or_none()
        if key is None or not hmac.compare_digest(key.digest, digest):
            return None
        expired = key.expires_at is not None and key.expires_at <= clock.now()
        return None if expired or key.revoked_at is not None else key

    async def list(self) -> Sequence[ApiKey]:
        """Every key, the newest first."""
        return (await self._session.scalars(select(ApiKey).order_by(col(ApiKey.id).desc()))).all()

    async def revoke(self, id: str) -> bool:
        """The key opens nothing from now on; False when there is none or it was revoked before."""
        chosen = update(ApiKey).where(col(ApiKey.id) == id, col(ApiKey.revoked_at).is_(None))
        return await update_one(self._session, chosen.values(revoked_at=clock.now()))

    async def touch(self, id: str) -> None:
        """The key was used now."""
        await self._session.execute(
            update(ApiKey).where(col(ApiKey.id) == id).values(last_used_at=clock.now())
        )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
