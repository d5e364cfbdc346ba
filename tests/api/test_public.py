"""The links of mails: nothing forged works, machines count for nothing, and a reader is never held up."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from starlette.requests import Request
from temporalio.client import Client

from activities.links import Links
from api.public.scanners import is_machine
from store.contacts import ConsentGrant, Contacts
from store.database import Database
from store.events import Events
from store.messages import Messages
from store.tables import Event, Message
from tests.api.conftest import Serve
from tests.api.test_enrolling import enroll, someone
from tests.api.test_enrollments import message_of
from tests.api.test_events import heard
from tests.temporal import port_of

TARGET = "https://shop.example/guide?a=1&b=ñ"


@pytest.fixture
async def message(api: httpx.AsyncClient, database: Database) -> Message:
    """A message that was sent to somebody in a workflow."""
    enrolled = (await enroll(api, someone(locale="es-MX"))).json()
    message = message_of(enrolled["id"], enrolled["contact_id"])
    async with database.begin() as session:
        session.add(message)
    return message


async def events_of(database: Database, message: Message) -> list[Event]:
    async with database.read() as session:
        return (await Events(session).timeline(message.contact_id))[0]


async def consent_of(database: Database, message: Message) -> dict[str, bool]:
    async with database.read() as session:
        return await Contacts(session).consents(message.contact_id)


async def test_a_click_is_noted_and_goes_on(
    api: httpx.AsyncClient, links: Links, message: Message, database: Database, temporal: Client
) -> None:
    for _ in range(3):
        answer = await api.get(links.click(message.id, TARGET))
        assert answer.status_code == 302
        assert httpx.URL(answer.headers["location"]) == httpx.URL(TARGET)
        assert "set-cookie" not in answer.headers
    (event,) = await events_of(database, message)
    assert (event.id, event.name, event.machine) == (f"click:{message.id}", "email.clicked", False)
    assert (event.message_id, event.properties) == (message.id, {"url": TARGET})
    assert event.delivered_at
    assert await heard(temporal, message.enrollment_id) == ["email.clicked"]
    async with database.read() as session:
        kept = await Messages(session).get(message.id)
    assert kept
    assert kept.clicked_at
    assert kept.opened_at is None


async def test_an_open_is_noted(
    api: httpx.AsyncClient, links: Links, message: Message, database: Database, temporal: Client
) -> None:
    for _ in range(2):
        answer = await api.get(links.open(message.id))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content.startswith(b"GIF89a")
    assert [event.id for event in await events_of(database, message)] == [f"open:{message.id}"]
    assert await heard(temporal, message.enrollment_id) == ["email.opened"]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}),
        ("GET", {"X-Purpose": "preview"}),
        ("GET", {"User-Agent": ""}),
        ("GET", {"User-Agent": "Mozilla/5.0"}),
        ("GET", {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}),
        ("GET", {"User-Agent": "BarracudaCentral/1.0"}),
        ("GET", {"User-Agent": "curl/8.5.0"}),
    ],
)
async def test_machines_are_noted_and_count_for_nothing(
    api: httpx.AsyncClient,
    links: Links,
    message: Message,
    database: Database,
    temporal: Client,
    method: str,
    headers: Any,
) -> None:
    for link, status in ((links.click(message.id, TARGET), 302), (links.open(message.id), 200)):
        assert (await api.request(method, link, headers=headers)).status_code == status
    events = await events_of(database, message)
    assert [(event.machine, event.delivered_at is not None) for event in events] == [(True, True)] * 2
    assert await heard(temporal, message.enrollment_id) == []
    async with database.read() as session:
        kept = await Messages(session).get(message.id)
    assert kept
    assert kept.opened_at is kept.clicked_at is None
    await api.get(links.open(message.id))
    assert await heard(temporal, message.enrollment_id) == ["email.opened"]


def fetched_by(agent: str, method: str = "GET") -> Request:
    headers = [(b"user-agent", agent.encode())]
    return Request({"type": "http", "method": method, "path": "/", "headers": headers})


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
        "Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0",
        "Opera/9.80 (Android; Opera Mini/36.2/191.197; U; es) Presto/2.12.423 Version/12.16",
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    ],
)
def test_a_browser_is_a_person_and_so_is_a_proxy_that_a_person_makes_fetch(agent: str) -> None:
    assert not is_machine(fetched_by(agent))
    assert is_machine(fetched_by(agent, "HEAD"))


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "curl/8.5.0",
        "Wget/1.21.4",
        "python-requests/2.32.3",
        "python-httpx/0.28.1",
        "Python/3.12 aiohttp/3.11.9",
        "Python-urllib/3.12",
        "Go-http-client/2.0",
        "okhttp/4.12.0",
        "Java/21.0.5",
        "Apache-HttpClient/5.4 (Java/21.0.5)",
        "libwww-perl/6.77",
        "PostmanRuntime/7.43.0",
        "axios/1.7.9",
        "node",
        "Firefox",
        "Mozilla/5.0",
        "Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)",
        "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.26100.2161",
        "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 6.0.1) AppleWebKit/537.36 Chrome/131.0 (compatible; Googlebot/2.1)",
    ],
)
def test_what_is_no_browser_is_a_machine(agent: str) -> None:
    assert is_machine(fetched_by(agent))


async def test_looking_does_not_unsubscribe(
    api: httpx.AsyncClient, links: Links, message: Message, database: Database
) -> None:
    link = links.unsubscribe(message.id, message.contact_id)
    page = await api.get(link)
    assert (page.status_code, "Darse de baja" in page.text, 'lang="es"' in page.text) == (200, True, True)
    assert "No recibirás más novedades ni ofertas de Cadencia." in page.text
    assert (await api.head(link)).status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in page.headers
    assert (await consent_of(database, message))["marketing"] is True


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {},
        {"content": b"--broken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
    ],
)
async def test_a_post_unsubscribes(
    api: httpx.AsyncClient, links: Links, message: Message, database: Database, temporal: Client, body: Any
) -> None:
    link = links.unsubscribe(message.id, message.contact_id)
    for _ in range(2):
        done = await api.post(link, **body)
        assert (done.status_code, "Te has dado de baja" in done.text) == (200, True)
        assert "Cadencia no te enviará más novedades ni ofertas." in done.text
        assert "set-cookie" not in done.headers
    assert await consent_of(database, message) == {"marketing": False}
    assert [event.name for event in await events_of(database, message)] == ["contact.unsubscribed"]
    assert await heard(temporal, message.enrollment_id) == ["contact.unsubscribed"]


async def test_who_subscribed_again_may_leave_again_by_the_old_link(
    api: httpx.AsyncClient, links: Links, message: Message, database: Database
) -> None:
    link = links.unsubscribe(message.id, message.contact_id)
    await api.post(link)
    async with database.begin() as session:
        grant = ConsentGrant(granted=True, source="form", proof="form-9")
        await Contacts(session).record_consent(message.contact_id, "marketing", grant)
    assert (await consent_of(database, message))["marketing"] is True
    assert (await api.post(link)).status_code == 200
    assert (await consent_of(database, message))["marketing"] is False


async def test_a_forged_link_leads_nowhere(
    api: httpx.AsyncClient, links: Links, message: Message, database: Database
) -> None:
    click, unsubscribe = links.click(message.id, TARGET), links.unsubscribe(message.id, message.contact_id)
    other = Links(links.public_url, ["x" * 40])
    for link in (
        click[:-9] + ("A" if click[-9] != "A" else "B") + click[-8:],
        click.replace("/c/", "/c/A"),
        other.click(message.id, TARGET),
        click.replace("/c/", "/o/") + ".gif",
        unsubscribe.replace("/u/", "/c/"),
        other.open(message.id),
    ):
        answer = await api.get(link)
        assert (answer.status_code, "This link does not work" in answer.text) == (404, True), link
    forged = await api.post(other.unsubscribe(message.id, message.contact_id))
    assert forged.status_code == 404
    assert await events_of(database, message) == []
    assert (await consent_of(database, message))["marketing"] is True


async def test_links_of_what_is_gone_still_answer(api: httpx.AsyncClient, links: Links) -> None:
    assert (await api.get(links.click("msg_gone", TARGET))).status_code == 302
    assert (await api.get(links.open("msg_gone"))).status_code == 200
    assert (await api.post(links.unsubscribe("msg_gone", "con_gone"))).status_code == 200


async def test_readers_get_on_when_the_database_is_away(
    serve: Serve, temporal: Client, links: Links, message: Message
) -> None:
    away = "postgresql+asyncpg://nobody@127.0.0.1:1/none"
    async with serve(temporal_port=port_of(temporal), database_url=away) as api:
        assert (await api.get(links.click(message.id, TARGET))).status_code == 302
        assert (await api.get(links.open(message.id))).status_code == 200
        later = await api.post(links.unsubscribe(message.id, message.contact_id))
        assert (later.status_code, "Please try again shortly" in later.text) == (503, True)
        assert later.headers["retry-after"]


async def test_what_cannot_be_delivered_now_waits_to_be_swept(
    serve: Serve, links: Links, message: Message, database: Database, unused_tcp_port: int
) -> None:
    async with serve(temporal_port=unused_tcp_port) as api:
        assert (await api.get(links.click(message.id, TARGET))).status_code == 302
        assert (await api.post(links.unsubscribe(message.id, message.contact_id))).status_code == 200
    assert [event.delivered_at for event in await events_of(database, message)] == [None, None]
    assert await consent_of(database, message) == {"marketing": False}


async def test_a_reader_does_not_wait_for_a_busy_database(
    api: httpx.AsyncClient,
    links: Links,
    message: Message,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Redirects come before the write when that takes long; the write is not given up."""
    monkeypatch.setattr("api.public.tracking._PATIENCE", 0.05)
    async with database.begin() as session:
        lock = "UPDATE message SET error = 'x' WHERE id = :id"
        await session.execute(text(lock), {"id": message.id})
        status, rest = await first_part(api, links.click(message.id, TARGET))
        assert status == 302
    await rest
    assert [event.name for event in await events_of(database, message)] == ["email.clicked"]


async def first_part(api: httpx.AsyncClient, link: str) -> tuple[int, Awaitable[None]]:
    """The status, as soon as it is sent: the test's transport otherwise waits for what is done after the answer."""
    status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    transport = api._transport
    assert isinstance(transport, httpx.ASGITransport)
    url = httpx.URL(link)
    scope = {
        "type": "http", "method": "GET", "path": url.path, "raw_path": url.raw_path, "query_string": b"",
        "headers": [(b"user-agent", b"Mozilla/5.0 (X11) Firefox/140.0")], "http_version": "1.1", "scheme": "http",
        "root_path": "",
    }  # fmt: skip

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            status.set_result(message["status"])

    rest = asyncio.ensure_future(transport.app(scope, receive, send))
    return await asyncio.wait_for(status, 5), rest
