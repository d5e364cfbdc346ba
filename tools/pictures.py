"""Takes the pictures of docs/pictures from a stack of its own: `python -m tools.pictures`."""

import shutil
import sys
import tempfile
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from tools.fresh_stack import Stack, fresh_stack, until

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or "/usr/bin/chromium"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--no-first-run"),
)
ANA = {
    "email": "ana@example.com",
    "name": "Ana",
    "consent": {"marketing": {"granted": True, "source": "sign-up form"}},
}


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        fresh_stack(Path(folder)) as stack,
        sync_playwright() as playwright,
    ):
        run = greeted(stack)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            mail_catcher(browser, stack)
            temporal_ui(browser, run)
        finally:
            browser.close()
    for picture in sorted(PICTURES.glob("*.png")):
        sys.stdout.write(f"{picture.name}: {picture.stat().st_size / 1000:.0f} kB\n")


def greeted(stack: Stack) -> str:
    """Ana clicks the link of her greeting, and soon gets her gift; the page of her run in Temporal UI."""
    order = {"contact": ANA, "params": {"room_to_look_around": "PT8S"}}
    enrolled = stack.api("POST", "/v1/workflows/welcome-series/enrollments", json=order)
    (mail,) = until(lambda: stack.mails(ANA["email"]))  # type: ignore[arg-type]  # an address
    click = next(link for link in stack.mail(mail["id"])["links"] if "/c/" in link)
    httpx.get(click, headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    until(lambda: "sleep:time to use it" in stack.api("GET", f"/v1/enrollments/{enrolled['id']}")["step"])
    address: str = enrolled["temporal_url"]
    return address


def mail_catcher(browser: Browser, stack: Stack) -> None:
    page = window(browser, 1200, 2)
    page.goto(stack.url("CATCHER_PORT"))
    page.locator("#list a").last.click()
    page.frame_locator("#view iframe").get_by_role("link").first.wait_for()
    take(page, "mail-catcher")


def temporal_ui(browser: Browser, address: str) -> None:
    """The timeline, then summary and current details. Its own parts have no names that would tell when all is drawn."""
    page = window(browser, 1500, 1.6)
    page.goto(address)
    page.get_by_role("button", name="Descending").click()
    page.get_by_text("sleep:time to use it#1").first.wait_for()
    take(page, "temporal-ui")
    page.get_by_text("User Metadata").first.click()
    page.frame_locator("iframe").last.get_by_text("Trail").wait_for()
    take(page, "temporal-details")


def window(browser: Browser, width: int, scale: float) -> Page:
    """Four by three, so that pictures stand well beside each other."""
    view = {"width": width, "height": width * 3 // 4}
    return browser.new_page(viewport=view, device_scale_factor=scale, color_scheme="light")  # type: ignore[arg-type]  # a plain dict is a ViewportSize


def take(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.wait_for_timeout(2_000)
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    main()
