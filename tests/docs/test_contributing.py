"""What CONTRIBUTING.md names is there."""

import re

from tests.docs.documents import ROOT, blocks, prose

GUIDE = ROOT / "CONTRIBUTING.md"


def test_its_table_is_of_the_targets_that_make_has() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    assert set(re.findall(r"^\| `make (\w+)`", prose(GUIDE), re.MULTILINE)) == targets


def test_its_example_is_a_test_of_the_project() -> None:
    (example,) = blocks(GUIDE, "python")
    assert example in (ROOT / "tests" / "workflows" / "test_welcome_series.py").read_text()


def test_the_files_that_it_names_exist() -> None:
    named = re.findall(r"`((?:tests|worker|store|docs|workflows)/[\w/]+(?:\.\w+)?)`", prose(GUIDE))
    named += re.findall(r"pytest (tests/\S+\.py)", GUIDE.read_text())
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
