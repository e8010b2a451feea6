"""Reports from the live page: by a key, by holding still, of the camera's picture or the video's, and what is said when
there is none."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.async_api import Page, expect

from tests.e2e.clips import Placement, write_clip
from tests.e2e.conftest import LaunchBrowser, StartServer
from tests.e2e.test_live_page import OVERFLOW, PATIENCE_MS, open_live

pytestmark = [pytest.mark.system("chromium"), pytest.mark.timeout(180)]

PICTURES = 10
SWAY = 1.0  # px, as of who holds still; without any it would be a camera that hangs
PICTURE_LOADED = "() => document.querySelector('[data-report=picture] img').decode()"  # rejects where it is none
NO_STILLS = "delete window.ImageCapture; HTMLCanvasElement.prototype.toBlob = (give) => give(null);"


async def reported(page: Page) -> None:
    """Waits for a report and its picture, and looks at what it says."""
    report = page.get_by_role("region", name="Your report")
    await expect(report).to_be_visible(timeout=PATIENCE_MS)
    await expect(page.locator("#capture-words")).to_have_text("Your report is ready.", timeout=PATIENCE_MS)
    await expect(report.locator("li[data-condition]")).to_have_count(7)
    await expect(report).to_contain_text(re.compile(r"Not stored\. Its pictures are deleted after \d"))
    await expect(report).to_contain_text("not a diagnosis")
    await expect(report.locator("[data-score]").first).to_have_text(re.compile(r"^\d+$"))
    await page.evaluate(PICTURE_LOADED)


def held_still(number: int) -> Placement:
    """Where the face is in that picture: on a small circle about the middle."""
    turn = 2 * math.pi * number / PICTURES
    x, y = 320 + SWAY * math.cos(turn), 180 + SWAY * math.sin(turn)
    return Placement(scale=2.1, x=x - 224 * 2.1, y=y - 110 * 2.1)


async def test_a_report_is_made_by_a_key_and_by_holding_still_and_who_is_not_seen_is_told(
    launch_browser: LaunchBrowser, start_server: StartServer, tmp_path: Path, astronaut: NDArray[np.uint8]
) -> None:
    clip = write_clip(tmp_path / "still.mjpeg", PICTURES, [(astronaut, held_still)])
    server = await start_server()
    browser = await launch_browser(clip)
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    complaints = await open_live(page, server.url)
    assert await page.evaluate(OVERFLOW) <= 0

    await page.get_by_role("button", name="Make a report", exact=True).focus()
    await expect(page.locator("[data-figure=rate]")).not_to_have_text("–", timeout=PATIENCE_MS)
    await page.keyboard.press("Enter")
    await reported(page)
    await expect(page.get_by_role("heading", name="Your report")).to_be_focused()
    await expect(page.locator("[data-report=source]")).to_contain_text("Your camera's own picture, 640 × 360 pixels")
    await page.locator(".results summary").first.click()
    await expect(page.locator(".receipt").first).to_contain_text("Looked at by")
    assert await page.evaluate(OVERFLOW) <= 0

    hold = page.get_by_role("button", name="Make a report when I hold still")
    await hold.click()
    await expect(hold).to_have_attribute("aria-pressed", "true")
    await expect(hold).to_have_attribute("aria-pressed", "false", timeout=PATIENCE_MS)  # once, and it has happened
    await reported(page)
    assert complaints == []

    other = await browser.new_page()
    await other.add_init_script(NO_STILLS)
    await open_live(other, server.url)
    await expect(other.locator("[data-figure=rate]")).not_to_have_text("–", timeout=PATIENCE_MS)
    await other.get_by_role("button", name="Make a report", exact=True).click()
    await reported(other)
    await expect(other.locator("[data-report=source]")).to_contain_text("The sharpest picture of your video, 640 × 360")

    empty = await (await launch_browser(write_clip(tmp_path / "nobody.mjpeg", 10, []))).new_page()
    await open_live(empty, server.url)
    await empty.get_by_role("button", name="Make a report", exact=True).click()
    await expect(empty.locator("#capture-words")).to_contain_text("bring yours into it", timeout=PATIENCE_MS)
    await expect(empty.get_by_role("region", name="Your report")).to_be_hidden()
    await expect(empty.get_by_role("button", name="Make a report", exact=True)).to_have_attribute(
        "aria-disabled", "false"
    )
