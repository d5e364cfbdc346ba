"""Whatever goes into a mail comes out of the standard library's parser unchanged."""

import re
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.providers.email import Mailbox, Rejected, mime
from tests.mail.conftest import an_email

DATE = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

# No controls, separators or surrogates: those are refused, as other tests show.
printable = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200)
words = printable.map(lambda text: " ".join(text.split()))
bodies = st.text(st.characters(exclude_categories=["Cs"]), max_size=2000)


def parse(data: bytes) -> EmailMessage:
    message = BytesParser(policy=policy.default).parsebytes(data)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    payload = body.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode("utf-8").replace("\r\n", "\n")


def shown_name(data: bytes) -> str:
    """The recipient's name. (The modern parser of Python 3.11 puts a space between the words of a long one.)"""
    raw = BytesParser(policy=policy.compat32).parsebytes(data)["To"]
    name, _ = parseaddr(re.sub(r"\r\n ", " ", raw))
    return str(make_header(decode_header(name)))


def lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(subject=words, name=words, text=bodies, html=bodies, extra=words)
def test_round_trip(subject: str, name: str, text: str, html: str, extra: str) -> None:
    email = an_email(
        subject=subject,
        to=Mailbox("ann@customer.example", name),
        text=text,
        html=html,
        headers={"X-Extra": extra},
    )
    data = mime.build(email, DATE)
    parsed = parse(data)
    assert parsed["Subject"] == subject
    assert parsed["X-Extra"] == extra
    assert [address.addr_spec for address in parsed["To"].addresses] == ["ann@customer.example"]
    assert shown_name(data) == name
    assert part(parsed, "plain") == lines(text)
    assert part(parsed, "html") == lines(html)
    assert parsed["Date"].datetime == DATE
    assert [child.get_content_type() for child in parsed.iter_parts()] == ["text/plain", "text/html"]


@given(subject=printable, text=bodies)
def test_every_line_fits_and_is_ascii(subject: str, text: str) -> None:
    data = mime.build(an_email(subject=subject, text=text), DATE)
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 998


@given(text=st.text(max_size=50))
def test_an_address_is_one_plain_address_or_refused(text: str) -> None:
    try:
        mime.check_address(text)
    except Rejected:
        return
    assert text.isascii()
    assert text.count("@") == 1
    assert not set(text) & set('\r\n\0 <>,;:"()[]\\\t')


@pytest.mark.parametrize(
    "address", ["a@b.example", "a.b+c@d-e.example", "o'neil@x.example", "a@xn--bcher-kva.example"]
)
def test_ordinary_addresses_pass(address: str) -> None:
    mime.check_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@b",
        "a@",
        "a@b@c",
        ".a@b",
        "a.@b",
        "a..b@c",
        "a@-b",
        "a@b.",
        "ä@b",
        '"a b"@c',
        "a" * 65 + "@b",
        "a@" + "b." * 130 + "c",
    ],
)
def test_odd_addresses_do_not(address: str) -> None:
    with pytest.raises(Rejected):
        mime.check_address(address)


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("hello@shop.example", Mailbox("hello@shop.example")),
        ("Shop <hello@shop.example>", Mailbox("hello@shop.example", "Shop")),
        ('"Alder, Finch" <hello@shop.example>', Mailbox("hello@shop.example", "Alder, Finch")),
        ("<hello@shop.example>", Mailbox("hello@shop.example")),
    ],
)
def test_a_sender_is_read(text: str, mailbox: Mailbox) -> None:
    assert Mailbox.parse(text) == mailbox


@pytest.mark.parametrize("text", ["", "Shop", "Shop <hello@shop.example", "a <b@c> d", "a@b, c@d <e@f"])
def test_what_is_no_sender_is_explained(text: str) -> None:
    with pytest.raises(ValueError, match="write it as"):
        Mailbox.parse(text)
