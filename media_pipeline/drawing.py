"""Pictures of a result: the annotated face with its legend, a crop per finding, a map per condition.

Everything is drawn to be read on a phone: the annotated picture is PICTURE_WIDTH px wide whatever the camera gave, and
its letters are as large as 13 px on a screen of 360. Every stroke has a dark rim and every colour is bright, so that
both show on dark and on light skin; conditions differ in shape too where they can.
"""

from collections.abc import Mapping
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from media_pipeline.types import (
    AlignedFace,
    Analysis,
    Box,
    Condition,
    ConditionResult,
    Face,
    Finding,
    Image,
    Mask,
    Points,
)
from media_pipeline.warp import cut_square

__all__ = ["COLOURS", "annotated_picture", "condition_map", "finding_crop"]

PICTURE_WIDTH = 1080  # px
TEXT = 38  # px, 13 on a screen of 360
CROP_SIDE = 320  # px
CROP_CONTEXT = 2.2  # side of a crop in sides of its finding
LEAST_CROP = 0.12  # of the face's width, 17 mm
CROWDED = 25  # more findings of a condition are drawn with thinner strokes
HEAD = 1.45  # width of what is shown, in face widths
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
NOTICE = "How the skin looks in this picture. Not a diagnosis."

# as on the page (static/overlay.js, page.css)
COLOURS: Mapping[Condition, tuple[int, int, int]] = MappingProxyType(
    {
        Condition.ACNE: (255, 84, 84),
        Condition.WRINKLES: (80, 220, 255),
        Condition.EYEBAGS: (196, 150, 255),
        Condition.ECZEMA: (255, 168, 48),
        Condition.ROSACEA: (255, 120, 205),
        Condition.HYPERPIGMENTATION: (255, 226, 80),
        Condition.DARK_SPOTS: (130, 245, 130),
    }
)
NAMES: Mapping[Condition, str] = MappingProxyType(
    {condition: condition.value.replace("_", " ").capitalize() for condition in Condition}
)
RIM = (16, 16, 20)
PANEL = (24, 24, 30)
PANEL_TEXT = (240, 240, 244)
PANEL_MUTED = (168, 168, 178)


def annotated_picture(rgb: Image, analysis: Analysis) -> Image:
    """The head with all findings drawn on it and a legend below: (H, PICTURE_WIDTH, 3). rgb is the picture that
    analysis is about, in its px. Without a face the whole picture is shown."""
    window = _head_window(analysis.face, rgb.shape)
    scale = PICTURE_WIDTH / window.width
    left, top = int(window.x), int(window.y)
    part = rgb[top : top + int(window.height), left : left + int(window.width)]
    size = (PICTURE_WIDTH, max(1, round(part.shape[0] * PICTURE_WIDTH / part.shape[1])))
    canvas = _uint8(cv2.resize(part, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))
    shown = [result for result in analysis.conditions.values() if result.findings]
    for result in sorted(shown, key=lambda result: -_largest(result)):
        for finding in result.findings:
            _draw_finding(canvas, finding, scale, (left, top), 2 if len(result.findings) > CROWDED else 3)
    picture = Pillow.fromarray(canvas)
    _draw_tags(picture, shown, scale, (left, top))
    return _with_legend(picture, analysis)


def finding_crop(rgb: Image, finding: Finding, face_width: float) -> Image:
    """A square picture of one finding and what is around it, (CROP_SIDE, CROP_SIDE, 3), nothing drawn on it. finding in
    px of rgb; face_width in px of it too. Over the picture's edges its last pixels are repeated."""
    side = max(finding.box.width, finding.box.height) * CROP_CONTEXT
    side = max(side, LEAST_CROP * face_width, 8.0)
    x, y = finding.box.centre
    scale = side / CROP_SIDE
    return cut_square(rgb, np.array([[scale, 0, x - side / 2], [0, scale, y - side / 2]]), CROP_SIDE, fine=True)


