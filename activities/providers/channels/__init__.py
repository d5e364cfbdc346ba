"""Places where content is published."""

from activities.providers.channels.own import OwnChannel
from activities.providers.channels.protocol import ChannelProvider, Item

__all__ = ["ChannelProvider", "Item", "OwnChannel"]
