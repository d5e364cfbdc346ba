"""What comes next for one run, from its own results."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from activities.calls import Entry
from workflows.analysis.ahead import Place, Way, ways
from workflows.contracts import Enrollment, Next
from workflows.kit import ContactWorkflow, Objective, always, days, event, marketing_workflow
from workflows.kit.workflow import MarketingWorkflow
from workflows.lead_nurturing import LeadNurturing
from workflows.reactivation import Reactivation
from workflows.welcome_series import WelcomeSeries

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
SENT = {"message_id": "msg_1"}
GREETED = {"update_crm:lead#1": {}, "send_email:welcome/hello#1": SENT}

ENROLLMENT = Enrollment(
    id="w:con_1:1", workflow="w", subject_kind="contact", subject_id="con_1", entry="1", release="r1"
)

Paid = event("ahead.paid")
Called = event("ahead.called")


def on_from(
    cls: type[MarketingWorkflow],
    key: str,
    done: Mapping[str, Any],
    round: int = 1,
    beside: tuple[str, ...] = (),
) -> list[Way]:
    trail = {one: Entry(key=one, result=result, at=NOW) for one, result in done.items()}
    at = Next(key=key, since=NOW, due=NOW + timedelta(days=2))
    return ways(cls, Place(ENROLLMENT, trail, at, round, beside))


def test_each_way_is_told_as_far_as_it_is_certain() -> None:
    seen, unseen = on_from(WelcomeSeries, "wait_for:welcome/hello.seen#1", GREETED)
    rest = "waits 3 days: room to look around"
    assert (seen.on, seen.in_time) == (("opened", "clicked", "visited the site"), True)
    assert seen.steps == ("score +5: greeting seen", rest)
    assert (unseen.on, unseen.in_time) == ((), False)
    assert unseen.steps == ("score −2: greeting not seen", "sends welcome/hello-again", rest)


def test_the_arm_that_a_contact_will_have_is_known() -> None:
    done: dict[str, Any] = {**GREETED, "wait_for:welcome/hello.seen#1": None, "score:greeting not seen#1": {}}
    done |= {"send_email:welcome/hello-again#1": SENT}
    (way,) = on_from(WelcomeSeries, "sleep:room to look around#1", done)
    assert way.steps == (
        "splits by incentive: guide",
        "sends welcome/guide",
        "waits 4 days: time to use it",
    )
    done |= {
        "sleep:room to look around#1": None,
        "split:incentive#1": "guide",
        "send_email:welcome/guide#1": SENT,
    }
    (way,) = on_from(WelcomeSeries, "sleep:time to use it#1", done)
    assert way.steps == ("looks back for welcome/guide to be clicked",)


def test_what_the_path_counts_itself_is_counted() -> None:
    """It was silent three times: a fourth is enough, after what the contact is asked for."""
    done: dict[str, Any] = {}
    for number, name in enumerate(("first", "second", "third"), 1):
        done |= {
            f"matches:interest == 'product'#{number}": False,
            f"send_email:nurture/{name}#1": SENT,
            f"wait_for:nurture/{name}.clicked#1": None,
            f"score:nurture content ignored#{number}": {},
            f"matches:score >= 50#{number}": False,
        }
    done |= {"matches:interest == 'product'#4": False, "send_email:nurture/fourth#1": SENT}
    clicked, silent = on_from(LeadNurturing, "wait_for:nurture/fourth.clicked#1", done)
    assert clicked.steps == ("score +10: nurture content clicked", "asks whether score is at least 50")
    assert silent.steps == ("score −5: nurture content ignored", "asks whether score is at least 50")


def test_the_mail_of_this_turn_is_named() -> None:
    done = {"control_group:reactivation#1": False, "send_email:reactivation/miss-you#1": SENT}
    (way,) = on_from(Reactivation, "sleep:after reactivation/miss-you#1", done)
    assert way.steps == ("sends reactivation/best-since", "waits 7 days: after reactivation/best-since")


AIM = Objective("orders", 0.05, 0.10, within=days(14), by=NOW.date(), supports="sales")


@marketing_workflow(stage="convert", owner="sales", starts_on=Paid, reentry=always(), objective=AIM)
class SideBySide(ContactWorkflow):
    """Waits in two branches, then says how it went."""

    async def path(self) -> None:
        both = await self.together(pay=self.pay(), call=self.call_them())
        self.finish("paid" if both["pay"] else "unpaid")

    async def pay(self) -> bool:
        return await self.wait_for(Paid, within=days(2)) is not None

    async def call_them(self) -> None:
        if await self.wait_for(Called, within=days(1)):
            await self.send_email("welcome/guide")


def test_a_branch_goes_on_as_far_as_it_can_by_itself() -> None:
    pay, call = "pay/wait_for:ahead.paid#1", "call/wait_for:ahead.called#1"
    for way in on_from(SideBySide, pay, {}, beside=(call,)):
        assert (way.steps, way.ending) == ((), None)
    called, silent = on_from(SideBySide, call, {}, beside=(pay,))
    assert called.steps == ("call: sends welcome/guide",)
    assert silent.steps == ()


def test_the_last_wait_ends_the_run() -> None:
    paid, unpaid = on_from(SideBySide, "pay/wait_for:ahead.paid#1", {"call/wait_for:ahead.called#1": None})
    assert paid.ending
    assert unpaid.ending
    assert (paid.ending.outcome, unpaid.ending.outcome) == ("paid", "unpaid")


@marketing_workflow(stage="delight", owner="sales", starts_on=Paid, reentry=always(), objective=AIM)
class Yearly(ContactWorkflow):
    """Greets each year."""

    async def path(self) -> None:
        await self.sleep(days(365), "a year")
        await self.send_email("welcome/guide")
        self.next_round()


def test_rounds_go_on_to_the_next() -> None:
    (way,) = on_from(Yearly, "r2/sleep:a year#1", {}, round=2)
    assert way.steps == ("sends welcome/guide", "begins the next round")


def test_a_key_that_the_code_does_not_ask_for_has_no_ways() -> None:
    assert on_from(WelcomeSeries, "sleep:removed#1", GREETED) == []
