"""The graph of a path: what follows on what, why, and where it ends."""

import json

from tests.analysis import explored
from tests.samples import milestones
from workflows.analysis.facts import length
from workflows.analysis.graph import Graph, Node
from workflows.analysis.graph_build import graph_of
from workflows.analysis.graph_text import as_json, edge_text, words
from workflows.kit import ContactWorkflow
from workflows.lead_nurturing import LeadNurturing
from workflows.reactivation import Reactivation
from workflows.welcome_series import WelcomeSeries


def node(graph: Graph, key: str) -> Node:
    return next(node for node in graph.nodes if key in node.keys)


def ways(graph: Graph, source: Node) -> dict[str, str]:
    """What a node leads to, by the text on the edge."""
    return {edge_text(graph, edge): words(graph.node(edge.target)).title for edge in graph.after(source.id)}


def test_each_step_of_the_code_is_one_node() -> None:
    graph = graph_of(WelcomeSeries)
    hello = node(graph, "send_email:welcome/hello#1")
    assert (hello.kind, hello.method, hello.labels, hello.group) == (
        "effect", "send_email", ("welcome/hello",), ("greet:48",),
    )  # fmt: skip
    assert hello.place.startswith("workflows/welcome_series.py:")
    seen = node(graph, "wait_for:welcome/hello.seen#1")
    assert (seen.kind, seen.who, seen.durations) == ("wait", "contact", (172_800,))
    assert set(seen.events) == {"email.opened", "email.clicked", "site.visited"}


def test_edges_say_why() -> None:
    graph = graph_of(WelcomeSeries)
    assert ways(graph, node(graph, "wait_for:welcome/hello.seen#1")) == {
        "opened, clicked or visited the site": "Score +5",
        "nothing came · sent": "Score −2",
        "nothing came · not sent": "Wait 3 days",
    }
    assert ways(graph, node(graph, "split:incentive#1")) == {"guide": "Email", "offer": "Email"}


def test_what_the_code_asks_of_its_own_state_tells_ways_apart() -> None:
    graph = graph_of(explored.FourTimesSilent)
    decided = node(graph, "matches:score >= 50#1")
    assert ways(graph, decided) == {
        "yes": "Qualified",
        "no · silent is 4": "Quiet",
        "no · silent is not 4": "Email",
        "no · 12 turns done": "Exhausted",
    }
    (back,) = [edge for edge in graph.after(decided.id) if edge.again]
    assert graph.node(back.target).method == "send_email"


def test_the_longest_way() -> None:
    graph = graph_of(LeadNurturing)
    assert (graph.messages, graph.days, graph.endless) == (8, 84, False)


def test_ends_from_outside_and_what_follows_them() -> None:
    graph = graph_of(WelcomeSeries)
    assert {edge.target for edge in graph.after("outside")} == {
        "end:converted", "end:exited", "end:unsubscribed", "end:failed",
    }  # fmt: skip
    (after,) = graph.after("end:converted")
    assert graph.node(after.target).section == "end"
    assert graph.hand_overs == ("lead-nurturing",)
    assert graph.node("to:lead-nurturing").kind == "hand_over"


def test_branches_side_by_side_begin_and_end_together() -> None:
    graph = graph_of(milestones.Milestones)
    (fork,) = [node for node in graph.nodes if node.kind == "together"]
    assert set(ways(graph, fork)) == {"visit", "bounce"}
    (join,) = [node for node in graph.nodes if node.kind == "joined"]
    assert {graph.node(edge.source).labels for edge in graph.edges if edge.target == join.id} == {
        ("site.visited",), ("email.bounced",),
    }  # fmt: skip


def test_asking_people_is_one_node() -> None:
    graph = graph_of(explored.Asking)
    asked = node(graph, "create_task:worth a call?#1")
    assert (asked.kind, asked.who, asked.details) == ("person", "sales", ("yes / no", "then sales-lead"))
    assert set(ways(graph, asked)) == {"yes", "no", "no answer"}


