"""Misuse is found at import, or when the catalogue is made, with the remedy in its message."""

from datetime import date

import pytest

from workflows.events import OrderCompleted
from workflows.kit import ContactWorkflow, Objective, always, days, event, marketing_workflow
from workflows.kit.declaration import declaration_of, slug_of

AIM = Objective("conversion", 0.18, 0.30, days(21), date(2027, 6, 30), "new customers")


def declared(cls: type[ContactWorkflow], **options: object) -> type[ContactWorkflow]:
    settings = {"stage": "attract", "owner": "tests", "objective": AIM, "reentry": always(), **options}
    return marketing_workflow(**settings)(cls)  # type: ignore[arg-type]  # options may be wrong


@pytest.mark.parametrize(
    ("name", "slug"),
    [("WelcomeSeries", "welcome-series"), ("CRMSync", "crm-sync"), ("B2BWelcome", "b2-b-welcome")],
)
def test_slugs(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_an_objective_reads_as_a_sentence() -> None:
    assert str(AIM) == "conversion from 18% to 30% within 21 days, by 2027-06-30, for new customers"


def test_a_docstring_is_needed() -> None:
    class Silent(ContactWorkflow):
        async def path(self) -> None: ...

    with pytest.raises(TypeError, match="Silent needs a docstring"):
        declared(Silent)


def test_the_stage_is_one_of_three() -> None:
    class Lost(ContactWorkflow):
        """Stands in no stage."""

        async def path(self) -> None: ...

    with pytest.raises(TypeError, match="stage must be one of attract, convert, delight, not 'nurture'"):
        declared(Lost, stage="nurture")


def test_a_goal_must_be_an_event() -> None:
    class Typo(ContactWorkflow):
        """Names its goal by a string."""

        async def path(self) -> None: ...

    with pytest.raises(
        TypeError, match=r"'order.completed' is no event; give the event itself, as workflows/events.py"
    ):
        declared(Typo, goals=["order.completed"])


def test_parameters_must_be_typed() -> None:
    class Loose(ContactWorkflow):
        """Takes a dict."""

        params: dict[str, int]

        async def path(self) -> None: ...

    with pytest.raises(TypeError, match=r"Loose.params must be annotated with a subclass of Parameters"):
        declared(Loose)


def test_a_subclass_is_not_declared_by_its_base() -> None:
    class Base(ContactWorkflow):
        """Declared."""

        async def path(self) -> None: ...

    class Derived(declared(Base, goals=[OrderCompleted])):  # type: ignore[misc]  # a base that is computed
        """Not declared."""

    assert declaration_of(Base) is not None
    assert declaration_of(Derived) is None


def test_an_event_is_declared_once() -> None:
    event("order.completed", amount=OrderCompleted.properties["amount"], currency=str)
    with pytest.raises(ValueError, match="declared twice with different properties"):
        event("order.completed", amount=int)
    with pytest.raises(ValueError, match="lower-case words joined by dots"):
        event("OrderCompleted")
