"""The sandbox in which workflow code runs: what may be shared with it, and what is caught."""

from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

SHARED = ("activities", "workflows.kit", "workflows.contracts", "workflows.events")
"""Never the workflow files themselves: there `datetime.now()` and `random` must be caught.

A module that is not shared is imported anew for each run: a heavy one costs hundreds of milliseconds and megabytes.
So a workflow file that imports anything else is refused when the worker starts.
"""


def runner(*modules: str) -> WorkflowRunner:
    """Raises at worker start when a workflow file imports what is neither shared nor in the standard library.

    `modules` are shared too: those of the activities that paths call.
    """
    policy = (
        SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
        | SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
    )
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*SHARED, *modules)
    return SandboxedWorkflowRunner(restrictions=restrictions.with_import_notification_policy(policy))
