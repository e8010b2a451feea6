"""The page's modules, each by its own test file in modules/, run where they will run: in a browser."""

from pathlib import Path

import pytest
from playwright.async_api import Route

from tests.e2e.conftest import LaunchBrowser

STATIC = Path(__file__).resolve().parents[2] / "static"
TESTS = Path(__file__).resolve().parent / "modules"
ORIGIN = "http://localhost"

RUN_ALL = """
async (file) => {
  const { default: tests } = await import(file);
  const outcomes = {};
  for (const [name, test] of Object.entries(tests)) {
    try { await test(); outcomes[name] = "passed"; } catch (error) { outcomes[name] = String(error.stack ?? error); }
  }
  return outcomes;
}
"""


async def serve_from_disk(route: Route) -> None:
    folder, _, name = route.request.url.removeprefix(f"{ORIGIN}/").partition("/")
    path = {"static": STATIC, "modules": TESTS}.get(folder, TESTS) / name
    if path.is_file():
        await route.fulfill(path=path)
    else:
        await route.fulfill(status=200, content_type="text/html", body="<!doctype html><title>tests</title>")


@pytest.mark.system("chromium")
async def test_the_modules_keep_their_promises(launch_browser: LaunchBrowser) -> None:
    page = await (await launch_browser()).new_page()
    await page.route("**/*", serve_from_disk)
    await page.goto(f"{ORIGIN}/")
    outcomes: dict[str, str] = {}
    for file in sorted(TESTS.glob("*.test.js")):
        result: dict[str, str] = await page.evaluate(RUN_ALL, f"/modules/{file.name}")
        outcomes |= {f"{file.name}: {name}": outcome for name, outcome in result.items()}
    assert len(outcomes) > 40
    assert {name: outcome for name, outcome in outcomes.items() if outcome != "passed"} == {}


def test_every_module_with_logic_of_its_own_has_its_test_file() -> None:
    tested_end_to_end = {
        "app",
        "camera",
        "peer",
        "stage",
        "stamp-worker",
        "failures",
        "wake-lock",
        "products",
        "site",
        "views",
        "confirm",
        "elements",
    }
    modules = {path.stem for path in STATIC.glob("*.js")} - tested_end_to_end
    assert modules == {path.name.removesuffix(".test.js") for path in TESTS.glob("*.test.js")}
