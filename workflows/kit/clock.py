"""Durations that read like the workflow."""

from datetime import timedelta


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def weeks(count: float) -> timedelta:
    return timedelta(weeks=count)
