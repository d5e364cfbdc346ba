"""Edit and restart: those inside a workflow go on on its new code, as far as it fits what they have done."""

from worker.moving.mover import move
from worker.moving.report import Report

__all__ = ["Report", "move"]
