"""How long requests take, by route and status."""

from prometheus_client import CollectorRegistry, Histogram
from starlette.types import Scope

NO_ROUTE = "none"
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

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """`route` as `route_of` says. What leads to none is one: addresses that callers make up are without end."""
        self._seconds.labels(method if route != NO_ROUTE else "", route, str(status)).observe(seconds)


def route_of(scope: Scope) -> str:
    """The address of the request's route, such as `/v1/contacts/{id}`, with the prefix that some releases of the
    framework leave out; `none` where the request was refused before its route was known."""
    route: str | None = getattr(scope.get("route"), "path", None)
    if route is None:
        return NO_ROUTE
    return f"/v1{route}" if scope["path"].startswith("/v1/") and not route.startswith("/v1/") else route
