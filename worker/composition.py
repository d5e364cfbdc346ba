"""Puts the activities together with what they need."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from activities.answering import Answering
from activities.catalogue import Catalogue
from activities.contacts import ContactRecords
from activities.crm import Crm
from activities.email import Email
from activities.endings import Endings
from activities.enrolling import Enroller
from activities.links import Links
from activities.moments import Moments
from activities.notifying import Notifying
from activities.providers.channels import OwnChannel
from activities.providers.email.protocol import Mailbox
from activities.providers.email.routing import Outbox
from activities.providers.email.smtp import SmtpProvider
from activities.publishing import Publishing
from activities.reading import Reading
from activities.routing import Router
from activities.rules import Rules
from activities.runs import Runs
from activities.scoring import Scoring
from activities.sending import Sending
from activities.starting import Starting
from activities.statuses import Statuses
from activities.tasks import Tasks
from activities.team_mail import TeamMail
from store.database import Database
from worker.settings import Settings
from worker.templates import templates_of

Activities = list[Callable[..., Any]]


@dataclass(frozen=True)
class Composition:
    """Activities by task queue. `local` ones run beside the workflows, and as ordinary ones when that fails."""

    database: Database
    outbox: Outbox
    enroller: Enroller
    router: Router
    answering: Answering
    local: Activities
    effects: Activities
    email: Activities

    async def close(self) -> None:
        await self.outbox.close()
        await self.database.close()


def compose(
    settings: Settings, catalogue: Catalogue, runs: Runs, outbox: Outbox | None = None
) -> Composition:
    """Everything a worker's activities need, from the settings. Mail takes the `outbox` given, where one is."""
    database = Database(settings.database_url)
    keys = settings.signing_keys()
    hash_keys = suppression_keys(keys)
    enroller = Enroller(database, runs, catalogue, suppression_keys=hash_keys)
    outbox = outbox or outbox_of(settings)
    templates, links, sender = (
        templates_of(settings),
        Links(settings.public_url, keys),
        Mailbox.parse(settings.email_from),
    )
    mailer = Email(Sending(database, hash_keys), templates, links, outbox, sender)
    team_mail = TeamMail(database, templates, outbox, sender)
    tasks = Tasks(database, team_mail, links)
    to_teams: Activities = [tasks.create, tasks.chase, Notifying(database, team_mail, links).notify]
    contacts = ContactRecords(database)
    local: Activities = [
        Rules(database).match,
        Moments(database).find,
        Statuses(database).record,
        Endings(database).record,
        Reading(database, catalogue).read,
    ]
    effects: Activities = [
        Scoring(database).add,
        contacts.update,
        contacts.withdraw_consent,
        Crm(database).set_stage,
        Starting(database, enroller).start,
        Publishing(database, OwnChannel()).publish,
    ]
    return Composition(
        database=database,
        outbox=outbox,
        enroller=enroller,
        router=Router(database, runs, catalogue, enroller),
        answering=Answering(database, runs),
        local=local,
        effects=[*effects, *local],
        email=[mailer.send, *to_teams],
    )


def suppression_keys(secret_keys: Sequence[str]) -> list[bytes]:
    """The keys that hash suppressed addresses."""
    return [key.encode() for key in secret_keys]


def outbox_of(settings: Settings) -> Outbox:
    relay = SmtpProvider(settings.email_url.get_secret_value()) if settings.email_url else None
    catcher = None
    if not settings.production:
        catcher = SmtpProvider(f"smtp://{settings.catcher_host}:{settings.catcher_smtp_port}", name="catcher")
    return Outbox(relay, catcher, settings.email_allow, production=settings.production)
