"""The API reference and the page of problems, in a real browser: nothing comes from elsewhere."""

import httpx
import pytest
from playwright.async_api import async_playwright, expect

from api.problem_types import TYPES
from tests.api.serving import listening
from tests.catcher.test_page import CHROMIUM, needs_browser


@needs_browser
@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
async def test_the_reference_works_without_internet(api: httpx.AsyncClient) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    async with listening(api) as local, async_playwright() as playwright:
        url = local.replace(
            "127.0.0.1", "cadencia.test"
        )  # some things are asked for only where it is not local
        elsewhere = "--host-resolver-rules=MAP cadencia.test 127.0.0.1"
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", elsewhere]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{url}/docs")
        enroll = page.locator("#operations-enrollments-enroll")
        await expect(enroll).to_contain_text("/v1/workflows/{workflow}/enrollments")
        await enroll.click()
        await expect(enroll.get_by_text("Idempotency-Key").first).to_be_visible()
        await page.goto(f"{url}/problems#not_found")
        await expect(page.locator("tr:target")).to_contain_text("Nothing has this id.")
        await browser.close()
    assert {address for address in asked if not address.startswith((f"{url}/", "data:"))} == set()
    assert complaints == []


async def test_every_type_of_problem_is_on_the_page(api: httpx.AsyncClient) -> None:
    answer = await api.get("/problems")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert {code for code in TYPES if f'<tr id="{code}">' not in answer.text} == set()
