"""What sending must know of contacts: the address, whether it is suppressed, and what they consented to."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.consents import Consents
from store.statements import table_of
from store.suppressions import Suppressions
from store.tables import Contact

_contacts = table_of(Contact)
_LOCKED = (
    select(
        _contacts.c.id, _contacts.c.email, _contacts.c.name, _contacts.c.locale, _contacts.c.attributes
    )
    .where(_contacts.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_contacts.c.id)
    .with_for_update()
)  # fmt: skip


class Recipient(NamedTuple):
    """A contact who may get a message. `suppressed` is the reason why the address gets none."""

    id: str
    email: str | None
    name: str | None
    locale: str
    attributes: Mapping[str, Any]
    suppressed: str | None
    consents: Mapping[str, bool]


class Recipients:
    def __init__(self, session: AsyncSession, suppressions: Suppressions) -> None:
        self._session = session
        self._suppressions = suppressions

    async def lock(self, ids: Collection[str]) -> dict[str, Recipient]:
        """Those that exist, as they are now, kept from changing until the transaction ends."""
        contacts = (await self._session.execute(_LOCKED, {"ids": list(ids)})).all()
        reasons = await self._suppressions.reasons({contact.email for contact in contacts if contact.email})
        consents = await Consents(self._session).granted_by([contact.id for contact in contacts])
        return {
            contact.id: Recipient(*contact, reasons.get(contact.email), consents.get(contact.id, {}))
            for contact in contacts
        }
