"""A workflow file as engineers write them: one workflow and its parameters."""

from datetime import date, timedelta

from workflows.kit import ContactWorkflow, Objective, Parameters, always, days, marketing_workflow


class DozingParameters(Parameters):
    """How long it sleeps."""

    nap: timedelta = days(2)


@marketing_workflow(
    stage="delight",
    owner="benchmarks",
    reentry=always(),
    objective=Objective("memory", 1.0, 1.0, days(1), date(2030, 1, 1), "workers that hold many runs"),
)
class Dozing(ContactWorkflow):
    """Sleeps."""

    params: DozingParameters

    async def path(self) -> None:
        await self.sleep(self.params.nap, "a while")
