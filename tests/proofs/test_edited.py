"""Workflows edited while many are inside: the long form of `tests/cli/test_edited.py`."""

import pytest

from tests.cli.edited import Package
from tests.cli.test_edited import edited_back, edited_while_inside, package, up
from tests.cli.test_up import Up
from tests.proofs.figures import proof

__all__ = ["package", "up"]

EACH = 5  # ahead and behind, in each of three workflows


@pytest.mark.long
@pytest.mark.timeout(900)
def test_workflows_edited_with_thirty_inside(up: Up, package: Package) -> None:
    claim = "Workflows edited in three ways with 30 inside: nobody is stuck, nothing is sent twice, who parks is listed"
    with proof(claim) as figures:
        renamed = edited_while_inside(up, package, EACH)
        edited_back(up, package, renamed, EACH)
        figures["inside"] = 6 * EACH
        figures["went on as they were"] = 4 * EACH
        figures["moved to the new code"] = EACH
        figures["parked, and moved when the edit was taken back"] = EACH
        figures["mails sent twice, or lost"] = 0