def condition_map(aligned: AlignedFace, result: ConditionResult, response: NDArray[np.float32] | None = None) -> Image:
    """Where on the aligned face a condition shows: (S, S, 3), the face in grey under the condition's colour. response
    (S, S) 0-1 is the detector's map; without one the findings are filled in."""
    grey = np.asarray(cv2.cvtColor(aligned.rgb, cv2.COLOR_RGB2GRAY), np.float32)
    base = np.repeat((grey * 0.85)[..., None], 3, axis=2)
    if response is None:
        strength = np.zeros(grey.shape, np.float32)
        for finding in result.findings:
            area = _area(finding, np.linalg.inv(np.vstack([aligned.to_frame, (0, 0, 1)]))[:2], grey.shape, aligned)
            strength[area] = np.maximum(strength[area], max(0.35, finding.confidence))
        strength = np.asarray(cv2.GaussianBlur(strength, (0, 0), 0.4 * aligned.px_per_mm), np.float32)
    else:
        strength = np.clip(response, 0, 1)
    strength = np.power(strength, 0.7)[..., None]
    colour = np.array(COLOURS[result.condition], np.float32)
    lit = colour * (0.35 + 0.65 * base / 217.0)  # the skin's relief shows through
    return _uint8(np.clip(base * (1 - 0.9 * strength) + lit * 0.9 * strength, 0, 255))


def _head_window(face: Face | None, shape: tuple[int, ...]) -> Box:
    """What of the picture is shown: whole px inside it."""
    height, width = shape[:2]
    if face is None:
        return Box(0, 0, width, height)
    x, y = face.box.centre
    half = max(face.box.width, face.box.height) * HEAD / 2
    left, right = max(0, int(x - half)), min(width, int(np.ceil(x + half)))
    top, bottom = max(0, int(y - 1.05 * half)), min(height, int(np.ceil(y + 0.95 * half)))
    if right - left < 2 or bottom - top < 2:
        return Box(0, 0, width, height)
    return Box(left, top, right - left, bottom - top)


def _largest(result: ConditionResult) -> float:
    return max(finding.box.width * finding.box.height for finding in result.findings)


def _draw_finding(canvas: Image, finding: Finding, scale: float, origin: tuple[int, int], stroke: int) -> None:
    colour = COLOURS[finding.condition]
    points, closed = _shape(finding)
    fixed = np.round((points - origin) * scale * 16).astype(np.int32)
    if closed and finding.condition in (Condition.ECZEMA, Condition.ROSACEA, Condition.HYPERPIGMENTATION):
        _tint(canvas, fixed, colour)
    for width, paint in ((2 * stroke + 1, RIM), (stroke, colour)):
        cv2.polylines(canvas, [fixed], closed, paint, width, cv2.LINE_AA, shift=4)


def _shape(finding: Finding) -> tuple[Points, bool]:
    """The points to draw and whether they close: the outline, or a ring around the box."""
    if finding.outline is not None:
        return finding.outline, finding.condition is not Condition.WRINKLES
    x, y = finding.box.centre
    turn = np.linspace(0, 2 * np.pi, 33)[:-1]
    if finding.condition is Condition.DARK_SPOTS:
        turn = turn[::8]  # a diamond
    ring = np.stack([np.cos(turn) * finding.box.width, np.sin(turn) * finding.box.height], axis=1) * 0.7
    return (ring + (x, y)).astype(np.float32), True


