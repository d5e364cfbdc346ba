"""Sending over a real SMTP connection: what goes out once, what is safe to try again, what nobody can know."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from email import policy
from email.parser import BytesParser

import pytest

from activities.providers.email import (
    AddressRefused,
    Ambiguous,
    Mailbox,
    Rejected,
    SendError,
    SmtpProvider,
    Unavailable,
)
from activities.providers.email import smtp as smtp_module
from activities.providers.email.dialogue import Relay
from store import clock
from tests.mail.conftest import FakeRelay, an_email, in_a_minute


async def test_a_mail_arrives_whole(relay: FakeRelay, provider: SmtpProvider) -> None:
    email = an_email(text=".\n..two\nfin\n", headers={"Auto-Submitted": "auto-generated"})
    await provider.send(email, before_data=in_a_minute)
    assert relay.recipients == ["ann@customer.example"]
    parsed = BytesParser(policy=policy.default).parsebytes(relay.mails[0])
    assert parsed["Message-ID"] == "<msg_1@shop.example>"
    assert parsed["Auto-Submitted"] == "auto-generated"
    text = parsed.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == ".\n..two\nfin\n"


async def test_a_kept_connection_is_used_again(relay: FakeRelay, provider: SmtpProvider) -> None:
    for _ in range(5):
        await provider.send(an_email(), before_data=in_a_minute)
    assert (len(relay.mails), relay.connections) == (5, 1)


@pytest.mark.parametrize("noticed", [True, False])
async def test_a_kept_connection_that_was_closed_is_replaced(
    relay: FakeRelay, provider: SmtpProvider, noticed: bool
) -> None:
    await provider.send(an_email(), before_data=in_a_minute)
    relay.hang_up()
    if noticed:
        await asyncio.sleep(0.05)
    await provider.send(an_email(), before_data=in_a_minute)
    assert (len(relay.mails), relay.connections) == (2, 2)


async def test_a_kept_connection_that_is_sent_away_is_replaced(
    relay: FakeRelay, provider: SmtpProvider
) -> None:
    await provider.send(an_email(), before_data=in_a_minute)
    answers = iter(["421 4.4.2 idle for too long"])
    relay.on_mail = lambda: next(answers, None)
    await provider.send(an_email(), before_data=in_a_minute)
    assert (len(relay.mails), relay.connections) == (2, 2)


async def test_a_connection_that_lay_idle_too_long_is_not_trusted(
    relay: FakeRelay, provider: SmtpProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await provider.send(an_email(), before_data=in_a_minute)
    monkeypatch.setattr(smtp_module, "KEPT_SECONDS", -1)
    await provider.send(an_email(), before_data=in_a_minute)
    assert relay.connections == 2


async def test_fifty_at_once_share_ten_connections(relay: FakeRelay, provider: SmtpProvider) -> None:
    async def slowly(server: object) -> None:
        await asyncio.sleep(0.01)

    relay.on_data = slowly
    emails = [an_email(to=Mailbox(f"c{number}@customer.example")) for number in range(50)]
    await asyncio.gather(*(provider.send(email, before_data=in_a_minute) for email in emails))
    assert Counter(relay.recipients) == Counter(email.to.address for email in emails)
    assert 1 < relay.most_open <= relay.connections <= 10


async def test_a_mail_keeps_its_place_until_it_is_recorded(relay: FakeRelay, provider: SmtpProvider) -> None:
    """However slow the database: at a crash, no more mails are in doubt than there are connections."""
    done: list[str | None] = []
    most = 0

    async def recorded(provider_id: str | None) -> None:
        nonlocal most
        most = max(most, len(relay.mails) - len(done))
        await asyncio.sleep(0.01)
        done.append(provider_id)

    sends = [provider.send(an_email(), before_data=in_a_minute, recorded=recorded) for _ in range(50)]
    await asyncio.gather(*sends)
    assert done == [None] * 50
    assert 1 < most <= 10


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("421 4.3.2 shutting down", Unavailable),
        ("450 4.2.1 greylisted", Unavailable),
        ("452 too many mails", Unavailable),
        ("530 5.7.0 authentication required", Unavailable),
        ("550 5.1.1 no such user", AddressRefused),
        ("550 no such user", AddressRefused),
        ("550 5.1.10 no such user", AddressRefused),
        ("550 5.1.8 bad sender domain", Rejected),
        ("552 5.2.2 mailbox full", Rejected),
        ("554 5.7.1 relay access denied", Rejected),
    ],
)
async def test_what_an_answer_to_the_address_means(
    relay: FakeRelay, provider: SmtpProvider, answer: str, error: type[SendError]
) -> None:
    relay.on_rcpt = lambda address: answer
    with pytest.raises(SendError) as raised:
        await provider.send(an_email(), before_data=_never)
    assert isinstance(raised.value, error)
    relay.on_rcpt = lambda address: None
    await provider.send(an_email(), before_data=in_a_minute)  # the connection, or a new one, still serves
    assert len(relay.mails) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("451 4.3.0 try later", Unavailable),
        ("550 5.1.1 no such user", AddressRefused),
        ("554 5.6.0 looks like spam", Rejected),
        ("354 what?", Ambiguous),
    ],
)
async def test_what_an_answer_to_the_mail_means(
    relay: FakeRelay, provider: SmtpProvider, answer: str, error: type[SendError]
) -> None:
    relay.on_data = lambda server: _say(answer)
    with pytest.raises(error):
        await provider.send(an_email(), before_data=in_a_minute)


async def test_a_refused_sender_is_waited_for(relay: FakeRelay, provider: SmtpProvider) -> None:
    relay.on_mail = lambda: "553 5.1.8 sender domain not verified"
    with pytest.raises(Unavailable):
        await provider.send(an_email(), before_data=_never)


async def test_a_connection_lost_before_the_answer_is_ambiguous(
    relay: FakeRelay, provider: SmtpProvider
) -> None:
    async def vanish(server: object) -> str:
        relay.hang_up()
        return "250 OK, but nobody hears it"

    relay.on_data = vanish
    with pytest.raises(Ambiguous):
        await provider.send(an_email(), before_data=in_a_minute)


async def test_no_relay_is_unavailable() -> None:
    provider = SmtpProvider("smtp://127.0.0.1:1")
    with pytest.raises(Unavailable):
        await provider.send(an_email(), before_data=_never)


async def test_nothing_is_sent_after_the_deadline(relay: FakeRelay, provider: SmtpProvider) -> None:
    async def passed() -> datetime:
        return clock.now() - timedelta(seconds=1)

    with pytest.raises(Unavailable, match="deadline"):
        await provider.send(an_email(), before_data=passed)
    await provider.send(an_email(subject="second"), before_data=in_a_minute)
    assert len(relay.mails) == 1
    assert b"second" in relay.mails[0]


async def test_nothing_is_sent_when_the_caller_objects(relay: FakeRelay, provider: SmtpProvider) -> None:
    async def object_to_it() -> datetime:
        raise LookupError("another attempt has taken over")

    with pytest.raises(LookupError):
        await provider.send(an_email(), before_data=object_to_it)
    await asyncio.sleep(0.05)
    assert relay.mails == []


async def test_a_relay_that_hangs_up_before_the_body_got_nothing(
    relay: FakeRelay, provider: SmtpProvider
) -> None:
    async def meanwhile() -> datetime:
        relay.hang_up()
        await asyncio.sleep(0.05)
        return await in_a_minute()

    with pytest.raises(Unavailable):
        await provider.send(an_email(), before_data=meanwhile)


async def test_a_cancelled_send_leaves_no_connection_behind(relay: FakeRelay, provider: SmtpProvider) -> None:
    reached = asyncio.Event()

    async def hang(server: object) -> str:
        reached.set()
        await asyncio.sleep(0.1)
        return "250 OK"

    relay.on_data = hang
    sending = asyncio.create_task(provider.send(an_email(), before_data=in_a_minute))
    await reached.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    relay.on_data = None
    await provider.send(an_email(subject="second"), before_data=in_a_minute)
    assert relay.connections == 2


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"to": Mailbox("ann@customer.example>\r\nRCPT TO:<eve@evil.example")}, Rejected),
        ({"to": Mailbox("ann@customer.example\n")}, Rejected),
        ({"to": Mailbox("ann@customer.example,eve@evil.example")}, Rejected),
        ({"to": Mailbox("ann@customer.example", "Ann\r\nBcc: eve@evil.example")}, Rejected),
        ({"to": Mailbox("ann@customer.example", "Ann\u2028")}, Rejected),
        ({"from_": Mailbox("hello@shop.example\r\nX: y")}, Rejected),
        ({"subject": "Hello\r\nBcc: eve@evil.example"}, Rejected),
        ({"subject": "Hello\x00"}, Rejected),
        ({"subject": "Hello\x85there"}, Rejected),
        ({"subject": "Hello\ud800"}, Rejected),
        ({"message_id": "<a@b>\r\nBcc: eve@evil.example"}, Rejected),
        ({"headers": {"X-Tag": "a\nBcc: eve@evil.example"}}, Rejected),
        ({"headers": {"X-Tag: a\r\nBcc": "eve@evil.example"}}, Rejected),
        ({"headers": {"bcc": "eve@evil.example"}}, Rejected),
        ({"html": "\ud800"}, Rejected),
    ],
)
async def test_injection_is_refused_before_anything_is_sent(
    relay: FakeRelay, provider: SmtpProvider, change: dict[str, object], error: type[SendError]
) -> None:
    with pytest.raises(error):
        await provider.send(an_email(**change), before_data=_never)
    assert relay.connections == 0


async def test_a_password_never_leaves_unencrypted(relay: FakeRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Relay, "is_here", False)
    provider = SmtpProvider(f"smtp://user:secret@127.0.0.1:{relay.port}")
    with pytest.raises(Unavailable, match="STARTTLS"):
        await provider.send(an_email(), before_data=_never)


@pytest.mark.parametrize(
    "url", ["", "mail.example:25", "http://mail.example", "smtp://", "smtp://u:secret@h:x"]
)
def test_a_wrong_url_is_explained_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://user:password@host") as raised:
        SmtpProvider(url)
    assert "secret" not in str(raised.value)


async def _never() -> datetime:
    raise AssertionError("the body must not be reached")


async def _say(answer: str) -> str:
    return answer
