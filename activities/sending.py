"""Sending once: the transactions around one message, from the arbiter's verdict to the recorded result.

A message is `claimed`, then `sending` from right before its body goes out until the server's answer is recorded, then
`sent`, `failed` or `unknown`. Every change is fenced by the attempt's number: an attempt that was overtaken (a worker
that stood still, say) changes nothing and sends nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.exceptions import ApplicationError

from activities.arbiter import Facts, Verdict, judge
from activities.calls import Call, EmailResult, SendEmail
from activities.effects import recall, remember
from store import clock
from store.contacts import Contacts
from store.database import Database, is_unavailable
from store.decisions import Decisions
from store.messages import Messages
from store.suppressions import Suppressions
from store.tables import Contact, Decision, Message

WRITE_LIMIT = timedelta(seconds=30)
"""From noting `sending` to writing the body: a process that was stopped in between must not write it any more."""
LEASE = timedelta(minutes=2)
"""How long nobody else touches a message that is `sending`. Renewed while its attempt waits for the answer, which may
take ten minutes (RFC 5321, 4.5.3.2.6): only a dead or stopped process lets it run out."""
RENEWAL = timedelta(seconds=30)
RECORD_AGAIN = timedelta(seconds=1)
"""A mail that was accepted is recorded as soon as the database can be reached: forgotten, it would be sent again."""


@dataclass(frozen=True)
class Claim:
    """A message that this attempt may send, to this contact."""

    message_id: str
    attempt: int
    contact: Contact
    email: str


class Sending:
    """The database's side of sending. `suppression_keys` hash addresses, the first for new ones."""

    def __init__(self, database: Database, suppression_keys: Sequence[bytes]) -> None:
        self._database = database
        self._keys = suppression_keys

    async def claim(self, call: Call[SendEmail], expired: bool) -> Claim | EmailResult:
        """Decides and claims in one transaction; the result instead when there is nothing (more) to send.

        Raises ApplicationError `being_sent` while another attempt may still be waiting for its answer.
        """
        async with self._database.begin() as session:
            done = await recall(session, call, EmailResult)
            if done is not None:
                return done
            contact = await Contacts(session).lock(call.subject_id)
            message = await Messages(session).for_step(call.enrollment_id, call.key)
            if message is not None and message.status == "sending":
                settled = await self._take_over(session, call, message)
                if settled is not None:
                    return settled
            if contact is None:
                return await self._skip(session, call, message, Verdict("skip", "no_contact"))
            verdict = Verdict("skip", "expired") if expired else await self._judge(session, call, contact)
            if verdict.action == "skip" or contact.email is None:
                return await self._skip(session, call, message, verdict)
            return await self._claim(session, call, message, contact, contact.email, verdict)

    async def begin(self, claim: Claim, provider: str, version: str, locale: str, header_id: str) -> datetime:
        """Notes `sending`; the time after which the body must not be written. Raises when overtaken."""
        now = clock.machine()
        async with self._database.begin() as session:
            if not await Messages(session).mark_sending(
                claim.message_id, claim.attempt, now + LEASE,
                provider=provider, version=version, locale=locale, header_id=header_id,
            ):  # fmt: skip
                raise ApplicationError("another attempt has this message", type="overtaken")
        return now + WRITE_LIMIT

    @asynccontextmanager
    async def lease(self, claim: Claim) -> AsyncIterator[None]:
        """Renews the lease of a message that is `sending`, as long as the block lasts."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(RENEWAL.total_seconds())
                async with self._database.begin() as session:
                    await Messages(session).renew(claim.message_id, claim.attempt, clock.machine() + LEASE)

        task = asyncio.create_task(renew())
        try:
            yield
        finally:
            task.cancel()

    async def withdraw(self, claim: Claim) -> None:
        """It is certain that nothing went out: the next attempt need not wait, nor wonder."""
        async with self._database.begin() as session:
            await Messages(session).mark_claimed(claim.message_id, claim.attempt)

    async def sent(self, call: Call[SendEmail], claim: Claim, provider_id: str | None) -> EmailResult:
        """Records that it was accepted; while the database is away, again and again."""
        while True:
            try:
                return await self._sent(call, claim, provider_id)
            except Exception as error:
                if not is_unavailable(error):
                    raise
            await asyncio.sleep(RECORD_AGAIN.total_seconds())

    async def _sent(self, call: Call[SendEmail], claim: Claim, provider_id: str | None) -> EmailResult:
        result = EmailResult(message_id=claim.message_id)
        async with self._database.begin() as session:
            await Messages(session).mark_sent(claim.message_id, claim.attempt, provider_id, clock.now())
            await remember(session, call, result)
        return result

    async def refused(
        self, call: Call[SendEmail], claim: Claim, reason: str, text: str, *, suppress: bool
    ) -> EmailResult:
        """The message was refused for good; with `suppress` the address gets no more mail from anyone."""
        result = EmailResult(skipped=reason)
        async with self._database.begin() as session:
            await Messages(session).mark_failed(claim.message_id, text, claim.attempt)
            if suppress:
                await Suppressions(session, *self._keys).add(claim.email, "bounced")
            await self._decide(session, call, Verdict("skip", reason))
            await remember(session, call, result)
        return result

    async def unanswered(self, call: Call[SendEmail], claim: Claim) -> EmailResult | None:
        """The whole mail was handed over and no answer came. None: send it again, under the same Message-ID."""
        async with self._database.begin() as session:
            if call.order.prefer == "once":
                return await self._unknown(session, call, claim.message_id)
            # This attempt is over and says so: the next one need not wait for the deadline.
            await Messages(session).mark_sending(claim.message_id, claim.attempt, clock.machine())
        return None

    async def _take_over(
        self, session: AsyncSession, call: Call[SendEmail], message: Message
    ) -> EmailResult | None:
        left = (message.deadline or clock.machine()) - clock.machine()
        if left > timedelta(0):
            raise ApplicationError("another attempt is sending it", type="being_sent", next_retry_delay=left)
        return await self._unknown(session, call, message.id) if call.order.prefer == "once" else None

    async def _judge(self, session: AsyncSession, call: Call[SendEmail], contact: Contact) -> Verdict:
        suppressed = await Suppressions(session, *self._keys).reason(contact.email) if contact.email else None
        consents = await Contacts(session).consents(contact.id)
        return judge(call.order.purpose, Facts(contact.email, suppressed, consents))

    async def _claim(
        self,
        session: AsyncSession,
        call: Call[SendEmail],
        message: Message | None,
        contact: Contact,
        email: str,
        verdict: Verdict,
    ) -> Claim:
        messages = Messages(session)
        if message is not None:
            overtaken = message.attempt
            if not await messages.claim_again(message.id, overtaken):
                raise ApplicationError("another attempt has this message", type="overtaken")
            return Claim(message.id, overtaken + 1, contact, email)
        order = call.order
        message = Message(
            enrollment_id=call.enrollment_id, key=call.key, contact_id=contact.id,
            purpose=order.purpose, template=order.template, release=call.release,
        )  # fmt: skip
        await messages.insert(message)
        await self._decide(session, call, verdict)
        return Claim(message.id, message.attempt, contact, email)

    async def _skip(
        self, session: AsyncSession, call: Call[SendEmail], message: Message | None, verdict: Verdict
    ) -> EmailResult:
        if message is not None:
            await Messages(session).mark_failed(message.id, verdict.reason)
        if verdict.reason != "no_contact":
            await self._decide(session, call, verdict)
        result = EmailResult(skipped=verdict.reason)
        await remember(session, call, result)
        return result

    async def _unknown(self, session: AsyncSession, call: Call[SendEmail], message_id: str) -> EmailResult:
        await Messages(session).mark_unknown(message_id)
        result = EmailResult(message_id=message_id)
        await remember(session, call, result)
        return result

    async def _decide(self, session: AsyncSession, call: Call[SendEmail], verdict: Verdict) -> None:
        await Decisions(session).record(Decision(
            contact_id=call.subject_id, enrollment_id=call.enrollment_id, key=call.key,
            template=call.order.template, verdict=verdict.action, reason=verdict.reason,
        ))  # fmt: skip

    async def note(self, call: Call[SendEmail], reason: str) -> None:
        """A decision about a message that goes out all the same, such as `diverted_to_catcher`."""
        async with self._database.begin() as session:
            await self._decide(session, call, Verdict("send", reason))
