"""The page, in a real browser where there is one: it shows mails, and no mail can script it."""

import os
import shutil
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

from tests.catcher.mails import mail, send
from worker.catcher import Catcher

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
HOSTILE = """<script>parent.document.title = top.document.title = "taken"</script>
<img src=x onerror="parent.document.title = 'taken'"><meta http-equiv="refresh" content="0; url=https://evil.example/">
<base href="https://evil.example/"><form action="/api/messages"><button>x</button></form><p id="here">the mail</p>"""

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found; set CHROMIUM to its path")


@pytest_asyncio.fixture
async def page(catcher: Catcher) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = await browser.new_page(viewport={"width": 1200, "height": 800})
        await page.goto(f"http://127.0.0.1:{catcher.http_port}/")
        yield page
        await browser.close()


async def test_the_page_loads_nothing_from_elsewhere(http: httpx.AsyncClient) -> None:
    for path, kind in [("/", "text/html"), ("/page/page.css", "text/css"), ("/page/page.js", "javascript")]:
        answer = await http.get(path)
        assert kind in answer.headers["content-type"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert 'src="http' not in answer.text
        assert 'href="http' not in answer.text


async def test_the_html_of_a_mail_is_sandboxed_by_itself(catcher: Catcher, http: httpx.AsyncClient) -> None:
    await send(catcher, mail(html="<!doctype html><html><head lang=en><title>x</title></head></html>"))
    [message] = await catcher.messages()
    answer = await http.get(f"/api/messages/{message.id}/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert answer.text.startswith('<!doctype html><html><head lang=en><base target="_blank"><title>')


@needs_browser
async def test_a_mail_comes_up_by_itself_and_opens(catcher: Catcher, page: Page) -> None:
    await expect(page.get_by_text("Nothing caught yet")).to_be_visible()
    await send(catcher, mail("ada@example.com", "First"))
    await send(catcher, mail("bob@example.com", "Second"))
    await expect(page.locator("#list li")).to_have_count(2)
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#subject")).to_have_text("Second")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#subject")).to_have_text("First")
    await page.get_by_role("tab", name="Links").click()
    await expect(page.locator("#view a").first).to_have_attribute("href", "https://shop.example/?a=1&b=2")
    await page.reload()
    await expect(page.locator("#subject")).to_have_text("First")
    await page.fill("#search", "bob")
    await expect(page.locator("#list li")).to_have_count(1)


@needs_browser
async def test_a_mail_cannot_script_the_page(catcher: Catcher, page: Page) -> None:
    await send(catcher, mail(subject="<img src=x onerror=\"document.title='taken'\">", html=HOSTILE))
    await page.click("#list a")
    await expect(page.frame_locator("#view iframe").locator("#here")).to_be_visible()
    for tab in ("Text", "Headers", "Links", "HTML"):
        await page.get_by_role("tab", name=tab).click()
    await page.wait_for_timeout(300)
    assert "taken" not in await page.title()
    assert page.url.startswith(f"http://127.0.0.1:{catcher.http_port}/#/messages/")
    assert await page.locator("#list img, main header img").count() == 0
