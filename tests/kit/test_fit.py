"""Which ledgers fit which code."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activities.calls import Entry
from workflows.contracts import Ledger
from workflows.kit.fit import fit
from workflows.kit.runtimes import Runtime
from workflows.kit.steps import Decision, StepFailed, Wait

AT = datetime(2026, 1, 1, tzinfo=UTC)


def sleep(label: str, seconds: float = 60) -> Wait:
    return Wait(
        method="sleep", label=label, returns=None, samples=(None,), closed=True,
        terms={"seconds": seconds}, within=timedelta(seconds=seconds),
    )  # fmt: skip


def choose(*arms: str) -> Decision[str]:
    return Decision(
        method="split",
        label="s",
        returns=str,
        samples=arms,
        closed=True,
        decide=lambda _asked: arms[0],
    )


def slept(label: str, number: int = 1, seconds: float = 60) -> Entry:
    return Entry(key=f"sleep:{label}#{number}", terms={"seconds": seconds}, at=AT)


async def one_then_two(runtime: Runtime) -> None:
    await runtime.perform(sleep("one"))
    await runtime.perform(sleep("two"))


async def branching(runtime: Runtime) -> None:
    async def side(name: str) -> str:
        await runtime.perform(sleep(name))
        return name

    await runtime.together({"left": side("l"), "right": side("r")})
    await runtime.perform(sleep("after"))


async def splitting(runtime: Runtime) -> None:
    arm = (await runtime.perform(choose("a", "b"))).result
    await runtime.perform(sleep(arm))


async def failing(runtime: Runtime) -> None:
    try:
        await runtime.perform(sleep("one"))
    except StepFailed:
        await runtime.perform(sleep("instead"))


@pytest.mark.parametrize(
    ("path", "entries"),
    [
        (one_then_two, ()),
        (one_then_two, (slept("one"),)),
        (one_then_two, (slept("one"), slept("two"))),
        (branching, (Entry(key="left/sleep:l#1", terms={"seconds": 60}, at=AT),)),
        (branching, (Entry(key="right/sleep:r#1", terms={"seconds": 60}, at=AT),)),
        (splitting, (Entry(key="split:s#1", result="b", at=AT), slept("b"))),
        (failing, (Entry(key="sleep:one#1", terms={"seconds": 60}, failed="gone", at=AT), slept("instead"))),
    ],
)
def test_fits(path: Any, entries: tuple[Entry, ...]) -> None:
    assert fit(path, Ledger(started=AT, entries=entries)).parking is None


@pytest.mark.parametrize(
    ("path", "entries", "why"),
    [
        (
            one_then_two,
            (slept("two"),),
            "sleep:two#1 was done, but the code never asks for it: it asks for sleep:one#1",
        ),
        (one_then_two, (slept("one"), slept("gone")), "it asks for sleep:two#1"),
        (one_then_two, (slept("one", seconds=90),), "sleep:one#1 changed: recorded with"),
        (
            splitting,
            (Entry(key="split:s#1", result="c", at=AT),),
            "split:s#1 changed: it can no longer end with 'c'",
        ),
        (branching, (slept("after"),), "left/sleep:l#1 and right/sleep:r#1"),
    ],
)
def test_does_not_fit(path: Any, entries: tuple[Entry, ...], why: str) -> None:
    parking = fit(path, Ledger(started=AT, entries=entries)).parking
    assert parking is not None
    assert why in parking.fault


def test_a_path_that_awaits_what_is_no_step_is_refused() -> None:
    class Forever:
        def __await__(self) -> Any:
            yield

    async def wrong(runtime: Runtime) -> None:
        await Forever()

    parking = fit(wrong, Ledger(started=AT)).parking
    assert parking is not None
    assert parking.fault.startswith("path_error:RuntimeError")
    assert "only toolkit calls may be awaited" in parking.text


def test_walking_a_long_ledger_is_quick_enough_for_a_workflow_task() -> None:
    async def long(runtime: Runtime) -> None:
        for _ in range(2_000):
            await runtime.perform(sleep("again"))

    entries = tuple(slept("again", number) for number in range(1, 2_001))
    assert fit(long, Ledger(started=AT, entries=entries)).parking is None
