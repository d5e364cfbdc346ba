"""Effects that a path of any subject may have, and how they are undone."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar, cast

from pydantic import JsonValue

from activities.calls import (
    Model,
    Nothing,
    Notified,
    Notify,
    Publish,
    Published,
    Started,
    StartWorkflow,
)
from activities.notifying import Notifying
from activities.publishing import Publishing
from activities.starting import Starting
from workflows.kit.steps import Compensation, Effect
from workflows.kit.toolkit import Toolkit

Result = TypeVar("Result", bound=str)
Activity = Callable[..., Coroutine[Any, Any, Result]]

NOTHING = Nothing()


class Effects(Toolkit):
    async def start(
        self, workflow: str, *, params: Mapping[str, JsonValue] | None = None, entry_key: str | None = None
    ) -> Started:
        """Enrolls the subject in another workflow, by its slug, under that workflow's re-entry rule."""
        return await self._perform(Effect(
            method="start", label=workflow, returns=Started,
            samples=(
                Started(enrollment_id="", created=True, reason="started"),
                Started(enrollment_id="", created=False, reason="already_enrolled"),
            ),
            activity=Starting.start,
            order=StartWorkflow(workflow=workflow, params=dict(params or {}), entry_key=entry_key),
        ))  # fmt: skip

    async def notify(self, role: str, template: str) -> Notified:
        """Mails a role on the team. The result's `skipped` says why nobody was told, such as `no_address`."""
        return await self._perform(Effect(
            method="notify", label=f"{role}/{template}", returns=Notified, samples=(Notified(),),
            activity=Notifying.notify, order=Notify(role=role, template=template), queue="email",
        ))  # fmt: skip

    async def publish(self, channel: str, item: str) -> Published:
        """Publishes an item on a channel, once."""
        return await self._perform(Effect(
            method="publish", label=f"{channel}/{item}", returns=Published,
            samples=(Published(publication_id="pub"),),
            activity=Publishing.publish, order=Publish(channel=channel, item=item),
        ))  # fmt: skip

    async def call(
        self,
        activity: Activity[Result],
        order: Model = NOTHING,
        *,
        results: tuple[Result, ...] | None = None,
        label: str | None = None,
    ) -> Result:
        """An activity of your own, done once: `@activity.defn async def name(call: Call[Order]) -> Literal["ok", …]`.

        `results` are all it may answer; the path branches on nothing else. Workers find and run it by themselves.
        Its answer is recorded when it returns: one that is killed before is called again, with the same
        (`enrollment_id`, `key`) to tell by. Raises StepFailed when it raises a non-retryable ApplicationError.
        """
        return await self._perform(_call(activity, order, results, label))

    async def compensate_with(
        self, activity: Activity[str], order: Model = NOTHING, *, label: str | None = None
    ) -> None:
        """Declares how what was just done is undone, if the path fails later or is withdrawn.

        Undone is in reverse order, each activity retried like any other and recorded, when the enrollment ends as
        `failed`, `exited`, `unsubscribed` or `withdrawn`. An end that comes in between cannot keep this from counting.
        """
        undo = _call(activity, order, None, label)
        await self._perform(Compensation(
            method="compensate_with", label=undo.label, returns=None, samples=(None,), closed=True, undo=undo,
        ))  # fmt: skip


def _call(
    activity: Activity[Result], order: Model, results: tuple[Result, ...] | None, label: str | None
) -> Effect[Result]:
    return Effect(
        method="call", label=label or activity.__name__, returns=str,
        samples=results or cast(tuple[Result, ...], ("done",)), closed=results is not None,
        activity=activity, order=order,
    )  # fmt: skip
