"""Where in an author's code a step is asked for: the chain of calls, with lines and columns."""

import sys
import sysconfig
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType
from typing import NamedTuple

import activities
from workflows.analysis.exploration import Place, Section, Site
from workflows.analysis.explore_source import source

_ANALYSIS = f"{Path(__file__).parent}/"
_WORKFLOWS = f"{Path(__file__).parents[1]}/"
_TOOLKIT = (_ANALYSIS, f"{_WORKFLOWS}kit/", f"{Path(str(activities.__file__)).parent}/")
_LIBRARIES = tuple(f"{sysconfig.get_path(name)}/" for name in ("stdlib", "platstdlib", "purelib", "platlib"))


@lru_cache(maxsize=4096)
def is_author(file: str) -> bool:
    """Whether workflows' authors write this file: it is neither the toolkit's nor a library's."""
    if file.startswith(("<", *_TOOLKIT)):
        return False
    return file.startswith(_WORKFLOWS) or not file.startswith(_LIBRARIES)


@lru_cache(maxsize=4096)
def is_analysis(file: str) -> bool:
    return file.startswith(_ANALYSIS)


@lru_cache(maxsize=256)
def shown(file: str) -> str:
    """A file as people name it: relative to where its outermost package lies."""
    path = Path(file)
    root = path.parent
    while (root / "__init__.py").exists():
        root = root.parent
    return path.relative_to(root).as_posix()


class Here(NamedTuple):
    """A place that a walk has come to. `point` tells it from all others, steps inside one toolkit call too.

    `frames` are the author's, innermost first; `entry` is the frame of the toolkit call. `guarded`: the author's code
    catches a failure that comes up here.
    """

    point: int
    site: Site
    guarded: bool
    frames: list[FrameType]
    entry: FrameType | None


class Sites:
    """Knows call sites again, walk for walk. `root` is the code that starts a walk: outside of it nothing counts."""

    def __init__(self, root: CodeType) -> None:
        self._root = root
        self._known: dict[tuple[object, ...], tuple[int, Site, bool]] = {}

    def here(self, branch: str, at: Site | None = None) -> Here:
        """The place that asks. `at` stands for it where no author's call leads there."""
        frame: FrameType | None = caller()
        inner: FrameType | None = None
        entry: FrameType | None = None
        authors: list[FrameType] = []
        key: list[object] = [branch, at]
        while frame is not None and frame.f_code is not self._root:
            code = frame.f_code
            if not is_analysis(code.co_filename):
                key += (id(code), frame.f_lasti)
                if is_author(code.co_filename):
                    entry = entry if authors else inner
                    authors.append(frame)
                inner = frame
            frame = frame.f_back
        found = self._known.get(tuple(key)) or self._learn(tuple(key), authors, branch, at)
        return Here(*found, authors, entry)

    def _learn(
        self, key: tuple[object, ...], authors: list[FrameType], branch: str, at: Site | None
    ) -> tuple[int, Site, bool]:
        site = at or Site(tuple(place(one) for one in reversed(authors)), *_section(branch))
        guarded = any(source(one.f_code.co_filename).catches(one.f_lineno) for one in authors)
        self._known[key] = (len(self._known), site, guarded)
        return self._known[key]


def _section(branch: str) -> tuple[str, Section]:
    return (branch.removeprefix("end/"), "end") if branch.startswith("end/") else (branch, "path")


def place(frame: FrameType) -> Place:
    line, _, column, _ = span(frame)
    return Place(shown(frame.f_code.co_filename), frame.f_code.co_name, line, column)


def span(frame: FrameType) -> tuple[int, int, int, int]:
    """First line, last line, first column and last column of what a frame is evaluating."""
    return _span(frame.f_code, frame.f_lasti)


@lru_cache(maxsize=4096)
def _span(code: CodeType, instruction: int) -> tuple[int, int, int, int]:
    line, last, column, end = next(islice(code.co_positions(), instruction // 2, None))
    return line or code.co_firstlineno, last or line or code.co_firstlineno, column or 0, end or 0


def caller() -> FrameType:
    """The innermost frame that is not of this package: whose code it is that asks."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_analysis(frame.f_code.co_filename):
        frame = frame.f_back
    assert frame is not None
    return frame
