"""Batches: one bad entry never spoils the others, and an answer comes in time."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from api.errors import Problem, ProblemBody, wrong_fields

WITHIN = 9.0  # seconds for the work, of the ten in which a batch is answered
_AT_A_TIME = 50

Entry = TypeVar("Entry")
Raw = Annotated[list[Any], Field(min_length=1, max_length=1000)]


class Indexed(BaseModel):
    """`index`: which entry of the batch this is the result of, from 0."""

    index: int


class InvalidEntry(Indexed):
    """Nothing was done for this entry: `problem` is what a call of its own would have been answered."""

    status: Literal["invalid"] = "invalid"
    problem: ProblemBody


async def read_each(raw: Sequence[Any], read: Callable[[Any], Entry]) -> list[Entry | Problem]:
    """Each entry as `read` makes it, or what is wrong with it. Other requests get their turn meanwhile."""
    entries: list[Entry | Problem] = []
    for at, one in enumerate(raw):
        if at % _AT_A_TIME == 0:
            await asyncio.sleep(0)
        try:
            entries.append(read(one))
        except Problem as problem:
            entries.append(problem)
        except ValidationError as error:
            entries.append(wrong_fields(error.errors(include_url=False)))
    return entries
