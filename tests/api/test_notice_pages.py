"""The page behind the link of a notice: whom it is about, and what they were sent."""

import httpx
import pytest

from activities.links import Links
from store import clock
from store.contacts import Contacts
from store.database import Database
from store.tables import Message
from store.teams import Teams
from tests.api.conftest import KEY
from tests.api.test_enrolling import enroll, someone
from tests.api.test_enrollments import message_of


@pytest.fixture
async def message(api: httpx.AsyncClient, database: Database) -> Message:
    """A greeting that was sent, and clicked."""
    enrolled = (await enroll(api, someone(name="Ana <Núñez>", email="ana+1@example.com"))).json()
    message = message_of(enrolled["id"], enrolled["contact_id"])
    message.clicked_at = clock.now()
    async with database.begin() as session:
        session.add(message)
    return message


async def test_a_notice_leads_to_the_contact(
    api: httpx.AsyncClient, links: Links, message: Message, database: Database
) -> None:
    link = links.notice(message.enrollment_id, "sales")
    page = await api.get(link)
    assert page.status_code == 200
    assert "<h1>Ana &lt;Núñez&gt;</h1>" in page.text
    assert '<a href="mailto:ana%2B1@example.com">ana+1<wbr>@example.com</a>' in page.text
    for said in ("Cadencia", "<dd>Waiting</dd>", "Welcome, Ana. Here is what happens next", "clicked on 20"):
        assert said in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "<script" not in page.text
    assert (await api.head(link)).status_code == 200
    async with database.begin() as session:
        await Teams(session).put("sales", None, "es-MX")
    assert "Lo que ha recibido" in (await api.get(link)).text


async def test_who_has_no_name_is_called_by_address(
    api: httpx.AsyncClient, links: Links, message: Message, database: Database
) -> None:
    async with database.begin() as session:
        contact = await Contacts(session).get(message.contact_id)
        assert contact
        contact.name = "http://evil.example"
    page = await api.get(links.notice(message.enrollment_id, "sales"))
    assert "<h1>ana+1@example.com</h1>" in page.text
    assert "evil" not in page.text


async def test_a_template_that_is_gone_is_called_by_its_name(
    api: httpx.AsyncClient, links: Links, message: Message, database: Database
) -> None:
    async with database.begin() as session:
        (await session.get_one(Message, message.id)).template = "gone/away"
    assert "gone/away" in (await api.get(links.notice(message.enrollment_id, "sales"))).text


async def test_a_forged_link_shows_nobody(api: httpx.AsyncClient, links: Links, message: Message) -> None:
    good = links.notice(message.enrollment_id, "sales")
    for link in (
        good.replace("/n/", "/n/A"),
        Links(links.public_url, ["x" * 40]).notice(message.enrollment_id, "sales"),
        links.task(message.enrollment_id, "sales").replace("/t/", "/n/"),
        links.notice("waiting:con_none:1", "sales"),
    ):
        page = await api.get(link)
        assert (page.status_code, "This link does not work" in page.text) == (404, True), link
    assert KEY not in good
