"""The running stack as the demo uses it: its API, its mail catcher, and the links in its mails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
from temporalio.client import Client
from temporalio.service import RPCError

from cli.client import problem
from cli.demo.people import Sample
from cli.output import Failure
from worker.connection import connect
from worker.settings import Settings

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_AT_ONCE = 8
_PATIENCE = 10.0


class Stack:
    """Every method raises `Failure` when what it asks does not answer, or answers with an error."""

    def __init__(self, settings: Settings, key: str, http: httpx.AsyncClient, temporal: Client) -> None:
        self.api = settings.api_url
        self.catcher = f"http://{settings.host}:{settings.catcher_port}"
        self._public = settings.public_url
        self.bearer = {"Authorization": f"Bearer {key}"}
        self._http = http
        self._temporal = temporal

    async def enroll(self, workflow: str, sample: Sample) -> Any:
        body = {"contact": sample.draft}
        return await self._call("POST", f"/v1/workflows/{workflow}/enrollments", body)

    async def enrollment(self, enrollment_id: str) -> Any:
        """Where it stands by its own word, what it has done, and its messages."""
        return await self._call("GET", f"/v1/enrollments/{quote(enrollment_id, safe='')}")

    async def at_rest(self, enrollment_id: str) -> bool:
        """Whether the run has nothing under way: it waits, or has ended. The server knows, no worker is asked."""
        try:
            described = (await self._temporal.get_workflow_handle(enrollment_id).describe()).raw_description
        except RPCError as error:
            raise Failure(f"Temporal does not answer: {error.message}") from error
        return not (described.HasField("pending_workflow_task") or described.pending_activities)

    async def messages(self, enrollment_id: str) -> Any:
        """Its newest messages."""
        page = await self._call("GET", f"/v1/messages?enrollment_id={quote(enrollment_id, safe='')}")
        return page["data"]

    async def outcomes(self, workflow: str, enrollment_ids: set[str]) -> dict[str, str]:
        """How those ended that have."""
        found, cursor, seen = {}, "", 0
        while seen < len(enrollment_ids):
            page = await self._call("GET", f"/v1/enrollments?workflow={workflow}&limit=500{cursor}")
            ours = [row for row in page["data"] if row["id"] in enrollment_ids]
            found.update({row["id"]: row["outcome"] for row in ours if row["status"] == "ended"})
            seen += len(ours)
            if not page["next_cursor"]:
                break
            cursor = f"&cursor={quote(page['next_cursor'], safe='')}"
        return found

    async def order(self, event_id: str, contact_id: str) -> None:
        properties = {"amount": "49.90", "currency": "EUR"}
        body = {"id": event_id, "name": "order.completed", "contact": {"id": contact_id}}
        await self._call("POST", "/v1/events", {**body, "properties": properties})

    async def mails(self, since: datetime) -> Any:
        """Mails that arrived then or later, newest first."""
        stamp = quote(since.isoformat())
        return await self._answer(self._http.get(f"{self.catcher}/api/messages?since={stamp}"), self.catcher)

    async def mail(self, mail_id: str) -> Any:
        return await self._answer(self._http.get(f"{self.catcher}/api/messages/{mail_id}"), self.catcher)

    async def look(self, mail: Any) -> None:
        """Loads the mail's pixel, as a mail program does when somebody opens it."""
        await self._follow(mail, "images", "/o/", 200)

    async def click(self, mail: Any) -> None:
        """Follows the first link, as far as the redirect: the shop does not exist."""
        await self._follow(mail, "links", "/c/", 302)

    async def _follow(self, mail: Any, where: str, path: str, wanted: int) -> None:
        start = f"{self._public}{path}"
        link = next((link for link in mail[where] if link.startswith(start)), None)
        if link is None:
            raise Failure(f"The mail {mail['subject']!r} has no link that begins with {start}")
        try:
            answer = await self._http.get(link, headers={"User-Agent": _BROWSER})
        except httpx.HTTPError as error:
            raise _away(self._public, error) from error
        if answer.status_code != wanted:
            raise Failure(f"A link of the mail {mail['subject']!r} answered {answer.status_code}: {link}")

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        url = self.api + path
        return await self._answer(self._http.request(method, url, json=body, headers=self.bearer), self.api)

    async def _answer(self, request: Any, where: str) -> Any:
        try:
            answer: httpx.Response = await request
        except httpx.HTTPError as error:
            raise _away(where, error) from error
        if answer.is_success:
            return answer.json()
        raise Failure(problem(answer))


def _away(where: str, error: httpx.HTTPError) -> Failure:
    why = str(error) or type(error).__name__
    return Failure(f"{where} does not answer ({why}): is the stack still running, or the machine overloaded?")


@asynccontextmanager
async def opened(settings: Settings, remedy: str) -> AsyncIterator[Stack]:
    """The stack that runs on the data folder. Raises `Failure` with the `remedy` when none does."""
    limits = httpx.Limits(max_connections=_AT_ONCE)
    async with httpx.AsyncClient(timeout=_PATIENCE, limits=limits, trust_env=False) as http:
        try:
            key = settings.api_key_file.read_text().strip()  # the folder's own: it opens no other stack
            stack = Stack(settings, key, http, await connect(settings))
            (await http.get(f"{stack.catcher}/healthz")).raise_for_status()
            answer = await http.get(f"{stack.api}/v1/workflows", headers=stack.bearer)
        except (OSError, RuntimeError, RPCError, httpx.HTTPError) as error:
            raise Failure(f"Nothing runs on {settings.home}/: {remedy}") from error
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise Failure(
                f"{stack.api} runs on another data folder than {settings.home}/: stop it, then {remedy}"
            )
        yield stack
