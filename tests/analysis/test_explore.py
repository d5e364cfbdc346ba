"""The explorer walks every branch of a path, and says what it cannot walk."""

import inspect
import sys
from itertools import pairwise

import pytest

from tests.analysis import explored
from tests.own.vouchers import grant_voucher
from tests.samples import generous, milestones
from workflows.analysis.explore import Exploration, Walk, explore
from workflows.kit import ContactWorkflow, Misuse, days
from workflows.lead_nurturing import LeadNurturing
from workflows.welcome_series import WelcomeSeries


def keys(found: Exploration) -> set[str]:
    return {step.key for walk in found.walks for step in walk.steps}


def outcomes(found: Exploration, *, outside: bool = False) -> set[str | None]:
    return {walk.outcome for walk in found.walks if walk.outside == outside}


def told(found: Exploration) -> list[str]:
    """What is uncovered, without where."""
    assert {one.file for one in found.uncovered} == {"tests/analysis/explored.py"}
    return [f"{one.function}: {one.what}" for one in found.uncovered]


def walk_to(found: Exploration, outcome: str) -> Walk:
    return next(walk for walk in found.walks if walk.outcome == outcome)


def test_every_way_of_every_step_of_the_welcome_series() -> None:
    found = explore(WelcomeSeries)
    assert {
        "send_email:welcome/guide#1",
        "send_email:welcome/offer#1",
        "send_email:welcome/reminder#1",
        "send_email:welcome/hello-again#1",
        "update_crm:quiet#1",
        "end/update_crm:customer#1",
    } <= keys(found)
    assert found.starts == {"lead-nurturing"}
    assert found.uncovered == ()


def test_a_branch_that_takes_a_whole_series_of_answers_is_found() -> None:
    found = explore(explored.FourTimesSilent)
    assert outcomes(found) == {"qualified", "quiet", "exhausted"}
    assert len(walk_to(found, "quiet").steps) >= 4 * 3
    assert found.uncovered == ()


def test_no_branch_of_the_workflows_is_left_out() -> None:
    assert explore(LeadNurturing).uncovered == ()


def test_the_same_walks_each_time() -> None:
    first, second = explore(explored.Dated), explore(explored.Dated)
    assert [[(step.key, step.way) for step in walk.steps] for walk in first.walks] == [
        [(step.key, step.way) for step in walk.steps] for walk in second.walks
    ]


def test_a_call_site_is_the_chain_of_the_authors_calls() -> None:
    found = explore(milestones.Milestones)
    step = next(step for walk in found.walks for step in walk.steps if step.key.startswith("visit/wait_for"))
    assert [place.function for place in step.site.places] == ["path", "milestone"]
    assert step.site.branch == "visit/"
    assert {place.file for place in step.site.places} == {"tests/samples/milestones.py"}


def test_a_loop_that_may_turn_for_ever_but_has_an_exit() -> None:
    assert outcomes(explore(explored.Turning)) >= {"bought"}


def test_times_and_numbers_are_compared_both_ways() -> None:
    found = explore(explored.Dated)
    assert outcomes(found) == {"completed", "weekend", "late"}
    assert "score:lucky#1" in keys(found)
    compared = {step.step.label for walk in found.walks for step in walk.steps if not step.key}
    assert compared >= {"(await self.now() - start).days < 30", 'await self.random("lucky") < 0.1'}


def test_what_follows_from_the_waits_is_no_decision() -> None:
    found = explore(explored.Certain)
    assert told(found) == ["path: `if await self.now() - start < days(30)` held in no walk"]
    (wait,) = {step.lasts for walk in found.walks for step in walk.steps if step.step.method == "wait_for"}
    assert wait == days(10)


def test_reasons_are_compared_both_ways() -> None:
    found = explore(explored.Reasons)
    assert outcomes(found) == {"sent", "no consent", "lost", "used up", "broken", "granted", "completed"}
    assert found.calls == {grant_voucher}


