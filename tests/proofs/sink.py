"""A mail server as a process of its own: it writes every mail down before it answers, and fails as it is told.

`python -m tests.proofs.sink PORT JOURNAL FAULTS`: the journal gets a JSON line for each thing that happens, with the
time of the machine's clock; the faults are read from a file whenever they are needed, so that they can change.
"""

import asyncio
import itertools
import json
import re
import sys
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_MESSAGE_ID = re.compile(rb"(?im)^Message-ID:\s*(<[^>]+>)")
_ADDRESS = re.compile(rb"<([^>]*)>")


@dataclass(frozen=True)
class Faults:
    """What goes wrong at present.

    `closing` answers connections and MAIL, then the connection is closed; `mute` lets both wait; `refusal` answers
    RCPT for `refused` percent of the recipients, always the same ones; `delay` and `hold` keep back the answer to a
    mail that was taken; of the mails, `dropped` percent are taken and the connection closed instead of an answer.
    """

    closing: str | None = None
    refusal: str = "451 4.3.0 try again later"
    refused: int = 0
    delay: float = 0.0
    hold: bool = False
    dropped: int = 0
    mute: bool = False


@dataclass
class Sink:
    journal: Path
    faults_file: Path
    _known: tuple[int, Faults] = (0, Faults())
    _connections: Any = field(default_factory=itertools.count)
    _mails: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self._file = self.journal.open("a", buffering=1)

    @property
    def faults(self) -> Faults:
        changed = self.faults_file.stat().st_mtime_ns
        if changed != self._known[0]:
            self._known = changed, Faults(**json.loads(self.faults_file.read_text()))
        return self._known[1]

    def note(self, what: str, connection: int, **more: Any) -> None:
        self._file.write(
            json.dumps({"at": time.time(), "what": what, "connection": connection, **more}) + "\n"
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self, next(self._connections), reader, writer)
        try:
            await connection.talk()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            connection.over()
            writer.close()

    def drops_next(self) -> bool:
        """Spread evenly over the mails."""
        share, number = self.faults.dropped, int(next(self._mails))
        return (number + 1) * share // 100 > number * share // 100


@dataclass
class Connection:
    """`doubtful`: the mail taken last, until the next command shows that the client has gone on."""

    sink: Sink
    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    recipient: str = ""
    doubtful: str | None = None
    answered: bool = False

    async def talk(self) -> None:
        if not await self.closing():
            await self.say("220 sink.example")
        while not self.writer.is_closing() and (line := await self.reader.readline()):
            self.doubtful = None
            verb = line[:4].upper().strip()
            if verb == b"MAIL" and await self.closing():
                return
            if verb == b"QUIT":
                await self.say("221 bye")
                return
            if verb == b"DATA":
                await self.say("354 go on")
                if not await self.take(await self.reader.readuntil(b"\r\n.\r\n")):
                    return
            else:
                await self.say(self.answer(verb, line))

    async def closing(self) -> bool:
        """Says so and closes, or says nothing for a while, if that is what is wrong."""
        while self.sink.faults.mute:  # noqa: ASYNC110  # a file tells
            await asyncio.sleep(0.05)
        if closing := self.sink.faults.closing:
            await self.say(closing)
            self.writer.close()
        return bool(closing)

    def answer(self, verb: bytes, line: bytes) -> str:
        if verb != b"RCPT":
            return "250 OK"
        found = _ADDRESS.search(line)
        self.recipient = found[1].decode() if found else ""
        refused = zlib.crc32(self.recipient.encode()) % 100 < self.sink.faults.refused
        if refused:
            self.sink.note("refused", self.number, to=self.recipient)
        return self.sink.faults.refusal if refused else "250 OK"

    async def take(self, body: bytes) -> bool:
        """False when the connection is to be closed without an answer."""
        found = _MESSAGE_ID.search(body)
        self.doubtful, self.answered = (found[1].decode() if found else "?"), False
        drops = self.sink.drops_next()
        self.sink.note("taken", self.number, id=self.doubtful, to=self.recipient, dropped=drops)
        await asyncio.sleep(self.sink.faults.delay)
        while self.sink.faults.hold:  # noqa: ASYNC110  # a file tells
            await asyncio.sleep(0.05)
        if drops:
            return False
        self.answered = not (self.reader.at_eof() or self.reader.exception())
        await self.say("250 taken")
        return True

    async def say(self, answer: str) -> None:
        self.writer.write(answer.encode() + b"\r\n")
        await self.writer.drain()

    def over(self) -> None:
        if self.doubtful:
            self.sink.note("lost", self.number, id=self.doubtful, answered=self.answered)


async def main(port: int, journal: Path, faults: Path) -> None:
    sink = Sink(journal, faults)
    server = await asyncio.start_server(sink.serve, "127.0.0.1", port, limit=1 << 22, backlog=512)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
