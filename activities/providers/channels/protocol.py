"""What every channel promises: an item is published once, however often it is asked for."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Item:
    """What is to be published. `publication_id` is the same in a repeated call: the channel's idempotency key."""

    publication_id: str
    channel: str
    name: str


class ChannelProvider(Protocol):
    """A place where content is published."""

    async def publish(self, item: Item) -> str | None:
        """Publishes the item and returns its address, if it has one. Repeated, it changes nothing. No retries."""
