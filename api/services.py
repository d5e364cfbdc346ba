"""What routes work with, made once per process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from temporalio.client import Client

from activities.answering import Answering
from activities.catalogue import Catalogue
from activities.enrolling import Enroller
from activities.links import Links
from activities.providers.email.protocol import Mailbox
from activities.rendering import Templates
from activities.routing import Router
from api.access import Callers
from api.admission import Admission
from api.idempotency import Idempotency
from api.metrics.registry import Metrics
from store.database import Database
from store.suppressions import Suppressions
from worker.connection import Runs, connect, url_of_runs
from worker.exiting import Exits
from worker.recovery import Recovery
from worker.settings import Settings
from worker.templates import templates_of


@dataclass(frozen=True)
class Services:
    settings: Settings
    database: Database
    catalogue: Catalogue
    client: Client
    runs: Runs
    enroller: Enroller
    router: Router
    exits: Exits
    answering: Answering
    links: Links
    templates: Templates
    recovery: Recovery
    callers: Callers
    admission: Admission
    idempotency: Idempotency
    metrics: Metrics

    @cached_property
    def company(self) -> str:
        """Who mails come from, as pages name it."""
        return Mailbox.parse(self.settings.email_from).shown

    def temporal_url(self, enrollment_id: str) -> str:
        """Where Temporal UI shows the enrollment."""
        return f"{self._url_of_runs}/{quote(enrollment_id, safe='')}"

    def suppressions(self, session: AsyncSession) -> Suppressions:
        """Whom nothing may be sent to."""
        key, *older = (key.encode() for key in self.settings.signing_keys())
        return Suppressions(session, key, *older)

    @cached_property
    def _url_of_runs(self) -> str:
        return url_of_runs(self.settings)


@asynccontextmanager
async def opened(settings: Settings, catalogue: Catalogue) -> AsyncIterator[Services]:
    """Opens the database; Temporal is connected to at the first call that needs it."""
    database = Database(settings.database_url)
    client = await connect(settings, lazy=True)
    runs = Runs(client)
    keys = settings.signing_keys()
    enroller = Enroller(database, runs, catalogue, suppression_keys=[key.encode() for key in keys])
    try:
        yield Services(
            settings=settings,
            database=database,
            catalogue=catalogue,
            client=client,
            runs=runs,
            enroller=enroller,
            router=Router(database, runs, catalogue, enroller),
            exits=Exits(client, database, catalogue),
            answering=Answering(database, runs),
            links=Links(settings.public_url, keys),
            templates=templates_of(settings),
            recovery=Recovery(client, database, catalogue),
            callers=Callers(database),
            admission=Admission(settings.api_concurrency, settings.api_longest_wait),
            idempotency=Idempotency(database),
            metrics=Metrics(database),
        )
    finally:
        await database.close()


async def services(request: Request) -> Services:
    """A coroutine, as are all dependencies here: FastAPI would run a function in a thread of its own."""
    found: Services = request.app.state.services
    return found


Use = Annotated[Services, Depends(services)]
