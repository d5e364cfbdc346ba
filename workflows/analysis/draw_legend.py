"""The legend: each shape and colour that a picture uses, and what it means."""

from html import escape

from workflows.analysis.draw_picture import Shape, width
from workflows.analysis.draw_shapes import outline

_MEANINGS: tuple[tuple[Shape, str, str], ...] = (
    ("pill", "begin", "start"),
    ("box", "message", "message to the contact"),
    ("box", "effect", "step of the system"),
    ("person", "person", "step of the team, with its role"),
    ("hexagon", "wait", "wait, with its time"),
    ("diamond", "decision", "decision"),
    ("bar", "effect", "side by side"),
    ("card", "helper", "several steps, drawn apart"),
    ("arrow", "hand_over", "goes on in another workflow"),
    ("pill", "good", "goal met, or the whole path done"),
    ("pill", "named", "outcome that the workflow names"),
    ("pill", "lost", "loss"),
    ("octagon", "dead", "dead end"),
    ("card", "attract", "workflow that attracts"),
    ("card", "convert", "workflow that converts"),
    ("card", "delight", "workflow that delights"),
)
_SWATCH = (30.0, 18.0)


def chip(who: str, x: float, y: float) -> str:
    """A small sign on a box's upper edge: who acts, where it is not the system."""
    wide = width(who, 12.0) + 12
    return (
        f'<g class="chip"><rect x="{x:.1f}" y="{y - 8:.1f}" width="{wide:.1f}" height="16" rx="8"/>'
        f'<text x="{x + wide / 2:.1f}" y="{y + 4:.1f}">{escape(who)}</text></g>'
    )


def legend(looks: set[tuple[Shape, str]], chips: set[str], room: float) -> tuple[str, float, float]:
    """The drawn legend, how wide and how high it is; rows are as wide as `room` allows."""
    x, y, right, drawn = 0.0, 12.0, 0.0, []
    for shape, look, text in _MEANINGS:
        if (shape, look) not in looks:
            continue
        wide = _SWATCH[0] + 8 + width(text, 12.0) + 22
        if x and x + wide > room:
            x, y = 0.0, y + 28
        high = 6 if shape == "bar" else _SWATCH[1]
        swatch = outline(shape, x + _SWATCH[0] / 2, y, _SWATCH[0] - 4 * (shape == "bar"), high)
        drawn.append(
            f'<g class="box {look} {shape}">{swatch}'
            f'</g><text class="key" x="{x + _SWATCH[0] + 8:.1f}" y="{y + 4:.1f}">{text}</text>'
        )
        x += wide
        right = max(right, x)
    for who in sorted(chips):
        text = f"{'the contact' if who == 'contact' else 'the team'} makes it go on"
        wide = width(who, 12.0) + 20 + width(text, 12.0) + 22
        if x and x + wide > room:
            x, y = 0.0, y + 28
        key = f'<text class="key" x="{x + width(who, 12.0) + 20:.1f}" y="{y + 4:.1f}">{text}</text>'
        drawn.append(f'<g class="box wait">{chip(who, x, y)}</g>{key}')
        x += wide
        right = max(right, x)
    return "".join(drawn), right, y + 14
