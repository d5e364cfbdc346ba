"""Webinar: everything around an hour that people registered for."""

from datetime import date

from examples.acme.events import WebinarAttended, WebinarRegistered
from workflows.kit import (
    ContactWorkflow,
    Objective,
    always,
    date_of,
    days,
    hours,
    local,
    marketing_workflow,
    minutes,
)

WEBINAR = date_of("webinar_on")
ZONE = "Europe/Madrid"


@marketing_workflow(
    stage="convert",
    owner="demand-generation",
    starts_on=WebinarRegistered,
    reentry=always(),
    objective=Objective("attendance", 0.35, 0.50, within=days(60), by=date(2027, 6, 30), supports="pipeline"),
)
class Webinar(ContactWorkflow):
    """Reminds of a webinar at five, and follows up on those who came and those who did not."""

    async def path(self) -> None:
        await self.send_email("webinar/registered", purpose="transactional")
        registered = await self.now()
        if not await self.sleep_until(local("17:00", on=WEBINAR - days(1), zone=ZONE), "a day before"):
            self.finish("no date")
        if await self.now() - registered > hours(12):
            await self.send_email("webinar/tomorrow", purpose="transactional")
        if not await self.sleep_until(local("16:45", on=WEBINAR, zone=ZONE), "shortly before"):
            self.finish("cancelled")
        await self.send_email("webinar/now", purpose="transactional")
        if await self.wait_for(WebinarAttended, within=hours(2) + minutes(15)):
            await self.score(20, "webinar attended")
            await self.send_email("webinar/recording")
            self.finish("attended")
        await self.send_email("webinar/missed")
        self.finish("missed")
