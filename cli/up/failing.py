"""How the end of a part is told."""

from typing import Any

from cli.output import Failure
from cli.up import parts
from cli.up.child import Child


def death(child: Child) -> Failure:
    code = child.ended.result()
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    see = f"its log is {child.log}"
    if child.name == parts.TEMPORAL:
        see += ", its data is in CADENCIA_HOME, its program is CADENCIA_TEMPORAL_CLI"
    return Failure(f"{named(child.name)} ended by itself ({how}): {see}", details=child.last_words)


def named(part: str) -> str:
    return part if part == parts.TEMPORAL else f"The {part}"


def first(group: BaseExceptionGroup[Any]) -> BaseException:
    error = group.exceptions[0]
    return first(error) if isinstance(error, BaseExceptionGroup) else error
