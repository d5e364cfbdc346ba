"""Where no PostgreSQL is installed, its tests are left out; but never in continuous integration."""

import shutil
from pathlib import Path

import pytest

from tests.postgres import postgresql


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_without_a_server(monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    with pytest.raises(outcome, match="apt install postgresql"), postgresql():
        pass