def test_a_failure_is_a_way_only_where_it_is_caught() -> None:
    found = explore(generous.Generous)
    ways = {step.step.method: step.ways for walk in found.walks for step in walk.steps}
    assert ways == {"matches": 2, "call": 3}
    assert outcomes(found) == {"no plan", "granted", "sold_out", "failed to grant"}


def test_ends_from_outside_undo_what_was_done_and_run_on_end_methods() -> None:
    found = explore(explored.Undone)
    assert outcomes(found, outside=True) == {"exited", "unsubscribed", "failed"}
    assert {"end/update_crm:lost#1", "end/update_crm:vip#1", "end/notify:operations/team/failed#1"} <= keys(
        found
    )
    undone = {walk.outcome for walk in found.walks if any(step.site.section == "undo" for step in walk.steps)}
    assert undone == {"withdrawn", "exited", "unsubscribed", "failed"}
    assert explored.take_back in found.calls
    assert found.uncovered == ()


def test_asking_people_is_one_call() -> None:
    found = explore(explored.Asking)
    assert outcomes(found) == {"completed", "refused", "no date"}
    assert {walk.to for walk in found.walks} == {None, "lead-nurturing"}
    asked = [step for step in walk_to(found, "no date").steps if step.call == 1]
    assert [step.step.method for step in asked] == [
        "create_task", "wait_for", "remind", "wait_for", "escalate", "wait_for",
    ]  # fmt: skip
    assert len({step.site for step in asked}) == 1


def test_rounds_lead_back_to_the_start() -> None:
    assert {walk.ended for walk in explore(explored.Yearly).walks} == {"round", "outcome"}


def test_fifty_decisions() -> None:
    found = explore(explored.Wide)
    assert outcomes(found) == {"completed", "all"}
    assert found.uncovered == ()


def test_a_branch_that_no_walk_reached_is_told() -> None:
    found = explore(explored.Unreachable)
    assert told(found) == ["path: `if count > 5` held in no walk", "forgotten: was called in no walk"]
    line = inspect.getsource(explored).splitlines()[found.uncovered[0].line - 1]
    assert line.strip() == 'await self.score(1, "many")'


def test_a_trace_function_that_was_there_before_is_there_again() -> None:
    before = sys.gettrace()
    explore(explored.Yearly)
    assert sys.gettrace() is before


@pytest.mark.parametrize(
    ("workflow", "why"),
    [
        (explored.Endless, "Endless never ends: after 2000 steps it is at sleep:again#1999"),
        (explored.Spinning, "turns without end, and without a step, in path"),
        (explored.LateWait, "waits in an @on_end method"),
        (explored.Undeclared, "waits for 'made.up': declare it"),
        (explored.Foreign, r"explored.py:\d+ raises RuntimeError.*only toolkit calls may be awaited"),
        (explored.TwoSplits, r"split 'arm' is asked at .*:\d+ and at .*:\d+"),
        (explored.ManyLabels, "more than 50 labels"),
        (explored.DataLabel, "makes its label of data"),
        (explored.Converting, "converts or calculates with a random number"),
        (explored.Failing, r"explored.py:\d+ raises KeyError"),
        (explored.NoDefault, "parameter amount: Field required; give each a default"),
    ],
)
def test_what_a_path_may_not_do(workflow: type[ContactWorkflow], why: str) -> None:
    with pytest.raises(Misuse, match=why):
        explore(workflow)


def test_yes_is_what_the_code_asks() -> None:
    """Also where it asks the contrary of what was decided."""
    for walk in explore(explored.Overdue).walks:
        steps = walk.steps
        for compared, following in pairwise(steps):
            if compared.step.method == "compare" and compared.caption == "yes":
                assert following.step.method == "score", compared.step.label
            if compared.step.method == "compare" and compared.caption == "no":
                assert following.step.method != "score", compared.step.label
