"""Texts of errors in authors' code, on their way to the database: they may hold anything, so no history has them.

A run and the local activity that records its status or its end share a process, and this module.
"""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from store.effects import Effects
from store.statuses import AUTHOR

_MOST = 1000  # texts on their way; a run that is evicted before it told its row leaves one behind

_texts: dict[tuple[str, str], str] = {}


def keep(enrollment_id: str, fault: str, text: str) -> None:
    _texts[enrollment_id, fault] = text
    while len(_texts) > _MOST:
        del _texts[next(iter(_texts))]


async def record(session: AsyncSession, faults: Iterable[tuple[str, str]]) -> None:
    """Writes down what is known of faults, given with their enrollments' ids. Nothing is known of one that another
    process met, or that was written down before."""
    for enrollment_id, fault in faults:
        text = _texts.pop((enrollment_id, fault), None)
        if text:
            code = fault.partition(":")[0]
            await Effects(session).fail(AUTHOR, code, text, enrollment_id, fault)
