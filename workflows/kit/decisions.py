"""Decisions without a trace in the history: from ids and the run's clock they are always the same."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar, cast

from pydantic import JsonValue

from workflows.kit.splits import arm_of
from workflows.kit.steps import Asked, Decision, Misuse
from workflows.kit.toolkit import Toolkit
from workflows.kit.waits import SOME_TIME

Arm = TypeVar("Arm", bound=str)

_LARGEST = 1 - 2**-53
"""The largest float that `random` can give."""


class Decisions(Toolkit):
    async def split(self, name: str, arms: Mapping[Arm, int]) -> Arm:
        """One of the arms, by weight; the same for a subject each time the split's name is asked."""
        weights = dict(arms)
        if not weights or min(weights.values()) < 0 or not sum(weights.values()):
            raise Misuse(f"split {name!r} needs arms with weights of 0 or more, not all 0")
        return await self._perform(Decision(
            method="split", label=name, returns=str,
            samples=tuple(arm for arm, weight in weights.items() if weight), closed=True,
            terms={"arms": cast(JsonValue, dict(weights))},
            decide=lambda asked: arm_of(asked.subject_id, name, weights),
        ))  # fmt: skip

    async def control_group(self, name: str, percent: int) -> bool:
        """Whether the subject is among the few that get nothing, so that reports say what the workflow really won.

        The same for a subject each time the name is asked, in every workflow.
        """
        if not 0 <= percent < 100:
            raise Misuse(f"control_group({name!r}, {percent}): give a percentage from 0 to 99")
        weights = {"control": percent, "treated": 100 - percent}
        return await self._perform(Decision(
            method="control_group", label=name, returns=bool, samples=(False, True) if percent else (False,),
            closed=True, terms={"percent": percent},
            decide=lambda asked: arm_of(asked.subject_id, f"control/{name}", weights) == "control",
        ))  # fmt: skip

    async def now(self) -> datetime:
        """The time, recorded: asked again after continue-as-new it is still the same."""
        return await self._perform(Decision(
            method="now", label="", returns=datetime, samples=(SOME_TIME,), decide=lambda asked: asked.now,
        ))  # fmt: skip

    async def random(self, label: str) -> float:
        """A number from 0 up to 1, another for each enrollment and each time it is asked."""
        return await self._perform(Decision(
            method="random", label=label, returns=float, samples=(0.0, 0.5, _LARGEST), decide=_drawn,
        ))  # fmt: skip


def _drawn(asked: Asked) -> float:
    digest = hashlib.sha256(f"{asked.enrollment_id}/{asked.key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 * _LARGEST
