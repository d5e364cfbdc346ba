"""One of the two stores is an older one, restored: upkeep finds who is concerned, and recovery brings them back."""

import shutil
from pathlib import Path

import pytest

from tests.worker.recovery.stores import looked_twice, on, started
from tests.worker.upkeep.conftest import findings
from tests.workflows.stack import Run, Stack
from worker.recovery import NothingToRecover, Recovery


def copies(folder: Path, name: str) -> list[Path]:
    """The files of a store, with its write-ahead log."""
    return sorted(folder.glob(f"{name}*"))


def restore(folder: Path, name: str, backup: Path) -> None:
    for file in copies(folder, name):
        file.unlink()
    for file in copies(backup, name):
        shutil.copy(file, folder)


def recovery_of(stack: Stack) -> Recovery:
    return Recovery(stack.client, stack.composition.database, stack.installed.catalogue)


def folders(at: Path) -> tuple[Path, Path]:
    """One for the stores, one for a backup."""
    made = at / "var", at / "backup"
    for folder in made:
        folder.mkdir()
    return made


async def enrolled_before_and_after_a_backup(folder: Path, backup: Path) -> tuple[Run, Run]:
    async with started(folder) as stack:
        before = await stack.enroll("patient")
    for name in ("temporal.db", "cadencia.db"):
        restore(backup, name, folder)
    async with started(folder) as stack:
        after = await stack.enroll("patient")
    return before, after


async def test_an_older_temporal_db(tmp_path: Path) -> None:
    folder, backup = folders(tmp_path)
    before, after = await enrolled_before_and_after_a_backup(folder, backup)
    restore(folder, "temporal.db", backup)
    async with started(folder) as stack:
        before, after = on(stack, before), on(stack, after)
        await looked_twice(stack)
        assert [(await run.row()).lost_at is not None for run in (before, after)] == [False, True]
        recovered = await recovery_of(stack).recover(after.enrolled.id, "restart")
        assert recovered is not None
        for run in (before, after):
            await run.quiet()
            await run.event("meeting.booked")
            assert await run.outcome() == "met"
            assert await run.sent() == ["welcome/hello", "welcome/guide"]


async def test_an_older_cadencia_db(tmp_path: Path) -> None:
    folder, backup = folders(tmp_path)
    before, after = await enrolled_before_and_after_a_backup(folder, backup)
    async with started(folder) as stack:
        second = await stack.enroll("renewing", before.contact)
    restore(folder, "cadencia.db", backup)
    async with started(folder) as stack:
        await looked_twice(stack)
        told = (await findings(stack))["runs_without_row"].details
        assert sorted(told["ids"]) == sorted([after.enrolled.id, second.enrolled.id])
        recovery = recovery_of(stack)
        await recovery.recover(second.enrolled.id, "restart")
        with pytest.raises(NothingToRecover, match="does not exist"):
            await recovery.recover(after.enrolled.id, "restart")
        await recovery.recover(after.enrolled.id, "let_go")
        run = on(stack, second)
        await run.quiet()
        await run.event("meeting.booked")
        assert [step.key for step in (await run.state()).steps] == ["sleep:the rest of the year#1"]
        assert len(await run.mails()) == 4, "both enrollments of the contact had two mails, each once"
        await looked_twice(stack)
        assert await findings(stack) == {}
