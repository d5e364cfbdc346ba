"""Where a mail may go: outside production nothing leaves to an address that is not on the list."""

from collections.abc import Iterable
from typing import NamedTuple

from activities.providers.email.protocol import EmailProvider


class Route(NamedTuple):
    """The provider to use; `diverted` when the relay would have been used had the address been allowed."""

    provider: EmailProvider
    diverted: bool


class Outbox:
    """Chooses between the relay and the mail catcher."""

    def __init__(
        self,
        relay: EmailProvider | None,
        catcher: EmailProvider | None,
        allow: Iterable[str] = (),
        *,
        production: bool = False,
    ) -> None:
        """`allow` holds addresses (`ann@shop.example`) and domains (`shop.example`, `@shop.example`)."""
        if production and relay is None:
            raise ValueError("No mail relay in production; set CADENCIA_EMAIL_URL")
        if not production and catcher is None:
            raise ValueError("No mail catcher outside production; start one with: cadencia mail")
        self._relay, self._catcher, self._production = relay, catcher, production
        self._allowed = {entry.strip().lower().removeprefix("@") for entry in allow} - {""}

    def route(self, address: str) -> Route:
        """Production: the relay. Else the relay for allowed addresses, the catcher for all others."""
        if self._relay is not None and (self._production or self._is_allowed(address)):
            return Route(self._relay, diverted=False)
        assert self._catcher is not None  # the constructor saw to it
        return Route(self._catcher, diverted=self._relay is not None)

    def _is_allowed(self, address: str) -> bool:
        address = address.lower()
        return address in self._allowed or address.rpartition("@")[2] in self._allowed

    async def close(self) -> None:
        for provider in (self._relay, self._catcher):
            if provider is not None:
                await provider.close()
