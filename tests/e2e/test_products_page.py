"""The page of products in a real browser against the real server."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import LaunchBrowser, StartServer

pytestmark = [pytest.mark.system("chromium"), pytest.mark.timeout(120)]

PATIENCE_MS = 30_000  # for what takes a second on a quiet machine
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
EVIL = "<img src=x onerror=document.title='gotcha'>"
SHOP = f"""name;price;url;target
{EVIL};LE 5;https://shop.example/evil;Acne
Soothing Gel;LE 6;https://shop.example/gel;Eczema
كريم مرطب;LE 7;https://shop.example/cream;Other
"""


async def test_products_are_searched_while_somebody_types(
    launch_browser: LaunchBrowser, start_server: StartServer, tmp_path: Path
) -> None:
    shop = tmp_path / "shop.csv"
    shop.write_text(SHOP)  # a few bytes, before anything runs
    server = await start_server(PRODUCT_CSV_PATH=str(shop))
    page = await (await launch_browser()).new_page(viewport={"width": 390, "height": 844})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await page.goto(server.url)
    await page.get_by_role("link", name="Products").click()
    await expect(page.locator(".product")).to_have_count(3, timeout=PATIENCE_MS)
    assert await page.evaluate(OVERFLOW) == 0
    await expect(page.get_by_role("link", name=EVIL)).to_be_visible()
    assert await page.title() == "Products · DermaAssist" and await page.locator(".product img").count() == 0
    search = page.get_by_role("searchbox")
    await search.press_sequentially("sothin")  # a letter missing, and not finished
    await expect(page.locator(".product")).to_have_text(["Soothing GelLE 6Ingredients unknown"], timeout=PATIENCE_MS)
    await expect(page.locator(".product mark")).to_have_text("Soothing")
    await search.fill("كِريم")
    await expect(page.locator(".category h2")).to_have_text("Other 1", timeout=PATIENCE_MS)
    await search.fill("zzzz")
    await expect(page.get_by_role("status")).to_contain_text("No product matches", timeout=PATIENCE_MS)
    await page.reload()
    await expect(search).to_have_value("zzzz", timeout=PATIENCE_MS)
    assert complaints == []
