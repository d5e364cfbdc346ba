"""Enrolling a contact in a workflow, for one test."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from store.contacts import ContactDraft
from worker.testing.covering import Workflow, covering, explored
from worker.testing.host import Hosted, host, hosted
from worker.testing.people import Arms, contact, make
from worker.testing.run import Run
from worker.testing.threads import Elsewhere
from workflows.analysis.retrace import retrace
from workflows.contracts import Enrollment
from workflows.kit.declaration import Parameters, declaration_of
from workflows.kit.ends import Ending


@asynccontextmanager
async def enrolled(
    cls: Workflow,
    who: ContactDraft | None = None,
    *,
    params: Parameters | Mapping[str, Any] | None = None,
    arms: Arms | None = None,
) -> AsyncIterator[Run]:
    """A contact that has just been enrolled; the run has come to rest at its first wait, or its end.

    `arms` say where splits and control groups put the contact: `{"incentive": "guide", "holdout": False}`.
    """
    elsewhere, stack = host().elsewhere, AsyncExitStack()
    hosted_here = await elsewhere.done(_hosted(cls, stack))
    try:
        run = await elsewhere.done(_enroll(cls, who or contact(), params, arms or {}, hosted_here, elsewhere))
        try:
            yield run
        finally:
            await elsewhere.done(_note(cls, run))
    finally:
        await elsewhere.done(stack.aclose())


async def _hosted(cls: Workflow, stack: AsyncExitStack) -> Hosted:
    """The back end that all share, but for a workflow that turns in rounds: of that server only the clock of the first
    three runs of a chain is right."""
    package = cls.__module__.rpartition(".")[0] or cls.__module__
    if any(walk.ended == "round" for walk in explored(cls).walks):
        return await stack.enter_async_context(hosted(package, rounds=True))
    return await host().shared(package)


async def _enroll(
    cls: Workflow,
    who: ContactDraft,
    params: Parameters | Mapping[str, Any] | None,
    arms: Arms,
    hosted_here: Hosted,
    elsewhere: Elsewhere,
) -> Run:
    declaration = declaration_of(cls)
    assert declaration is not None, f"{cls.__name__} is no workflow: put @marketing_workflow(…) above it"
    made = await make(hosted_here.backend, who, explored(cls), arms)
    given = params.model_dump(mode="json") if isinstance(params, Parameters) else params
    entered = await hosted_here.backend.enter(declaration.slug, made, given)
    assert entered.created, f"{made.email} was kept out of {declaration.slug}: {entered.reason}"
    run = Run(entered.id, made.id, hosted_here, elsewhere)
    await run.rest()
    return run


async def _note(cls: Workflow, run: Run) -> None:
    """Remembers which way through the code the run took."""
    row = await run.row()
    enrollment = Enrollment.model_validate(row, from_attributes=True)
    ending = Ending(row.outcome, row.reason) if row.outcome else None
    retrace(covering.arcs(cls), cls, enrollment, await run.steps(), ending)
