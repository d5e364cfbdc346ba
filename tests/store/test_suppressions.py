"""Suppressed addresses are known again, and nobody can read them."""

from sqlalchemy import select

from store.database import Database
from store.suppressions import Suppressions
from store.tables import Suppression


async def test_an_address_is_known_in_any_spelling(database: Database) -> None:
    async with database.begin() as session:
        suppressions = Suppressions(session, b"key")
        assert await suppressions.add("Ada@Example.com", "bounced")
        assert not await suppressions.add("ada@example.com", "complained")
        assert await suppressions.reason(" ADA@example.com") == "bounced"
        assert await suppressions.reason("eve@example.com") is None
        await suppressions.remove("ada@example.com")
        assert await suppressions.reason("ada@example.com") is None


async def test_only_the_keyed_hash_is_kept(database: Database) -> None:
    async with database.begin() as session:
        await Suppressions(session, b"key").add("ada@example.com", "bounced")
        row = (await session.scalars(select(Suppression))).one()
        assert len(row.address_hash) == 64
        assert row.address_hash != Suppressions(session, b"other").hash("ada@example.com")


async def test_a_new_key_frees_nobody(database: Database) -> None:
    async with database.begin() as session:
        await Suppressions(session, b"old").add("ada@example.com", "bounced")
        rotated = Suppressions(session, b"new", b"old")
        assert await rotated.reason("ada@example.com") == "bounced"
        assert not await rotated.add("ada@example.com", "complained")
        await rotated.remove("ada@example.com")
        assert await rotated.reason("ada@example.com") is None
