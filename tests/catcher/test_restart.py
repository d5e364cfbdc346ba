"""What was answered 250 is there after a kill; a catcher that ends lets go of its ports."""

import asyncio
import signal
import sqlite3
import sys
from pathlib import Path

import aiosmtplib
import pytest

from tests.catcher.mails import mail, send, send_bytes
from worker.catcher import Catcher, serve

PROGRAM = """
import asyncio, sys
from pathlib import Path
from worker.catcher import Catcher
async def main():
    async with Catcher.running(Path(sys.argv[1])) as catcher:
        print(catcher.smtp_port, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def send_until_it_breaks(port: int, sender: int, answered: set[str]) -> None:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port)
    try:
        await client.connect()
        for number in range(10_000):
            subject = f"{sender}-{number}"
            await client.sendmail("a@b.example", ["c@d.example"], f"Subject: {subject}\r\n\r\n".encode())
            answered.add(subject)
    except (aiosmtplib.SMTPException, OSError):
        client.close()


async def test_what_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    answered: set[str] = set()
    for _ in range(3):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, str(tmp_path), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout
        port = int(await process.stdout.readline())
        before = len(answered)
        senders = [
            asyncio.create_task(send_until_it_breaks(port, 100 * before + n, answered)) for n in range(4)
        ]
        while len(answered) < before + 50:  # noqa: ASYNC110  # another process answers
            await asyncio.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        await asyncio.gather(*senders)
        await process.wait()
    async with Catcher.running(tmp_path) as catcher:
        kept = [message.subject for message in await catcher.messages()]
    assert answered <= set(kept)
    assert len(kept) == len(set(kept))
    assert len(kept) - len(answered) <= 3 * 4  # at most one under way for each sender at each kill


async def test_mails_and_ports_outlive_a_restart(tmp_path: Path) -> None:
    async with Catcher.running(tmp_path) as first:
        await send(first, mail())
        idle = aiosmtplib.SMTP(hostname="127.0.0.1", port=first.smtp_port)
        await idle.connect()
    idle.close()
    async with Catcher.running(tmp_path, smtp_port=first.smtp_port, http_port=first.http_port) as second:
        assert len(await second.messages()) == 1


async def test_a_mail_under_way_when_the_catcher_stops_is_answered(tmp_path: Path) -> None:
    async with Catcher.running(tmp_path) as catcher:
        sends = [asyncio.create_task(send_bytes(catcher, b"Subject: x\r\n\r\n")) for _ in range(20)]
        await catcher.wait_for(1)
    results = await asyncio.gather(*sends, return_exceptions=True)
    with sqlite3.connect(tmp_path / "catcher.db") as db:
        (kept,) = db.execute("SELECT count(*) FROM mail").fetchone()
    db.close()
    assert kept >= results.count(None) >= 1


async def test_serve_ends_when_told(tmp_path: Path) -> None:
    stop = asyncio.Event()
    serving = asyncio.create_task(
        serve(host="127.0.0.1", smtp_port=0, http_port=0, folder=tmp_path / "mail", stop=stop)
    )
    await asyncio.sleep(0.1)
    stop.set()
    await asyncio.wait_for(serving, 5)
    assert (tmp_path / "mail" / "catcher.db").exists()


async def test_a_port_that_is_taken_is_an_os_error(catcher: Catcher, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        await serve(host="127.0.0.1", smtp_port=catcher.smtp_port, http_port=0, folder=tmp_path)


async def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "catcher.db").write_text("something else, and long enough to be a header " * 40)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        await serve(host="127.0.0.1", smtp_port=0, http_port=0, folder=tmp_path)
