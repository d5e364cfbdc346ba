"""Mails to teams: tasks, reminders, notices."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.calls import Call
from activities.catalogue import title_of
from activities.claiming import PAUSES
from activities.effects import once, recall
from activities.lasting import until_recorded
from activities.providers.email.protocol import (
    AddressRefused,
    Ambiguous,
    Mailbox,
    OutgoingEmail,
    Rejected,
    SendError,
    Unavailable,
)
from activities.providers.email.routing import Outbox
from activities.rendering import Templates
from store import clock
from store.contacts import Contacts
from store.database import Database
from store.effects import Effects
from store.names import presentable
from store.statuses import NO_ANSWER
from store.tables import Team

EXPIRES = timedelta(days=3)
"""After an outage that long nobody is told any more, and the path goes on."""
WRITE_LIMIT = timedelta(seconds=5)
"""From the last look at the database to writing the body: shorter than the next attempt is away, should this one stand
still in between."""

R = TypeVar("R")


@dataclass(frozen=True)
class Letter:
    """A mail to a team. `id` is the Message-ID before its @, `about` that of the mail that it follows up on."""

    id: str
    template: str
    context: Mapping[str, JsonValue] = field(default_factory=dict)
    about: str | None = None


class TeamMail:
    """Sends at least once: a mail is repeated, under the same Message-ID, when its attempt died or got no answer
    between handing it over and recording so. Nothing else repeats one: an overtaken attempt sends no more, and a server
    that gives no answer gets no more copies than of a contact's mail."""

    def __init__(self, database: Database, templates: Templates, outbox: Outbox, sender: Mailbox) -> None:
        self._database = database
        self._templates = templates
        self._outbox = outbox
        self._sender = sender

    async def send(self, call: Call[Any], team: Team | None, letter: Letter) -> str | None:
        """Why the team was not told; None when it was. Must not be called within a transaction.

        Raises ApplicationError when the relay is away or does not answer: Temporal repeats the call.
        """
        if team is None or team.email is None:
            return "no_address"
        if _expired():
            return "expired"
        mail = await self._mail(call, team, team.email, letter)
        try:
            provider, _ = self._outbox.route(team.email)
            await provider.send(mail, before_data=partial(self._before_data, call))
        except AddressRefused as error:
            return await self._refused(call, "address_refused", error)
        except Rejected as error:
            return await self._refused(call, "message_rejected", error)
        except Unavailable as error:
            wait = timedelta(seconds=error.retry_after) if error.retry_after else None
            raise ApplicationError(str(error), type="provider_unavailable", next_retry_delay=wait) from None
        except Ambiguous as error:
            return await self._unanswered(call, error)
        return None

    async def record(
        self, call: Call[Any], returns: type[R], work: Callable[[AsyncSession], Awaitable[R]]
    ) -> R:
        """`once`, however long the database is away."""
        return await until_recorded(lambda: once(self._database, call, returns, work))

    async def _mail(self, call: Call[Any], team: Team, address: str, letter: Letter) -> OutgoingEmail:
        async with self._database.read() as session:
            contact = await Contacts(session).get(call.subject_id) if call.subject_kind == "contact" else None
        context: dict[str, JsonValue] = {
            **letter.context,
            "team": {"name": team.name},
            "contact": {"name": presentable(contact.name) if contact else None},
            "workflow_title": title_of(call.workflow),
            **call.model_dump(include={"workflow", "subject_kind", "subject_id", "enrollment_id"}),
        }
        content = self._templates.render(letter.template, team.locale, context)
        follows = (
            {name: self._message_id(letter.about) for name in ("In-Reply-To", "References")}
            if letter.about
            else {}
        )
        return OutgoingEmail(
            message_id=self._message_id(letter.id),
            from_=self._sender,
            to=Mailbox(address),
            subject=content.subject,
            html=content.html,
            text=content.text,
            headers={"Auto-Submitted": "auto-generated", **follows},
        )

    def _message_id(self, id: str) -> str:
        return f"<{id}@{self._sender.domain}>"

    async def _before_data(self, call: Call[Any]) -> datetime:
        async with self._database.read() as session:
            if await recall(session, call, dict) is not None:
                raise ApplicationError("another attempt has done this", type="overtaken")
        info = activity.info()
        ends = info.started_time + (info.start_to_close_timeout or WRITE_LIMIT)
        return min(ends, clock.machine() + WRITE_LIMIT)

    async def _unanswered(self, call: Call[Any], error: Ambiguous) -> str:
        """The code of one that is given up; before that, raises ApplicationError with the pause."""
        async with self._database.read() as session:
            before = await Effects(session).failed(
                activity.info().activity_type, NO_ANSWER, call.enrollment_id, call.key
            )
        if before < len(PAUSES):
            raise ApplicationError(str(error), type=NO_ANSWER, next_retry_delay=PAUSES[before]) from None
        return await self._refused(call, NO_ANSWER, error)

    async def _refused(self, call: Call[Any], code: str, error: SendError) -> str:
        async with self._database.begin() as session:
            await Effects(session).fail(
                activity.info().activity_type, code, str(error), call.enrollment_id, call.key,
                activity.info().attempt,
            )  # fmt: skip
        return code


def _expired() -> bool:
    return clock.now() > clock.at(activity.info().scheduled_time) + EXPIRES
