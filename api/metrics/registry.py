"""The metrics of one API process."""

from prometheus_client import CollectorRegistry

from api.metrics.latencies import Latencies
from api.metrics.standing import Standing
from store.database import Database


class Metrics:
    def __init__(self, database: Database) -> None:
        self.registry = CollectorRegistry()
        self.latencies = Latencies(self.registry)
        self._standing = Standing(database)
        self.registry.register(self._standing)

    async def refresh(self) -> None:
        """Counts anew what the database knows, unless that was done a moment ago."""
        await self._standing.refresh()
