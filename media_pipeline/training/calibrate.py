"""Measures a model on rendered tiles of the held-out faces, and calibrates its confidence and its boxes there.

    python -m media_pipeline.training.calibrate --model acne.onnx --data FOLDER [--write VERSION]

A lesion counts as found when the centres lie within half its size, at least 3 px. On every other tile a logistic curve
over the log odds of the summed scores is fitted to whether a box found a lesion; the figures printed come from the
tiles between. `--write` puts curve and threshold into the model's metadata, where the detector reads them. The
threshold is a half: what is reported is more likely a lesion than not.

The network draws its boxes around all of a lesion, as it learned to. On the same tiles a straight line is fitted from
the side of a box that found a lesion to that of the lesion's extent (`render.Tile.extents`), each by its relative
error; the detector puts its boxes through it, so that they end at the edge one would measure.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from media_pipeline.detectors.yolo import FLOOR, OVERLAP, calibrated, fitted_sides
from media_pipeline.detectors.yolo_model import YoloModel, suppress
from media_pipeline.training.lesions import Kind

__all__ = ["Outcome", "match", "measure"]

THRESHOLD = 0.5
LEAST_PAIRS = 20  # boxes that found a lesion, for a line of sides to mean anything
SIDE = 352  # px: the tiles'


@dataclass(frozen=True, slots=True)
class Outcome:
    """How good a model is at one threshold, over all kinds; count_bias: found / planted - 1."""

    threshold: float
    recall: float
    precision: float
    f1: float
    count_bias: float
    recall_by_kind: dict[str, float]
    kind_right: float


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One tile: confidences (N,), which truth each box found (-1 none), predicted kinds (N,), true kinds (M,); boxes
    (N, 4) and extents of the true (M, 4) px."""

    confidence: NDArray[np.float32]
    truth: NDArray[np.intp]
    kinds: NDArray[np.intp]
    true_kinds: NDArray[np.intp]
    boxes: NDArray[np.float32]
    extents: NDArray[np.float32]


def match(found: NDArray[np.float32], true: NDArray[np.float32]) -> NDArray[np.intp]:
    """For boxes found (N, 4), best first, the index of the true box (M, 4) each one claims, or -1; a true box is
    claimed once, by the first box whose centre lies within half its longer side (at least 3 px) of its centre."""
    claimed = np.full(len(found), -1, np.intp)
    free = np.ones(len(true), bool)
    centres = (true[:, :2] + true[:, 2:]) / 2
    reach = np.maximum((true[:, 2:] - true[:, :2]).max(axis=1, initial=0) / 2, 3.0)
    for i, box in enumerate(found):
        distance = np.hypot(*(centres - (box[:2] + box[2:]) / 2).T) / reach if len(true) else np.zeros(0)
        distance = np.where(free, distance, np.inf)
        if len(distance) and distance.min() <= 1:
            claimed[i] = int(distance.argmin())
            free[claimed[i]] = False
    return claimed


def look(
    model: YoloModel, pictures: NDArray[np.uint8], labels: NDArray[np.float32], extents: NDArray[np.float32]
) -> list[Seen]:
    """Run the model over tiles (N, S, S, 3); labels (K, 6): tile, kind, x0, y0, x1, y1; extents (K, 4)."""
    result = []
    for index, picture in enumerate(pictures):
        boxes = model.detect(np.asarray(picture), FLOOR)
        confidence = calibrated(boxes.scores, 0.0, 1.0)
        kept = suppress(boxes.corners, confidence, overlap=OVERLAP, most=300)
        here = labels[:, 0] == index
        own = labels[here]
        truth = match(boxes.corners[kept], own[:, 2:])
        kinds = boxes.scores[kept].argmax(axis=1) if kept else np.zeros(0, np.intp)
        result.append(
            Seen(confidence[kept], truth, kinds, own[:, 1].astype(np.intp), boxes.corners[kept], extents[here])
        )
    return result


def measure(tiles: Sequence[Seen], threshold: float) -> Outcome:
    """Recall, precision and the rest at one threshold."""
    hits, found, right = 0, 0, 0
    planted, recalled = np.zeros(len(Kind)), np.zeros(len(Kind))
    for tile in tiles:
        kept = tile.confidence >= threshold
        truth, kinds = tile.truth[kept], tile.kinds[kept]
        hit = truth >= 0
        found += int(kept.sum())
        hits += int(hit.sum())
        right += int((kinds[hit] == tile.true_kinds[truth[hit]]).sum())
        planted += np.bincount(tile.true_kinds, minlength=len(Kind))
        recalled += np.bincount(tile.true_kinds[truth[hit]], minlength=len(Kind))
    recall, precision = hits / max(1.0, planted.sum()), hits / max(1, found)
    return Outcome(
        threshold=threshold,
        recall=recall,
        precision=precision,
        f1=2 * recall * precision / max(1e-9, recall + precision),
        count_bias=found / max(1.0, planted.sum()) - 1,
        recall_by_kind={kind.name.lower(): float(recalled[kind] / max(1.0, planted[kind])) for kind in Kind},
        kind_right=right / max(1, hits),
    )


def fit(tiles: Sequence[Seen]) -> tuple[float, float]:
    """Offset and slope of the curve from raw confidence to a lesion's chance: Platt scaling, by Newton's method."""
    raw = np.concatenate([tile.confidence for tile in tiles]).astype(np.float64)
    hit = np.concatenate([tile.truth for tile in tiles]) >= 0
    design = np.column_stack([np.ones(len(raw)), log_odds(raw)])
    weights = np.array([0.0, 1.0])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ weights))
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + 1e-6 * np.eye(2)
        weights += np.linalg.solve(curvature, design.T @ (hit - chance))
    return float(weights[0]), float(weights[1])