def _tint(canvas: Image, fixed: NDArray[np.int32], colour: tuple[int, int, int]) -> None:
    low = np.clip(fixed.min(axis=0) // 16 - 1, 0, None)
    high = fixed.max(axis=0) // 16 + 2
    part = canvas[low[1] : high[1], low[0] : high[0]]
    if part.size == 0:
        return
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(mask, [(fixed - low * 16).astype(np.int32)], 255, shift=4)
    tinted = (part * 0.78 + np.array(colour) * 0.22).astype(np.uint8)
    part[mask > 0] = tinted[mask > 0]


def _draw_tags(picture: Pillow.Image, results: list[ConditionResult], scale: float, origin: tuple[int, int]) -> None:
    """One tag per condition at the picture's nearer edge, so that it covers no skin, with a line to its surest
    finding."""
    draw = ImageDraw.Draw(picture)
    font = _font(TEXT)
    height = TEXT + 18
    anchors = []
    for result in results:
        x, y = max(result.findings, key=lambda finding: finding.confidence).box.centre
        anchors.append(((y - origin[1]) * scale, (x - origin[0]) * scale, result))
    anchors.sort(key=lambda anchor: anchor[0])
    for side in ("left", "right"):
        lowest = 6.0  # of the tags above on this side
        for y, x, result in anchors:
            if (x < picture.width / 2) != (side == "left"):
                continue
            count = len(result.findings)
            text = NAMES[result.condition] + (f" {count}" if count > 1 else "")
            width = draw.textlength(text, font) + 26
            left = 6.0 if side == "left" else picture.width - width - 6
            beside = y - height / 2
            if left - 12 < x < left + width + 12:  # the tag would lie on what it points to
                beside = y - height - 40 if y > height + 50 else y + 40
            top = min(max(lowest, beside), picture.height - height - 6)
            lowest = top + height + 8
            near = left + width if side == "left" else left
            colour = COLOURS[result.condition]
            for stroke, line_width in ((RIM, 7), (colour, 3)):
                draw.line((near, top + height / 2, x, y), stroke, line_width)
            draw.ellipse((x - 7, y - 7, x + 7, y + 7), fill=colour, outline=RIM, width=2)
            draw.rounded_rectangle((left, top, left + width, top + height), 10, fill=RIM, outline=colour, width=3)
            draw.text((left + 13, top + 5), text, colour, font)


def _with_legend(picture: Pillow.Image, analysis: Analysis) -> Image:
    font, small = _font(TEXT), _font(TEXT - 6)
    measuring = ImageDraw.Draw(picture)
    name_at, said_at, value_at = 74, 448, picture.width - 24
    rows = []
    for condition in Condition:
        if condition in analysis.conditions:
            result = analysis.conditions[condition]
            rows.append((result, _wrapped(measuring, _said(result), small, value_at - said_at - 90)))
    notice = _wrapped(measuring, NOTICE, small, picture.width - 48)
    heights = [max(TEXT + 26, len(lines) * TEXT + 22) for _, lines in rows]
    sheet = Pillow.new("RGB", (picture.width, picture.height + sum(heights) + len(notice) * TEXT + 36), PANEL)
    sheet.paste(picture)
    draw = ImageDraw.Draw(sheet)
    y = picture.height + 12
    for (result, lines), height in zip(rows, heights, strict=True):
        judged = result.score is not None
        colour = COLOURS[result.condition] if judged else PANEL_MUTED
        draw.rounded_rectangle((24, y + 14, 54, y + 44), 8, fill=colour if judged else None, outline=colour, width=3)
        draw.text((name_at, y + 8), NAMES[result.condition], PANEL_TEXT if judged else PANEL_MUTED, font)
        for number, line in enumerate(lines):
            draw.text((said_at, y + 11 + number * TEXT), line, PANEL_MUTED, small)
        if result.score is not None:
            value = f"{result.score.value:.0f}"
            draw.text((value_at - draw.textlength(value, font), y + 8), value, PANEL_TEXT, font)
        y += height
    for number, line in enumerate(notice):
        draw.text((24, y + 10 + number * TEXT), line, PANEL_MUTED, small)
    return np.asarray(sheet, np.uint8).copy()


def _said(result: ConditionResult) -> str:
    if result.severity is None:
        return f"not judged: {result.reason}"
    count = len(result.findings)
    places = f"{count} place{'' if count == 1 else 's'}" if count else "nothing marked"
    if count and result.severity.grade == 0:
        return f"{places}, below the first grade"
    return f"{result.severity.label}, {places}"


def _wrapped(draw: ImageDraw.ImageDraw, text: str, font: Font, room: float) -> list[str]:
    """The text in lines that fit."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _font(size: int) -> Font:
    """The typeface that comes with Pillow: no font needs to be installed."""
    return ImageFont.load_default(size)


def _area(finding: Finding, matrix: NDArray[np.float64], shape: tuple[int, ...], aligned: AlignedFace) -> Mask:
    """The finding's pixels on the aligned face; a line has the width of a wrinkle, 1.2 mm."""
    points, closed = _shape(finding)
    fixed = np.round((points @ matrix[:, :2].T + matrix[:, 2]) * 16).astype(np.int32)
    mask = np.zeros(shape[:2], np.uint8)
    if closed:
        cv2.fillPoly(mask, [fixed], 1, shift=4)
    else:
        cv2.polylines(mask, [fixed], False, 1, max(2, round(1.2 * aligned.px_per_mm)), shift=4)
    return mask.astype(np.bool_)


def _uint8(rgb: NDArray[np.generic]) -> Image:
    return np.ascontiguousarray(rgb, np.uint8)
