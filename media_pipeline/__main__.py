"""Analyse pictures from the command line.

    python -m media_pipeline PICTURE... [--burst] [--json] [--out DIR] [--sheet FILE] [--acne-weights FILE]

--json prints one JSON object a line, --out writes a folder for each picture (annotated.jpg, face.jpg, crops/ID.jpg,
maps/CONDITION.jpg, result.json), --sheet writes all annotated pictures as one. Without any of them a short summary is
printed. --burst takes the pictures for one face in one moment, the best first, and makes one result of them: medians,
with intervals from what they differ by. A picture that cannot be analysed is one line on stderr: PICTURE: code:
sentence. The exit status is 0 when all could be analysed, 1 when not, 2 when the command itself is wrong.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from media_pipeline.burst import MOST_PICTURES, analyse_burst
from media_pipeline.decode import DecodeLimits
from media_pipeline.detectors.registry import DetectorChoice, build_detectors
from media_pipeline.drawing import annotated_picture
from media_pipeline.errors import ModelError, PictureError
from media_pipeline.result_json import burst_to_json, result_to_json
from media_pipeline.still import StillAnalyser, StillResult
from media_pipeline.still_pictures import encode_jpeg, still_pictures
from media_pipeline.types import Image

SHEET_COLUMNS = 3
SHEET_CELL = 360  # px, width of one picture on the sheet
SHEET_GAP = 12  # px


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    options = _parser().parse_args(arguments)
    limits = DecodeLimits()
    failed = False
    sheet: list[Image] = []
    names: set[str] = set()
    try:
        detectors = build_detectors(DetectorChoice(acne_weights=options.acne_weights))
    except ModelError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    with ThreadPoolExecutor(2) as pool:
        analyser = StillAnalyser(detectors, preset=options.preset, pool=pool, limits=limits)
        try:
            for path, outcome in (_burst if options.burst else _one_by_one)(options.pictures, limits, analyser):
                if isinstance(outcome, PictureError):
                    failed = True
                    print(f"{path}: {outcome.code}: {outcome}", file=sys.stderr)
                    continue
                result, values = outcome
                said = {"picture": str(path), **values}
                if options.out is not None:
                    _write(result, options.out / _unique(path.stem, names), said)
                if options.sheet is not None:
                    sheet.append(annotated_picture(result.rgb, result.analysis))
                if options.json:
                    print(json.dumps(said))
                elif options.out is None and options.sheet is None:
                    _print_summary(path, result)
            if options.sheet is not None and sheet:
                options.sheet.write_bytes(encode_jpeg(_contact_sheet(sheet)))
        except OSError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
        finally:
            analyser.close()
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m media_pipeline",
        description="Look at the skin in pictures of a face. Information about appearance, not a diagnosis.",
    )
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE", help="JPEG, PNG, WebP, GIF, BMP or TIFF")
    parser.add_argument("--burst", action="store_true", help="they are one face in one moment: make one result of them")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line for each picture")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write pictures and result.json, a folder for each")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="write all annotated pictures as one JPEG")
    parser.add_argument("--acne-weights", type=Path, metavar="FILE", help="another YOLOv8 acne model, .pt or .onnx")
    parser.add_argument(
        "--preset", choices=("relaxed", "moderate", "strict"), default="moderate", help="how picky the camera gate is"
    )
    return parser


_Outcome = tuple[StillResult, dict[str, Any]] | PictureError
"""What is drawn and what is printed of it, or why there is neither."""


def _one_by_one(
    paths: Sequence[Path], limits: DecodeLimits, analyser: StillAnalyser
) -> Iterator[tuple[Path, _Outcome]]:
    for path in paths:
        try:
            result = analyser.analyse(_read(path, limits))
        except PictureError as error:
            yield path, error
        else:
            yield path, (result, result_to_json(result))


def _burst(paths: Sequence[Path], limits: DecodeLimits, analyser: StillAnalyser) -> Iterator[tuple[Path, _Outcome]]:
    """The pictures that cannot be read, then the rest's one outcome under the first one's name."""
    readable: dict[Path, bytes] = {}
    for path in paths[:MOST_PICTURES]:
        try:
            readable[path] = _read(path, limits)
        except PictureError as error:
            yield path, error
    if not readable:
        return
    first = next(iter(readable))
    try:
        burst = analyse_burst(readable.values(), analyser)
    except PictureError as error:
        yield first, error
        return
    for refusal in burst.refused:
        yield first, PictureError(refusal.code, f"One of the burst is left out. {refusal}")
    yield first, (burst.shown, burst_to_json(burst))


def _read(path: Path, limits: DecodeLimits) -> bytes:
    """The file, no more of it than is needed to see that it is too large. Raises PictureError unreadable."""
    try:
        with path.open("rb") as file:
            return file.read(limits.max_bytes + 1)
    except OSError as error:
        raise PictureError("unreadable", f"The file cannot be read: {error.strerror or error}.") from None


def _write(result: StillResult, folder: Path, said: Mapping[str, Any]) -> None:
    pictures = still_pictures(result)
    for part in ("crops", "maps"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "annotated.jpg").write_bytes(pictures.annotated)
    (folder / "face.jpg").write_bytes(pictures.face)
    for finding_id, crop in pictures.crops.items():
        (folder / "crops" / f"{_safe(finding_id)}.jpg").write_bytes(crop)
    for condition, drawn in pictures.maps.items():
        (folder / "maps" / f"{condition}.jpg").write_bytes(drawn)
    text = json.dumps(said, indent=1)
    (folder / "result.json").write_text(text + "\n", encoding="utf-8")


def _print_summary(path: Path, result: StillResult) -> None:
    print(path)
    for condition, one in result.analysis.conditions.items():
        if one.severity is None or one.score is None:
            print(f"  {condition.value:18} {one.status.value}: {one.reason}")
        else:
            interval = f"{one.score.value:3.0f} ({one.score.low:.0f}-{one.score.high:.0f})"
            print(f"  {condition.value:18} {interval:14} {one.severity.label}, {len(one.findings)} found")


def _contact_sheet(pictures: Sequence[Image]) -> Image:
    """The pictures in rows of SHEET_COLUMNS, each SHEET_CELL px wide."""
    cells = [
        np.asarray(
            cv2.resize(
                picture,
                (SHEET_CELL, round(picture.shape[0] * SHEET_CELL / picture.shape[1])),
                interpolation=cv2.INTER_AREA,
            ),
            np.uint8,
        )
        for picture in pictures
    ]
    columns = min(SHEET_COLUMNS, len(cells))
    rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    heights = [max(cell.shape[0] for cell in row) for row in rows]
    step = SHEET_CELL + SHEET_GAP
    sheet = np.full((sum(heights) + SHEET_GAP * (len(rows) + 1), columns * step + SHEET_GAP, 3), 255, np.uint8)
    top = SHEET_GAP
    for row, height in zip(rows, heights, strict=True):
        for number, cell in enumerate(row):
            left = SHEET_GAP + number * step
            sheet[top : top + cell.shape[0], left : left + SHEET_CELL] = cell
        top += height + SHEET_GAP
    return sheet


def _unique(name: str, taken: set[str]) -> str:
    """A folder name from a picture's, not used before in this run."""
    base = candidate = _safe(name)
    number = 2
    while candidate in taken:
        candidate = f"{base}-{number}"
        number += 1
    taken.add(candidate)
    return candidate


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name).strip(".") or "picture"


if __name__ == "__main__":
    sys.exit(main())
