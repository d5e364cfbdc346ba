"""Activities on a real database and a real SMTP server, called as a worker calls them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select
from temporalio.testing import ActivityEnvironment

from activities.calls import Call
from activities.links import Links
from activities.notifying import Notifying
from activities.providers.email import Mailbox, Outbox, SmtpProvider
from activities.rendering import Templates
from activities.tasks import Tasks
from activities.team_mail import TeamMail
from store.database import Database
from store.tables import Enrollment
from store.teams import Teams
from tests.mail.conftest import FakeRelay, links, provider, relay, sender, templates
from tests.store.rows import make_contact, make_enrollment

__all__ = ["links", "provider", "relay", "sender", "templates"]

Ordered = Callable[..., Call[Any]]


@dataclass
class Office:
    """What teams are told with, and the mails that reached them."""

    database: Database
    relay: FakeRelay
    mail: TeamMail
    tasks: Tasks
    notifying: Notifying

    async def team(self, name: str, email: str | None = None, locale: str = "en") -> None:
        async with self.database.begin() as session:
            await Teams(session).put(name, email or f"{name}@team.example", locale)

    @property
    def mails(self) -> list[EmailMessage]:
        parsed = [message_from_bytes(mail, policy=policy.default) for mail in self.relay.mails]
        return [mail for mail in parsed if isinstance(mail, EmailMessage)]


@pytest.fixture
async def office(
    database: Database, relay: FakeRelay, provider: SmtpProvider, templates: Templates, links: Links
) -> Office:
    mail = TeamMail(database, templates, Outbox(None, provider), Mailbox("hello@shop.example", "Shop"))
    return Office(database, relay, mail, Tasks(database, mail, links), Notifying(database, mail, links))


@pytest.fixture
async def enrollment(database: Database) -> Enrollment:
    async with database.begin() as session:
        contact = await make_contact(session, name="Ada Lovelace", time_zone="Europe/Madrid")
        return await make_enrollment(session, contact)


@pytest.fixture
def ordered(enrollment: Enrollment) -> Ordered:
    """A call of this enrollment."""

    def call(order: Any, key: str = "step:one#1") -> Call[Any]:
        return Call(
            enrollment_id=enrollment.id, workflow=enrollment.workflow, subject_kind="contact",
            subject_id=enrollment.subject_id, release="r1", key=key, order=order,
        )  # fmt: skip

    return call


async def perform(activity: Callable[..., Any], call: Call[Any], scheduled: timedelta = timedelta(0)) -> Any:
    """One attempt, scheduled that long ago."""
    env = ActivityEnvironment()
    now = datetime.now(UTC)
    env.info = replace(
        env.info,
        scheduled_time=now - scheduled,
        started_time=now,
        start_to_close_timeout=timedelta(minutes=12),
    )
    return await env.run(activity, call)


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


async def rows(database: Database, table: type[Any]) -> list[Any]:
    async with database.read() as session:
        return list((await session.scalars(select(table))).all())
