"""What runs of earlier habits do otherwise, so that their histories replay."""

from temporalio import workflow

from workflows.contracts import Ledger
from workflows.kit.fit import PathOn, fit

PARKED = "cadencia-parked"


def parked_by_marker(path_on: PathOn, ledger: Ledger) -> str | None:
    """Habit 1: why the run is parked. A marker keeps whether the ledger fitted when the run began, since code that fits
    may come later."""
    parking = fit(path_on, ledger).parking
    fault = parking.fault if parking else None
    if workflow.unsafe.is_replaying():
        return (fault or "fits again: migrate to go on") if workflow.patched(PARKED) else None
    if fault:
        workflow.patched(PARKED)
    return fault
