"""A map in a browser: it fills a wide page, and on a phone its words are large enough to read."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from workflows.analysis.maps import map_page, map_svg
from workflows.welcome_series import WelcomeSeries

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found; set CHROMIUM to its path")


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        yield await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)


async def opened(browser: Browser, file: Path, width: int, height: int) -> Page:
    phone = width < 400
    page = await browser.new_page(
        viewport={"width": width, "height": height}, is_mobile=phone, has_touch=phone
    )
    await page.goto(file.as_uri())
    return page


async def test_a_map_in_a_browser(browser: Browser, tmp_path: Path) -> None:
    file, drawing = tmp_path / "map.html", tmp_path / "map.svg"
    file.write_text(map_page(WelcomeSeries))
    drawing.write_text(map_svg(WelcomeSeries))

    phone = await opened(browser, file, 390, 844)
    assert await phone.evaluate("document.documentElement.scrollWidth") == 390
    assert await phone.evaluate(_SMALLEST) >= 12
    start = await phone.locator("figure .begin").first.bounding_box()
    assert start is not None
    assert 0 < start["x"] < start["x"] + start["width"] < 390
    await phone.evaluate("document.querySelector('figure').scrollLeft = 10000")
    assert await phone.evaluate("document.querySelector('figure').scrollLeft") > 300

    for wide in (await opened(browser, file, 1280, 800), await opened(browser, drawing, 1280, 800)):
        assert await wide.evaluate("document.querySelector('svg').getBoundingClientRect().width") == 1280
        assert await wide.evaluate(_SMALLEST) >= 12


_SMALLEST = """() => Math.min(...[...document.querySelectorAll('svg text')].map(text => {
    const svg = text.closest('svg')
    return parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width
}))"""
"""The size in which the smallest words of the picture are shown, in CSS pixels."""
