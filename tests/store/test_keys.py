"""API keys open what they should, while they should."""

import re
from datetime import timedelta

import pytest

from store import clock
from store.database import Database
from store.keys import Keys, mint_key


def test_a_secret_is_random_and_not_in_its_row() -> None:
    secret, key = mint_key("shop", ["read", "enroll"])
    other, _ = mint_key("shop", ["read", "enroll"])
    assert re.fullmatch(r"cad_[0-9a-f]{48}", secret)
    assert secret != other
    assert secret.startswith(key.prefix)
    assert secret not in key.model_dump_json()
    assert key.scopes == ["enroll", "read"]


@pytest.mark.parametrize("scopes", [[], ["root"], ["read", "root"], ["privacy"]])
def test_unknown_scopes_are_refused(scopes: list[str]) -> None:
    with pytest.raises(ValueError, match="scopes must be some of enroll"):
        mint_key("shop", scopes)


async def test_by_secret(database: Database) -> None:
    secret, key = mint_key("shop", ["read"])
    past, expired = mint_key("old", ["read"], expires_at=clock.now() - timedelta(seconds=1))
    future, lasting = mint_key("new", ["read"], expires_at=clock.now() + timedelta(hours=1))
    async with database.begin() as session:
        keys = Keys(session)
        for row in (key, expired, lasting):
            await keys.insert(row)
    async with database.begin() as session:
        keys = Keys(session)
        found = await keys.by_secret(secret)
        assert found is not None
        assert found.name == "shop"
        assert await keys.by_secret(future) is not None
        for wrong in (past, secret[:-1], secret.upper(), key.digest, "", "\ud800"):
            assert await keys.by_secret(wrong) is None


async def test_revoked_at_once_and_once(database: Database) -> None:
    secret, key = mint_key("shop", ["read"])
    async with database.begin() as session:
        keys = Keys(session)
        await keys.insert(key)
        assert await keys.revoke(key.id)
        assert not await keys.revoke(key.id)
        assert await keys.by_secret(secret) is None
        assert [row.id for row in await keys.list()] == [key.id]


async def test_touch_remembers_the_last_use(database: Database) -> None:
    _, key = mint_key("shop", ["read"])
    async with database.begin() as session:
        await Keys(session).insert(key)
        await Keys(session).touch(key.id)
    async with database.read() as session:
        (row,) = await Keys(session).list()
    assert row.last_used_at is not None
