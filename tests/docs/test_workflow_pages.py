"""The pages of the workflows are what their code says."""

import pytest

from tools import workflow_pages


def test_no_page_is_stale(capsys: pytest.CaptureFixture[str]) -> None:
    assert workflow_pages.main(check=True) == 0, capsys.readouterr().out
