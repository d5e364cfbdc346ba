"""What workflow files may import."""

import pytest
from temporalio.worker import Worker

from tests.broken.forgetful import Forgetful
from tests.workflows.stack import Stack
from worker.sandbox import runner


async def test_a_forgotten_import_is_refused_when_the_worker_starts(stack: Stack) -> None:
    with pytest.raises(RuntimeError, match="Forgetful") as refused:
        Worker(stack.client, task_queue="broken", workflows=[Forgetful], workflow_runner=runner())
    assert "structlog" in str(refused.value.__cause__)
