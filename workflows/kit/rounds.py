"""Workflows that turn in rounds for years: each round has an empty ledger and parameters of its own."""

from collections.abc import Mapping

from pydantic import JsonValue


class NextRound(BaseException):
    """Raised in the path when a round is over. No `Exception`, so that an author's `except Exception` lets it pass."""

    def __init__(self, params: Mapping[str, JsonValue]) -> None:
        super().__init__("next round")
        self.params = dict(params)
