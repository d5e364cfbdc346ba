"""One SMTP connection, taken through one mail at a time, and what the relay's answers mean."""

import asyncio
import re
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib.response import SMTPResponse

from activities.providers.email.protocol import (
    AddressRefused,
    Ambiguous,
    BeforeData,
    Rejected,
    SendError,
    Unavailable,
)
from store import clock

CONNECT_SECONDS = 15.0
COMMAND_SECONDS = 60.0
ANSWER_SECONDS = 600.0  # RFC 5321: giving up sooner on the final answer makes duplicates

_BROKEN = (aiosmtplib.SMTPException, OSError)  # OSError covers time-outs and TLS
_ENHANCED = re.compile(r"5\.(\d{1,3}\.\d{1,3})\b")
_BAD_ADDRESS = frozenset(("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.9", "1.10", "2.1"))
_OUR_FAULT = frozenset((500, 501, 502, 503, 504, 530, 534, 535, 538))  # dialogue or login, not the mail


class Gone(Unavailable):
    """The relay had hung up before this mail began."""


@dataclass(frozen=True)
class Relay:
    """Where to connect and how. TLS is a must where a password would leave this machine."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None

    @classmethod
    def parse(cls, url: str) -> "Relay":
        """Reads `smtp://user:pass@host` or `smtps://…`. Errors do not quote it: it may hold a password."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or parts.scheme not in ("smtp", "smtps"):
            raise ValueError("The mail relay's URL must be smtp://user:password@host:587 or smtps://…")
        tls = parts.scheme == "smtps"
        user = unquote(parts.username) if parts.username else None
        return cls(host, port or (465 if tls else 587), tls, user, unquote(parts.password or ""))

    @property
    def is_here(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def client(self) -> aiosmtplib.SMTP:
        must_upgrade = not self.tls and self.user is not None and not self.is_here
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password if self.user else None,
            local_hostname=re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()) or "localhost",
            timeout=CONNECT_SECONDS,
            use_tls=self.tls,
            start_tls=False if self.tls else (must_upgrade or None),
            validate_certs=not self.is_here,
        )


class Dialogue:
    """An open connection. Whatever leaves it in doubt closes it."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._used_at = self._loop.time()

    @classmethod
    async def open(cls, relay: Relay) -> "Dialogue":
        client = relay.client()
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except _BROKEN as error:
            client.close()
            raise Unavailable(_clean(f"{type(error).__name__}: {error}")) from error
        except BaseException:
            client.close()
            raise
        return cls(client)

    @property
    def is_open(self) -> bool:
        return self._client.is_connected

    @property
    def idle_seconds(self) -> float:
        return self._loop.time() - self._used_at

    async def envelope(self, sender: str, recipient: str) -> None:
        """MAIL and RCPT. A relay that refuses the sender is one to wait for: it would refuse every mail."""
        answer = await self._ask(f"MAIL FROM:<{sender}>")
        if answer.code == 421:
            self.close()
            raise Gone(_say(answer))
        if answer.code != 250:
            raise Unavailable(_say(answer))
        answer = await self._ask(f"RCPT TO:<{recipient}>")
        if answer.code not in (250, 251, 252):
            raise _refusal(answer, of_recipient=True)

    async def data(self, body: bytes, before_data: BeforeData) -> None:
        """DATA, then the body if the caller's deadline allows. Ambiguous only once the body is on its way."""
        answer = await self._ask("DATA")
        if answer.code != 354:
            raise _refusal(answer)
        try:
            deadline = await before_data()
            if clock.machine() >= deadline:
                raise Unavailable("The deadline to hand this mail over had passed; nothing was sent")
        except BaseException:
            self.close()  # once DATA is agreed, hanging up is the only way not to send
            raise
        answer = await self._hand_over(_stuffed(body))
        if not 200 <= answer.code < 300:
            raise _refusal(answer)

    async def _hand_over(self, body: bytes) -> SMTPResponse:
        protocol = self._client.protocol
        if protocol is None or not protocol.is_connected:
            raise Unavailable("The relay hung up before the mail was handed over; nothing was sent")
        try:
            protocol.write(body)
            answer = await protocol.read_response(timeout=ANSWER_SECONDS)
        except _BROKEN as error:
            self.close()
            raise Ambiguous(_clean(f"No answer to the mail: {error}")) from error
        if answer.code // 100 not in (2, 4, 5):
            self.close()
            raise Ambiguous(_say(answer))
        self._used_at = self._loop.time()
        return answer

    async def reset(self) -> None:
        """Makes the connection fit for the next mail after a refusal, or closes it."""
        if self.is_open and (await self._ask("RSET")).code != 250:
            self.close()

    async def quit(self) -> None:
        try:
            await self._client.quit(timeout=1)
        except _BROKEN:
            self.close()

    def close(self) -> None:
        self._client.close()

    async def _ask(self, command: str) -> SMTPResponse:
        try:
            return await self._client.execute_command(command.encode("ascii"), timeout=COMMAND_SECONDS)
        except _BROKEN as error:
            self.close()
            raise Gone(_clean(f"The relay hung up: {error}")) from error


def _refusal(answer: SMTPResponse, *, of_recipient: bool = False) -> SendError:
    """An address is condemned only by a code that says so: policy, quota and set-up must not suppress it."""
    if not 500 <= answer.code < 600 or answer.code in _OUR_FAULT:
        return Unavailable(_say(answer))
    enhanced = _ENHANCED.match(answer.message)
    bad_address = enhanced[1] in _BAD_ADDRESS if enhanced else of_recipient and answer.code in (550, 551, 553)
    return AddressRefused(_say(answer)) if bad_address else Rejected(_say(answer))


def _stuffed(body: bytes) -> bytes:
    return re.sub(rb"(?m)^\.", b"..", body) + b".\r\n"


def _say(answer: SMTPResponse) -> str:
    return _clean(f"{answer.code} {answer.message}")


def _clean(text: str) -> str:
    return re.sub(r"[^ -~]+", " ", text)[:300]
