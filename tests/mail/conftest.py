"""A real SMTP server on a free port that does what a test tells it to, and what mails are made of."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from activities.links import Links
from activities.providers.email import Mailbox, OutgoingEmail, SmtpProvider
from activities.rendering import Sender, Site, Templates
from store import clock

TEMPLATES = Path(__file__).parents[2] / "templates"
SITE = Site(*(f"https://shop.example/{page}" for page in ("preferences", "meeting", "shop")))


@dataclass
class FakeRelay:
    """Counts connections, keeps accepted mails, and answers as told: `on_mail`, `on_rcpt`, `on_data`."""

    port: int = 0
    mails: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0
    most_open: int = 0
    open: set["_Server"] = field(default_factory=set)
    on_mail: Callable[[], str | None] = lambda: None
    on_rcpt: Callable[[str], str | None] = lambda address: None
    on_data: Callable[["_Server"], Awaitable[str | None]] | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_MAIL(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.on_mail() or "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.on_rcpt(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: "_Server", session: Session, envelope: Envelope) -> str:
        if self.on_data and (answer := await self.on_data(server)):
            return answer
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        self.recipients.extend(envelope.rcpt_tos)
        return "250 OK"

    def hang_up(self) -> None:
        for server in list(self.open):
            server.drop()


class _Server(SMTP):
    def __init__(self, relay: FakeRelay, **options: Any) -> None:
        super().__init__(relay, hostname="relay.example", enable_SMTPUTF8=False, **options)
        self.relay = relay

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.relay.connections += 1
        self.relay.open.add(self)
        self.relay.most_open = max(self.relay.most_open, len(self.relay.open))

    def connection_lost(self, error: Exception | None) -> None:
        self.relay.open.discard(self)
        super().connection_lost(error)

    def drop(self) -> None:
        assert self.transport is not None
        self.transport.close()


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    fake = FakeRelay()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Server(fake, loop=loop), "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    yield fake
    server.close()
    fake.hang_up()
    await server.wait_closed()
    await asyncio.sleep(0)


@pytest.fixture
async def provider(relay: FakeRelay) -> AsyncIterator[SmtpProvider]:
    provider = SmtpProvider(relay.url)
    yield provider
    await provider.close()


@pytest.fixture
def links() -> Links:
    return Links("https://mail.shop.example/", ["a-key-of-at-least-thirty-two-characters"])


@pytest.fixture
def sender() -> Sender:
    return Sender("Alder & Finch", "hello@shop.example", "1 Example Street", "https://shop.example")


@pytest.fixture
def templates(sender: Sender) -> Templates:
    return Templates([TEMPLATES], sender=sender, site=SITE)


def an_email(**changes: Any) -> OutgoingEmail:
    return OutgoingEmail(
        **{
            "message_id": "<msg_1@shop.example>",
            "from_": Mailbox("hello@shop.example", "Shop"),
            "to": Mailbox("ann@customer.example", "Ann"),
            "subject": "Hello",
            "html": "<p>Hello</p>",
            "text": "Hello\n",
            **changes,
        }
    )


async def in_a_minute() -> datetime:
    """What a caller with time left answers before the body goes out."""
    return clock.now() + timedelta(minutes=1)
