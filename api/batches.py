"""Batches: one bad entry never spoils the others, and an answer comes in time."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError
from pydantic.config import JsonDict

from api import problem_types
from api.errors import Problem, wrong_fields
from api.schemas import Answer

WITHIN = 9.0  # seconds for the work, of the ten in which a batch is answered
_AT_A_TIME = 50

Entry = TypeVar("Entry")


class Indexed(Answer):
    """`index`: which entry of the batch this is the result of, from 0."""

    index: int


class InvalidEntry(Indexed):
    """Nothing was done for this entry: `problem` is what a call of its own would have been answered."""

    status: Literal["invalid"] = "invalid"
    problem: problem_types.Problem


def entries(of: type[BaseModel]) -> Any:
    """The field with the entries. They are documented as what they must be, and read one by one by `read_each`."""
    items: JsonDict = {"$ref": f"#/components/schemas/{of.__name__}"}
    return Field(min_length=1, max_length=1000, json_schema_extra={"items": items})


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
