"""What the page is to somebody with an account: a report that is kept, its history, what may help, and signing out."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.async_api import Page, expect

from tests.e2e.clips import Placement, write_clip
from tests.e2e.conftest import LaunchBrowser, StartServer
from tests.e2e.test_live_page import OVERFLOW, PATIENCE_MS, Portrait, open_live

pytestmark = [pytest.mark.system("chromium"), pytest.mark.timeout(180)]

STILL = Placement(scale=2.1, x=320 - 224 * 2.1, y=180 - 110 * 2.1)
KEPT_IN_THE_BROWSER = "() => [sessionStorage.length, localStorage.length, document.cookie]"
PICTURES_LOADED = (
    "() => Promise.all([...document.querySelectorAll('.plot img, .report-line img')].map((i) => i.decode()))"
)


async def make_account(page: Page, user_id: str) -> None:
    dialog = page.get_by_role("dialog")
    await page.get_by_role("button", name="Sign in").first.click()
    await dialog.get_by_role("button", name="Make an account").click()
    await expect(dialog).to_contain_text("I can see and take away everything that is kept", timeout=PATIENCE_MS)
    await dialog.get_by_label("User id").fill(user_id)
    await dialog.get_by_label("What to call you").fill("Amira")
    await dialog.get_by_label("Password").fill("a long password")
    assert not await dialog.get_by_label("I agree to this text").is_checked()  # nobody agrees by default
    await dialog.get_by_label("I agree to this text").check()
    await dialog.get_by_role("button", name="Make the account").click()
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible(timeout=PATIENCE_MS)


async def test_from_signing_up_to_a_report_its_history_and_signing_out(
    launch_browser: LaunchBrowser, start_server: StartServer, tmp_path: Path, astronaut: Portrait
) -> None:
    clip = write_clip(tmp_path / "still.mjpeg", 10, [(astronaut, lambda number: STILL)])
    server = await start_server(GUEST_SESSIONS="false", LOGIN_ATTEMPTS="1")
    page = await (await launch_browser(clip)).new_page(viewport={"width": 390, "height": 844})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    await page.goto(server.url)
    await page.get_by_role("button", name="Start camera").click()
    await expect(page.get_by_role("alert")).to_contain_text("Sign in to use the live view", timeout=PATIENCE_MS)
    await make_account(page, "amira")
    complaints = await open_live(page, server.url)  # loads the page anew: the login outlives that
    await expect(page.locator("[data-figure=rate]")).not_to_have_text("–", timeout=PATIENCE_MS)
    await page.get_by_role("button", name="Make a report", exact=True).click()
    report = page.get_by_role("region", name="Your report")
    await expect(report).to_contain_text("Stored in your history.", timeout=PATIENCE_MS)
    await expect(report.locator("li[data-condition]")).to_have_count(7)
    await expect(report).to_contain_text("What may help", timeout=PATIENCE_MS)
    assert await page.evaluate(OVERFLOW) <= 0

    await report.get_by_role("link", name="See your history").click()
    await expect(page.locator("body")).to_have_attribute(
        "data-state", "idle", timeout=PATIENCE_MS
    )  # nobody is filmed who does not see it
    await expect(page.get_by_role("heading", name="Your history")).to_be_focused(timeout=PATIENCE_MS)
    await expect(page.locator(".report-line")).to_have_count(1, timeout=PATIENCE_MS)
    await expect(page.locator(".trend li")).to_have_count(7, timeout=PATIENCE_MS)
    await page.evaluate(PICTURES_LOADED)
    await page.locator(".line-open").click()
    await expect(page.get_by_role("region", name="Stored report")).to_contain_text("What may help", timeout=PATIENCE_MS)
    assert await page.evaluate(OVERFLOW) <= 0
    async with page.expect_download(timeout=PATIENCE_MS) as downloading:
        await page.get_by_role("button", name="Export my data").click()
    assert (await (await downloading.value).path()).read_bytes().startswith(b"PK")
    await page.get_by_role("button", name="Delete the report").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.locator("#reports")).to_contain_text("No reports yet.", timeout=PATIENCE_MS)
    assert await page.evaluate(KEPT_IN_THE_BROWSER) == [0, 0, ""]
    # the live session may have ended with its connection, before the page's DELETE could
    assert [complaint for complaint in complaints if "404 (Not Found)" not in complaint] == []

    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("region", name="Sign in")).to_be_visible(timeout=PATIENCE_MS)
    await expect(page.locator("#my-data")).to_be_empty(timeout=PATIENCE_MS)
    await page.get_by_role("region", name="Sign in").get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("User id").fill("amira")
    for words in ("The user id or the password is not right.", re.compile("Too many attempts. Please try again in")):
        await dialog.get_by_label("Password").fill("not the password")
        await dialog.get_by_role("button", name="Sign in").click()
        await expect(dialog.get_by_role("alert")).to_have_text(words, timeout=PATIENCE_MS)
    await expect(dialog.locator("[data-sign-in=action]")).to_have_text(
        re.compile(r"Wait \d+ (s|minutes)"), timeout=PATIENCE_MS
    )
    assert not [url for url in asked if "eyJ" in url], "a token in an address"


async def test_a_photo_is_looked_at_for_a_guest_and_kept_for_nobody(
    launch_browser: LaunchBrowser, start_server: StartServer, tmp_path: Path, astronaut: Portrait
) -> None:
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), np.ascontiguousarray(astronaut[:, :, ::-1]))
    broken = tmp_path / "broken.png"
    broken.write_bytes(photo.read_bytes()[:2000])
    server = await start_server()
    page = await (await launch_browser()).new_page()
    await page.goto(server.url)
    await page.get_by_label("A photo of your face").set_input_files(photo)
    report = page.get_by_role("region", name="Your report")
    await expect(report).to_contain_text("The photo that you chose, 512 × 512 pixels", timeout=PATIENCE_MS)
    await expect(report).to_contain_text("Not stored.", timeout=PATIENCE_MS)
    await expect(report).to_contain_text("What may help", timeout=PATIENCE_MS)
    await report.get_by_role("button", name="Sign in to keep your reports").click()
    await expect(page.get_by_role("dialog")).to_be_visible(timeout=PATIENCE_MS)
    await page.keyboard.press("Escape")
    await page.get_by_label("A photo of your face").set_input_files(broken)
    await expect(page.locator("#capture-words")).to_have_attribute("data-tone", "bad", timeout=PATIENCE_MS)
    await expect(page.locator("#capture-words")).not_to_be_empty()