def test_a_comparison_is_a_decision() -> None:
    graph = graph_of(explored.Dated)
    titles = {words(node).title for node in graph.nodes if node.kind == "decision"}
    assert titles >= {"A random number (lucky) is less than 0.1?", "Days since start is less than 30?"}
    assert all(edge.source != edge.target for edge in graph.edges)


def test_what_is_undone() -> None:
    graph = graph_of(explored.Undone)
    assert [node.labels for node in graph.nodes if node.section == "undo"] == [("take the voucher back",)]


def test_nothing_leads_past_branches_and_what_they_did_is_undone_outside_of_them() -> None:
    graph = graph_of(explored.UndoneInBranches)
    (fork,) = [node for node in graph.nodes if node.kind == "together"]
    assert ways(graph, fork) == {"left": "Call", "right": "Call"}
    undone = [node for node in graph.nodes if node.section == "undo"]
    assert [(node.labels, node.group) for node in undone] == [
        (("take right back",), ()), (("take left back",), ()),
    ]  # fmt: skip


def test_every_goal_leads_to_the_conversion() -> None:
    graph = graph_of(Reactivation)
    (edge,) = [edge for edge in graph.edges if edge.target == "end:converted"]
    assert edge_text(graph, edge) == "email.opened, email.clicked, site.visited or order.completed"


def test_conditions_and_moments_are_words() -> None:
    graph = graph_of(explored.InWords)
    told: dict[str, tuple[str, ...]] = dict(map(words, graph.nodes))
    assert told["Wait until 09:00, 3 days before the trial ends"] == ("three days before",)
    assert "Trial plan is pro and score is at least 50?" in told
    assert told["Wait up to 5 days"] == (
        "for order.completed where amount is more than 50 and currency is EUR",
    )  # fmt: skip
    assert "Time since touched is more than 12 hours?" in told
    texts = {edge_text(graph, edge) for edge in graph.edges}
    assert {"yes or no · silent is not 2", "no · sent"} <= texts
    assert not any(sign in text for text in texts for sign in ("==", "!=", "hello."))


def test_mails_have_their_subjects() -> None:
    graph = graph_of(WelcomeSeries, subjects={"welcome/hello": "Welcome", "welcome/offer": "For you"})
    assert words(node(graph, "send_email:welcome/hello#1")) == ("Email", ("welcome/hello", "“Welcome”"))
    assert words(node(graph, "send_email:welcome/guide#1")) == ("Email", ("welcome/guide",))
    many = graph_of(LeadNurturing, subjects={"nurture/tour": "A tour", "team/lead-is-ready": "A lead"})
    told = node(many, "notify:sales/team/lead-is-ready#1")
    assert words(told) == ("Tell sales", ("team/lead-is-ready", "“A lead”"))
    assert words(node(many, "send_email:nurture/tour#1")).lines == (
        "one of 10, such as nurture/tour", "“A tour”",
    )  # fmt: skip


def test_the_longest_way_says_what_it_does_not_count() -> None:
    assert length(graph_of(explored.Asking)).endswith("days, not counting waits for dates")
    assert length(graph_of(LeadNurturing)) == "at most 8 messages and 84 days"


def test_rounds_lead_back_to_the_start() -> None:
    graph = graph_of(explored.Yearly)
    (back,) = [edge for edge in graph.edges if edge.target == "start"]
    assert (back.again, back.ways) == (True, ("next round",))
    assert graph.endless


def test_cases_take_every_way() -> None:
    graph = graph_of(explored.Asking)
    assert {case.outcome for case in graph.cases} == set(graph.outcomes)
    taken = {(key.partition("#")[0], way) for case in graph.cases for key, way in case.ways}
    assert {("wait_for:worth a call?.done", way) for way in ("yes", "no", "no answer")} <= taken
    assert ("moment:renewal", "no such date") in taken


def test_a_wait_that_nothing_can_end_is_a_dead_end() -> None:
    graph = graph_of(explored.Pointless)
    assert [graph.node(id).dead for id in graph.dead_ends] == ["nothing can end this wait but its time"]


def test_json_is_the_same_each_time() -> None:
    def written(cls: type[ContactWorkflow]) -> str:
        return json.dumps(as_json(graph_of(cls)))

    assert written(LeadNurturing) == written(LeadNurturing)
