"""What `cadencia up` shows: its parts as they start, what goes wrong in them, and how they stop."""

import time
from contextlib import suppress
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.text import Text

from cli.up import echo

_COLOURS = {
    "API": "cyan",
    "worker": "magenta",
    "mail catcher": "blue",
    "Temporal": "green",
    "database": "white",
}
_SAME_AGAIN = 10.0  # seconds in which a line that comes again is not shown again


class Screen:
    """Live lines in a terminal, else one line for each part that is ready. A terminal that is gone is no error."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._since: dict[str, float] = {}
        self._lines: dict[str, RenderableType] = {}
        self._shown: dict[str, float] = {}
        self._live: Live | None = None

    def __enter__(self) -> "Screen":
        if self._console.is_terminal:
            self._live = Live(console=self._console, refresh_per_second=12, get_renderable=self._render)
            self._live.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        with suppress(OSError):
            if self._live:
                self._live.stop()
        self._live = None
        self._lines.clear()

    def begin(self, part: str, doing: str = "starting") -> None:
        """A part that is on its way."""
        self._since.setdefault(part, time.monotonic())
        self._lines[part] = Spinner("dots", _line(part, f"[dim]{escape(doing)} …[/]"), style="cyan")

    def note(self, part: str, text: str) -> None:
        """Something about a part that takes its time."""
        self.print(Text(f"{part}: {text}", style="yellow"))

    def ready(self, part: str, where: str) -> None:
        took = time.monotonic() - self._since.pop(part, time.monotonic())
        line = Text.assemble(("✓ ", "bold green"), _line(part, f"{escape(where)} [dim]{took:.1f} s[/]"))
        self._lines[part] = line
        if not self._live:
            self.print(line)

    def heed(self, part: str, entry: echo.Entry) -> None:
        """Shows a warning or an error of one part.

        Temporal logs as an error whatever a caller gave up or was refused: API and worker say what matters of that.
        """
        now = time.monotonic()
        quiet = not entry.is_bad or (part == "Temporal" and not entry.is_last)
        if quiet or now - self._shown.get(entry.text, -_SAME_AGAIN) < _SAME_AGAIN:
            return
        self._shown[entry.text] = now
        colour = "red" if entry.is_error else "yellow"
        self.print(Text.assemble((f"{part} │ ", _COLOURS.get(part, "white")), (entry.text, colour)))

    def print(self, *what: RenderableType) -> None:
        with suppress(OSError):
            self._console.print(*what, soft_wrap=True)

    def _render(self) -> RenderableType:
        return Group(*self._lines.values())


def _line(part: str, rest: str) -> Text:
    return Text.from_markup(f"[bold]{part:<13}[/] {rest}")
