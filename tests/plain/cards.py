"""Cards."""

from temporalio import activity

written: list[str] = []


@activity.defn
async def write_card(text: str) -> str:
    written.append(text)
    return "kept"
