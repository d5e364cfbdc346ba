"""What a path can hear, from its source, and the conditions under which it does."""

from pathlib import Path

import pytest

from tests.analysis import explored, heard
from tests.checks.facts import FACTS
from tests.heard.eager import Eager
from tests.own.vouchers import grant_voucher
from workflows.analysis.checks.examine import examine
from workflows.analysis.explore import explore
from workflows.analysis.hearing import hearing_of
from workflows.analysis.where import conditions_of
from workflows.events import OrderCompleted
from workflows.kit import ContactWorkflow
from workflows.kit.declaration import declaration_of
from workflows.kit.events import declared
from workflows.kit.steps import Misuse, Wait


def texts(cls: type[ContactWorkflow], **params: object) -> set[str]:
    """The conditions of a path under parameters."""
    declaration = declaration_of(cls)
    assert declaration is not None
    return {str(one) for one in conditions_of(declaration.params, hearing_of(cls).wheres)(params)}


def asked(cls: type[ContactWorkflow], **params: object) -> set[str]:
    """The conditions by which the path's own waits know them."""
    waits = [step.step for walk in explore(cls, params).walks for step in walk.steps]
    return {
        str(pattern.where)
        for wait in waits
        if isinstance(wait, Wait)
        for pattern in wait.patterns
        if pattern.where is not None
    }


def test_a_branch_that_no_walk_comes_to_is_heard() -> None:
    assert explore(Eager).uncovered, "else this shows nothing"
    assert hearing_of(Eager).events == {"email.clicked", "meeting.booked"}


def test_the_check_says_that_a_run_there_hears_its_events() -> None:
    (found,) = [one for one in examine([Eager], FACTS) if one.workflow == "eager"]
    assert (found.check, found.severity) == ("branch-never-reached", "warning")
    assert "only many answers in a certain order" in found.why
    assert "hear their events all the same" in found.why


def test_events_handles_and_tuples_in_any_method() -> None:
    hearing = hearing_of(heard.Plainly)
    assert hearing.events >= {
        "email.bounced",
        "order.completed",
        "site.visited",
        "form.submitted",
        "email.clicked",
    }
    assert hearing.events < declared().keys()
    assert not hearing.guarded


def test_asking_people_is_a_wait_for_their_answer() -> None:
    assert "task.done" in hearing_of(heard.Asking).events


@pytest.mark.parametrize("cls", [heard.Literals, heard.Constants, heard.Inheriting])
def test_conditions_have_the_text_by_which_the_path_knows_them(cls: type[ContactWorkflow]) -> None:
    assert texts(cls) >= asked(cls) > set()
    assert "order.completed" in hearing_of(cls).guarded


def test_conditions_follow_the_parameters() -> None:
    assert texts(heard.Inheriting, least=80) >= asked(heard.Inheriting, least=80)
    assert str(OrderCompleted.amount > 80) in texts(heard.Inheriting, least=80)
    assert str(OrderCompleted.amount > 50) not in texts(heard.Inheriting, least=80)


def test_parameters_that_are_refused_make_no_conditions() -> None:
    assert texts(heard.Inheriting, least="much") == set()


def test_only_an_event_that_no_wait_takes_without_a_condition_is_guarded() -> None:
    assert "site.visited" in hearing_of(heard.OneOfTwo).guarded
    assert "order.completed" not in hearing_of(heard.OneOfTwo).guarded
    assert "site.visited" not in hearing_of(heard.OnceWithout).guarded


def test_a_helper_function_is_read_however_it_is_reached() -> None:
    assert "meeting.booked" in hearing_of(heard.ByTable).events


@pytest.mark.parametrize("cls", [heard.ByVariable, heard.HandedOn])
def test_what_cannot_be_read_is_told(cls: type[ContactWorkflow]) -> None:
    hearing = hearing_of(cls)
    assert hearing.events == declared().keys()
    assert not hearing.guarded


@pytest.mark.parametrize(
    ("cls", "part"),
    [
        (heard.Local, "`least`"),
        (heard.Calculating, "`self.params.least * 2`"),
        (heard.Made, "`self.wanted()`"),
        (heard.Unpacked, "`options`"),
    ],
)
def test_a_condition_that_only_a_run_knows_is_refused(cls: type[ContactWorkflow], part: str) -> None:
    with pytest.raises(Misuse) as refused:
        hearing_of(cls)
    file, line, told = str(refused.value).split(":", 2)
    assert file == "tests/analysis/heard.py"
    lines = Path(str(heard.__file__)).read_text().splitlines()
    at = lines[int(line) - 1 : int(line) + 3]
    assert any("# refused" in one for one in at), at
    assert part in told
    assert "literals, constants of the module and `self.params.<name>`" in told


def test_what_it_begins_is_found_where_no_walk_comes() -> None:
    hearing = hearing_of(heard.Rarely)
    assert hearing.calls == {grant_voucher, explored.take_back}
    assert hearing.starts == {"lead-nurturing", "reactivation"}
