"""Publishing content in a channel, once per step."""

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.calls import Call, Publish, Published
from activities.effects import once, recall
from activities.providers.channels import ChannelProvider, Item
from store import clock
from store.database import Database
from store.publications import Publications
from store.tables import Publication


class Publishing:
    def __init__(self, database: Database, channel: ChannelProvider) -> None:
        self._database = database
        self._channel = channel

    @activity.defn(name="publish")
    async def publish(self, call: Call[Publish]) -> Published:
        """Publishes an item. After a crash the channel is asked again, for the same publication."""
        async with self._database.begin() as session:
            done = await recall(session, call, Published)
            if done is not None:
                return done
            row = await Publications(session).make(_row(call))
        url = await self._channel.publish(Item(row.id, row.channel, row.item))

        async def work(session: AsyncSession) -> Published:
            await Publications(session).mark_published(row.id, url, clock.now())
            return Published(publication_id=row.id)

        return await once(self._database, call, Published, work)


def _row(call: Call[Publish]) -> Publication:
    return Publication(
        enrollment_id=call.enrollment_id, key=call.key, channel=call.order.channel, item=call.order.item
    )
