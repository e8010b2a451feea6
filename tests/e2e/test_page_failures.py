"""What the page says when it cannot start: no server is needed for that, so its files come straight from the disk."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.e2e.conftest import LaunchBrowser

pytestmark = pytest.mark.system("chromium")

STATIC = Path(__file__).resolve().parents[2] / "static"


async def serve_page(route: Route) -> None:
    path = route.request.url.split("/", 3)[3]
    if path == "":
        await route.fulfill(path=STATIC / "index.html")
    elif path.startswith("static/"):
        await route.fulfill(path=STATIC.parent / path)
    else:
        await route.abort("connectionrefused")


async def open_page(browser: Browser, origin: str = "http://localhost", prepare: str = "") -> Page:
    page = await browser.new_page(viewport={"width": 360, "height": 640})
    await page.route("**/*", serve_page)
    if prepare:
        await page.add_init_script(prepare)
    await page.goto(f"{origin}/")
    return page


async def start(page: Page) -> None:
    await page.get_by_role("button", name="Start camera").click()


async def test_a_refused_camera_is_explained(launch_browser: LaunchBrowser) -> None:
    page = await open_page(await launch_browser(allow_camera=False))
    await start(page)
    await expect(page.get_by_role("alert")).to_contain_text("The camera is not allowed")
    await expect(page.get_by_role("button", name="Start camera")).to_be_visible()


async def test_a_page_without_a_secure_context_says_so_before_it_is_asked(launch_browser: LaunchBrowser) -> None:
    page = await open_page(await launch_browser(), "http://skin.example")
    await expect(page.get_by_role("alert")).to_contain_text("The camera needs a secure page")


async def test_a_browser_without_webrtc_is_told_so(launch_browser: LaunchBrowser) -> None:
    page = await open_page(await launch_browser(), prepare="delete window.RTCPeerConnection")
    await expect(page.get_by_role("alert")).to_contain_text("This browser cannot send live video")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotFoundError", "No camera found"),
        ("NotReadableError", "The camera is in use"),
        ("UnknownError", "The camera did not start"),
    ],
)
async def test_a_camera_that_does_not_open_is_explained(launch_browser: LaunchBrowser, error: str, words: str) -> None:
    refuse = f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{error}'); }}"
    page = await open_page(await launch_browser(), prepare=refuse)
    await start(page)
    await expect(page.get_by_role("alert")).to_contain_text(words)


async def test_an_unreachable_server_is_tried_again_until_the_user_stops(launch_browser: LaunchBrowser) -> None:
    page = await open_page(await launch_browser())
    await start(page)
    await expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached")
    await expect(page.get_by_role("button", name="Try now")).to_be_visible()
    async with page.expect_request("**/ice-servers"):
        await page.get_by_role("button", name="Try now").click()
    await page.get_by_role("button", name="Stop camera").click()
    await expect(page.locator("body")).to_have_attribute("data-state", "idle")
    await expect(page.get_by_role("alert")).to_be_hidden()


async def test_a_camera_that_is_taken_away_is_noticed(launch_browser: LaunchBrowser) -> None:
    page = await open_page(await launch_browser())
    await start(page)
    await expect(page.get_by_role("button", name="Stop camera")).to_be_visible()
    await page.wait_for_function("document.getElementById('camera').srcObject !== null")
    await page.evaluate(
        "() => document.getElementById('camera').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))"
    )
    await expect(page.get_by_role("alert")).to_contain_text("The camera has stopped")
    await expect(page.get_by_role("button", name="Start camera")).to_be_visible()
