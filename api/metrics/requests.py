"""Measures every request: how long until its answer was given, by route and status."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.services import Services


class Measured:
    """ASGI middleware, around everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        services: Services = scope["app"].state.services
        began = time.perf_counter()

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                services.metrics.latencies.answered(scope, message["status"], time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, send_on)
