"""A mail catcher: takes every mail by SMTP, keeps it, shows it on a page and by an API; it delivers none."""

from worker.catcher.message import Message, Summary
from worker.catcher.server import Catcher, serve

__all__ = ["Catcher", "Message", "Summary", "serve"]
