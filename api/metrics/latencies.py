"""How long requests take, by route and status."""

from prometheus_client import CollectorRegistry, Histogram
from starlette.types import Scope

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Latencies:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "cadencia_request_seconds",
            "Seconds until the API answered, by route and status.",
            ("method", "route", "status"),
            buckets=_BUCKETS,
            registry=registry,
        )

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """What leads to no route is one: addresses that callers make up are without end."""
        route = getattr(scope.get("route"), "path", None)
        method = scope["method"] if route else ""
        self._seconds.labels(method, _whole(route, scope["path"]), str(status)).observe(seconds)


def _whole(route: str | None, path: str) -> str:
    """A route's address with its prefix, which some releases of the framework leave out of `path`."""
    if route is None:
        return "none"
    return f"/v1{route}" if path.startswith("/v1/") and not route.startswith("/v1/") else route
