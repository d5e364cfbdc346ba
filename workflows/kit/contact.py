"""Workflows that run for one contact."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from pydantic import JsonValue

from activities.calls import (
    AddScore,
    EmailResult,
    Model,
    Nothing,
    Preference,
    Purpose,
    SendEmail,
    UpdateContact,
    UpdateCrm,
    WithdrawConsent,
)
from activities.contacts import ContactRecords
from activities.crm import Crm
from activities.email import Email as EmailActivities
from activities.rules import Rules
from activities.scoring import Scoring
from workflows.kit.clock import days
from workflows.kit.effects import NOTHING
from workflows.kit.emails import Email
from workflows.kit.rules import Rule
from workflows.kit.steps import Effect, Question
from workflows.kit.toolkit import positive
from workflows.kit.workflow import MarketingWorkflow


class ContactWorkflow(MarketingWorkflow):
    """A workflow that runs for one contact."""

    subject_kind = "contact"

    async def send_email(
        self,
        template: str,
        *,
        purpose: Purpose = "marketing",
        prefer: Preference = "delivery",
        expires: timedelta = days(3),
    ) -> Email:
        """Sends one message, once, if the arbiter lets it; the handle tells whether, and what to wait for.

        While a provider is away it is tried again until it `expires`; then it is skipped and the path goes on.
        `prefer`: when nobody can know whether a mail went out, `delivery` sends it again, at most twice; `once` never
        does.
        """
        positive(expires, "send_email expires")
        order = SendEmail(
            template=template, purpose=purpose, prefer=prefer, expires_seconds=int(expires.total_seconds())
        )
        done = await self._runtime.perform(Effect(
            method="send_email", label=template, returns=EmailResult,
            samples=(EmailResult(message_id="msg"), EmailResult(skipped="no_consent")),
            activity=EmailActivities.send, order=order, queue="email",
        ))  # fmt: skip
        return Email(template, done.result, done.at)

    async def score(self, points: int, reason: str) -> None:
        """Adds points to the contact's score, or takes them when negative."""
        await self._effect("score", reason, Scoring.add, AddScore(points=points, reason=reason))

    async def update_contact(self, label: str, **attributes: JsonValue) -> None:
        """Merges attributes; None removes one."""
        await self._effect(
            "update_contact", label, ContactRecords.update, UpdateContact(attributes=attributes)
        )

    async def withdraw_consent(self, topic: str) -> None:
        """Ends the contact's consent to a topic: no workflow sends it mail of that topic any more."""
        await self._effect(
            "withdraw_consent", topic, ContactRecords.withdraw_consent, WithdrawConsent(topic=topic)
        )

    async def update_crm(self, stage: str) -> None:
        """Moves the contact to a stage of its lifecycle in the CRM."""
        await self._effect("update_crm", stage, Crm.set_stage, UpdateCrm(stage=stage))

    async def matches(self, rule: Rule) -> bool:
        """Whether the contact meets a rule now. Attributes stay in the database; the answer alone is recorded."""
        return await self._perform(Question(
            method="matches", label=str(rule), returns=bool, samples=(True, False), closed=True,
            activity=Rules.match, order=rule.match,
        ))  # fmt: skip

    async def _effect(
        self, method: str, label: str, activity: Callable[..., Coroutine[Any, Any, Nothing]], order: Model
    ) -> None:
        await self._perform(Effect(
            method=method, label=label, returns=Nothing, samples=(NOTHING,), activity=activity, order=order,
        ))  # fmt: skip
