"""The pages behind the links of tasks: looking changes nothing, and one answer counts."""

import re
from typing import Any

import httpx
import pytest
from temporalio.client import Client

from activities.links import Links
from store.contacts import Contacts
from store.database import Database
from store.tables import Task
from store.tasks import Tasks
from store.teams import Teams
from tests.api.conftest import KEY, Serve
from tests.api.test_enrolling import enroll, someone
from tests.api.test_tasks import COMMENT, kept, signal, task, task_of, told
from tests.temporal import port_of

__all__ = ["task"]

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_looking_answers_nothing(
    api: httpx.AsyncClient, task: Task, links: Links, database: Database
) -> None:
    link = links.task(task.id, "sales")
    page = await api.get(link)
    assert page.status_code == 200
    assert "<h1>Approve &lt;20 %&gt;?</h1>" in page.text
    assert "First line\nsecond &amp; last" in page.text
    assert re.findall(r'<button name="choice" value="(\w+)">', page.text) == ["yes", "no"]
    assert '<textarea id="comment" name="comment"' in page.text
    assert (await api.head(link)).status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in page.headers
    assert "<script" not in page.text
    assert (await kept(database, task)).status == "open"


async def test_a_button_answers(
    api: httpx.AsyncClient, task: Task, links: Links, temporal: Client, database: Database
) -> None:
    link = links.task(task.id, "sales")
    page = await api.post(link, data={"choice": "yes", "comment": COMMENT.replace("\n", "\r\n")})
    assert (page.status_code, "It is noted: yes." in page.text) == (200, True)
    row = await kept(database, task)
    assert (row.status, row.choice, row.comment, row.answered_by) == ("done", "yes", COMMENT, "sales")
    assert row.delivered_at
    assert await told(temporal, task) == [signal(task)]
    again = await api.post(link, data={"choice": "no"})
    assert again.status_code == 409
    assert re.search(r"yes, by sales on 20\d\d-\d\d-\d\d \d\d:\d\d UTC\.", again.text)
    looked = await api.get(link)
    assert (looked.status_code, "Already answered" in looked.text) == (200, True)
    assert await told(temporal, task) == [signal(task)]


async def test_the_page_says_whom_it_is_about(
    serve: Serve, temporal: Client, worker: None, links: Links, database: Database
) -> None:
    sender = "Alder & Finch <hello@shop.example>"
    async with serve(temporal_port=port_of(temporal), email_from=sender) as api:
        contact = someone(name="Ana Núñez", email="ana@example.com")
        about = await task_of(database, (await enroll(api, contact)).json()["id"])
        link = links.task(about.id, "sales")
        said = ["Alder &amp; Finch", "Ana Núñez", '<a href="mailto:ana@example.com">', "<dd>Waiting</dd>"]
        asked = (await api.get(link)).text
        assert [one for one in said if one not in asked] == []
        thanks = (await api.post(link)).text
        assert "Alder &amp; Finch" in thanks
        over = (await api.get(link)).text
        assert [one for one in said if one not in over] == []


async def test_a_contact_who_is_gone_or_hides_a_name(
    api: httpx.AsyncClient, task: Task, links: Links, database: Database
) -> None:
    async with database.begin() as session:
        contact = await Contacts(session).get(task.subject_id)
        assert contact
        contact.name = "Ana\u202e"
    page = await api.get(links.task(task.id, "sales"))
    assert (page.status_code, "\u202e" in page.text, "mailto:" in page.text) == (200, False, True)


async def test_a_task_to_be_done_has_one_button(
    api: httpx.AsyncClient, task: Task, links: Links, database: Database
) -> None:
    plain = await task_of(database, task.enrollment_id, 2)
    link = links.task(plain.id, "sales")
    assert "<button>Done</button>" in (await api.get(link)).text
    assert "noted as done" in (await api.post(link)).text
    assert "Done by sales" in (await api.get(link)).text


