"""Journeys as the product runs them: enrollment rows, the arbiter, messages, SMTP to a mail catcher, recorded ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from secrets import token_hex

from sqlalchemy import func, select
from temporalio.client import Client

from benchmarks.processes import command, free_ports
from store.contacts import ConsentGrant, ContactDraft, Contacts
from store.enrollments import Enrollments
from store.migrate import upgrade
from store.tables import Enrollment, Message
from worker.catalogue import install
from worker.composition import Composition, compose
from worker.connection import Runs
from worker.runner import workers
from worker.settings import Settings

_CONSENT = {"marketing": ConsentGrant(granted=True, source="benchmark")}


class Journeys:
    """Contacts and enrollment rows are made beforehand; starting the runs, and all they do, is what counts."""

    def __init__(self, client: Client, composition: Composition, release: str) -> None:
        self._client = client
        self._composition = composition
        self._release = release

    async def enrolled(self, count: int) -> list[Enrollment]:
        """Rows of new contacts, whose runs have not been started."""
        rows = []
        async with self._composition.database.begin() as session:
            for _ in range(count):
                draft = ContactDraft(email=f"{token_hex(8)}@example.com", name="Ann Lee", consent=_CONSENT)
                contact, _ = await Contacts(session).upsert(draft)
                rows.append(_row(contact.id, self._release))
                await Enrollments(session).insert(rows[-1])
        return rows

    async def run(self, rows: list[Enrollment]) -> None:
        await asyncio.gather(*(self._one(row) for row in rows))

    async def _one(self, row: Enrollment) -> None:
        await self._composition.enroller.start_run(row)
        await self._client.get_workflow_handle(row.id).result()

    async def sent(self) -> int:
        """Messages that the catcher's server took."""
        async with self._composition.database.read() as session:
            query = select(func.count()).select_from(Message).filter_by(status="sent")
            return int((await session.scalar(query)) or 0)


@asynccontextmanager
async def journeys(client: Client, folder: Path) -> AsyncIterator[Journeys]:
    """The product's worker in this process, and its mail catcher in another."""
    smtp_port, http_port = free_ports(2)
    settings = Settings(
        home=folder,
        catcher_smtp_port=smtp_port,
        catcher_port=http_port,
        workflows=["workflows", "benchmarks.journey.three_emails"],
    )
    await upgrade(settings.database_url)
    installed = install(settings)
    composition = compose(settings, installed.catalogue, Runs(client))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(command("mail", settings, smtp_port))
        stack.push_async_callback(composition.close)
        for worker in workers(client, installed, composition):
            await stack.enter_async_context(worker)
        yield Journeys(client, composition, installed.catalogue["three-emails"].release)


def _row(contact_id: str, release: str) -> Enrollment:
    return Enrollment(
        id=f"three-emails:{contact_id}:1",
        workflow="three-emails",
        subject_kind="contact",
        subject_id=contact_id,
        contact_id=contact_id,
        entry="1",
        params={},
        release=release,
    )
