"""Maps as Mermaid, SVG and HTML."""

import re
from dataclasses import replace
from html import unescape
from xml.etree import ElementTree

import pytest

from tests.analysis import explored
from workflows.analysis.draw_map import FOLDED_FROM, pictures
from workflows.analysis.draw_page import page
from workflows.analysis.draw_picture import Box, Line, Picture, wrapped
from workflows.analysis.draw_svg import svg
from workflows.analysis.flywheel import as_mermaid, flywheel
from workflows.analysis.graph_build import graph_of
from workflows.analysis.graph_mermaid import mermaid
from workflows.analysis.graph_text import as_json
from workflows.analysis.maps import flywheel_svg, map_page, map_svg, turn
from workflows.kit import ContactWorkflow
from workflows.lead_nurturing import LeadNurturing
from workflows.reactivation import Reactivation
from workflows.welcome_series import WelcomeSeries


def texts(drawn: str) -> str:
    return " ".join(ElementTree.fromstring(drawn).itertext())


def test_mermaid_names_every_step_and_way() -> None:
    drawn = mermaid(graph_of(WelcomeSeries))
    assert drawn.startswith("flowchart TD\n")
    assert '_n3 -->|"nothing came · sent"| ' in drawn
    assert 'subgraph _greet_48["greet"]' in drawn
    assert not re.search(r"classDef (end|start)\b", drawn)


def test_what_mermaid_would_read_is_escaped() -> None:
    graph = graph_of(WelcomeSeries)
    named = tuple(replace(node, labels=("a < b",)) for node in graph.nodes)
    assert "<br/>a #lt; b" in mermaid(replace(graph, nodes=named))


def test_a_map_is_one_svg_by_itself() -> None:
    drawn = map_svg(WelcomeSeries)
    told = texts(drawn)
    for word in ("welcome/hello-again", "Wait 3 days", "room to look around", "Split incentive", "Converted"):
        assert word in told
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")
    assert "prefers-color-scheme:dark" in drawn


def test_each_kind_of_step_has_its_shape() -> None:
    drawn = map_svg(explored.Asking)
    for look in ("wait hexagon", "person person", "hand_over arrow", "begin pill"):
        assert f'class="box {look}"' in drawn
    assert 'class="box dead octagon"' in svg(pictures(graph_of(explored.Pointless))[0])


def test_a_page_says_what_the_workflow_is_for() -> None:
    drawn = map_page(LeadNurturing)
    assert "sales-qualified leads from 6% to 10%" in drawn
    assert "at most 8 messages and 84 days" in drawn
    assert "Not reached" in map_page(explored.Unreachable)


def test_a_large_map_folds_helper_methods() -> None:
    graph = graph_of(WelcomeSeries)
    more = tuple(replace(graph.nodes[1], id=f"x{number}") for number in range(FOLDED_FROM))
    picture, folded = pictures(replace(graph, nodes=graph.nodes + more))
    (helper,) = [box for box in picture.boxes if box.look == "helper"]
    assert (helper.title, helper.lines, helper.link) == ("greet", ("5 steps",), "#in:greet:48")
    assert list(folded) == ["greet:48"]
    assert '<details id="in:greet:48">' in page(picture, folded, about="")


def test_the_flywheel_shows_hand_overs_and_dead_ends() -> None:
    welcome = turn(WelcomeSeries)
    alone = texts(flywheel_svg([welcome]))
    assert "hands over" in alone
    assert "is not installed" in alone
    both = [welcome, turn(LeadNurturing)]
    assert "is not installed" not in texts(flywheel_svg(both))
    assert '_welcome_series -->|"hands over"| _lead_nurturing' in as_mermaid(both)


def test_hand_overs_to_an_earlier_stage_close_the_wheel() -> None:
    back = replace(turn(LeadNurturing), hand_overs=("welcome-series",))
    lines = {(line.source, line.dashed) for line in flywheel([turn(WelcomeSeries), back]).lines}
    assert lines == {("welcome-series", False), ("lead-nurturing", True)}


def test_what_people_wrote_is_escaped() -> None:
    boxes = (Box("a", "box", "effect", "<b>&", ("</svg>",)), Box("b", "box", "effect", "b"))
    told = texts(svg(Picture("<i>", boxes, (Line("a", "b", "x < 1"),))))
    assert "<b>&" in told
    assert "x < 1" in told


def test_long_texts_are_wrapped() -> None:
    assert wrapped("nurture/some-very-long-name/of-a-template here") == [
        "nurture/some-very-long-name/", "of-a-template here",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "cls",
    [WelcomeSeries, explored.InWords, explored.UndoneInBranches, explored.Pointless, explored.Unreachable],
    ids=lambda one: one.__name__,
)
def test_all_formats_say_the_same(cls: type[ContactWorkflow]) -> None:
    subjects = {"welcome/hello": "Welcome"}
    plain = as_json(graph_of(cls, subjects=subjects))
    drawn = [mermaid(graph_of(cls, subjects=subjects)), map_svg(cls, subjects), map_page(cls, subjects)]
    for told in (re.sub(r"<br/>|\s+", "", unescape(re.sub(r"<(?!br/)[^>]*>", "", one))) for one in drawn):
        for node in plain["nodes"]:
            words = (
                [node["title"], *node.get("lines", ())] if node["kind"] not in ("together", "joined") else []
            )
            assert "".join("".join(words).split()) in told
        assert all("".join(f"Not reached: {place}".split()) in told for place in plain["unreached"])
        for edge in plain["edges"]:
            assert "".join(edge.get("text", "").split()) in told


def test_a_loss_has_not_the_colour_of_a_win() -> None:
    drawn = {line.strip().partition("(")[0]: line for line in mermaid(graph_of(Reactivation)).splitlines()}
    looks = {name: line.rpartition(":::")[2] for name, line in drawn.items() if name.startswith("_end")}
    assert looks == {
        "_end_converted": "good", "_end_exited": "lost", "_end_unsubscribed": "lost",
        "_end_sunset": "named", "_end_unreachable": "named", "_end_control": "named",
    }  # fmt: skip
