"""Sending once: what a relay may do to us, and what becomes of the message."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col
from temporalio.client import WorkflowFailureError

from activities import sending
from activities.providers.email import SmtpProvider
from activities.providers.email.routing import Outbox
from activities.recording import Happening
from store import clock
from store.messages import Messages
from store.suppressions import Suppressions
from store.tables import Failure
from tests.mail.conftest import FakeRelay, relay
from tests.workflows.stack import Run, Stack
from worker.composition import suppression_keys
from worker.connection import Runs
from workflows.contracts import Exit
from workflows.kit import days, hours

__all__ = ["relay"]


@pytest.fixture
async def relayed(stack: Stack, relay: FakeRelay) -> AsyncIterator[Stack]:
    """The stack, its mail going through a relay that does as it is told."""
    outbox = stack.composition.outbox
    provider = SmtpProvider(relay.url)
    before, outbox._catcher = outbox._catcher, provider
    yield stack
    outbox._catcher = before
    await provider.close()


async def settled(run: Run, status: str) -> None:
    """Until the only message of a run has the status."""
    for _ in range(200):
        messages = await run.messages()
        if messages and messages[0].status == status:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the message is {messages[0].status}, not {status}")


async def test_a_refused_address_is_suppressed_and_the_path_goes_on(relayed: Stack, relay: FakeRelay) -> None:
    relay.on_rcpt = lambda address: f"550 5.1.1 no such user {address}"
    run = await relayed.enroll("patient")
    message = await run.last_message()
    assert message.status == "failed"
    assert await run.last_decision() == ("skip", "address_refused")
    async with relayed.composition.database.read() as session:
        keys = suppression_keys(relayed.settings.signing_keys())
        assert await Suppressions(session, *keys).reason(str(run.contact.email)) == "bounced"
    assert (await run.state()).steps[0].key == "wait_for:meeting.booked#1"

    relay.on_rcpt = lambda address: None
    await run.event("meeting.booked")
    assert await run.outcome() == "met"
    assert relay.recipients == [], "a suppressed address gets no mail, from no step"


async def test_a_temporary_refusal_is_tried_again(relayed: Stack, relay: FakeRelay) -> None:
    answers = iter(["451 try again", "421 busy"])
    relay.on_rcpt = lambda address: next(answers, None)
    run = await relayed.enroll("patient", rest=False)
    await settled(run, "sent")
    assert len(relay.mails) == 1
    assert (await run.last_message()).attempt == 3


async def hang_up(server: Any) -> None:
    """Takes the whole mail and closes before the answer."""
    server.drop()


async def garbage(server: Any) -> str:
    return "\x01garbage"


async def still_waiting(server: Any) -> str:
    return "354 go on"


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PAUSES", (timedelta(seconds=0.3), timedelta(seconds=0.6)))


@pytest.mark.usefixtures("short_pauses")
@pytest.mark.parametrize("answer", [hang_up, garbage, still_waiting])
async def test_a_server_that_answers_badly_gets_three_copies(
    relayed: Stack, relay: FakeRelay, answer: Callable[[Any], Awaitable[str | None]]
) -> None:
    taken: list[float] = []

    async def take(server: Any) -> str | None:
        taken.append(time.monotonic())
        return await answer(server)

    relay.on_data = take
    run = await relayed.enroll("patient")
    await settled(run, "unknown")
    assert [later - earlier > 0.29 for earlier, later in pairwise(taken)] == [True, True]
    assert (await run.trail())[0].result == {"message_id": (await run.last_message()).id, "skipped": None}
    assert [(one.verdict, one.reason) for one in await run.decisions()] == [("send", "transactional")]
    (failure,) = await failures(run)
    assert (failure.code, failure.count) == ("provider_did_not_answer", 2)


async def failures(run: Run) -> list[Failure]:
    async with run.stack.composition.database.read() as session:
        chosen = select(Failure).where(col(Failure.enrollment_id) == run.enrolled.id)
        return list(await session.scalars(chosen))


async def test_a_refusal_that_repeats_is_one_row_with_a_count(relayed: Stack, relay: FakeRelay) -> None:
    answers = iter(["451 try again", "421 busy"])
    relay.on_rcpt = lambda address: next(answers, None)
    run = await relayed.enroll("patient", rest=False)
    await settled(run, "sent")
    (failure,) = await failures(run)
    assert (failure.code, failure.count, failure.text) == (
        "provider_unavailable",
        2,
        "provider_unavailable: 421 busy",
    )
    assert len(await run.decisions()) == 1


@pytest.mark.usefixtures("short_pauses")
async def test_no_answer_means_send_again_under_the_same_message_id(relayed: Stack, relay: FakeRelay) -> None:
    taken: list[bytes] = []

    async def once(server: Any) -> None:
        if not taken:
            taken.append(b"")
            await hang_up(server)

    relay.on_data = once
    run = await relayed.enroll("patient", rest=False)
    await settled(run, "sent")
    message = await run.last_message()
    assert message.header_id is not None
    assert all(message.header_id.encode() in mail for mail in relay.mails)


async def test_prefer_once_never_sends_again_and_says_unknown(relayed: Stack, relay: FakeRelay) -> None:
    relay.on_data = hang_up
    run = await relayed.enroll("careful")
    await settled(run, "unknown")
    await run.advance(days(1) + hours(1))
    assert len(relay.mails) == 1
    async with relayed.composition.database.read() as session:
        listed, _ = await Messages(session).page(status="unknown", enrollment_id=run.enrolled.id)
    assert len(listed) == 1


async def test_a_relay_that_is_away_parks_the_contact_and_then_delivers(
    relayed: Stack, relay: FakeRelay
) -> None:
    relay.on_mail = lambda: "421 4.3.2 down for maintenance"
    run = await relayed.enroll("patient", rest=False)
    await settled(run, "claimed")
    relay.on_mail = lambda: None
    await settled(run, "sent")
    assert (await run.row()).status == "running"


async def test_what_expired_is_skipped(
    relayed: Stack, relay: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay.on_mail = lambda: "421 4.3.2 down for days"
    run = await relayed.enroll("patient", rest=False)
    await settled(run, "claimed")
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + timedelta(days=4))
    await settled(run, "failed")
    monkeypatch.undo()
    assert await run.last_decision() == ("skip", "expired")
    assert (await run.row()).status == "running", "nobody is ejected by an outage"


async def test_a_message_that_another_attempt_is_sending_is_left_alone(
    relayed: Stack, relay: FakeRelay
) -> None:
    """As after a worker that stood still: its lease runs, so nobody sends, and when it is over somebody does."""
    relay.on_mail = lambda: "421 4.3.2 a moment"
    run = await relayed.enroll("patient", rest=False)
    await settled(run, "claimed")
    message = await run.last_message()
    async with relayed.composition.database.begin() as session:
        await Messages(session).claim_again(message.id, (await run.last_message()).attempt)
        fresh = await Messages(session).get(message.id)
        assert fresh is not None
        await session.refresh(fresh)
        await Messages(session).mark_sending(message.id, fresh.attempt, clock.now() + timedelta(seconds=3))
    relay.on_mail = lambda: None
    await asyncio.sleep(1.5)
    assert relay.mails == []
    await settled(run, "sent")
    assert len(relay.mails) == 1


async def test_outside_production_only_allowed_addresses_reach_the_relay(
    stack: Stack, relay: FakeRelay, tmp_path: Path
) -> None:
    outbox = stack.composition.outbox
    before = outbox._relay, outbox._allowed
    real = SmtpProvider(relay.url)
    outbox._relay, outbox._allowed = real, Outbox(real, real, ["ann@example.com", "@team.example"])._allowed
    ann = await stack.enroll("patient", email="ann@example.com")
    member = await stack.enroll("patient", email="bob@team.example")
    other = await stack.enroll("patient")
    outbox._relay, outbox._allowed = before
    await real.close()
    assert sorted(relay.recipients) == ["ann@example.com", "bob@team.example"]
    assert (len(await ann.mails()), len(await member.mails()), len(await other.mails())) == (0, 0, 1)
    assert "diverted_to_catcher" in [one.reason for one in await other.decisions()]


@pytest.mark.parametrize("end", ["exit", "goal", "cancel"])
async def test_an_end_is_not_held_up_by_a_mail_that_is_tried_again(
    relayed: Stack, relay: FakeRelay, end: str
) -> None:
    relay.on_rcpt = lambda address: "451 try again later"
    run = await relayed.enroll("welcome-series", rest=False)
    await settled(run, "claimed")
    match end:
        case "exit":
            await Runs(relayed.client).update(run.enrolled.id, "exit", Exit())
        case "goal":
            await relayed.composition.router.post(
                Happening(id=f"order-{run.contact.id}", name="order.completed", contact=run.contact.id)
            )
        case _:
            await run.handle.cancel()
    with suppress(WorkflowFailureError):
        await asyncio.wait_for(run.handle.result(), 20)
    row = await run.row()
    assert (row.status, row.outcome) == ("ended", "converted" if end == "goal" else "exited")
    message = await run.last_message()
    assert (message.status, message.error) == ("failed", "withdrawn")
