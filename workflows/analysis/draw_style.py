"""The colours of pictures, by day, in the dark and on paper."""

_LOOKS = {
    "message": ("#dbeafe", "#2563eb", "#172554", "#1e3a8a", "#60a5fa", "#eff6ff"),
    "effect": ("#f1f5f9", "#64748b", "#0f172a", "#1e293b", "#94a3b8", "#f1f5f9"),
    "wait": ("#fef3c7", "#d97706", "#451a03", "#451a03", "#f59e0b", "#fef3c7"),
    "decision": ("#ede9fe", "#7c3aed", "#2e1065", "#2e1065", "#a78bfa", "#ede9fe"),
    "person": ("#fce7f3", "#db2777", "#500724", "#500724", "#f472b6", "#fce7f3"),
    "good": ("#dcfce7", "#16a34a", "#052e16", "#14532d", "#4ade80", "#f0fdf4"),
    "named": ("#ffffff", "#0f172a", "#0f172a", "#0b1220", "#e2e8f0", "#f1f5f9"),
    "lost": ("#e2e8f0", "#475569", "#0f172a", "#334155", "#94a3b8", "#f1f5f9"),
    "dead": ("#fee2e2", "#dc2626", "#450a0a", "#7f1d1d", "#f87171", "#fef2f2"),
    "begin": ("#0f172a", "#0f172a", "#ffffff", "#e2e8f0", "#e2e8f0", "#0f172a"),
    "hand_over": ("#ccfbf1", "#0d9488", "#042f2e", "#134e4a", "#2dd4bf", "#f0fdfa"),
    "attract": ("#e0f2fe", "#0284c7", "#082f49", "#0c4a6e", "#38bdf8", "#f0f9ff"),
    "convert": ("#ede9fe", "#7c3aed", "#2e1065", "#2e1065", "#a78bfa", "#ede9fe"),
    "delight": ("#dcfce7", "#16a34a", "#052e16", "#14532d", "#4ade80", "#f0fdf4"),
    "helper": ("#ffffff", "#475569", "#0f172a", "#0f172a", "#94a3b8", "#f1f5f9"),
}
"""Fill, edge and text; the same in the dark."""

_BASE = """
.map{font-family:ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;
--paper:#fff;--ink:#0f172a;--soft:#475569;--line:#64748b;--frame:#f8fafc;--edge:#cbd5e1}
.map{display:block;width:100%;height:auto;margin:0 auto}
.map .paper{fill:var(--paper)}
.map text{fill:var(--ink)}
.map .heading{font-size:18px;font-weight:650}
.map .note{font-size:12.5px;fill:var(--soft)}
.map .line{fill:none;stroke:var(--line);stroke-width:1.4}
.map .again{stroke-dasharray:5 4}
.map .head{fill:var(--line)}
.map .way{font-size:12px;text-anchor:middle;fill:var(--soft);paint-order:stroke;stroke:var(--paper);stroke-width:3px}
.map .frame rect{fill:var(--frame);stroke:var(--edge);stroke-dasharray:3 3}
.map .frame text{font-size:12px;font-weight:600;fill:var(--soft)}
.map .title{font-size:13px;font-weight:600;text-anchor:middle;fill:var(--text)}
.map .row{font-size:12px;text-anchor:middle;fill:var(--text)}
.map .shape{fill:var(--fill);stroke:var(--stroke);stroke-width:1.5}
.map .bar .shape{fill:var(--stroke)}
.map .dead .shape{stroke-width:3}
.map .helper .shape{stroke-dasharray:6 3}
.map .chip rect{fill:var(--paper);stroke:var(--stroke)}
.map .chip text{font-size:12px;text-anchor:middle;fill:var(--ink)}
.map .key{font-size:12px;fill:var(--soft)}
.map a{cursor:pointer}
"""
_NIGHT = "--paper:#0b1220;--ink:#e2e8f0;--soft:#a3b1c6;--line:#8494ab;--frame:#111a2c;--edge:#334155"


def _rules(scope: str, start: int) -> str:
    return "".join(
        f"{scope} .{name}{{--fill:{look[start]};--stroke:{look[start + 1]};--text:{look[start + 2]}}}"
        for name, look in _LOOKS.items()
    )


CSS = (
    _BASE.replace("\n", "")
    + _rules(".map", 0)
    + f"@media screen and (prefers-color-scheme:dark){{.map{{{_NIGHT}}}{_rules('.map', 3)}}}"
)
