"""How the workflows of this package are declared, when that is not what they are about."""

from datetime import date, timedelta

from pydantic import Field

from workflows.kit import Objective, Parameters, always, days, marketing_workflow

OBJECTIVE = Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests")
declare = marketing_workflow(stage="convert", owner="tests", reentry=always(), objective=OBJECTIVE)


class Patience(Parameters):
    """How long, and how often."""

    pause: timedelta = days(1)
    most: int = Field(default=3, ge=1, le=20)
