"""Enrollments whose run Temporal has lost, and runs without an enrollment: started again, or let go."""

from worker.recovery.recovering import How, NothingToRecover, Recovered, Recovery

__all__ = ["How", "NothingToRecover", "Recovered", "Recovery"]
