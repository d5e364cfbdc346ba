"""The page of problems lists what the API answers: every code that it uses, and no other."""

import ast
from collections.abc import Iterator

import pytest

from api.problem_types import TYPES
from tests.docs.documents import ROOT
from tools import problems_page


def used() -> Iterator[tuple[str, int]]:
    """Code and status of every problem that the API's source makes: `Problem(404, "not_found", …)`."""
    for file in (ROOT / "api").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(
                    func=ast.Name(id="Problem" | "_refusal"),
                    args=[ast.Constant(value=int(status)), ast.Constant(value=str(code)), *_],
                ):
                    yield code, status
                case ast.Call(func=ast.Name(id="Problem"), args=[_, ast.Constant(value=str(code)), *_]):
                    yield code, TYPES[code].status


def test_it_is_not_stale(capsys: pytest.CaptureFixture[str]) -> None:
    assert problems_page.main(check=True) == 0, capsys.readouterr().out


def test_every_code_is_listed_with_its_status() -> None:
    assert set(used()) == {(code, type.status) for code, type in TYPES.items()}
