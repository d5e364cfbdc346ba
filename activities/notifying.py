"""Telling the team that something happened."""

import hashlib

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.calls import Call, Notified, Notify
from activities.effects import recall
from activities.heartbeat import finished, heartbeats
from activities.links import Links
from activities.team_mail import Letter, TeamMail
from store.database import Database
from store.teams import Teams


class Notifying:
    def __init__(self, database: Database, mail: TeamMail, links: Links) -> None:
        self._database = database
        self._mail = mail
        self._links = links

    @activity.defn(name="notify")
    async def notify(self, call: Call[Notify]) -> Notified:
        """Mails the role's team, or says why not: at least once, within the bound of `TeamMail`.

        The template is given `workflow`, `workflow_title`, `subject_kind`, `subject_id`, `enrollment_id`, `team.name`,
        of the contact only `contact.name`, and `url`: the signed page that says who it is.
        """
        async with heartbeats():
            return await finished(self._notify(call))

    async def _notify(self, call: Call[Notify]) -> Notified:
        async with self._database.read() as session:
            done = await recall(session, call, Notified)
            if done is not None:
                return done
            team = await Teams(session).get(call.order.role)
        url = self._links.notice(call.enrollment_id, call.order.role)
        skipped = await self._mail.send(call, team, Letter(_id(call), call.order.template, {"url": url}))

        async def work(_session: AsyncSession) -> Notified:
            return Notified(skipped=skipped)

        return await self._mail.record(call, Notified, work)


def _id(call: Call[Notify]) -> str:
    """The same for each attempt at this step, and for no other."""
    return "notice_" + hashlib.sha256(f"{call.enrollment_id} {call.key}".encode()).hexdigest()[:26]
