"""What people read in a browser: the API reference, with files of our own origin alone, and the types of problems."""

import base64
import hashlib
import re
from html import escape

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from api.problem_types import FIELD_CODES, TYPES

_FILES = "/docs/files"
_STYLE = """
:root { color-scheme: light dark }
body { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem; font: 1rem/1.5 system-ui, sans-serif }
table { width: 100%; border-collapse: collapse; margin: 1rem 0 2rem }
th, td { padding: .45rem .75rem .45rem 0; border-bottom: 1px solid rgb(128 128 128 / .35); text-align: left;
  vertical-align: top }
tr:target { background: rgb(128 128 128 / .2) }
code { font: .9375em ui-monospace, monospace }
"""

router = APIRouter(include_in_schema=False)


def serve_reference(app: FastAPI) -> None:
    """Adds `/docs`."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=f"{app.title}: API reference",
        swagger_js_url=f"{_FILES}/swagger-ui-bundle.js",
        swagger_css_url=f"{_FILES}/swagger-ui.css",
        swagger_favicon_url=f"{_FILES}/favicon.png",
    )
    html = bytes(page.body).decode()
    scripts = " ".join(map(_hash, re.findall(r"<script>(.*?)</script>", html, re.DOTALL)))
    policy = f"script-src 'self' {scripts}; style-src 'self'; img-src 'self' data:; connect-src 'self'"

    @app.get("/docs", include_in_schema=False)
    async def show_reference() -> HTMLResponse:
        return _page(html, policy)

    app.mount(_FILES, StaticFiles(packages=[("fastapi_offline", "static")]))


@router.get("/problems")
async def show_problem_types() -> HTMLResponse:
    """Every type of problem, with what it means and what to do."""
    types = [
        f'<tr id="{code}">{_cells(f"`{code}`", str(type.status), type.meaning, type.remedy)}</tr>'
        for code, type in TYPES.items()
    ]
    fields = [f"<tr>{_cells(f'`{code}`', meaning)}</tr>" for code, meaning in FIELD_CODES.items()]
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Problems</title><style>{_STYLE}</style></head><body><h1>Problems that the API answers</h1>"
        f"{_table(('Code', 'Status', 'What it means', 'What to do'), types)}<h2>Codes of fields</h2>"
        f"{_table(('Code', 'What it means'), fields)}</body></html>"
    )
    return _page(html, f"style-src {_hash(_STYLE)}")


def _table(head: tuple[str, ...], rows: list[str]) -> str:
    titles = "".join(f"<th>{title}</th>" for title in head)
    return f"<table><tr>{titles}</tr>{''.join(rows)}</table>"


def _cells(*texts: str) -> str:
    return "".join(f"<td>{_marked(text)}</td>" for text in texts)


def _marked(text: str) -> str:
    return re.sub(r"`(.+?)`", r"<code>\1</code>", escape(text))


def _page(html: str, policy: str) -> HTMLResponse:
    rest = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return HTMLResponse(html, headers={"Content-Security-Policy": f"default-src 'none'; {policy}; {rest}"})


def _hash(text: str) -> str:
    """As a Content-Security-Policy names what it allows."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
