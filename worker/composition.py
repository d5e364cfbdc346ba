"""Puts the activities together with what they need."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from activities.catalogue import Catalogue
from activities.contacts import ContactRecords
from activities.crm import Crm
from activities.email import Email
from activities.endings import Endings
from activities.enrolling import Enroller
from activities.links import Links
from activities.providers.email.protocol import Mailbox
from activities.providers.email.routing import Outbox
from activities.providers.email.smtp import SmtpProvider
from activities.rendering import Sender, Templates
from activities.routing import Router
from activities.rules import Rules
from activities.runs import Runs
from activities.scoring import Scoring
from activities.sending import Sending
from activities.starting import Starting
from store.database import Database
from worker.settings import Settings

Activities = list[Callable[..., Any]]


@dataclass(frozen=True)
class Composition:
    """Activities by task queue. `local` ones run beside the workflows, and as ordinary ones when that fails."""

    database: Database
    outbox: Outbox
    enroller: Enroller
    router: Router
    local: Activities
    effects: Activities
    email: Activities

    async def close(self) -> None:
        await self.outbox.close()
        await self.database.close()


def compose(settings: Settings, catalogue: Catalogue, runs: Runs) -> Composition:
    """Everything a worker's activities need, from the settings."""
    database = Database(settings.database_url)
    keys = settings.signing_keys()
    hash_keys = suppression_keys(keys)
    enroller = Enroller(database, runs, catalogue, suppression_keys=hash_keys)
    outbox = outbox_of(settings)
    mailer = Email(
        Sending(database, hash_keys),
        templates_of(settings),
        Links(settings.public_url, keys),
        outbox,
        Mailbox.parse(settings.email_from),
    )
    local: Activities = [Rules(database).match, Endings(database).record]
    effects: Activities = [
        Scoring(database).add,
        ContactRecords(database).update,
        Crm(database).set_stage,
        Starting(database, enroller).start,
    ]
    return Composition(
        database=database,
        outbox=outbox,
        enroller=enroller,
        router=Router(database, runs, catalogue, enroller),
        local=local,
        effects=[*effects, *local],
        email=[mailer.send],
    )


def suppression_keys(secret_keys: Sequence[str]) -> list[bytes]:
    """The keys that hash suppressed addresses."""
    return [key.encode() for key in secret_keys]


def templates_of(settings: Settings) -> Templates:
    sender = Mailbox.parse(settings.email_from)
    return Templates(
        settings.templates,
        sender=Sender(
            name=sender.name or sender.domain,
            address=sender.address,
            postal=settings.email_postal,
            website=f"https://{sender.domain}",
        ),
    )


def outbox_of(settings: Settings) -> Outbox:
    relay = SmtpProvider(settings.email_url.get_secret_value()) if settings.email_url else None
    catcher = None
    if not settings.production:
        catcher = SmtpProvider(f"smtp://{settings.catcher_host}:{settings.catcher_smtp_port}", name="catcher")
    return Outbox(relay, catcher, settings.email_allow, production=settings.production)
