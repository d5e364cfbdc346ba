"""Whether the database can be written: reading goes on when its disk is full, enrolling does not."""

from sqlalchemy import delete
from sqlmodel import col

from store import clock
from store.database import Database
from store.tables import Finding

_PROBE = "probe"
_ROOM = 64 * 1024  # characters: more than the free pages of a file that is full hold


async def probe(database: Database) -> None:
    """Writes something and takes it back, in one transaction that is committed. Raises what a write raises."""
    async with database.begin() as session:
        row = Finding(name=_PROBE, details={"room": "x" * _ROOM}, since=clock.now(), at=clock.now())
        session.add(row)
        await session.flush()
        await session.execute(delete(Finding).where(col(Finding.name) == _PROBE))
