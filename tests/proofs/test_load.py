"""More calls than the machine can take: refusals are quick, the others are served, no caller is starved."""

import asyncio

import pytest

from store.database import Database
from store.keys import Keys, mint_key
from tests.proofs.bench import Bench, running
from tests.proofs.figures import proof
from tests.proofs.load import Answers, Storm, break_out, percentile

RATES = (50, 100, 200, 400)  # enrollments a second
CALLERS = ("first", "second", "third")
LONGEST = 6.0  # seconds for what is admitted: 4 in the queue at most, as predicted, and the work itself


async def keys(bench: Bench) -> dict[str, str]:
    """A key for each caller, by name."""
    minted = {name: mint_key(name, ["enroll"]) for name in CALLERS}
    database = Database(bench.settings.database_url)
    try:
        async with database.begin() as session:
            for _, row in minted.values():
                await Keys(session).insert(row)
    finally:
        await database.close()
    return {name: secret for name, (secret, _) in minted.items()}


def faults(rate: int, answers: list[Answers]) -> list[str]:
    """What is not as it should be."""
    admitted = [latency for one in answers for latency in one.admitted]
    refused = [latency for one in answers for latency in one.refused]
    shares = [len(one.admitted) for one in answers]
    fair = sum(shares) / len(shares)
    found = []
    if percentile(admitted, 99) >= 1000 * LONGEST:
        found.append(f"{rate}/s: p99 of what was admitted was {percentile(admitted, 99):.0f} ms")
    if percentile(refused, 99) >= 100:
        found.append(f"{rate}/s: p99 of refusals was {percentile(refused, 99):.0f} ms")
    if any(abs(share - fair) > 0.25 * fair for share in shares):
        found.append(f"{rate}/s: {shares} were admitted of the callers' calls")
    if strange := {status for one in answers for status in one.statuses} - {"200", "201", "429", "503"}:
        found.append(f"{rate}/s: there were answers {sorted(strange)}")
    return found


async def stormed(bench: Bench, secrets: list[str], rate: int, seconds: float) -> dict[str, Answers]:
    return await break_out(
        Storm(
            port=bench.settings.api_port,
            workflow="patient",
            keys=secrets,
            name=f"load-{rate}.example",
            rate=rate,
            seconds=seconds,
        )
    )


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_more_than_it_can_take() -> None:
    claim = "50 to 400 enrollments a second by three callers: refusals within 100 ms, the others within 6 s, all served"
    found: list[str] = []
    with proof(claim) as figures:
        async with running() as bench:
            callers = await keys(bench)
            for rate in RATES:
                answers = await stormed(bench, list(callers.values()), rate, seconds=60)
                found += faults(rate, list(answers.values()))
                late = [wait for one in answers.values() for wait in one.late]
                figures[f"{rate}/s"] = {
                    **{caller: answers[key].described() for caller, key in callers.items()},
                    "calls were made late by, p99": f"{percentile(late, 99):.1f} ms",
                }
        assert not found, found


@pytest.mark.long
async def test_a_burst() -> None:
    claim = "A burst of 100 enrollments by 50 callers of one key on a stack that was just started: none is refused"
    with proof(claim) as figures:
        async with running() as bench:
            secret = (await keys(bench))["first"]

            async def caller(number: int) -> list[int]:
                async with bench.http(secret) as api:
                    return [
                        (
                            await api.post(
                                "/v1/workflows/patient/enrollments",
                                json={"contact": {"email": f"{number}-{call}@burst.example"}},
                            )
                        ).status_code
                        for call in range(2)
                    ]

            answers = await asyncio.gather(*(caller(number) for number in range(50)))
            statuses = [status for of_caller in answers for status in of_caller]
            figures["answers"] = {str(status): statuses.count(status) for status in sorted(set(statuses))}
        assert set(statuses) == {201}
