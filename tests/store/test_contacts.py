"""Contacts are one row each, whoever asks and how often."""

import asyncio

import pytest
from sqlalchemy import func, select

from store.contact_batches import ContactBatch, Refused, Upserted
from store.contacts import ConflictingIds, ContactDraft, ContactIds, Contacts, OtherIds
from store.database import Database
from store.tables import Contact, Score
from tests.store.rows import make_contact


async def upsert(database: Database, **fields: object) -> tuple[Contact, bool]:
    async with database.begin() as session:
        return await Contacts(session).upsert(ContactDraft.model_validate(fields))


async def count(database: Database) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(Contact)) or 0


class TestUpsert:
    async def test_100_in_parallel_make_one(self, database: Database) -> None:
        calls = [
            upsert(database, external_id="42", email="ada@example.com", attributes={f"key-{number}": number})
            for number in range(100)
        ]
        answers = await asyncio.gather(*calls)
        assert sum(created for _, created in answers) == 1
        assert len({contact.id for contact, _ in answers}) == 1
        assert await count(database) == 1
        async with database.read() as session:
            contact = await Contacts(session).get(answers[0][0].id)
        assert contact is not None
        assert contact.attributes == {f"key-{number}": number for number in range(100)}

    async def test_parallel_calls_by_different_ids_make_one(self, database: Database) -> None:
        both = {"external_id": "42", "email": "ada@example.com"}
        calls = [upsert(database, **ids) for ids in [both, {"email": "ada@example.com"}] * 20]
        answers = await asyncio.gather(*calls)
        assert len({contact.id for contact, _ in answers}) == 1
        assert answers[0][0].external_id == "42"

    async def test_sets_only_what_is_given(self, database: Database) -> None:
        ids = {"email": "ada@example.com"}
        await upsert(database, **ids, name="Ada", locale="es-mx", time_zone="America/Mexico_City")
        contact, created = await upsert(database, **ids, external_id="42")
        assert not created
        assert (contact.name, contact.locale, contact.time_zone) == ("Ada", "es-MX", "America/Mexico_City")
        assert contact.external_id == "42"

    async def test_null_empties_a_field_but_no_id(self, database: Database) -> None:
        await upsert(database, external_id="42", email="ada@example.com", name="Ada", locale="es")
        contact, _ = await upsert(database, external_id="42", email=None, name=None, locale=None)
        assert (contact.email, contact.name, contact.locale) == ("ada@example.com", None, "en")

    async def test_attributes_merge_per_key_and_null_removes(self, database: Database) -> None:
        ids = {"email": "ada@example.com"}
        await upsert(database, **ids, attributes={"plan": "basic", "seats": 3, "tags": {"a": 1}, "no": None})
        contact, _ = await upsert(database, **ids, attributes={"plan": None, "seats": 4, "new": [1, "é"]})
        assert contact.attributes == {"seats": 4, "tags": {"a": 1}, "new": [1, "é"]}

    async def test_a_call_that_changes_nothing_leaves_the_row(self, database: Database) -> None:
        fields = {"email": "ada@example.com", "name": "Ada", "attributes": {"plan": "basic"}}
        before, _ = await upsert(database, **fields)
        after, _ = await upsert(database, **fields)
        assert after.updated_at == before.updated_at

    async def test_the_stronger_id_may_change_the_weaker(self, database: Database) -> None:
        first, _ = await upsert(database, external_id="42", email="ada@example.com")
        by_external_id, _ = await upsert(database, external_id="42", email="new@example.com")
        by_id, _ = await upsert(database, id=first.id, external_id="43")
        assert first.id == by_external_id.id == by_id.id
        assert (by_id.external_id, by_id.email) == ("43", "new@example.com")

    async def test_an_unknown_id_is_an_error(self, database: Database) -> None:
        await upsert(database, email="ada@example.com")
        with pytest.raises(LookupError):
            await upsert(database, id="con_unknown", email="ada@example.com")

    async def test_without_any_id_is_an_error(self, database: Database) -> None:
        with pytest.raises(ValueError, match="needs an id"):
            await upsert(database, name="Ada")


