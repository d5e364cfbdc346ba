"""The figures of a proof: a JSON line in the folder that `CADENCIA_PROOFS` names, and a line in the test's output."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FILE = "figures.jsonl"


@contextmanager
def proof(claim: str) -> Iterator[dict[str, Any]]:
    """What is put into the dictionary is recorded, and whether the block was left without an error."""
    figures: dict[str, Any] = {}
    began, held = time.monotonic(), False
    try:
        yield figures
        held = True
    finally:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
        line = {
            "claim": claim,
            "test": test,
            "held": held,
            "figures": figures,
            "seconds": round(time.monotonic() - began, 1),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        sys.stderr.write(f"\n{claim}: {json.dumps(figures, ensure_ascii=False)}\n")
        _keep(line)


def _keep(line: dict[str, Any]) -> None:
    folder = os.environ.get("CADENCIA_PROOFS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with (Path(folder) / FILE).open("a") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
