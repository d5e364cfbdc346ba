"""The outlines of boxes, as SVG: each kind has a shape of its own, told apart on paper without colours too."""

from collections.abc import Callable

from workflows.analysis.draw_picture import Shape

_Outline = Callable[[float, float, float, float], str]


def outline(shape: Shape, x: float, y: float, width: float, height: float) -> str:
    """Around a centre. The CSS class `shape` gives it its colours."""
    return _OUTLINES[shape](x - width / 2, y - height / 2, width, height)


def _rect(radius: float) -> _Outline:
    return lambda x, y, width, height: (
        f'<rect class="shape" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="{min(radius, height / 2):.1f}"/>'
    )


def _polygon(*corners: tuple[float, float, float, float]) -> _Outline:
    """Corners as shares of width and height, and offsets in points from there."""

    def draw(x: float, y: float, width: float, height: float) -> str:
        points = " ".join(
            f"{x + across * width + dx:.1f},{y + down * height + dy:.1f}" for across, down, dx, dy in corners
        )
        return f'<polygon class="shape" points="{points}"/>'

    return draw


def _person(x: float, y: float, width: float, height: float) -> str:
    """A box with a head on its upper edge."""
    radius = min(8, height / 5)
    head = f'<circle class="shape" cx="{x + width - 2.5 * radius:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
    return _rect(10)(x, y, width, height) + head


_OUTLINES: dict[Shape, _Outline] = {
    "box": _rect(3),
    "card": _rect(10),
    "bar": _rect(4),
    "pill": _rect(99),
    "person": _person,
    "hexagon": _polygon(
        (0, 0.5, 0, 0), (0, 0, 11, 0), (1, 0, -11, 0), (1, 0.5, 0, 0), (1, 1, -11, 0), (0, 1, 11, 0)
    ),
    "diamond": _polygon((0, 0.5, 0, 0), (0.5, 0, 0, 0), (1, 0.5, 0, 0), (0.5, 1, 0, 0)),
    "arrow": _polygon((0, 0, 0, 0), (1, 0, -18, 0), (1, 0.5, 0, 0), (1, 1, -18, 0), (0, 1, 0, 0)),
    "octagon": _polygon(
        (0, 0, 8, 0), (1, 0, -8, 0), (1, 0, 0, 8), (1, 1, 0, -8), (1, 1, -8, 0), (0, 1, 8, 0),
        (0, 1, 0, -8), (0, 0, 0, 8),
    ),
}  # fmt: skip
