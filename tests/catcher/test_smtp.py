"""The SMTP side, spoken to by a real client and by hand."""

import asyncio
import sqlite3

import aiosmtplib
import pytest

from tests.catcher.mails import mail, send, send_bytes
from worker.catcher import Catcher
from worker.catcher.smtp import RECIPIENT_LIMIT, SIZE_LIMIT

HEAD = b"Subject: x\r\n\r\n"


async def talk(catcher: Catcher, *lines: bytes) -> list[bytes]:
    """The replies to lines sent one by one, the greeting left out."""
    reader, writer = await asyncio.open_connection("127.0.0.1", catcher.smtp_port)
    await reader.readline()
    replies = []
    for line in lines:
        writer.write(line + b"\r\n")
        while (reply := await reader.readline())[3:4] == b"-":
            pass
        replies.append(reply)
    writer.close()
    await writer.wait_closed()
    return replies


async def test_a_mail_is_kept_as_it_came(catcher: Catcher) -> None:
    raw = b"Subject: x\r\n\r\n.\r\n..\r\n.leading dots\r\n\r\n"
    await send_bytes(catcher, raw)
    [caught] = await catcher.messages()
    assert await catcher.raw(caught.id) == raw
    assert caught.text == ".\r\n..\r\n.leading dots\r\n\r\n"


async def test_one_connection_carries_many_mails(catcher: Catcher) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=catcher.smtp_port) as client:
        for number in range(5):
            await client.sendmail("a@b.example", ["ada@example.com"], b"Subject: %d\r\n\r\n" % number)
    assert [each.subject for each in await catcher.messages()] == ["4", "3", "2", "1", "0"]


async def test_many_connections_at_once_lose_nothing(catcher: Catcher) -> None:
    await asyncio.gather(*(send(catcher, mail(f"{number}@example.com")) for number in range(60)))
    assert {each.to for each in await catcher.messages()} == {f"{number}@example.com" for number in range(60)}


async def test_an_address_may_hold_any_letter(catcher: Catcher) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=catcher.smtp_port) as client:
        message = "Subject: Grüße\r\n\r\n".encode()
        await client.sendmail("a@b.example", ["josé@bücher.example"], message, mail_options=["SMTPUTF8"])
    [caught] = await catcher.messages("JOSÉ@bücher.example")
    assert (caught.to, caught.subject) == ("josé@bücher.example", "Grüße")


async def test_a_mail_that_is_not_ended_is_not_kept(catcher: Catcher) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", catcher.smtp_port)
    writer.write(
        b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n" + HEAD + b"half a m"
    )
    await reader.readuntil(b"354 ")
    writer.close()
    await writer.wait_closed()
    await send(catcher, mail())
    assert len(await catcher.messages()) == 1


async def test_a_mail_of_the_largest_size_is_kept_and_a_larger_one_refused(
    catcher: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.catcher.smtp.SIZE_LIMIT", 500_000)
    line = b"x" * 70 + b"\r\n"
    largest = HEAD + line * ((500_000 - len(HEAD)) // len(line))
    await send_bytes(catcher, largest)
    replies = await talk(
        catcher,
        b"EHLO x",
        b"MAIL FROM:<a@b.example>",
        b"RCPT TO:<c@d.example>",
        b"DATA",
        largest + line + b".",
    )
    assert replies[-1].startswith(b"552 5.3.4")
    assert len(await catcher.messages()) == 1


async def test_a_size_told_beforehand_is_refused_beforehand(catcher: Catcher) -> None:
    replies = await talk(catcher, b"EHLO x", b"MAIL FROM:<a@b.example> SIZE=%d" % (SIZE_LIMIT + 1))
    assert replies[-1].startswith(b"552")


async def test_a_line_too_long_is_refused_and_the_connection_goes_on(catcher: Catcher) -> None:
    order = [b"MAIL FROM:<a@b.example>", b"RCPT TO:<c@d.example>", b"DATA"]
    replies = await talk(
        catcher, b"EHLO x", *order, HEAD + b"x" * 200_000 + b"\r\n.", *order, HEAD + b"short\r\n."
    )
    assert replies[4].startswith(b"500 5.6.0")
    assert replies[8].startswith(b"250 2.0.0")


async def test_recipients_have_an_end(catcher: Catcher) -> None:
    recipients = [b"RCPT TO:<%d@example.com>" % number for number in range(RECIPIENT_LIMIT + 1)]
    replies = await talk(catcher, b"EHLO x", b"MAIL FROM:<a@b.example>", *recipients)
    assert replies[-1].startswith(b"452 4.5.3")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([b"DATA"], b"503"),
        ([b"EHLO x", b"DATA"], b"503"),
        ([b"EHLO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<c@d.example>", b"DATA now"], b"501"),
    ],
)
async def test_data_out_of_order_is_refused(catcher: Catcher, lines: list[bytes], code: bytes) -> None:
    assert (await talk(catcher, *lines))[-1].startswith(code)


async def test_a_mail_that_cannot_be_stored_is_to_be_sent_again(
    catcher: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("worker.catcher.mailfile.MailFile.insert", full)
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await send(catcher, mail())
    assert refused.value.code == 452
    await send(catcher, mail())
    assert len(await catcher.messages()) == 1
