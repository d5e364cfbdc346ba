"""The page of the checks is what they say of themselves."""

import pytest

from tools import checks_page


def test_it_is_not_stale(capsys: pytest.CaptureFixture[str]) -> None:
    assert checks_page.main(check=True) == 0, capsys.readouterr().out
