"""Sending once: the transactions around one message, from the arbiter's verdict to the recorded result.

A message is `claimed`, then `sending` from right before its body goes out until the server's answer is recorded, then
`sent`, `failed` or `unknown`. Who takes over one that is `sending` counts a copy that may be out: after a few it is
`unknown`. Every change is fenced by the attempt's number: an attempt that was overtaken (a worker
that stood still, say) changes nothing and sends nothing. Mails that reach the same point together share a transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.exceptions import ApplicationError

from activities.arbiter import Verdict
from activities.calls import Call, EmailResult, SendEmail
from activities.claiming import PAUSES, Answer, Claim, Claiming, Request, decision, most_copies
from activities.effects import remember, remember_all
from activities.lasting import until_recorded
from activities.together import Together
from store import clock
from store.database import Database
from store.decisions import Decisions
from store.message_batches import MessageBatch
from store.messages import Messages
from store.suppressions import Suppressions

WRITE_LIMIT = timedelta(seconds=30)
"""From noting `sending` to writing the body: a process that was stopped in between must not write it any more."""
LEASE = timedelta(minutes=2)
"""How long nobody else touches a message that is `sending`. Renewed while its attempt waits for the answer, which may
take ten minutes (RFC 5321, 4.5.3.2.6): only a dead or stopped process lets it run out."""
RENEWAL = timedelta(seconds=30)
_TOGETHER = 50  # mails in one transaction


@dataclass(frozen=True)
class Handover:
    """A claimed mail that is about to go out, and what its row keeps of it."""

    claim: Claim
    provider: str
    version: str
    locale: str
    header_id: str

    @property
    def content(self) -> dict[str, str]:
        return {
            "provider": self.provider,
            "version": self.version,
            "locale": self.locale,
            "header_id": self.header_id,
        }


@dataclass(frozen=True)
class Accepted:
    """A mail that its provider took, under an id of its own where it gives one."""

    call: Call[SendEmail]
    claim: Claim
    provider_id: str | None


class Sending:
    """The database's side of sending. `suppression_keys` hash addresses, the first for new ones."""

    def __init__(self, database: Database, suppression_keys: Sequence[bytes]) -> None:
        self._database = database
        self._keys = suppression_keys
        self._claiming = Together(self._claim_all, _TOGETHER)
        self._beginning = Together(self._begin_all, _TOGETHER)
        self._recording = Together(self._record_all, _TOGETHER)

    async def claim(self, call: Call[SendEmail], expired: bool) -> Claim | EmailResult:
        """Decides and claims in one transaction; the result instead when there is nothing (more) to send.

        Raises ApplicationError `being_sent` while another attempt may still be waiting for its answer.
        """
        answer = await self._claiming(Request(call, expired))
        if isinstance(answer, ApplicationError):
            raise answer
        return answer

    async def begin(self, handover: Handover) -> datetime:
        """Notes `sending`; the time after which the body must not be written. Raises when overtaken."""
        deadline = await self._beginning(handover)
        if deadline is None:
            raise ApplicationError("another attempt has this message", type="overtaken")
        return deadline

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

    async def sent(self, accepted: Accepted) -> None:
        """Records that it was accepted; while the database is away, again and again."""
        await until_recorded(lambda: self._recording(accepted))

    async def refused(
        self, call: Call[SendEmail], claim: Claim, reason: str, text: str, *, suppress: bool
    ) -> EmailResult:
        """The message was refused for good; with `suppress` the address gets no more mail from anyone."""
        result = EmailResult(skipped=reason)
        async with self._database.begin() as session:
            await Messages(session).mark_failed(claim.message_id, text, claim.attempt)
            if suppress:
                await self._suppressions(session).add(claim.email, "bounced")
            await Decisions(session).record([decision(call, Verdict("skip", reason))])
            await remember(session, call, result)
        return result

    async def unanswered(self, call: Call[SendEmail], claim: Claim, text: str) -> EmailResult | timedelta:
        """The whole mail was handed over and no answer came: the result, or the pause before another copy."""
        async with self._database.begin() as session:
            messages = Messages(session)
            if claim.unanswered + 1 >= most_copies(call.order):
                result = EmailResult(message_id=claim.message_id)
                await messages.mark_unknown(claim.message_id, text)
                await remember(session, call, result)
                return result
            pause = PAUSES[claim.unanswered]
            # It stays `sending`: whoever takes it over counts this copy.
            await messages.mark_sending(claim.message_id, claim.attempt, clock.machine() + pause)
            return pause

    async def note(self, call: Call[SendEmail], reason: str) -> None:
        """A decision about a message that goes out all the same, such as `diverted_to_catcher`."""
        async with self._database.begin() as session:
            await Decisions(session).record([decision(call, Verdict("send", reason))])

    async def _claim_all(self, requests: Sequence[Request]) -> list[Answer]:
        return await self._database.write(
            lambda session: Claiming(session, self._suppressions(session)).answer(requests)
        )

    async def _begin_all(self, handovers: Sequence[Handover]) -> list[datetime | None]:
        now = clock.machine()
        content = {one.claim.fence: one.content for one in handovers}
        ours = await self._database.write(
            lambda session: MessageBatch(session).mark_sending(content, now + LEASE)
        )
        return [now + WRITE_LIMIT if one.claim.fence in ours else None for one in handovers]

    async def _record_all(self, accepted: Sequence[Accepted]) -> list[None]:
        provider_ids = {one.claim.fence: one.provider_id for one in accepted}

        async def work(session: AsyncSession) -> None:
            await MessageBatch(session).mark_sent(provider_ids, clock.now())
            await remember_all(
                session, [(one.call, EmailResult(message_id=one.claim.message_id)) for one in accepted]
            )

        await self._database.write(work)
        return [None for _ in accepted]

    def _suppressions(self, session: AsyncSession) -> Suppressions:
        return Suppressions(session, *self._keys)
