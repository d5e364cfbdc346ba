"""Claiming messages: whether each may go out is judged and claimed in one transaction, for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.exceptions import ApplicationError

from activities.arbiter import Facts, Verdict, judge
from activities.calls import Call, EmailResult, SendEmail
from activities.effects import remember_all, step_of
from store import clock
from store.decisions import Decisions
from store.effects import Effects, StepName
from store.ids import new_id
from store.message_batches import Attempt, MessageBatch, Standing
from store.messages import Messages
from store.recipients import Recipient, Recipients
from store.suppressions import Suppressions

PAUSES = (timedelta(minutes=2), timedelta(minutes=10))
"""Before the second and the third copy of a mail to a server that takes it and gives no answer that can be read."""


@dataclass(frozen=True)
class Claim:
    """A message that this attempt may send, to this contact. `unanswered`: copies of it that may be out already."""

    message_id: str
    attempt: int
    unanswered: int
    recipient: Recipient
    email: str

    @property
    def fence(self) -> Attempt:
        """What must still be so for this attempt to change the message."""
        return self.message_id, self.attempt


@dataclass(frozen=True)
class Request:
    """A call that asks to send; `expired` when it has come too late."""

    call: Call[SendEmail]
    expired: bool


Answer = Claim | EmailResult | ApplicationError
"""The result instead of a claim when there is nothing (more) to send; the error when it is not to be sent now."""


class Claiming:
    """One transaction's claims. What most of them need is read, and written, for all together."""

    def __init__(self, session: AsyncSession, suppressions: Suppressions) -> None:
        self._session = session
        self._contacts = Recipients(session, suppressions)
        self._messages: list[dict[str, Any]] = []
        self._decisions: list[dict[str, Any]] = []
        self._results: list[tuple[Call[SendEmail], EmailResult]] = []

    async def answer(self, requests: Sequence[Request]) -> list[Answer]:
        """The answers, in order, all written."""
        steps = {step_of(request.call) for request in requests}
        # The contacts first: whoever else claims one of these messages waits here.
        recipients = await self._contacts.lock({request.call.subject_id for request in requests})
        self._done = await Effects(self._session).results(steps)
        self._known = await MessageBatch(self._session).of_steps(steps)
        self._taken: set[StepName] = set()
        answers = [await self._one(request, recipients.get(request.call.subject_id)) for request in requests]
        await MessageBatch(self._session).insert(self._messages)
        await Decisions(self._session).record(self._decisions)
        await remember_all(self._session, self._results)
        return answers

    async def _one(self, request: Request, recipient: Recipient | None) -> Answer:
        call, step = request.call, step_of(request.call)
        if step in self._done:
            return EmailResult.model_validate(self._done[step])
        if step in self._taken:  # by another attempt, which asked in the same moment
            return ApplicationError("another attempt is sending it", type="being_sent")
        self._taken.add(step)
        message = self._known.get(step)
        if message is not None and message.status == "sending":
            if error := _leased(message):
                return error
            message = message._replace(unanswered=message.unanswered + 1)
            if message.unanswered >= most_copies(call.order):
                return await self._give_up(call, message, "no worker recorded an answer to the mail")
        verdict = _verdict(request, recipient)
        if verdict.action == "skip" or recipient is None or recipient.email is None:
            return await self._skip(call, message, verdict)
        if message is None:
            return self._claim(call, recipient, recipient.email, verdict)
        return await self._claim_again(message, recipient, recipient.email)

    async def _give_up(self, call: Call[SendEmail], message: Standing, why: str) -> EmailResult:
        """A message that may be out is not sent again."""
        await Messages(self._session).mark_unknown(message.id, why)
        return self._result(call, EmailResult(message_id=message.id))

    async def _skip(self, call: Call[SendEmail], message: Standing | None, verdict: Verdict) -> EmailResult:
        if verdict.reason != "no_contact":
            self._decisions.append(decision(call, verdict))
        if message is not None and message.unanswered:
            return await self._give_up(call, message, verdict.reason)
        if message is not None:
            await Messages(self._session).mark_failed(message.id, verdict.reason)
        return self._result(call, EmailResult(skipped=verdict.reason))

    def _claim(self, call: Call[SendEmail], recipient: Recipient, email: str, verdict: Verdict) -> Claim:
        message_id, order = new_id("msg"), call.order
        self._messages.append({
            "id": message_id, "enrollment_id": call.enrollment_id, "key": call.key, "contact_id": recipient.id,
            "purpose": order.purpose, "template": order.template, "release": call.release,
        })  # fmt: skip
        self._decisions.append(decision(call, verdict))
        return Claim(message_id, 1, 0, recipient, email)

    async def _claim_again(
        self, message: Standing, recipient: Recipient, email: str
    ) -> Claim | ApplicationError:
        if not await Messages(self._session).claim_again(message.id, message.attempt, message.unanswered):
            return ApplicationError("another attempt has this message", type="overtaken")
        return Claim(message.id, message.attempt + 1, message.unanswered, recipient, email)

    def _result(self, call: Call[SendEmail], result: EmailResult) -> EmailResult:
        self._results.append((call, result))
        return result


def most_copies(order: SendEmail) -> int:
    """How many copies of a mail may go out as long as no answer is known."""
    return 1 if order.prefer == "once" else 1 + len(PAUSES)


def _leased(message: Standing) -> ApplicationError | None:
    """The error that says when to ask again, while the attempt that is sending it may still do so."""
    left = (message.deadline or clock.machine()) - clock.machine()
    if left <= timedelta(0):
        return None
    return ApplicationError("another attempt is sending it", type="being_sent", next_retry_delay=left)


def _verdict(request: Request, recipient: Recipient | None) -> Verdict:
    if recipient is None:
        return Verdict("skip", "no_contact")
    if request.expired:
        return Verdict("skip", "expired")
    facts = Facts(recipient.email, recipient.suppressed, recipient.consents)
    return judge(request.call.order.purpose, facts)


def decision(call: Call[SendEmail], verdict: Verdict) -> dict[str, Any]:
    """A row of why the message was or was not sent."""
    return {
        "contact_id": call.subject_id, "enrollment_id": call.enrollment_id, "key": call.key,
        "template": call.order.template, "verdict": verdict.action, "reason": verdict.reason,
    }  # fmt: skip
