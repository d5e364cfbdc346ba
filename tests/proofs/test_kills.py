"""Workers that are killed in mid-sending: nothing is lost, and nothing comes twice but what was in doubt."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pytest

from tests.proofs.bench import Bench, running
from tests.proofs.callers import crowd, enroll, listed, settled, until
from tests.proofs.figures import proof
from tests.proofs.journal import Doubt, Mail, again, copies

SLOW = 0.2  # seconds from the end of a mail to its answer, so that each kill catches some in between
LEASE = 120  # seconds that a message in doubt rests before it is sent again


@dataclass(frozen=True)
class Kill:
    """`doubts`: the mails that were last on their connections when these broke."""

    at: float
    doubts: Sequence[Doubt]

    @property
    def unanswered(self) -> int:
        return sum(not doubt.answered for doubt in self.doubts)


async def kills(bench: Bench, people: Mapping[str, int], *, times: int) -> list[Kill]:
    """Kills the worker again and again while `people` are enrolled, by workflow, and written to."""
    bench.faults(delay=SLOW)
    everybody = sum(people.values())
    enrolling = asyncio.gather(
        *(
            enroll(bench, workflow, crowd(_domain(workflow), size), patience=1)
            for workflow, size in people.items()
        )
    )
    done = []
    for number in range(1, times + 1):
        aim = everybody * number // (times + 1)
        await until(partial(_came, bench, people, aim), 240, f"{aim} mails had come")
        done.append(await _kill(bench))
        await bench.worker.start()
    assert sum(calls.created for calls in await enrolling) == everybody
    return done


def _came(bench: Bench, workflows: Mapping[str, int], aim: int) -> bool:
    return len(_mails(bench, workflows)) >= aim


async def _kill(bench: Bench) -> Kill:
    at = time.time()
    bench.worker.kill()
    await asyncio.sleep(SLOW + 0.3)  # the server finds that nobody listens when it answers
    return Kill(at, bench.journal.doubts(at - 0.05, time.time()))


def repeats(done: Sequence[Kill], mails: Sequence[Mail]) -> list[int]:
    """For each kill: how many mails came again, of those whose last copy had come between it and the one before."""
    counted: Counter[int] = Counter()
    last: dict[str, float] = {}
    for mail in mails:
        if mail.id in last:
            counted[next((number for number, kill in enumerate(done) if last[mail.id] < kill.at), -1)] += 1
        last[mail.id] = mail.at
    assert not counted[-1], "a mail came again that came after the last kill"
    return [counted[number] for number in range(len(done))]


def table(done: Sequence[Kill], mails: Sequence[Mail]) -> str:
    rows = zip(done, repeats(done, mails), strict=True)
    return ", ".join(f"{len(kill.doubts)}/{kill.unanswered}/{count}" for kill, count in rows)


def _domain(workflow: str) -> str:
    return f"{workflow}.kills.example"


def _mails(bench: Bench, workflows: Mapping[str, int]) -> list[Mail]:
    return [mail for workflow in workflows for mail in bench.journal.mails(_domain(workflow))]


async def judge(bench: Bench, done: list[Kill], workflow: str, people: int) -> dict[str, object]:
    """Nothing came twice but what was in doubt, and nobody is missing whose message is not accounted for."""
    mails = bench.journal.mails(_domain(workflow))
    reached = {mail.to for mail in mails}
    figures = {
        "people": people,
        "reached": len(reached),
        "distinct messages": len(copies(mails)),
        "again": again(mails),
        "by kill, in doubt/unanswered/again": table(done, mails),
        "unknown": len(await listed(bench, "/v1/messages", status="unknown")),
    }
    assert len(copies(mails)) == len(reached), figures
    assert len(reached) >= people - await accounted_for(bench), figures
    assert all(n <= len(kill.doubts) for n, kill in zip(repeats(done, mails), done, strict=True)), figures
    return figures


async def everybody(bench: Bench, people: Mapping[str, int]) -> bool:
    """Whether all have a mail, but those whose message is accounted for."""
    reached = {mail.to for mail in _mails(bench, people)}
    return len(reached) >= sum(people.values()) - await accounted_for(bench)


async def accounted_for(bench: Bench) -> int:
    """Messages that have not come and are listed: as unknown, or as waiting out a lease."""
    taken = bench.journal.message_ids()
    doubtful = [
        one for status in ("unknown", "sending") for one in await listed(bench, "/v1/messages", status=status)
    ]
    return sum(one["id"] not in taken for one in doubtful)


@pytest.mark.timeout(240)
async def test_killed_workers_lose_nothing(bench: Bench) -> None:
    people = {"patient": 24, "careful": 24}
    with proof("A killed worker loses nothing") as figures:
        done = await kills(bench, people, times=2)
        await until(lambda: everybody(bench, people), 100, "everybody had a mail")
        for workflow, size in people.items():
            figures[workflow] = await judge(bench, done, workflow, size)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_ten_kills_prefer_delivery() -> None:
    people = {"welcome-series": 500}
    claim = "The worker killed 10 times while 500 people are written to: lost 0, again only what was in doubt"
    with proof(claim) as figures:
        async with running() as bench:
            done = await kills(bench, people, times=10)
            await until(lambda: everybody(bench, people), 400, "everybody had a mail")
            await settled(bench, 2 * LEASE)
            figures.update(await judge(bench, done, "welcome-series", 500))
            assert figures["reached"] == 500


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_ten_kills_prefer_once() -> None:
    people = {"careful": 500}
    claim = 'The same with prefer="once": nothing twice, and what nobody can know is listed as unknown'
    with proof(claim) as figures:
        async with running() as bench:
            done = await kills(bench, people, times=10)
            await asyncio.sleep(LEASE)
            await settled(bench, 2 * LEASE)
            figures.update(await judge(bench, done, "careful", 500))
            assert figures["again"] == 0
            assert figures["unknown"]
