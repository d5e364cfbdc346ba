"""How far enrollments have come: the last step recorded, and the round it belongs to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import JSON, bindparam, case, func, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.statements import table_of
from store.tables import Enrollment

_enrollments = table_of(Enrollment)
_SET_STEP = (
    update(_enrollments)
    .where(
        _enrollments.c.id == bindparam("enrollment"),
        or_(_enrollments.c.step_at.is_(None), _enrollments.c.step_at <= bindparam("now")),
    )
    .values(
        unread=case((_enrollments.c.unread_from.is_(None), 0), else_=_enrollments.c.unread),
        step=bindparam("key"),
        step_at=bindparam("now"),
        round=bindparam("in_round"),
        round_params=func.coalesce(
            bindparam("params_of_round", type_=JSON(none_as_null=True)), _enrollments.c.round_params
        ),
    )
)


class LastStep(NamedTuple):
    """A step, its round, and the round's `params` where the step brings them."""

    key: str
    round: int = 1
    params: Mapping[str, Any] | None = None


class Progress:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def set_steps(self, steps: Mapping[str, LastStep], at: datetime) -> None:
        """The last step recorded, by enrollment; one that knows a later step keeps it. No event is unread then."""
        rows = [
            {
                "enrollment": id,
                "key": step.key,
                "now": at,
                "in_round": step.round,
                "params_of_round": step.params,
            }
            for id, step in sorted(steps.items())
        ]
        if rows:
            await self._session.execute(_SET_STEP, rows)
