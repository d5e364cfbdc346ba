"""Lists, newest first, by keyset: a page begins after the last row of the one before, whatever came since."""

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables import UtcDateTime

MOST = 500  # rows of a page

Row = TypeVar("Row")
Page = tuple[list[Row], str | None]
"""The rows, and the cursor of the next page; None on the last one."""


class WrongCursor(ValueError):
    """The cursor was not made by this list."""

    def __init__(self) -> None:
        super().__init__("cursor is not one that this list gave: leave it out to begin with the newest")


async def newest_first(
    session: AsyncSession, query: Select[Row], order: Sequence[Any], limit: int, cursor: str | None
) -> Page[Row]:
    """One page of `query` by `order`, columns (times and strings) that together are unique."""
    if cursor is not None:
        query = query.where(_older(order, cursor))
    size = max(1, min(limit, MOST))
    query = query.order_by(*(column.desc() for column in order)).limit(size + 1)
    rows = list((await session.scalars(query)).all())
    if len(rows) <= size:
        return rows, None
    return rows[:size], _encode([getattr(rows[size - 1], column.key) for column in order])


def _older(order: Sequence[Any], cursor: str) -> ColumnElement[bool]:
    values = _decode(cursor, [isinstance(column.type, UtcDateTime) for column in order])
    ends = [literal(value, column.type) for value, column in zip(values, order, strict=True)]
    return tuple_(*order) < tuple_(*ends)


def _encode(values: list[Any]) -> str:
    texts = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


def _decode(cursor: str, times: list[bool]) -> list[Any]:
    try:
        texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_read(text, is_time) for text, is_time in zip(texts, times, strict=True)]
    except (ValueError, TypeError, RecursionError):
        raise WrongCursor from None


def _read(text: Any, is_time: bool) -> Any:
    if not isinstance(text, str) or "\0" in text:
        raise WrongCursor
    text.encode()  # half a surrogate pair is no text that a database takes
    if not is_time:
        return text
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise WrongCursor
    return time
