"""What a path holds of an email it sent."""

from dataclasses import dataclass
from datetime import datetime

from activities.calls import EmailResult
from workflows.kit.events import Pattern


@dataclass(frozen=True)
class Email:
    """`skipped` says why none went out. The patterns look from the sending on, so nothing between is missed."""

    template: str
    result: EmailResult
    at: datetime

    @property
    def sent(self) -> bool:
        return self.result.message_id is not None

    @property
    def skipped(self) -> str | None:
        return self.result.skipped

    @property
    def seen(self) -> Pattern:
        """A human opened it, clicked in it, or visited the site after it was sent."""
        return self._pattern("seen", "email.opened", "email.clicked", "site.visited")

    @property
    def clicked(self) -> Pattern:
        """A human clicked a link in it."""
        return self._pattern("clicked", "email.clicked")

    @property
    def bounced(self) -> Pattern:
        return self._pattern("bounced", "email.bounced")

    def _pattern(self, what: str, *names: str) -> Pattern:
        return Pattern(
            label=f"{self.template}.{what}",
            names=names,
            about=self.result.message_id,
            since=self.at,
            void=not self.sent,
        )
