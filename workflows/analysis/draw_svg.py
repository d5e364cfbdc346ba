"""Draws a picture as one SVG that needs nothing else: it follows dark mode, and is dark on white on paper."""

from html import escape

from workflows.analysis.draw_layout import Placed, Point, place
from workflows.analysis.draw_legend import chip, legend
from workflows.analysis.draw_picture import Box, Line, Picture
from workflows.analysis.draw_shapes import outline
from workflows.analysis.draw_style import CSS

_MARGIN = 24.0
_HEAD = 46.0
_LARGEST = 1.6
"""How many times its own size a picture may be shown in, on a page that is wider. It is never made smaller."""


def svg(picture: Picture, *, title: bool = True, notes: tuple[str, ...] = ()) -> str:
    """The whole picture with its legend. `notes` are lines under the title."""
    placed = place(picture)
    head = (_HEAD + 18 * len(notes)) if title else 0
    looks = {(box.shape, box.look) for box in picture.boxes}
    key, key_width, key_height = legend(
        looks, {box.chip for box in picture.boxes} - {""}, max(placed.width, 420)
    )
    width = max(placed.width, key_width) + 2 * _MARGIN
    height = head + placed.height + key_height + 2 * _MARGIN + 12
    left = _MARGIN + (width - 2 * _MARGIN - placed.width) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" style="min-width:{width:.0f}px;max-width:{width * _LARGEST:.0f}px" '
        f'role="img" aria-label="{escape(picture.title)}" class="map">',
        f"<title>{escape(picture.title)}</title><style>{CSS}</style>",
        f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>',
        *(_heading(picture.title, notes) if title else ()),
        f'<g transform="translate({left:.1f} {_MARGIN + head:.1f})">',
        *_frames(placed),
        *(_line(*one) for one in placed.lines),
        *(_box(box, placed.boxes[box.id]) for box in picture.boxes),
        *(_label(line, at) for line, _, _, at in placed.lines if at),
        "</g>",
        f'<g transform="translate({_MARGIN} {_MARGIN + head + placed.height + 24:.1f})">{key}</g></svg>',
    ]
    return "\n".join(parts) + "\n"


def _heading(title: str, notes: tuple[str, ...]) -> list[str]:
    rows = [f'<text class="heading" x="{_MARGIN}" y="{_MARGIN + 14}">{escape(title)}</text>']
    rows += [
        f'<text class="note" x="{_MARGIN}" y="{_MARGIN + 36 + 18 * row}">{escape(note)}</text>'
        for row, note in enumerate(notes)
    ]
    return rows


def _frames(placed: Placed) -> list[str]:
    return [
        f'<g class="frame"><rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="12"/>'
        f'<text x="{x + 12:.1f}" y="{y + 17:.1f}">{escape(name)}</text></g>'
        for name, x, y, width, height in placed.frames
    ]


def _line(line: Line, points: list[Point], tip: Point, _at: Point | None) -> str:
    start, *rest = points
    curve = f"M{start[0]:.1f} {start[1]:.1f}C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in rest)
    look = "line again" if line.dashed else "line"
    return f'<path class="{look}" d="{curve}"/>{_arrow(points[-1], tip)}'


def _arrow(end: Point, tip: Point) -> str:
    """A head from the curve's end to its tip; drawn by hand, as markers take no part in dark mode everywhere."""
    dx, dy = tip[0] - end[0], tip[1] - end[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1
    across = (-dy / length * 4, dx / length * 4)
    corners = (tip, (end[0] + across[0], end[1] + across[1]), (end[0] - across[0], end[1] - across[1]))
    return f'<polygon class="head" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in corners)}"/>'


def _label(line: Line, at: Point) -> str:
    _, height = line.size
    x, y = at
    rows = "".join(
        f'<tspan x="{x:.1f}" y="{y - height / 2 + 13 + 14 * number:.1f}">{escape(row)}</tspan>'
        for number, row in enumerate(line.rows)
    )
    return f'<text class="way">{rows}</text>'


def _box(box: Box, at: Point) -> str:
    x, y = at
    width, height = box.size
    parts = [outline(box.shape, x, y, width, height)]
    if box.shape != "bar":
        parts.append(_words(box, x, y))
    if box.chip:
        parts.append(chip(box.chip, x - width / 2 + 14, y - height / 2))
    note = f"<title>{escape(box.note)}</title>" if box.note else ""
    drawn = f'<g class="box {box.look} {box.shape}">{note}{"".join(parts)}</g>'
    return f'<a href="{escape(box.link)}">{drawn}</a>' if box.link else drawn


def _words(box: Box, x: float, y: float) -> str:
    rows = [("title", row) for row in box.titles] + [("row", row) for row in box.rows]
    top = y - len(rows) * 16 / 2 + 12
    return "".join(
        f'<text class="{look}" x="{x:.1f}" y="{top + 16 * number:.1f}">{escape(row)}</text>'
        for number, (look, row) in enumerate(rows)
    )
