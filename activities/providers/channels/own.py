"""The channel that needs no one else: the publication's own row says that the item is out."""

from activities.providers.channels.protocol import Item


class OwnChannel:
    """For whoever reads publications from the database and shows them. They have no address of their own."""

    async def publish(self, item: Item) -> str | None:
        return None
