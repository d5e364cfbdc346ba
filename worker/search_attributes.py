"""The search attributes that let operators find runs in Temporal UI; all are set at start."""

import asyncio

import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
    ListSearchAttributesResponse,
)
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError

from workflows.kit.search import RELEASE, STATE

STAGE = SearchAttributeKey.for_keyword("CadenciaStage")
OWNER = SearchAttributeKey.for_keyword("CadenciaOwner")
SUBJECT = SearchAttributeKey.for_keyword("CadenciaSubject")
KIND = SearchAttributeKey.for_keyword("CadenciaKind")
ALL = (STAGE, OWNER, SUBJECT, KIND, RELEASE, STATE)
REPORTED = "TemporalReportedProblems"
"""The server's own attribute of runs whose workflow tasks fail again and again."""

_AGAIN = 10.0  # seconds between two looks for what an operator was asked to register

_log = structlog.get_logger(__name__)


def of(*, stage: str, owner: str, subject: str, kind: str, release: str) -> TypedSearchAttributes:
    """The attributes of one run."""
    values = zip(ALL, (stage, owner, subject, kind, release, "running"), strict=True)
    return TypedSearchAttributes([SearchAttributePair(key, value) for key, value in values])


async def missing(client: Client) -> list[str]:
    """Names that the namespace does not know yet."""
    listed = await _listed(client)
    return [key.name for key in ALL if key.name not in listed.custom_attributes]


async def reports_failing_tasks(client: Client) -> bool:
    """Whether the server names the runs whose workflow tasks fail: upkeep finds them by that."""
    return REPORTED in (await _listed(client)).system_attributes


async def _listed(client: Client) -> ListSearchAttributesResponse:
    return await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )


def command(client: Client, names: list[str]) -> str:
    """What adds these names, for an operator."""
    if client.service_client.config.target_host.partition(":")[0].endswith((".tmprl.cloud", ".temporal.io")):
        added = " ".join(f"--sa {name}=Keyword" for name in names)
        return f"tcld namespace search-attributes add --namespace {client.namespace} {added}"
    added = " ".join(f"--name {name} --type Keyword" for name in names)
    return f"temporal operator search-attribute create --namespace {client.namespace} {added}"


async def register(client: Client) -> None:
    """Adds what is missing. Temporal Cloud refuses that: `ensure` says what to do there."""
    names = await missing(client)
    if names:
        await add(client, names)


async def ensure(client: Client) -> None:
    """Returns when all are registered. Where the server lets nobody add them so, an operator is told how to."""
    while names := await missing(client):
        try:
            await add(client, names)
        except RPCError as refused:
            remedy = f"run `{command(client, names)}`"
            _log.error("the worker waits for search attributes", because=refused.message, remedy=remedy)
            await asyncio.sleep(_AGAIN)


async def add(client: Client, names: list[str]) -> None:
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(
            namespace=client.namespace, search_attributes=dict.fromkeys(names, keyword)
        )
    )
