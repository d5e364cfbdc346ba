"""Programs for the generated workflow, and what each must come to by a plain reading."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import strategies as st

from tests.properties.generated import EVENTS

_ANSWERS = st.lists(st.booleans(), min_size=1, max_size=3)


def _nodes(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    block = st.lists(inner, max_size=3)
    return st.one_of(
        st.tuples(st.just("if"), st.just(0), _ANSWERS, block, block),
        st.tuples(st.just("until"), st.just(0), _ANSWERS, block),
        st.tuples(st.just("repeat"), st.integers(1, 3), block),
        st.tuples(st.just("split"), st.sampled_from("stu"), block, block),
        st.tuples(st.just("chance"), st.sampled_from("cd"), block),
        st.tuples(st.just("together"), block, block),
        st.tuples(st.just("try"), st.sampled_from(["fails", "works"]), block),
    )


_LEAVES = st.one_of(
    st.tuples(st.just("score"), st.sampled_from("abc")),
    st.tuples(st.just("sleep"), st.sampled_from("xy"), st.integers(1, 12)),
    st.tuples(st.just("wait"), st.just(0), _ANSWERS),
    st.tuples(st.just("undo"), st.sampled_from(["put back", "take back"])),
)

programs = st.tuples(
    st.lists(st.recursive(_LEAVES, _nodes, max_leaves=8), min_size=1, max_size=5), st.booleans()
).map(lambda made: _numbered([*made[0], *([("withdraw",)] if made[1] else [])], count()))
"""Each wait has an event of its own, so that an answer is always meant for one of them. Half end as withdrawn."""


def _numbered(block: Any, numbers: Iterator[int]) -> list[Any]:
    """Gives each wait the number of its event; beyond the last event there are no more waits."""
    numbered = []
    for node in block:
        parts = list(node)
        if parts[0] in ("wait", "if", "until"):
            parts[1] = next(numbers)
            if parts[1] >= len(EVENTS):
                continue
        places = {"if": (3, 4), "until": (3,), "repeat": (2,), "split": (2, 3), "chance": (2,)}
        places |= {"together": (1, 2), "try": (2,)}
        for place in places.get(parts[0], ()):
            parts[place] = _numbered(parts[place], numbers)
        numbered.append(parts)
    return numbered


@dataclass
class Reading:
    """What one enrollment must do: the keys of its effects, in order within each branch, and the events it is sent.

    `script` decides its waits, splits, draws and failures by their keys; without one, the program and the ids do.
    """

    enrollment_id: str
    subject_id: str
    script: dict[str, bool] | None = None
    effects: list[str] = field(default_factory=list)
    answered: dict[str, int] = field(default_factory=dict)
    outcome: str = "completed"
    _undo: list[str] = field(default_factory=list)
    _asked: Counter[str] = field(default_factory=Counter)

    def read(self, program: list[Any]) -> "Reading":
        if self._block(program, "", Counter()):
            self.outcome = "withdrawn"
            self.effects += [self._key("undo/", "call", label) for label in reversed(self._undo)]
        return self

    def _key(self, branch: str, method: str, label: str) -> str:
        base = f"{branch}{method}:{label}"
        self._asked[base] += 1
        return f"{base}#{self._asked[base]}"

    def _block(self, block: list[Any], branch: str, turns: Counter[int]) -> bool:
        """Whether the path was withdrawn in it."""
        return any(self._node(node, branch, turns) for node in block)

    def _node(self, node: list[Any], branch: str, turns: Counter[int]) -> bool:
        match node:
            case ["score", label]:
                self.effects.append(self._key(branch, "score", label))
            case ["wait", number, answers]:
                self._came(number, answers, branch, turns)
            case ["if", number, answers, then, otherwise]:
                return self._block(
                    then if self._came(number, answers, branch, turns) else otherwise, branch, turns
                )
            case ["until", number, answers, body]:
                for _ in range(3):
                    if self._came(number, answers, branch, turns):
                        break
                    self._block(body, branch, turns)
            case ["repeat", times, body]:
                for _ in range(times):
                    self._block(body, branch, turns)
            case ["split", name, left, right]:
                falls_left = _hash(f"{self.subject_id}/{name}") % 2 == 0
                is_left = self._decided(self._key(branch, "split", name), falls_left)
                self._block(left if is_left else right, branch, turns)
            case ["chance", label, body]:
                key = self._key(branch, "random", label)
                if self._decided(key, _hash(f"{self.enrollment_id}/{key}") / 2**64 < 0.5):
                    self._block(body, branch, turns)
            case ["together", left, right]:
                self._block(left, f"{branch}left/", Counter())
                self._block(right, f"{branch}right/", Counter())
            case ["undo", label]:
                self._undo.append(label)
            case ["try", label, otherwise]:
                key = self._key(branch, "call", label)
                if self._decided(key, label == "fails"):
                    self._block(otherwise, branch, turns)
                else:
                    self.effects.append(key)
            case ["withdraw"]:
                return True
        return False

    def _came(self, number: int, answers: list[bool], branch: str, turns: Counter[int]) -> bool:
        key = self._key(branch, "wait_for", EVENTS[number].name)
        answered = self._decided(key, answers[turns[number] % len(answers)])
        turns[number] += 1
        if answered:
            self.answered[key] = number
        return answered

    def _decided(self, key: str, else_: bool) -> bool:
        return else_ if self.script is None else self.script[key]


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