def fit_sides(tiles: Sequence[Seen], threshold: float) -> tuple[float, float]:
    """Scale and border (px of the network's input) of the line from a box's side to its lesion's extent's;
    the box itself (1, 0) where fewer than LEAST_PAIRS found a lesion."""
    found, true = _sides(tiles, threshold)
    if len(found) < LEAST_PAIRS:
        return 1.0, 0.0
    scale, border = np.polyfit(found, true, 1, w=1 / found)
    return float(scale), float(border)


def size_figures(tiles: Sequence[Seen], threshold: float, scale: float, border: float) -> dict[str, float]:
    """Of the boxes that found a lesion: median side over the extent's, as the network draws them and as they are
    reported, and how far the middles of box and extent are apart on average, to the right and down, px."""
    found, true = _sides(tiles, threshold)
    if not len(found):
        return {}
    pairs = [
        (tile.boxes[tile.confidence >= threshold], tile.extents, tile.truth[tile.confidence >= threshold])
        for tile in tiles
    ]
    offsets = np.concatenate(
        [_middles(boxes[at >= 0]) - _middles(extents[at[at >= 0]]) for boxes, extents, at in pairs]
    )
    right, down = (float(value) for value in offsets.mean(axis=0))
    return {
        "drawn_side": float(np.median(found / true)),
        "reported_side": float(np.median(fitted_sides(found, scale, border) / true)),
        "offset_right": right,
        "offset_down": down,
    }


def _sides(tiles: Sequence[Seen], threshold: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Geometric mean of the sides, of the boxes that found a lesion and of its extent, px."""
    found: list[NDArray[np.float64]] = []
    true: list[NDArray[np.float64]] = []
    for tile in tiles:
        hit = (tile.truth >= 0) & (tile.confidence >= threshold)
        for boxes, sides in ((tile.boxes[hit], found), (tile.extents[tile.truth[hit]], true)):
            sides.append(np.sqrt((boxes[:, 2:] - boxes[:, :2]).prod(axis=1, dtype=np.float64)))
    return np.concatenate(found), np.concatenate(true)


def _middles(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, np.float32)


def recalibrated(tile: Seen, offset: float, slope: float) -> Seen:
    """The tile with its raw confidences put through the curve."""
    chance = 1 / (1 + np.exp(-(offset + slope * log_odds(tile.confidence.astype(np.float64)))))
    return replace(tile, confidence=chance.astype(np.float32))


def log_odds(chance: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))


def calibration_error(tiles: Sequence[Seen]) -> float:
    """Mean distance between confidence and the share of boxes that are right, over ten bins, each by its boxes."""
    confidence = np.concatenate([tile.confidence for tile in tiles])
    hit = np.concatenate([tile.truth for tile in tiles]) >= 0
    bins = np.minimum((confidence * 10).astype(int), 9)
    gaps = [abs(float(confidence[bins == b].sum() - hit[bins == b].sum())) for b in range(10)]
    return sum(gaps) / max(1, len(hit))


def average_precision(tiles: Sequence[Seen]) -> float:
    """Area under precision over recall, all kinds together."""
    confidence = np.concatenate([tile.confidence for tile in tiles])
    hit = np.concatenate([tile.truth for tile in tiles])[np.argsort(-confidence)] >= 0
    planted = sum(len(tile.true_kinds) for tile in tiles)
    recall, precision = hit.cumsum() / planted, hit.cumsum() / np.arange(1, len(hit) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * envelope))


def write_calibration(path: Path, values: Mapping[str, str]) -> None:
    """Put values (acne_threshold, acne_offset, acne_slope, acne_box_scale, acne_box_border, acne_version) into the ONNX
    file's metadata."""
    import onnx

    model = onnx.load(path)
    kept = [(entry.key, entry.value) for entry in model.metadata_props if entry.key not in values]
    del model.metadata_props[:]
    for key, value in (*kept, *values.items()):
        model.metadata_props.add(key=key, value=value)
    onnx.save(model, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder written by media_pipeline.training.render")
    parser.add_argument("--tiles", type=int, default=10_000, help="at most so many")
    parser.add_argument("--write", help="version to write into the model, with what was found")
    options = parser.parse_args()
    pictures = np.load(options.data / "val.npy", mmap_mode="r")[: options.tiles]
    truth = np.load(options.data / "val_labels.npz")
    labels, extents = truth["labels"], truth["extents"]
    rendered = labels[:, 0] < len(pictures)
    tiles = look(YoloModel(options.model, side=SIDE), pictures, labels[rendered], extents[rendered])
    offset, slope = fit(tiles[::2])
    scale, border = fit_sides([recalibrated(tile, offset, slope) for tile in tiles[::2]], THRESHOLD)
    kept = [recalibrated(tile, offset, slope) for tile in tiles[1::2]]
    clear = [tile for tile in kept if not len(tile.true_kinds)]
    figures = {
        "average_precision": average_precision(kept),
        "calibration_error": calibration_error(kept),
        "false_per_clear_tile": sum(int((tile.confidence >= THRESHOLD).sum()) for tile in clear) / max(1, len(clear)),
        **asdict(measure(kept, THRESHOLD)),
        **size_figures(kept, THRESHOLD, scale, border),
    }
    curve = {"offset": offset, "slope": slope, "box_scale": scale, "box_border": border}
    print(json.dumps({**curve, **figures}, indent=1))
    if options.write:
        write_calibration(
            options.model,
            {
                "acne_threshold": f"{THRESHOLD:.3f}",
                "acne_offset": f"{offset:.4f}",
                "acne_slope": f"{slope:.4f}",
                "acne_box_scale": f"{scale:.4f}",
                "acne_box_border": f"{border:.4f}",
                "acne_version": options.write,
            },
        )


if __name__ == "__main__":
    main()