@pytest.mark.parametrize("data", [{}, {"choice": "maybe"}, {"choice": ""}])
async def test_a_form_that_chooses_nothing_is_asked_again(
    api: httpx.AsyncClient, task: Task, links: Links, database: Database, data: dict[str, str]
) -> None:
    page = await api.post(links.task(task.id, "sales"), data=data)
    assert (page.status_code, "Please choose" in page.text, "<button" in page.text) == (422, True, True)
    assert (await kept(database, task)).status == "open"


@pytest.mark.parametrize(
    "body",
    [
        {"files": {"choice": (None, "yes"), "comment": (None, "\0a\ud83d\ude00".encode("utf-16", "surrogatepass"))}},
        {"content": b"choice=yes&comment=%00%ff%ed%a0%80", "headers": FORM},
        {"data": {"choice": "yes", "comment": "x" * 20_000}},
    ],
)  # fmt: skip
async def test_hostile_comments_are_kept_as_text(
    api: httpx.AsyncClient, task: Task, links: Links, database: Database, body: Any
) -> None:
    assert (await api.post(links.task(task.id, "sales"), **body)).status_code == 200
    comment = (await kept(database, task)).comment
    assert comment is not None
    assert "\0" not in comment
    assert len(comment) <= 5000


async def test_broken_forms_are_refused(
    api: httpx.AsyncClient, task: Task, links: Links, database: Database
) -> None:
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    page = await api.post(links.task(task.id, "sales"), content=b"--broken", headers=broken)
    assert page.status_code in (400, 422)
    assert "text/html" in page.headers["content-type"]
    assert (await kept(database, task)).status == "open"


async def test_a_forged_link_leads_nowhere(
    api: httpx.AsyncClient, task: Task, links: Links, database: Database
) -> None:
    good = links.task(task.id, "sales")
    for link in (
        good.replace("/t/", "/t/A"),
        Links(links.public_url, ["x" * 40]).task(task.id, "sales"),
        links.unsubscribe(task.id, "sales").replace("/u/", "/t/"),
        good.replace("/t/", "/u/"),
        links.task("task_none", "sales"),
    ):
        for answer in (await api.get(link), await api.post(link, data={"choice": "yes"})):
            assert (answer.status_code, "This link does not work" in answer.text) == (404, True), link
    assert (await kept(database, task)).status == "open"


async def test_the_page_speaks_the_teams_language(
    api: httpx.AsyncClient, task: Task, links: Links, database: Database
) -> None:
    async with database.begin() as session:
        await Teams(session).put("ventas", None, "es-MX")
    page = await api.get(links.task(task.id, "ventas"))
    assert 'lang="es"' in page.text
    assert "Comentario" in page.text


async def test_readers_are_told_when_the_database_is_away(serve: Serve, temporal: Client, task: Task) -> None:
    away = "postgresql+asyncpg://nobody@127.0.0.1:1/none"
    async with serve(temporal_port=port_of(temporal), database_url=away) as api:
        page = await api.get(Links("http://127.0.0.1:8000", [KEY]).task(task.id, "sales"))
        assert (page.status_code, "Please try again shortly" in page.text) == (503, True)


async def test_an_answer_by_link_that_cannot_be_told_now_waits_to_be_swept(
    serve: Serve, links: Links, task: Task, database: Database, unused_tcp_port: int
) -> None:
    async with serve(temporal_port=unused_tcp_port) as api:
        assert (await api.post(links.task(task.id, "sales"), data={"choice": "no"})).status_code == 200
    row = await kept(database, task)
    assert (row.status, row.delivered_at) == ("done", None)


async def test_what_was_withdrawn_is_no_longer_needed(
    api: httpx.AsyncClient, task: Task, links: Links, database: Database
) -> None:
    async with database.begin() as session:
        await Tasks(session).withdraw([task.enrollment_id])
    link = links.task(task.id, "sales")
    for status, page in ((200, await api.get(link)), (409, await api.post(link, data={"choice": "yes"}))):
        assert (page.status_code, "No longer needed" in page.text) == (status, True)
