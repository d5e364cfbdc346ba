"""What parks a run: the name of the fault and its place. Its text may hold anything, and stays in the database."""

import asyncio
import traceback
from pathlib import Path

from pydantic import ValidationError
from temporalio.workflow import NondeterminismError

NOT_OURS = (ImportError, MemoryError, NondeterminismError)
"""Errors of the process or of the SDK: the workflow task fails, and is tried again."""


AuthorsError = Exception | asyncio.CancelledError

_KIT = str(Path(__file__).parent)


class Parking(BaseException):
    """The run cannot go on. No `Exception`, so that an author's `except Exception` lets it pass."""

    def __init__(self, fault: str, text: str = "") -> None:
        super().__init__(fault)
        self.fault = fault
        self.text = text


def refused(error: ValidationError) -> Parking:
    """The code refuses the parameters: `parameters: between_touches`."""
    wrong = [(".".join(map(str, one["loc"])), one["msg"]) for one in error.errors(include_input=False)]
    names = ", ".join(dict.fromkeys(name for name, _ in wrong))
    return Parking(f"parameters: {names}", "; ".join(f"{name}: {why}" for name, why in wrong))


def fault_in(error: AuthorsError) -> Parking:
    """An error in an author's code, with its last line in the path's file:
    `path_error:ZeroDivisionError in path, line 31`."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_KIT)
    ]
    theirs = [frame for frame in frames if frame.filename == frames[0].filename]
    place = f" in {theirs[-1].name}, line {theirs[-1].lineno}" if theirs else ""
    return Parking(f"path_error:{type(error).__name__}{place}", str(error))
