"""One HTML file of a map: the picture, what the workflow says of itself, and what is folded in the picture."""

from collections.abc import Mapping, Sequence
from html import escape

from workflows.analysis.draw_picture import Picture
from workflows.analysis.draw_svg import svg
from workflows.analysis.facts import Fact

_CSS = """
body{margin:0;font:15px/1.5 ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;
color:#0f172a;background:#fff}
main{padding:28px 24px}header{max-width:900px}
h1{margin:0 0 2px;font-size:25px}p{margin:0 0 14px;color:#475569}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 18px;margin:0 0 20px}
dt{color:#475569}dd{margin:0}figure{margin:0 -24px;overflow-x:auto}
details{margin:14px 0;border-top:1px solid #cbd5e1;padding-top:10px}summary{font-weight:600;cursor:pointer}
.warn{color:#b91c1c}
@media screen and (prefers-color-scheme:dark){body{background:#0b1220;color:#e2e8f0}p,dt{color:#a3b1c6}
details{border-color:#334155}.warn{color:#fca5a5}}
@media (max-width:600px){dl{display:block}dd{margin:0 0 6px}}
@media print{main{padding:0}figure{margin:0}svg.map{min-width:0!important}
details::details-content{content-visibility:visible}}
"""
_BEGIN = (
    "for(const figure of document.querySelectorAll('figure')){const box=figure.querySelector('.begin');if(box){"
    "const at=box.getBoundingClientRect(),all=figure.getBoundingClientRect();"
    "figure.scrollLeft+=at.left+at.width/2-all.left-all.width/2}}"
)
"""Where a picture is wider than the page, its first box is in sight."""

_OPEN = (
    "const open=()=>{const one=document.getElementById(decodeURIComponent(location.hash.slice(1)));"
    "if(one){one.open=true;one.scrollIntoView()}};addEventListener('hashchange',open);open()"
)


def page(
    picture: Picture,
    folded: Mapping[str, Picture],
    *,
    about: str,
    facts: Sequence[Fact] = (),
    unreached: Sequence[str] = (),
) -> str:
    """A page that needs nothing from elsewhere."""
    told = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts)
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(picture.title)}</title><style>{_CSS}</style></head><body><main>",
        f"<header><h1>{escape(picture.title)}</h1><p>{escape(about)}</p>",
        f"<dl>{told}</dl>" if told else "",
        *(f'<p class="warn">Not reached: {escape(one)}</p>' for one in unreached),
        "</header>",
        f"<figure>{svg(picture, title=False)}</figure>",
        *(
            f'<details id="in:{escape(name)}"><summary>{escape(inner.title)}</summary>'
            f"<figure>{svg(inner, title=False)}</figure></details>"
            for name, inner in folded.items()
        ),
        f"<script>{_BEGIN};{_OPEN if folded else ''}</script>",
        "</main></body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"
