"""Who opens and clicks without being a person: security scanners, previews, prefetching."""

import re

from starlette.requests import Request

_PREFETCH_HEADERS = ("purpose", "sec-purpose", "x-purpose", "x-moz")
_PREFETCH = re.compile(r"prefetch|prerender|preview")
# Cubot makes telephones. Gmail's and Yahoo's image proxies are not here: they fetch when a person opens the mail.
_SCANNERS = re.compile(
    r"(?<!cu)bot\b|crawl|spider|scanner|preview|prefetch|headless|phantomjs|barracuda|proofpoint|mimecast|messagelabs|symantec"
    r"|safelinks|skypeuri|microsoft office|ms-office|trendmicro|sophos|fireeye|trellix|cloudmark|forcepoint|zscaler"
    r"|ironport|virustotal|urlscan|facebookexternalhit|slack-img|whatsapp|telegram|embedly|python-requests"
    r"|go-http-client|apache-httpclient|^java/|libwww-perl",
    re.IGNORECASE,
)
_PRIVACY_PROXY = "mozilla/5.0"  # all that Apple's mail privacy proxy says, which opens mails nobody reads


def is_machine(request: Request) -> bool:
    """Whether this request tells nothing about a person. A missing user agent is a machine's."""
    if request.method == "HEAD":
        return True
    if any(_PREFETCH.search(request.headers.get(name, "").lower()) for name in _PREFETCH_HEADERS):
        return True
    agent = request.headers.get("user-agent", "").strip()
    return not agent or agent.lower() == _PRIVACY_PROXY or _SCANNERS.search(agent) is not None
