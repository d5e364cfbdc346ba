"""What a picture shows, before anything has its place: boxes, lines between them, frames around some."""

from dataclasses import dataclass
from typing import Literal

Shape = Literal["box", "pill", "hexagon", "diamond", "person", "arrow", "bar", "octagon", "card"]

_WRAP = 28
_LINE = 16.0
_WIDE, _NARROW = set("mwMWABCDEFGHJKLNOPQRSTUVXYZ@%—…"), set("iljtfrI.,:;'|!()[] ")


@dataclass(frozen=True)
class Box:
    """`look` names its colours, `chip` who acts, `link` where a click leads, `note` what hovering shows."""

    id: str
    shape: Shape
    look: str
    title: str
    lines: tuple[str, ...] = ()
    chip: str = ""
    link: str = ""
    note: str = ""

    @property
    def rows(self) -> tuple[str, ...]:
        return tuple(row for line in self.lines for row in wrapped(line))

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(wrapped(self.title))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points. Slanted shapes need more room around the same words."""
        if self.shape == "bar":
            return 120, 8
        widths = [width(row, 13.6) for row in self.titles] + [width(row, 12.0) for row in self.rows]
        words = max([*widths, width(self.chip, 12.0) + 8]) + 28
        rows = len(self.titles) + len(self.rows)
        height = rows * _LINE + 18
        if self.shape == "diamond":
            return max(150.0, words * 1.3 + 16), height * 1.5 + 10
        return max(108.0, words + (28 if self.shape in ("hexagon", "arrow", "octagon") else 0)), height


@dataclass(frozen=True)
class Line:
    source: str
    target: str
    text: str = ""
    dashed: bool = False

    @property
    def rows(self) -> tuple[str, ...]:
        return tuple(wrapped(self.text)) if self.text else ()

    @property
    def size(self) -> tuple[float, float]:
        return max((width(row, 12.0) for row in self.rows), default=0) + 10, len(self.rows) * 14 + 4


@dataclass(frozen=True)
class Frame:
    """Around boxes and other frames."""

    name: str
    boxes: tuple[str, ...] = ()
    frames: tuple["Frame", ...] = ()


@dataclass(frozen=True)
class Picture:
    """`ordered`: one frame below the other, in their order."""

    title: str
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    frames: tuple[Frame, ...] = ()
    ordered: bool = False


def wrapped(text: str) -> list[str]:
    """A text in rows of some 28 letters, broken at spaces and after slashes, dots and underscores."""
    rows = [""]
    for word in _words(text):
        if rows[-1] and len(rows[-1]) + len(word.rstrip()) > _WRAP:
            rows.append("")
        rows[-1] += word
    return [row.strip() for row in rows]


def _words(text: str) -> list[str]:
    words = [""]
    for sign in text:
        words[-1] += sign
        if sign == " " or (sign in "/._" and len(words[-1]) > 8):
            words.append("")
    return words


def width(text: str, size: float) -> float:
    """How wide a text is about, in a sans-serif font of a size."""
    units = sum(0.8 if sign in _WIDE else 0.38 if sign in _NARROW else 0.6 for sign in text)
    return units * size
