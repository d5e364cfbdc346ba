"""Mails as no sender should make them: each is read, none raises."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.catcher.message import Message, Summary, open_message, subject_and_id

SUMMARY = Summary(id="mail_1", message_id="", to="", subject="", received_at=datetime(2026, 1, 1, tzinfo=UTC))
PIECES = [
    *(b"\r\n", b"\n\n", b"Subject: ", b"=?utf-8?b?", b"?=", b"<a href='", b"\xff", b"\0", b"--b"),
    *(b"Content-Type: text/html; charset=", b"Content-Type: multipart/mixed; boundary=b"),
    b"Content-Transfer-Encoding: base64",
]


def read(raw: bytes) -> Message:
    return open_message(SUMMARY, raw)


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=8)).map(b"".join))
def test_any_bytes_can_be_read_and_written_as_json(raw: bytes) -> None:
    read(raw).model_dump_json()
    "".join(subject_and_id(raw)).encode()


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        (b"Subject: =?utf-8?q?caf=C3=A9?=", "café"),
        (b"Subject: =?iso-8859-1?q?caf=E9?=", "café"),
        (b"Subject: =?utf-8?b?Y2Fm?=\r\n =?utf-8?b?w6k=?=", "café"),
        (b"Subject: folded\r\n line", "folded line"),
        ("Subject: café".encode(), "café"),
        (b"Subject: caf\xe9", "caf\N{REPLACEMENT CHARACTER}"),
        (b"Subject: =?no-such?q?x?=", "=?no-such?q?x?="),
        (b"SUBJECT: any case", "any case"),
        (b"X: none", ""),
    ],
)
def test_subjects(header: bytes, subject: str) -> None:
    assert subject_and_id(header + b"\r\n\r\nbody")[0] == subject


def test_headers_that_come_again_have_a_line_each() -> None:
    assert read(b"X-A: 1\r\nX-A: 2\r\n\r\n").headers == {"X-A": "1\n2"}


def test_an_unknown_charset_is_read_as_utf_8() -> None:
    assert read("Content-Type: text/plain; charset=no-such\r\n\r\ncafé".encode()).text == "café"


def test_an_attached_page_is_not_the_mail() -> None:
    mail = b"Content-Type: text/html\r\nContent-Disposition: attachment\r\n\r\n<p>no</p>"
    assert read(mail).html == ""


def test_only_addresses_that_can_be_followed_are_links() -> None:
    html = b"""<a href="javascript:alert(1)">a</a><a href=" HTTPS://a.example/ ">b</a><a href="/c">c</a>
    <a href="mailto:d@e.example">d</a><a>e</a><a href="HTTPS://a.example/">f</a><img src="data:image/gif;base64,">"""
    message = read(b"Content-Type: text/html\r\n\r\n" + html)
    assert message.links == ["HTTPS://a.example/", "mailto:d@e.example"]
    assert message.images == []


def test_parts_nested_without_end_are_shown_as_they_came() -> None:
    depth = 3000
    mail = b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(depth)
    )
    assert read(mail).text.startswith("Content-Type: multipart/mixed; boundary=0")
