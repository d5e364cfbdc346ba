"""What pytest must know: that all branches are to be taken, and when the tests are over."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from worker.testing import host
from worker.testing.covering import Workflow, covering

C = TypeVar("C", bound=type)

_COVERED = "__cadencia_covers__"


def covers_every_branch(workflow: Workflow) -> Callable[[C], C]:
    """Put it on a class of tests: one more check then comes after the last of them.

    It fails, with file and line, when a branch of the workflow's path was taken by none of the tests, though one can.
    """

    def mark(tests: C) -> C:
        setattr(tests, _COVERED, workflow)
        return tests

    return mark


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After the last test of each marked class comes its check."""
    groups: dict[pytest.Class, list[pytest.Item]] = {}
    for item in items:
        owner = item.getparent(pytest.Class)
        if owner is not None and _COVERED in vars(owner.obj):
            groups.setdefault(owner, []).append(item)
    for owner, tests in groups.items():
        workflow = vars(owner.obj)[_COVERED]
        check = EveryBranch.from_parent(owner, name="test_every_branch", workflow=workflow, tests=tests)
        items.insert(items.index(tests[-1]) + 1, check)


def pytest_unconfigure() -> None:
    host.close()


class NotTaken(Exception):
    """Branches that no test takes, a line each."""


class EveryBranch(pytest.Item):
    """Fails when a branch of the path was taken by none of the tests."""

    def __init__(self, *, workflow: Workflow, tests: list[pytest.Item], **options: Any) -> None:
        super().__init__(**options)
        self._workflow = workflow
        self._tests = tests

    def runtest(self) -> None:
        if left := self._left_out():
            pytest.skip(f"needs all tests of the class; not run: {', '.join(left)}")
        missing = covering.missing(self._workflow, frozenset(test.nodeid for test in self._tests))
        if missing:
            raise NotTaken("\n".join(str(one).replace(" in no walk", " in no test") for one in missing))

    def _left_out(self) -> list[str]:
        collected = {getattr(test, "originalname", test.name) for test in self._tests}
        members = dir(self.getparent(pytest.Class).obj)  # type: ignore[union-attr]  # it was made for a class
        return [name for name in members if name.startswith("test") and name not in collected]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, NotTaken):
            return f"No test takes these branches of {self._workflow.__name__}:\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        return self.path, None, f"{self.parent.name if self.parent else ''}.{self.name}"