class TestConflictingIds:
    async def test_of_two_contacts(self, database: Database) -> None:
        await upsert(database, external_id="42")
        await upsert(database, email="ada@example.com")
        with pytest.raises(ConflictingIds) as caught:
            await upsert(database, external_id="42", email="ada@example.com")
        assert caught.value.fields == ("external_id", "email")
        assert "ada" not in str(caught.value)

    async def test_an_address_that_belongs_to_another_external_id(self, database: Database) -> None:
        await upsert(database, external_id="42", email="ada@example.com")
        with pytest.raises(ConflictingIds):
            await upsert(database, external_id="43", email="ada@example.com")
        assert await count(database) == 1

    async def test_two_that_claim_one_address_at_once(self, database: Database) -> None:
        await asyncio.gather(*(upsert(database, external_id=str(number)) for number in range(8)))
        calls = [upsert(database, external_id=str(number), email="ada@example.com") for number in range(8)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert sum(isinstance(answer, ConflictingIds) for answer in answers) == 7
        assert sum(isinstance(answer, tuple) for answer in answers) == 1


class TestFind:
    async def test_by_each_id(self, database: Database) -> None:
        contact, _ = await upsert(database, external_id="42", email="ada@example.com")
        async with database.read() as session:
            contacts = Contacts(session)
            assert await contacts.find(id=contact.id) is not None
            assert await contacts.find(external_id="42") is not None
            assert await contacts.find(email="ada@example.com") is not None
            assert await contacts.find(email="eve@example.com") is None
            assert await contacts.find() is None

    async def test_a_wrong_id_is_not_made_good_by_an_address(self, database: Database) -> None:
        await upsert(database, email="ada@example.com")
        async with database.read() as session:
            assert await Contacts(session).find(id="con_unknown", email="ada@example.com") is None


async def test_scores_add_up(database: Database) -> None:
    async with database.begin() as session:
        contact = await make_contact(session)

    async def add(points: int) -> None:
        async with database.begin() as session:
            await Contacts(session).add_score(contact.id, points, "opened")

    await asyncio.gather(*(add(points) for points in (5, 10, -3, 8)))
    async with database.read() as session:
        found = await Contacts(session).get(contact.id)
        assert found is not None
        assert found.score == 20
        assert await session.scalar(select(func.sum(Score.points))) == 20


async def test_a_loaded_contact_knows_its_new_score(database: Database) -> None:
    async with database.begin() as session:
        contact = await make_contact(session)
        await Contacts(session).add_score(contact.id, 5, "opened")
        assert contact.score == 5


async def test_lock_reads_the_row_as_it_is_now(database: Database) -> None:
    async with database.begin() as session:
        contact = await make_contact(session)

    async def add_one() -> None:
        async with database.begin() as session:
            locked = await Contacts(session).lock(contact.id)
            assert locked is not None
            Contacts(session).merge_attributes(locked, {"seen": locked.attributes.get("seen", 0) + 1})

    await asyncio.gather(*(add_one() for _ in range(20)))
    async with database.read() as session:
        found = await Contacts(session).get(contact.id)
        assert found is not None
        assert found.attributes == {"seen": 20}


async def test_pages_follow_each_other(database: Database) -> None:
    async with database.begin() as session:
        made = [(await make_contact(session, f"person-{number}@example.com")).id for number in range(7)]
    async with database.read() as session:
        seen, cursor = await Contacts(session).page(limit=3)
        while cursor:
            rows, cursor = await Contacts(session).page(limit=3, cursor=cursor)
            seen += rows
    assert [contact.id for contact in seen] == sorted(made, reverse=True)


async def test_ids_alone_make_a_contact_and_change_none(database: Database) -> None:
    """Not even one that another call makes meanwhile."""

    async def make(number: int) -> Upserted | Refused:
        draft = ContactIds(external_id="crm-1", email=f"{number}@example.com")
        async with database.begin() as session:
            (result,) = await ContactBatch(session).upsert([draft], ["shop"])
            return result

    results = await asyncio.gather(*(make(number) for number in range(8)))
    (made,) = [result for result in results if isinstance(result, Upserted)]
    refused = [result for result in results if isinstance(result, OtherIds)]
    assert [error.fields for error in refused] == [("email",)] * 7
    async with database.read() as session:
        contact = await Contacts(session).find(external_id="crm-1")
    assert contact is not None
    assert contact.email == made.contact.email
