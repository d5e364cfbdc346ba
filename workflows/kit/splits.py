"""Weighted, sticky splits."""

import hashlib
from collections.abc import Mapping
from typing import TypeVar

Arm = TypeVar("Arm", bound=str)


def arm_of(subject_id: str, split: str, arms: Mapping[Arm, int]) -> Arm:
    """The subject's arm: a hash of subject and split name falls on a line as long as all weights together."""
    digest = hashlib.sha256(f"{subject_id}/{split}".encode()).digest()
    point = int.from_bytes(digest[:8], "big") % sum(arms.values())
    for arm, weight in arms.items():
        if point < weight:
            return arm
        point -= weight
    raise AssertionError("a point lies on the line")
