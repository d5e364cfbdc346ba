"""The table of history events."""

from rich.table import Table

from benchmarks.overhead.measure import Overhead


def table(cases: list[Overhead]) -> Table:
    shown = Table(title="History events: toolkit and by hand (aim: equal)", title_justify="left")
    shown.add_column("case", no_wrap=True)
    for column in ("events", "by hand", "order", "bytes", "by hand"):
        shown.add_column(column, justify="right")
    for one in cases:
        ours, by_hand = one.ours, one.by_hand
        shown.add_row(
            one.case.name,
            str(len(ours.events)),
            str(len(by_hand.events)),
            "same" if ours.events == by_hand.events else "differs",
            f"{ours.size:,}",
            f"{by_hand.size:,}",
        )
    return shown
