"""A mail server that does all that mail servers do: nothing is lost, and nothing comes twice but what it left open."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.proofs.bench import Bench, running
from tests.proofs.callers import crowd, enroll, listed, settled, written_to
from tests.proofs.figures import proof
from tests.proofs.journal import again, copies

Faults = Mapping[str, Mapping[str, Any]]

REFUSING: Faults = {
    "421 to everybody": {"closing": "421 4.3.2 closing for maintenance"},
    "451 for some recipients": {"refused": 1},
    "silent": {"mute": True},
    "keeps back its answers": {"hold": True},
}
FAULTS: Faults = {**REFUSING, "hangs up after the mail": {"dropped": 10}}


async def endures(
    bench: Bench, faults: Faults, *, people: int, seconds: float, refused: int
) -> dict[str, object]:
    """One fault after the other, each while as many people are enrolled; then all is well again."""
    figures: dict[str, object] = {}
    for number, (name, fault) in enumerate(faults.items()):
        bench.faults(**{**fault, **({"refused": refused} if "refused" in fault else {})})
        enrolling = enroll(bench, "patient", crowd(_domain(number), people), patience=1)
        calls, _ = await asyncio.gather(enrolling, asyncio.sleep(seconds))
        bench.faults()
        await written_to(bench, _domain(number), people, 420)
        await settled(bench, 300, calls.ids)
        figures[name] = _judged(bench, number, people)
    ended = await listed(bench, "/v1/enrollments", workflow="patient", status="ended")
    assert not ended, "nobody is ejected"
    return figures


def _judged(bench: Bench, number: int, people: int) -> dict[str, int]:
    mails = bench.journal.mails(_domain(number))
    left_open = sum(mail.dropped for mail in mails)
    figures = {
        "people": people,
        "refused": bench.journal.refused(_domain(number)),
        "left open": left_open,
        "again": again(mails),
    }
    assert len(copies(mails)) == people, figures
    assert figures["again"] <= left_open, figures
    return figures


def _domain(number: int) -> str:
    return f"faults-{number}.example"


async def test_a_mail_server_in_trouble(bench: Bench) -> None:
    """What a server left open goes out again after minutes: that is for the long form."""
    with proof("A mail server in trouble: nothing lost, nothing twice") as figures:
        figures.update(await endures(bench, REFUSING, people=12, seconds=1, refused=50))


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_a_mail_server_in_long_trouble() -> None:
    claim = (
        "A mail server that refuses, hangs, and hangs up for 30 s each: lost 0, again only what it left open"
    )
    with proof(claim) as figures:
        async with running() as bench:
            figures.update(await endures(bench, FAULTS, people=200, seconds=30, refused=1))
