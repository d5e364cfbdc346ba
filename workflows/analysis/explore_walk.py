"""One walk, from the path's first line through its end."""

import traceback
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from workflows.analysis.explore_forks import OPEN
from workflows.analysis.explore_player import Player
from workflows.analysis.explore_script import TooLong
from workflows.analysis.explore_sites import is_author, shown
from workflows.contracts import Enrollment
from workflows.kit.closing import close
from workflows.kit.declaration import Declaration, path_on
from workflows.kit.ends import Ended, Ending
from workflows.kit.rounds import NextRound
from workflows.kit.runtimes import drive
from workflows.kit.steps import Misuse, StepFailed
from workflows.kit.workflow import MarketingWorkflow

_HANDED_OVER = "handed_over_to "


def example(cls: type[MarketingWorkflow], declaration: Declaration, params: Mapping[str, Any]) -> Enrollment:
    """An enrollment of nobody."""
    return Enrollment(
        id=f"{declaration.slug}:example:1",
        workflow=declaration.slug,
        subject_kind=cls.subject_kind,
        subject_id="example",
        entry="1",
        params=dict(params),
        release="example",
    )


def walk_path(cls: type[MarketingWorkflow], enrollment: Enrollment, player: Player) -> None:
    """Call sites count from here. Raises Misuse, also for whatever the author's code raises."""
    try:
        workflow = path_on(cls, enrollment, player)
    except ValidationError as error:
        wrong = error.errors()[0]
        name = ".".join(map(str, wrong["loc"])) or "params"
        raise Misuse(
            f"{cls.__name__}: parameter {name}: {wrong['msg']}; give each a default to be explored under"
        ) from None
    try:
        ending = _ending(workflow, player)
        if ending is not None:
            player.finish(ending)
            for wrong in drive(close(player, workflow, ending)):
                raise wrong
    except TooLong:
        player.walk.ended = "unfinished"
    except NextRound as next_round:
        player.turn()
        _forbid_wrong(cls, enrollment, next_round)
    except Misuse as misuse:
        named = cls.__name__ in str(misuse)
        raise misuse if named else Misuse(f"{cls.__name__}: {misuse}") from None
    except Exception as error:
        raise Misuse(_told(cls.__name__, error)) from error


def _ending(workflow: MarketingWorkflow, player: Player) -> Ending | None:
    try:
        drive(workflow.path())
    except Ended as ended:
        ending = ended.ending
        reason = str(ending.reason)
        if reason.startswith(_HANDED_OVER):
            player.walk.to = reason.removeprefix(_HANDED_OVER)
        return ending
    except StepFailed as failed:
        return Ending("failed", f"{failed.key} {failed.code}")
    return Ending("completed")


def _forbid_wrong(cls: type[MarketingWorkflow], enrollment: Enrollment, next_round: NextRound) -> None:
    """The next round must take the parameters that it is given; data that is not known yet may be among them."""
    known = {name: value for name, value in next_round.params.items() if OPEN not in str(value)}
    try:
        path_on(cls, enrollment.model_copy(update={"params": {**enrollment.params, **known}}), None)  # type: ignore[arg-type]  # nothing is run
    except ValidationError as error:
        wrong = error.errors()[0]
        raise Misuse(
            f"{cls.__name__}: next_round({wrong['loc'][0] if wrong['loc'] else ''}=…): {wrong['msg']}"
        ) from None


def _told(name: str, error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    authors = [frame for frame in frames if is_author(frame.filename)]
    if not authors or (isinstance(error, RuntimeError) and frames[-1].name == drive.__name__):
        return f"{name}: {error}"
    place = f"{shown(authors[-1].filename)}:{authors[-1].lineno}"
    return (
        f"{name}: {place} raises {type(error).__name__}: {error}; only toolkit calls may be awaited, and what a path "
        "does beside them must not fail"
    )
