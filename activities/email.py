"""The email activity: decide, render, send and record, once per step."""

from datetime import datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.calls import Call, EmailResult, SendEmail
from activities.claiming import Claim
from activities.heartbeat import finished, heartbeats
from activities.links import Links, MessageLinks
from activities.providers.email.protocol import (
    AddressRefused,
    Ambiguous,
    Mailbox,
    OutgoingEmail,
    Rejected,
    Unavailable,
)
from activities.providers.email.routing import Outbox
from activities.rendering import Rendered, Templates, contact_view
from activities.sending import Accepted, Handover, Sending
from store import clock
from store.names import presentable
from store.statuses import NO_ANSWER


class Email:
    """`sender` is the From of every mail."""

    def __init__(
        self, sending: Sending, templates: Templates, links: Links, outbox: Outbox, sender: Mailbox
    ) -> None:
        self._sending = sending
        self._templates = templates
        self._links = links
        self._outbox = outbox
        self._sender = sender

    @activity.defn(name="send_email")
    async def send(self, call: Call[SendEmail]) -> EmailResult:
        """Sends one message to the contact, or says why not. Retried by Temporal until the order expires."""
        async with heartbeats():
            claim = await self._sending.claim(call, expired=_expired(call.order))
            if isinstance(claim, EmailResult):
                return claim
            return await finished(self._deliver(call, claim))

    async def _deliver(self, call: Call[SendEmail], claim: Claim) -> EmailResult:
        links = self._links.for_message(
            claim.message_id, claim.recipient.id, marketing=call.order.purpose == "marketing"
        )
        content = self._render(call.order.template, claim, links)
        provider, diverted = self._outbox.route(claim.email)
        if diverted and claim.attempt == 1:
            await self._sending.note(call, "diverted_to_catcher")
        mail = self._mail(claim, content, links)

        async def before_data() -> datetime:
            return await self._sending.begin(
                Handover(claim, provider.name, content.version, content.locale, mail.message_id)
            )

        async def recorded(provider_id: str | None) -> None:
            await self._sending.sent(Accepted(call, claim, provider_id))

        try:
            async with self._sending.lease(claim):
                await provider.send(mail, before_data=before_data, recorded=recorded)
        except AddressRefused as error:
            return await self._sending.refused(call, claim, "address_refused", str(error), suppress=True)
        except Rejected as error:
            return await self._sending.refused(call, claim, "message_rejected", str(error), suppress=False)
        except Unavailable as error:
            await self._sending.withdraw(claim)
            wait = timedelta(seconds=error.retry_after) if error.retry_after else None
            raise ApplicationError(str(error), type="provider_unavailable", next_retry_delay=wait) from None
        except Ambiguous as error:
            return await self._unanswered(call, claim, error)
        return EmailResult(message_id=claim.message_id)

    async def _unanswered(self, call: Call[SendEmail], claim: Claim, error: Ambiguous) -> EmailResult:
        answer = await self._sending.unanswered(call, claim, str(error))
        if isinstance(answer, EmailResult):
            return answer
        raise ApplicationError(str(error), type=NO_ANSWER, next_retry_delay=answer) from None

    def _render(self, template: str, claim: Claim, links: MessageLinks) -> Rendered:
        contact = claim.recipient
        view = contact_view(contact.name, locale=contact.locale, attributes=contact.attributes)
        return self._templates.render(template, contact.locale, {"contact": view}, links)

    def _mail(self, claim: Claim, content: Rendered, links: MessageLinks) -> OutgoingEmail:
        return OutgoingEmail(
            message_id=f"<{claim.message_id}@{self._sender.domain}>",
            from_=self._sender,
            to=Mailbox(claim.email, presentable(claim.recipient.name) or ""),
            subject=content.subject,
            html=content.html,
            text=content.text,
            headers=links.headers,
        )


def _expired(order: SendEmail) -> bool:
    """Measured from when the step was first scheduled, so that an outage of any part of the system counts."""
    scheduled = clock.at(activity.info().scheduled_time)
    return clock.now() > scheduled + timedelta(seconds=order.expires_seconds)
