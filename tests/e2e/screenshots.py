"""Makes the README's pictures of the live page anew: `python -m tests.e2e.screenshots`."""

import asyncio
import io
import re
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from playwright.async_api import Playwright, async_playwright

from benchmarks.browser import ALLOW_CAMERA, CHROMIUM_FLAGS
from tests.e2e.server import Server

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
STYLES = ROOT / "static" / "page.css"
FACE = (224, 110)  # px, about the middle of the face in the portrait
PICTURES = 30  # a second; a camera is never quite still, so the portrait moves by a pixel or two
SKIN_SEEN = "() => !document.getElementById('tone').textContent.startsWith('Not')"
SHOTS = 10
DRAWN_FRESH = "async () => (await import('/static/app.js')).inspect.lastDrawn()?.kind === 'exact'"
SETTLE_MS = 3000


async def main() -> None:
    """Needs Chromium; starts a server of its own. Pictures of the page on a desk and on a phone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Server(folder)
        await server.start()
        try:
            async with async_playwright() as playwright:
                clip = film(folder / "desktop.mjpeg", 1280, 720, scale=4.4)
                await shoot(playwright, server.url, clip, (1280, 900), 1, DOCS / "screenshot-desktop.png")
                clip = film(folder / "phone.mjpeg", 720, 1280, scale=5.4)
                await shoot(playwright, server.url, clip, (360, 740), 1.5, DOCS / "screenshot-phone.png")
        finally:
            await server.stop()


def film(path: Path, width: int, height: int, *, scale: float) -> Path:
    """A clip of the public-domain portrait with the face in the middle of the picture."""
    portrait = cv2.imread(str(files("skimage") / "data" / "astronaut.png"))
    assert portrait is not None
    with path.open("wb") as file:
        for number in range(PICTURES):
            sway = 2 * np.sin(2 * np.pi * number / PICTURES)
            place = np.array(
                [[scale, 0, width / 2 - FACE[0] * scale + sway], [0, scale, height / 2 - FACE[1] * scale]], np.float64
            )
            picture = cv2.warpAffine(
                portrait, place, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
            )
            file.write(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes())
    return path


async def shoot(
    playwright: Playwright, url: str, clip: Path, viewport: tuple[int, int], pixel_ratio: float, path: Path
) -> None:
    """Save what the page shows of a clip once it is live."""
    flags = [*CHROMIUM_FLAGS, ALLOW_CAMERA, f"--use-file-for-fake-video-capture={clip}"]
    browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
    try:
        page = await browser.new_page(
            viewport={"width": viewport[0], "height": viewport[1]}, device_scale_factor=pixel_ratio
        )
        await page.goto(url)
        await page.get_by_role("button", name="Start camera").click()
        await page.wait_for_selector("body[data-state=live]", timeout=30_000)
        await page.wait_for_function(SKIN_SEEN, timeout=120_000)
        await page.wait_for_timeout(SETTLE_MS)
        # the browser names its fake camera by the clip's path
        await page.locator("#camera-choice option").first.evaluate("(option) => { option.textContent = 'Camera 1'; }")
        await page.mouse.move(0, 0)
        for _ in range(SHOTS):  # a busy machine may have nothing fresh to draw at the moment of the shot
            shot = await page.screenshot()
            if await page.evaluate(DRAWN_FRESH):
                break
        save_small(Image.open(io.BytesIO(shot)).convert("RGB"), path)
    finally:
        await browser.close()


def save_small(shot: Image.Image, path: Path) -> None:
    """Save with a palette of 256 colours, the page's own kept exactly: a fifth of the size."""
    own = [bytes.fromhex(colour) for colour in sorted(set(re.findall(r"#([0-9a-f]{6})\b", STYLES.read_text())))]
    photograph = shot.quantize(256 - len(own), method=Image.Quantize.MEDIANCUT).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*b"".join(own), *photograph])
    shot.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
