"""Findings for programs, and the words that all formats share."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from workflows.analysis.checks.finding import Finding, Severity

_ANNOTATIONS: dict[Severity, str] = {"error": "error", "warning": "warning", "hint": "notice"}


def as_json(findings: Sequence[Finding], slugs: Sequence[str]) -> str:
    told = [{**asdict(one), "file": relative(one.file)} for one in findings]
    counts = {f"{severity}s": sum(one.severity == severity for one in findings) for severity in _ANNOTATIONS}
    return (
        json.dumps({"workflows": list(slugs), **counts, "findings": told}, indent=2, ensure_ascii=False)
        + "\n"
    )


def as_annotations(findings: Sequence[Finding], slugs: Sequence[str]) -> str:
    """GitHub's workflow commands: they stand beside the lines of a pull request."""
    lines = [
        f"::{_ANNOTATIONS[one.severity]} file={_property(relative(one.file))},line={one.line},"
        f"title={_property(one.check)}::{_message(f'{one.what}. {one.why} {one.remedy}')}"
        for one in findings
    ]
    return "\n".join([*lines, summary(findings, slugs)]) + "\n"


def shown(one: Finding) -> str:
    """`file:line`, which terminals and editors open."""
    return f"{relative(one.file)}:{one.line}"


def summary(findings: Sequence[Finding], slugs: Sequence[str]) -> str:
    known = f"{len(slugs)} workflow{'s' * (len(slugs) != 1)}"
    return f"{known}: {counted(findings) or 'nothing wrong'}"


def counted(findings: Sequence[Finding]) -> str:
    """`2 errors, 1 warning`; empty when there is nothing."""
    counts = Counter(one.severity for one in findings)
    return ", ".join(
        f"{counts[severity]} {severity}{'s' * (counts[severity] != 1)}"
        for severity in _ANNOTATIONS
        if counts[severity]
    )


def relative(file: str) -> str:
    """A whole path, relative where it lies below the folder that the command is run in."""
    path = Path(file)
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else file


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
