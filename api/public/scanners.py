"""Who opens and clicks without being a person: what is no browser, security scanners, previews, prefetching."""

import re

from starlette.requests import Request

_PREFETCH_HEADERS = ("purpose", "sec-purpose", "x-purpose", "x-moz")
_PREFETCH = re.compile(r"prefetch|prerender|preview")
# A browser, or a mail program, says "Mozilla/5.0 (its system)" and names its engine or itself. Yahoo's image proxy does
# not; like Gmail's, which looks like Firefox, it fetches when a person opens the mail.
_BROWSER = re.compile(
    r"mozilla/5\.0 \([^)]*\).*(gecko|applewebkit|chrome|safari|firefox)|opera/|yahoomailproxy",
    re.IGNORECASE,
)
_SCANNERS = re.compile(  # those that look like a browser otherwise; Cubot makes telephones
    r"(?<!cu)bot\b|crawl|spider|scanner|preview|prefetch|headless|phantomjs|jsdom|barracuda|proofpoint|mimecast"
    r"|messagelabs|symantec|safelinks|skypeuri|microsoft office|ms-office|trendmicro|sophos|fireeye|trellix|cloudmark"
    r"|forcepoint|zscaler|ironport|virustotal|urlscan|facebookexternalhit",
    re.IGNORECASE,
)


def is_machine(request: Request) -> bool:
    """Whether this request tells nothing about a person.

    What is no browser is a machine: curl, libraries, a missing user agent, and Apple's mail privacy proxy, which says
    "Mozilla/5.0" alone and opens mails that nobody reads.
    """
    if request.method == "HEAD":
        return True
    if any(_PREFETCH.search(request.headers.get(name, "").lower()) for name in _PREFETCH_HEADERS):
        return True
    agent = request.headers.get("user-agent", "").strip()
    return not _BROWSER.match(agent) or _SCANNERS.search(agent) is not None
