"""The API that scripts and tests read mails by."""

from datetime import datetime, timedelta

import httpx
import pytest

from tests.catcher.mails import HTML, mail, send, send_bytes
from worker.catcher import Catcher


async def test_the_list_is_newest_first(catcher: Catcher, http: httpx.AsyncClient) -> None:
    await send(catcher, mail("ada@example.com", "First"))
    await send(catcher, mail("grace@example.com", "Second"))
    second, first = (await http.get("/api/messages")).json()
    assert (first["subject"], second["subject"]) == ("First", "Second")
    assert set(first) == {"id", "message_id", "to", "subject", "received_at"}
    assert (first["to"], first["message_id"]) == ("ada@example.com", "<1@shop.example>")
    assert datetime.fromisoformat(first["received_at"]).utcoffset() == timedelta(0)


async def test_an_empty_list_is_a_list(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/messages?to=&since=")).json() == []


async def test_the_list_of_one_recipient(catcher: Catcher, http: httpx.AsyncClient) -> None:
    await send(catcher, mail("ada@example.com"))
    await send_bytes(catcher, b"Subject: both\r\n\r\n", "bob@example.com", "Ada@Example.com")
    found = (await http.get("/api/messages", params={"to": "ADA@example.com"})).json()
    assert [each["to"] for each in found] == ["bob@example.com, Ada@Example.com", "ada@example.com"]
    assert (await http.get("/api/messages", params={"to": "da@example.com"})).json() == []


async def test_search_finds_parts_of_recipient_and_subject(catcher: Catcher, http: httpx.AsyncClient) -> None:
    await send(catcher, mail("ada@example.com", "Ünïcode 100%"))
    for part in ("ada@ex", "ÜNÏ", "0%"):
        assert len((await http.get("/api/messages", params={"search": part})).json()) == 1
    assert (await http.get("/api/messages", params={"search": "_da"})).json() == []


async def test_since_counts_the_moment_itself(catcher: Catcher, http: httpx.AsyncClient) -> None:
    for subject in ("First", "Second"):
        await send(catcher, mail(subject=subject))
    second, first = (await http.get("/api/messages")).json()
    at = datetime.fromisoformat(second["received_at"])
    for since in (second["received_at"], at.isoformat(), at.replace(tzinfo=None).isoformat()):
        assert (await http.get(f"/api/messages?since={since}")).json() == [second]
    assert len((await http.get("/api/messages", params={"since": first["received_at"]})).json()) == 2
    assert (await http.get("/api/messages?since=yesterday")).status_code == 422


async def test_a_long_list_is_whole(catcher: Catcher, http: httpx.AsyncClient) -> None:
    file = catcher._store._file
    await catcher._store._run(
        file.insert, [([f"{n}@example.com"], b"Subject: x\r\n\r\n") for n in range(1200)]
    )
    found = (await http.get("/api/messages")).json()
    assert [each["to"] for each in found] == [f"{n}@example.com" for n in reversed(range(1200))]
    assert (await http.get("/api/messages?limit=700")).json() == found[:700]


async def test_a_mail_opened(catcher: Catcher, http: httpx.AsyncClient) -> None:
    await send(catcher, mail(subject="¡Hola! " * 20))
    [listed] = (await http.get("/api/messages")).json()
    opened = (await http.get(f"/api/messages/{listed['id']}")).json()
    assert opened["subject"] == opened["headers"]["Subject"] == ("¡Hola! " * 20).strip()
    assert opened["headers"]["From"] == "Your shop <hello@shop.example>"
    assert opened["text"].strip() == "Have a look: https://shop.example/text."
    assert opened["html"].strip() == HTML
    assert opened["links"] == ["https://shop.example/?a=1&b=2", "https://shop.example/text"]
    assert opened["images"] == ["https://shop.example/o.gif"]
    raw = await http.get(f"/api/messages/{listed['id']}/raw")
    assert raw.content.startswith(b"From: Your shop <hello@shop.example>\r\n")


@pytest.mark.parametrize("part", ["", "/raw", "/html"])
async def test_an_unknown_mail_is_not_found(http: httpx.AsyncClient, part: str) -> None:
    assert (await http.get(f"/api/messages/mail_0{part}")).status_code == 404


async def test_deleting(catcher: Catcher, http: httpx.AsyncClient) -> None:
    for to in ("ada@example.com", "bob@example.com", "eve@example.com"):
        await send(catcher, mail(to))
    assert (await http.delete("/api/messages", params={"to": "bob@example.com"})).status_code == 204
    assert [each.to for each in await catcher.messages()] == ["eve@example.com", "ada@example.com"]
    assert (await http.delete("/api/messages")).status_code == 204
    assert await catcher.messages() == []


async def test_waiting_for_a_mail(catcher: Catcher) -> None:
    with pytest.raises(TimeoutError):
        await catcher.wait_for(1, within=0.05)
    await send(catcher, mail())
    assert len(await catcher.wait_for(1, to="ada@example.com")) == 1


async def test_health(http: httpx.AsyncClient) -> None:
    assert (await http.get("/healthz")).json() == {"status": "ok"}


async def test_a_name_that_another_may_own_is_not_answered(http: httpx.AsyncClient) -> None:
    port = http.base_url.port
    for host, status in [
        ("evil.example", 421),
        ("localhost", 200),
        (f"127.0.0.1:{port}", 200),
        ("[::1]", 200),
    ]:
        assert (await http.get("/api/messages", headers={"Host": host})).status_code == status
