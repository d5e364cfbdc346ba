"""Runs the long proofs and writes `docs/proofs.md`: for each promise, the claim, the command, and the last figures.

`python -m tools.prove` runs all; words after it are given to pytest (`-k kills`), and the other lines are kept.
"""

import json
import os
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "docs" / "proofs.md"
FOLDER = ROOT / "var" / "proofs"
FIGURES = FOLDER / "figures.jsonl"
TESTS = "tests"

_HEAD = """# Proofs

What is promised, tried on the real processes. What was sent is read from a mail server that writes down every mail it
takes, never from Cadencia's own tables; runs are counted in Temporal. `make prove` runs all of it and writes this page,
the command below a claim that one again. The short forms of the same proofs are part of `make test`.
"""

_NOTES = """*In doubt* are mails that were last on their connection when it broke: the server had taken them, and
the worker can have had no chance to record that. SMTP leaves open whether such a mail must be sent again:
`prefer="delivery"` sends it again under the same Message-ID, `prefer="once"` never does and lists it as unknown.
"""


def main(arguments: list[str]) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "CADENCIA_PROOFS": str(FOLDER)}
    command = [sys.executable, "-m", "pytest", "-m", "long", TESTS, *arguments]
    code = subprocess.run(command, cwd=ROOT, env=environment).returncode
    KEPT.write_text(page())
    return code


def page() -> str:
    last = {line["test"]: line for line in map(json.loads, FIGURES.read_text().splitlines())}
    sections = [_section(last[test]) for test in sorted(last)]
    return "\n".join([_HEAD, f"Machine: {machine()}.\n", *sections, _NOTES])


def machine() -> str:
    """Nothing that names it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {_temporal()}, SQLite {sqlite3.sqlite_version}"
    )


def _section(line: dict[str, Any]) -> str:
    name, _, variant = line["test"].partition("::")[2].rstrip("]").partition("[")
    held = "Held" if line["held"] else "**Did not hold**"
    items = "\n".join(_items(line["figures"]))
    command = f".venv/bin/python -m tools.prove -k {name}"
    claim = f"{line['claim']} ({variant})" if variant else line["claim"]
    return f"## {claim}\n\n{held} on {line['at'][:10]}, in {line['seconds']:.0f} s: `{command}`\n\n{items}\n"


def _items(figures: dict[str, Any], indent: str = "") -> Iterator[str]:
    for name, value in figures.items():
        if not isinstance(value, dict):
            yield f"{indent}- {name}: {value}"
        elif all(isinstance(one, int) for one in value.values()):
            yield f"{indent}- {name}: " + ", ".join(f"{key} {one}" for key, one in value.items())
        else:
            yield f"{indent}- {name}:"
            yield from _items(value, indent + "  ")


def _temporal() -> str:
    tool = Path(sys.executable).parent / "temporal"
    said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=False).stdout
    return "Temporal " + (said.partition("(")[2].partition(",")[0].lower() or "of unknown version")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
