"""Lists by keyset: a page begins after the last row of the one before, whatever came since."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
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
    """The cursor was not made by this list with these filters."""

    def __init__(self) -> None:
        super().__init__(
            "cursor is not one that this list gave with these filters: send those that it came with, or leave it "
            "out to start again"
        )


async def newest_first(
    session: AsyncSession,
    query: Select[Row],
    order: Sequence[Any],
    limit: int,
    cursor: str | None,
    filters: Mapping[str, Any],
) -> Page[Row]:
    """One page of `query` by `order`, columns (times and strings) that together are unique.

    `filters` are what the query was made with. A cursor belongs to its list and filters; the limit may change.
    """
    return await _page(session, query, order, limit, cursor, filters, descending=True)


async def oldest_first(
    session: AsyncSession,
    query: Select[Row],
    order: Sequence[Any],
    limit: int,
    cursor: str | None,
    filters: Mapping[str, Any],
) -> Page[Row]:
    """The other way round. By the time of a change, so that who changes while pages are turned comes again later."""
    return await _page(session, query, order, limit, cursor, filters, descending=False)


async def _page(
    session: AsyncSession,
    query: Select[Row],
    order: Sequence[Any],
    limit: int,
    cursor: str | None,
    filters: Mapping[str, Any],
    *,
    descending: bool,
) -> Page[Row]:
    mark = _mark(order, filters, descending)
    if cursor is not None:
        last = tuple_(*_decode(cursor, mark, order))
        query = query.where(tuple_(*order) < last if descending else tuple_(*order) > last)
    size = max(1, min(limit, MOST))
    query = query.order_by(*(column.desc() if descending else column for column in order)).limit(size + 1)
    rows = list((await session.scalars(query)).all())
    if len(rows) <= size:
        return rows, None
    return rows[:size], _encode(mark, [getattr(rows[size - 1], column.key) for column in order])


def _mark(order: Sequence[Any], filters: Mapping[str, Any], descending: bool) -> str:
    """Which list it is, with which filters: the same for the same, in every process."""
    given = {name: str(value) for name, value in sorted(filters.items()) if value is not None}
    what = [order[0].class_.__tablename__, [column.key for column in order], descending, given]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:12]


def _encode(mark: str, values: list[Any]) -> str:
    texts = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps([mark, *texts]).encode()).decode().rstrip("=")


def _decode(cursor: str, mark: str, order: Sequence[Any]) -> list[ColumnElement[Any]]:
    """The values of the last row, as the columns of `order` have them."""
    try:
        found, *texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if found != mark:
            raise WrongCursor
        return [
            literal(_read(text, isinstance(column.type, UtcDateTime)), column.type)
            for text, column in zip(texts, order, strict=True)
        ]
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
