"""What a check says, and what it found."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Severity = Literal["error", "warning", "hint"]
"""Only errors fail. A hint is no fault: something that may have been forgotten."""

Matter = TypeVar("Matter")
_TOLD = 4


@dataclass(frozen=True, order=True)
class Spot:
    """A line of a file, by its whole path."""

    file: str
    line: int


@dataclass(frozen=True)
class Found:
    """Something wrong in a place. `remedy` where there is a closer one than the check's own."""

    spot: Spot
    what: str
    remedy: str | None = None


@dataclass(frozen=True)
class Check(Generic[Matter]):
    """One thing that is looked for. `meaning`, `why` and `remedy` are what people read, in the documents too.

    `needs`: what it looks at. Of a path that cannot be walked, `steps` are those that its source tells, and there are
    no `walks`. `spoils`: a path in which it finds something is not walked, for that would reach the world, take for
    ever, or mean nothing.
    """

    id: str
    severity: Severity
    meaning: str
    why: str
    remedy: str
    look: Callable[[Matter], Iterable[Found]]
    needs: Literal["code", "steps", "walks"] = "code"
    spoils: bool = False

    def finding(self, found: Found, workflow: str | None) -> "Finding":
        return Finding(
            check=self.id,
            severity=self.severity,
            workflow=workflow,
            file=found.spot.file,
            line=found.spot.line,
            what=found.what,
            why=self.why,
            remedy=found.remedy or self.remedy,
        )


@dataclass(frozen=True)
class Finding:
    """`workflow` is its slug; None when it is about all of them together. `file` is a whole path."""

    check: str
    severity: Severity
    workflow: str | None
    file: str
    line: int
    what: str
    why: str
    remedy: str


def listed(names: Sequence[str]) -> str:
    """The first few."""
    more = len(names) - _TOLD
    return ", ".join(f"`{one}`" for one in names[:_TOLD]) + (f" and {more} more" if more > 0 else "")
