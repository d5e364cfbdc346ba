"""Writes docs/checks.md from the checks' own texts: `python -m tools.checks_page [--check]`."""

import sys
from pathlib import Path
from typing import Any

from workflows.analysis.checks.examine import CHECKS, OVERALL
from workflows.analysis.checks.finding import Check

PAGE = Path(__file__).resolve().parents[1] / "docs" / "checks.md"
_INTRODUCTION = """# What `cadencia workflows check` looks for

Generated from the code by `python -m tools.checks_page`.

    cadencia workflows check                          all workflows that CADENCIA_WORKFLOWS names
    cadencia workflows check welcome-series           one of them
    cadencia workflows check --format github          annotations of a pull request (the default in GitHub Actions)
    cadencia workflows check --format json            for programs

It reads the code of each workflow, with the helper methods and functions that it reaches, and walks its path
along every branch. The exit code is 1 when there is an error. Warnings are for you to judge, and hints only
tell what may have been forgotten. Where the code alone shows that a path would reach the world or never end, it
is not walked; nor is one that the toolkit refuses. Steps are then those that the source tells, and what only walks
show is told once that is corrected. `make check` runs it.
"""


def main(check: bool) -> int:
    """Writes the page when it has changed; with `check`, only says that it would. 1 when it is stale then."""
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    sys.stdout.write(f"{PAGE.name} {'is stale: run `python -m tools.checks_page`' if check else 'written'}\n")
    if not check:
        PAGE.write_text(page(), encoding="utf-8")
    return int(check)


def page() -> str:
    rows = [*map(_row, CHECKS), *map(_row, OVERALL)]
    head = ["| Check | | What is wrong | Why it matters | What to do |", "|---|---|---|---|---|"]
    return "\n".join([_INTRODUCTION, *head, *rows, ""])


def _row(check: Check[Any]) -> str:
    cells = (f"`{check.id}`", check.severity, check.meaning, check.why, check.remedy)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
