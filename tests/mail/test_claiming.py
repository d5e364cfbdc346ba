"""Claims that meet are judged and written together, and each keeps its own answer."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.calls import Call, EmailResult, SendEmail
from activities.claiming import PAUSES, Claim
from activities.sending import Accepted, Handover, Sending
from store import clock
from store.contacts import ConsentGrant, Contacts
from store.database import Database
from store.decisions import Decisions
from store.effects import Effects
from store.enrollments import Enrollments
from store.messages import Messages
from store.suppressions import Suppressions
from store.tables import Enrollment
from tests.store.rows import make_contact, make_enrollment

KEY = "send_email:welcome/hello#1"
HASH_KEY = b"key"
YES = {"marketing": ConsentGrant(granted=True, source="test")}
NO = {"marketing": ConsentGrant(granted=False, source="test")}


@pytest.fixture
def sending(database: Database) -> Sending:
    return Sending(database, [HASH_KEY])


async def enrolled(database: Database, email: str, **fields: Any) -> Enrollment:
    async with database.begin() as session:
        return await make_enrollment(session, await make_contact(session, email, **fields))


def call_of(row: Enrollment, **order: Any) -> Call[SendEmail]:
    return Call(
        enrollment_id=row.id, workflow=row.workflow, subject_kind="contact", subject_id=row.subject_id,
        release="r1", key=KEY, order=SendEmail(template="welcome/hello", **order),
    )  # fmt: skip


async def claim(sending: Sending, call: Call[SendEmail], *, expired: bool = False) -> Any:
    return await sending.claim(call, expired)


async def claimed(sending: Sending, call: Call[SendEmail]) -> Claim:
    answer = await sending.claim(call, expired=False)
    assert isinstance(answer, Claim)
    return answer


def handover(claim: Claim) -> Handover:
    return Handover(claim, provider="smtp", version="v1", locale="en", header_id=f"<{claim.message_id}@x>")


async def statuses(database: Database) -> list[tuple[str, int]]:
    async with database.read() as session:
        rows, _ = await Messages(session).page()
    return sorted((row.status, row.attempt) for row in rows)


async def test_each_gets_its_own_verdict(database: Database, sending: Sending) -> None:
    async with database.begin() as session:
        await Suppressions(session, HASH_KEY).add("gone@example.com", "bounced")
    consents = {"yes": YES, "no": NO, "silent": {}, "gone": YES, "late": YES}
    rows = {
        name: await enrolled(database, f"{name}@example.com", consent=grants)
        for name, grants in consents.items()
    }
    answers = await asyncio.gather(
        *(claim(sending, call_of(row), expired=name == "late") for name, row in rows.items())
    )
    assert isinstance(answers[0], Claim)
    assert [answer.skipped for answer in answers[1:]] == [
        "consent_withdrawn",
        "no_consent",
        "suppressed_bounced",
        "expired",
    ]
    assert await statuses(database) == [("claimed", 1)]
    async with database.read() as session:
        for row, answer in zip(rows.values(), answers, strict=True):
            (decision, *_), _ = await Decisions(session).page(row.subject_id)
            reason = "consented" if isinstance(answer, Claim) else answer.skipped
            assert (decision.reason, decision.key) == (reason, KEY)
        results = await Effects(session).results([(row.id, KEY) for row in rows.values()])
    assert len(results) == 4, "what was skipped is done"


async def test_many_mails_go_all_the_way_together(database: Database, sending: Sending) -> None:
    calls = [call_of(await enrolled(database, f"{number}@example.com", consent=YES)) for number in range(20)]

    async def send(call: Call[SendEmail]) -> Claim:
        claim = await sending.claim(call, expired=False)
        assert isinstance(claim, Claim)
        assert await sending.begin(handover(claim)) > clock.machine()
        await sending.sent(Accepted(call, claim, None))
        return claim

    claims = await asyncio.gather(*(send(call) for call in calls))
    assert await statuses(database) == [("sent", 1)] * 20
    again = await asyncio.gather(*(sending.claim(call, expired=False) for call in calls))
    assert again == [EmailResult(message_id=claim.message_id) for claim in claims]
    async with database.read() as session:
        row = await Enrollments(session).get(calls[0].enrollment_id)
    assert row is not None
    assert row.step == KEY


async def test_one_that_cannot_be_written_spoils_no_other(database: Database, sending: Sending) -> None:
    rows = [await enrolled(database, f"{number}@example.com", consent=YES) for number in range(5)]
    calls = [call_of(row) for row in rows]
    calls[2] = calls[2].model_copy(update={"enrollment_id": "nobody-knows:this:1"})
    answers = await asyncio.gather(
        *(sending.claim(call, expired=False) for call in calls), return_exceptions=True
    )
    assert [isinstance(answer, Claim) for answer in answers] == [True, True, False, True, True]
    assert await statuses(database) == [("claimed", 1)] * 4


async def test_of_two_attempts_at_once_one_claims(database: Database, sending: Sending) -> None:
    call = call_of(await enrolled(database, "ada@example.com", consent=YES))
    first, second, third = await asyncio.gather(
        *(sending.claim(call, expired=False) for _ in range(3)), return_exceptions=True
    )
    assert isinstance(first, Claim)
    for other in (second, third):
        assert isinstance(other, ApplicationError)
        assert other.type == "being_sent"
    taken_over = await sending.claim(call, expired=False)
    assert isinstance(taken_over, Claim)
    assert (taken_over.message_id, taken_over.attempt) == (first.message_id, 2)
    with pytest.raises(ApplicationError, match="another attempt"):
        await sending.begin(handover(first))
    assert await sending.begin(handover(taken_over)) > clock.machine()


async def test_one_that_is_being_sent_is_left_alone(database: Database, sending: Sending) -> None:
    call = call_of(await enrolled(database, "ada@example.com", consent=YES))
    first = await sending.claim(call, expired=False)
    assert isinstance(first, Claim)
    await sending.begin(handover(first))
    with pytest.raises(ApplicationError) as refused:
        await sending.claim(call, expired=False)
    assert refused.value.next_retry_delay is not None
    assert timedelta(minutes=1) < refused.value.next_retry_delay <= timedelta(minutes=2)


async def killed(database: Database, claim: Claim) -> None:
    """As after a worker that was killed while it waited for the answer: its lease has run out."""
    async with database.begin() as session:
        await Messages(session).mark_sending(claim.message_id, claim.attempt, clock.machine())


async def unanswered(database: Database, sending: Sending, call: Call[SendEmail], claim: Claim) -> None:
    answer = await sending.unanswered(call, claim, "354 what?")
    assert answer == PAUSES[claim.unanswered] >= timedelta(minutes=2)
    with pytest.raises(ApplicationError, match="another attempt"):
        await sending.claim(call, expired=False)
    await killed(database, claim)


@pytest.mark.parametrize("order", ["kkk", "uuu", "kuk", "uku"])
async def test_no_more_than_three_copies_go_out_without_an_answer(
    database: Database, sending: Sending, order: str
) -> None:
    """Whether workers were killed (k) or the server gave no answer that can be read (u)."""
    call = call_of(await enrolled(database, "ada@example.com", consent=YES))
    for copy, end in enumerate(order):
        claim = await claimed(sending, call)
        assert claim.unanswered == copy
        await sending.withdraw(claim)  # an attempt that found the relay away counts for nothing
        claim = await claimed(sending, call)
        await sending.begin(handover(claim))
        if end == "k" or copy == 2:
            await killed(database, claim)
        else:
            await unanswered(database, sending, call, claim)
    result = await sending.claim(call, expired=False)
    assert result == EmailResult(message_id=claim.message_id)
    assert [status for status, _ in await statuses(database)] == ["unknown"]
    assert await sending.claim(call, expired=False) == result


async def test_a_third_copy_without_an_answer_is_the_last(database: Database, sending: Sending) -> None:
    call = call_of(await enrolled(database, "ada@example.com", consent=YES))
    for copy in range(3):
        claim = await claimed(sending, call)
        await sending.begin(handover(claim))
        if copy < 2:
            await unanswered(database, sending, call, claim)
    assert await sending.unanswered(call, claim, "354 what?") == EmailResult(message_id=claim.message_id)
    async with database.read() as session:
        message = await Messages(session).get(claim.message_id)
    assert message is not None
    assert (message.status, message.error) == ("unknown", "354 what?")


async def test_what_may_be_out_is_unknown_though_no_more_copy_may_go(
    database: Database, sending: Sending
) -> None:
    call = call_of(await enrolled(database, "ada@example.com", consent=YES))
    claim = await claimed(sending, call)
    await sending.begin(handover(claim))
    await unanswered(database, sending, call, claim)
    assert await sending.claim(call, expired=True) == EmailResult(message_id=claim.message_id)
    assert [status for status, _ in await statuses(database)] == ["unknown"]
    async with database.read() as session:
        decisions, _ = await Decisions(session).page(call.subject_id)
    assert [(one.verdict, one.reason) for one in decisions] == [("skip", "expired"), ("send", "consented")]


async def test_an_address_of_an_earlier_release_is_judged_like_any_other(
    database: Database, sending: Sending
) -> None:
    row = await enrolled(database, "ada@example.com", consent=YES)
    async with database.begin() as session:
        contact = await Contacts(session).lock(row.subject_id)
        assert contact is not None
        contact.email = "\u00e4@example.com"
    assert isinstance(await sending.claim(call_of(row), expired=False), Claim)
