"""`GET /metrics`, for Prometheus."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.schemas import problems_of
from api.services import Use

router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=PlainTextResponse, responses=problems_of(400, 503))
async def get_metrics(use: Use) -> Response:
    """Counts, ages and latencies as Prometheus reads them; no more than 15 s old. Nothing personal."""
    await use.metrics.refresh()
    return Response(generate_latest(use.metrics.registry), media_type=CONTENT_TYPE_LATEST)
