"""Writes docs/problems.md from the types of problems: `python -m tools.problems_page [--check]`."""

import sys
from pathlib import Path

from api.problem_types import FIELD_CODES, TYPES

PAGE = Path(__file__).resolve().parents[1] / "docs" / "problems.md"
_INTRODUCTION = """# Problems that the API answers

Generated from the code by `python -m tools.problems_page`. The API shows the same at `/problems`.

Every error is a problem as in RFC 9457, `application/problem+json`. `code` says which one it is, and `type` is the
same as a URN: `urn:cadencia:problem:` and the code. `title`, `detail` and the `detail` of each field are for people
and may change. More codes may come: treat one that you do not know by its HTTP status.
"""
_FIELDS = """
## Codes of fields

`errors` names each field, and `code` there says what is wrong with it. These are all:
"""


def main(check: bool) -> int:
    """Writes the page when it has changed; with `check`, only says that it would. 1 when it is stale then."""
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    sys.stdout.write(
        f"{PAGE.name} {'is stale: run `python -m tools.problems_page`' if check else 'written'}\n"
    )
    if not check:
        PAGE.write_text(page(), encoding="utf-8")
    return int(check)


def page() -> str:
    types = [f"| `{code}` | {type.status} | {type.meaning} | {type.remedy} |" for code, type in TYPES.items()]
    fields = [f"| `{code}` | {meaning} |" for code, meaning in FIELD_CODES.items()]
    return "\n".join(
        [
            _INTRODUCTION,
            "| Code | Status | What it means | What to do |",
            "|---|---|---|---|",
            *types,
            _FIELDS,
            "| Code | What it means |",
            "|---|---|",
            *fields,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
