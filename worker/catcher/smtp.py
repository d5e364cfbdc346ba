"""The SMTP side: a mail is answered 250 when it is on disk, and 4xx when it cannot be stored now."""

import asyncio
import logging
import sqlite3

from aiosmtpd.smtp import SMTP, syntax

from worker.catcher.store import MailStore

SIZE_LIMIT = 25 * 1024 * 1024  # bytes of one mail
RECIPIENT_LIMIT = 100
BODIES_AT_ONCE = 32  # with the size limit, what bounds the memory

log = logging.getLogger(__name__)
logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every command, addresses included


class BodyRefused(Exception):
    """A mail that was read to its end and is not taken. The text is the reply."""


class MailSession(SMTP):
    """One connection. `open_sessions` holds it while it lasts; `bodies` is shared by all of them."""

    def __init__(
        self, store: MailStore, bodies: asyncio.Semaphore, open_sessions: set["MailSession"]
    ) -> None:
        super().__init__(
            None,
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            hostname="catcher.localhost",
            ident="Cadencia mail catcher",
            loop=asyncio.get_running_loop(),
        )
        self._store = store
        self._bodies = bodies
        self._open_sessions = open_sessions

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._open_sessions.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._open_sessions.discard(self)

    async def end(self) -> None:
        """Breaks the connection."""
        task = self._handler_coroutine
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()
        if task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def handle_exception(self, error: Exception) -> str:
        log.error("A command failed", exc_info=error)
        return "451 4.3.0 Local error, try again later"

    async def smtp_RCPT(self, arg: str | None) -> None:
        if self.envelope and len(self.envelope.rcpt_tos) >= RECIPIENT_LIMIT:
            await self.push(f"452 4.5.3 More than {RECIPIENT_LIMIT} recipients")
            return
        await super().smtp_RCPT(arg)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:
        if await self.check_helo_needed():
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
        elif not self.envelope or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 RCPT comes first")
        else:
            async with self._bodies:
                recipients = self.envelope.rcpt_tos
                await self.push("354 End data with <CR><LF>.<CR><LF>")
                reply = await self._take(recipients)
                self.envelope = self._create_envelope()
                await self.push(reply)

    async def _take(self, recipients: list[str]) -> str:
        try:
            await self._store.add(recipients, await self._read_body())
        except BodyRefused as refused:
            return str(refused)
        except sqlite3.Error as error:
            log.error("A mail could not be stored: %s", error)
            return "452 4.3.1 The mail could not be stored, try again later"
        return "250 2.0.0 Stored"

    async def _read_body(self) -> bytes:
        """The mail without its dot-stuffing. Raises `BodyRefused`; what is over a limit is never kept."""
        body, refused, at_line_start = bytearray(), "", True
        while (line := await self._read_line()) != b".\r\n" or not at_line_start:
            if at_line_start and line.startswith(b"."):
                line = line[1:]
            at_line_start = line.endswith(b"\r\n")
            if not at_line_start:
                refused = "500 5.6.0 Line too long"
            if len(body) + len(line) > SIZE_LIMIT:
                refused = f"552 5.3.4 Mail larger than {SIZE_LIMIT} bytes"
            if refused:
                body.clear()
            else:
                body += line
        if refused:
            raise BodyRefused(refused)
        return bytes(body)

    async def _read_line(self) -> bytes:
        """A line with its end, or the first piece of one that is too long."""
        try:
            return await self._reader.readuntil(b"\r\n")
        except asyncio.LimitOverrunError as error:
            return await self._reader.read(error.consumed)
