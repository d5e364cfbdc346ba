"""Consent: what a contact said, and what of it counts. A refusal stands."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from secrets import token_hex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import clock
from store.consents import Consents, Report, Said, count
from store.contacts import ConsentGrant, ContactDraft, Contacts
from store.database import Database
from store.tables import Consent
from tests.store.rows import NOON, make_contact


def grant(granted: bool, hours: int | None, proof: str | None = None, source: str = "form") -> ConsentGrant:
    """What they said that many hours after noon; None: now."""
    at = None if hours is None else NOON + timedelta(hours=hours)
    return ConsentGrant(granted=granted, source=source, proof=proof, at=at)


async def told(database: Database, *words: ConsentGrant) -> tuple[bool, list[Consent]]:
    """Whether a contact who said this about marketing, call by call, agrees to it; and the rows, first one first."""
    async with database.begin() as session:
        contact = await make_contact(session, f"{token_hex(4)}@example.com")
    for word in words:
        async with database.begin() as session:
            contacts = Contacts(session)
            await contacts.lock(contact.id)
            await contacts.record_consent(contact.id, "marketing", word)
    async with database.read() as session:
        rows, _ = await Consents(session).page(contact.id)
        return (await Contacts(session).consents(contact.id))["marketing"], rows[::-1]


async def test_the_nightly_sync_of_an_old_grant_beats_no_refusal(database: Database) -> None:
    sync = grant(True, None, source="sign-up form")
    nights = [sync] * 3
    granted, rows = await told(database, sync, grant(False, None, source="unsubscribe link"), *nights)
    assert not granted
    assert [row.granted for row in rows] == [True, False, True], "stored once, whatever is repeated"


async def test_two_syncs_that_contradict_each_other_add_nothing_night_by_night(database: Database) -> None:
    night = [grant(True, None, source="shop"), grant(False, None, source="crm")]
    granted, rows = await told(database, *night * 4)
    assert not granted
    assert [row.granted for row in rows] == [True, False, True]


async def test_a_later_grant_with_a_new_proof_is_a_new_opt_in(database: Database) -> None:
    words = [grant(True, 1, "form-1"), grant(False, 2), grant(True, 3, "form-2")]
    assert (await told(database, *words))[0]
    granted, rows = await told(database, *words, words[0], words[2])
    assert (granted, len(rows)) == (True, 3), "what was said before adds nothing"


async def test_left_out_at_is_now_and_so_later(database: Database) -> None:
    assert (await told(database, grant(False, None), grant(True, None, "form-2")))[0]


async def test_what_is_not_later_has_no_proof_or_a_known_one_changes_nothing(database: Database) -> None:
    first = [grant(True, 0, "form-1"), grant(False, 2)]
    for word in (
        grant(True, 1, "form-2"),
        grant(True, 2, "form-2"),
        grant(True, 3),
        grant(True, 3, ""),
        grant(True, 3, "form-1"),
        grant(True, 3, " form-1\n"),
    ):
        granted, rows = await told(database, *first, word)
        assert (granted, len(rows)) == (False, 3), word


async def test_a_refusal_that_is_reported_late_stands(database: Database) -> None:
    assert not (await told(database, grant(True, 2), grant(False, 1)))[0]
    assert (await told(database, grant(True, 2, "form-1"), grant(False, 1)))[0], "their own later act"


async def test_who_opted_in_again_may_refuse_again(database: Database) -> None:
    words = [grant(False, 1), grant(True, 2, "form-1"), grant(False, 3)]
    assert not (await told(database, *words))[0]
    assert not (await told(database, *words, grant(True, 4, "form-1")))[0]
    assert (await told(database, *words, grant(True, 4, "form-2")))[0]


async def test_a_grant_from_the_future_does_not_outlive_a_refusal(database: Database) -> None:
    async with database.begin() as session:
        contact = await make_contact(session)
        later = grant(True, None, "form-1").model_copy(update={"at": clock.now() + timedelta(days=365)})
        contacts = Contacts(session)
        for _ in range(2):
            await contacts.record_consent(contact.id, "marketing", later)
        assert len((await Consents(session).page(contact.id))[0]) == 1
        await contacts.record_consent(contact.id, "marketing", grant(False, None))
        assert await contacts.consents(contact.id) == {"marketing": False}


async def test_what_is_not_stored_again_would_change_nothing(database: Database) -> None:
    """Random words, told call by call: what counts is what would count if every one of them made a row."""
    for number in range(25):
        random = Random(number)
        async with database.begin() as session:
            contacts, contact = Contacts(session), await make_contact(session, f"{number}@example.com")
            rows: list[Said] = []
            for _ in range(10):
                granted, hours, proof = (
                    random.random() < 0.6,
                    random.choice([None, 1, 2]),
                    random.choice([None, "a", "b"]),
                )
                await contacts.record_consent(contact.id, "marketing", grant(granted, hours, proof))
                now = clock.now()
                at = now if hours is None else NOON + timedelta(hours=hours)
                rows.append(
                    Said(str(len(rows)), contact.id, "marketing", granted, "form", proof, None, at, now)
                )
                told = (await contacts.consents(contact.id))["marketing"]
                assert told == count(rows)["marketing"].granted, (number, rows)


async def test_one_proof_serves_the_topics_of_one_call(database: Database) -> None:
    no, yes = grant(False, None), grant(True, None, "form-2")
    async with database.begin() as session:
        contacts, contact = Contacts(session), await make_contact(session)
        await contacts.upsert(
            ContactDraft(id=contact.id, consent={"news": no, "marketing": no, "product": no})
        )
        await contacts.upsert(ContactDraft(id=contact.id, consent={"news": yes, "marketing": yes}))
        await contacts.upsert(ContactDraft(id=contact.id, consent={"product": yes}))
        assert await contacts.consents(contact.id) == {"news": True, "marketing": True, "product": False}


async def test_upsert_records_consent_once_and_by_whom(database: Database) -> None:
    draft = ContactDraft(email="ada@example.com", consent={"marketing": grant(True, None, "box")})
    for _ in range(3):
        async with database.begin() as session:
            contact, _ = await Contacts(session).upsert(draft, "shop")
    async with database.read() as session:
        (row,), _ = await Consents(session).page(contact.id)
        assert (row.reported_by, row.proof, row.at) == ("shop", "box", row.recorded_at)


async def test_calls_that_race_agree(database: Database) -> None:
    """Grants of one proof make one row; a refusal beside them stands, unless it was said before them."""
    async with database.begin() as session:
        contact = await make_contact(session, consent={"marketing": grant(False, 0)})

    async def say(word: ConsentGrant) -> None:
        async with database.begin() as session:
            await Contacts(session).upsert(ContactDraft(id=contact.id, consent={"marketing": word}))

    await asyncio.gather(*(say(grant(True, None, "form-1")) for _ in range(8)))
    async with database.read() as session:
        assert len((await Consents(session).page(contact.id))[0]) == 2
        assert await Contacts(session).consents(contact.id) == {"marketing": True}
    grants = [say(grant(True, None, f"form-{number}")) for number in range(2, 6)]
    await asyncio.gather(*grants, say(grant(False, None, source="link")), say(grant(True, None)))
    async with database.read() as session:
        rows, _ = await Consents(session).page(contact.id)
        refused_at = max(row.at for row in rows if not row.granted)
        later = any(row.granted and row.proof and row.at > refused_at for row in rows)
        assert await Contacts(session).consents(contact.id) == {"marketing": later}


# The rule itself, whatever was said.

TOPICS = st.sampled_from(["marketing", "news"])
WORDS = st.tuples(TOPICS, st.booleans(), st.integers(0, 9), st.sampled_from([None, "", "a", "b", "c"]))
Word = tuple[str, bool, int, str | None]


def said(words: Sequence[Word]) -> list[Said]:
    return [
        Said(
            id=str(number), contact_id="con_1", topic=topic, granted=granted, source="form", proof=proof,
            reported_by=None, at=NOON + timedelta(hours=hour), recorded_at=NOON + timedelta(days=number),
        )
        for number, (topic, granted, hour, proof) in enumerate(words)
    ]  # fmt: skip


def agrees(words: Sequence[Word], topic: str = "marketing") -> bool | None:
    """What counts; every row is said to count exactly when the answer rests on it."""
    counted = count(said(words))
    for row in said(words):
        if row.id not in counted[row.topic].ignored:
            assert row.granted == counted[row.topic].granted
    return counted[topic].granted if topic in counted else None


@pytest.mark.parametrize(
    ("proofs", "agreed"), [(("a", None), False), (("a", "a"), False), (("a", "b"), True)]
)
def test_rows_of_older_releases_were_recorded_when_they_were_said(
    proofs: tuple[str, str | None], agreed: bool
) -> None:
    rows = said(
        [("marketing", True, 0, proofs[0]), ("marketing", False, 1, None), ("marketing", True, 2, proofs[1])]
    )
    assert count(row._replace(recorded_at=row.at) for row in rows)["marketing"].granted == agreed


@given(st.lists(WORDS, max_size=8))
def test_only_a_later_grant_with_a_new_proof_beats_a_refusal(words: list[Word]) -> None:
    mine = [word for word in words if word[0] == "marketing"]
    refusals = [hour for _, granted, hour, _ in mine if not granted]
    if not mine:
        assert agrees(words) is None
    elif not refusals:
        assert agrees(words) is True
    else:
        first = {proof: number for number, (*_, proof) in reversed(list(enumerate(words)))}
        assert agrees(words) == any(
            topic == "marketing" and granted and proof and first[proof] == number and hour > max(refusals)
            for number, (topic, granted, hour, proof) in enumerate(words)
        )


@given(st.lists(WORDS, max_size=8), WORDS)
def test_whatever_follows_a_last_refusal_without_a_new_proof_changes_nothing(
    words: list[Word], word: Word
) -> None:
    refused: list[Word] = [*words, ("marketing", False, 9, None)]
    assert agrees(refused) is False
    used = {proof for *_, proof in refused}
    if word[3] in used | {None, ""}:
        assert agrees([*refused, word]) is False
    assert agrees([*refused, ("marketing", True, 10, "fresh")]) is True


@given(st.lists(WORDS, max_size=8), st.integers(0, 8), st.integers(0, 9))
def test_when_a_refusal_is_reported_does_not_matter(words: list[Word], place: int, hour: int) -> None:
    refusal: Word = ("marketing", False, hour, None)
    assert agrees([*words[:place], refusal, *words[place:]]) == agrees([*words, refusal])


async def test_many_contacts_are_read_in_one_statement(database: Database) -> None:
    async with database.begin() as session:
        contacts = [await make_contact(session, f"{number}@example.com") for number in range(3)]
        no = Report({"marketing": grant(False, 1)}, "shop")
        consents = Consents(session)
        await consents.record_all({contact.id: no for contact in contacts})
        yes = Report({"marketing": grant(True, 2, "form-1")}, "shop")
        assert await consents.record_all({contacts[0].id: yes}) == {contacts[0].id: {"marketing": True}}
        assert await consents.granted_by([contact.id for contact in contacts]) == {
            contact.id: {"marketing": contact is contacts[0]} for contact in contacts
        }
