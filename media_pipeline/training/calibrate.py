"""Measures a model on rendered tiles of the held-out faces, and chooses its confidence threshold there.

    python -m media_pipeline.training.calibrate --model acne.onnx --data FOLDER [--write]

The threshold is the one with the best F1; a lesion counts as found when the centres lie within half its size, at least
3 px. `--write` puts it into the model's metadata, where the detector reads it.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from media_pipeline.detectors.yolo import OVERLAP
from media_pipeline.detectors.yolo_model import YoloModel, suppress
from media_pipeline.training.lesions import Kind

__all__ = ["Outcome", "match", "measure"]

FLOOR = 0.02
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
    """One tile: confidences (N,), which truth each box found (-1 none), predicted kinds (N,), true kinds (M,)."""

    confidence: NDArray[np.float32]
    truth: NDArray[np.intp]
    kinds: NDArray[np.intp]
    true_kinds: NDArray[np.intp]


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


def look(model: YoloModel, pictures: NDArray[np.uint8], labels: NDArray[np.float32]) -> list[Seen]:
    """Run the model over tiles (N, S, S, 3); labels (K, 6): tile, kind, x0, y0, x1, y1."""
    result = []
    for index, picture in enumerate(pictures):
        boxes = model.detect(np.asarray(picture), FLOOR / len(Kind))
        confidence = np.minimum(boxes.scores.sum(axis=1), 1.0)
        kept = suppress(boxes.corners, confidence, overlap=OVERLAP, most=300)
        own = labels[labels[:, 0] == index]
        truth = match(boxes.corners[kept], own[:, 2:])
        kinds = boxes.scores[kept].argmax(axis=1) if kept else np.zeros(0, np.intp)
        result.append(Seen(confidence[kept], truth, kinds, own[:, 1].astype(np.intp)))
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


def average_precision(tiles: Sequence[Seen]) -> float:
    """Area under precision over recall, all kinds together."""
    confidence = np.concatenate([tile.confidence for tile in tiles])
    hit = np.concatenate([tile.truth for tile in tiles])[np.argsort(-confidence)] >= 0
    planted = sum(len(tile.true_kinds) for tile in tiles)
    recall, precision = hit.cumsum() / planted, hit.cumsum() / np.arange(1, len(hit) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * envelope))


def write_threshold(path: Path, threshold: float, version: str) -> None:
    """Put threshold and version into the ONNX file's metadata."""
    import onnx

    model = onnx.load(path)
    wanted = {"acne_threshold": f"{threshold:.3f}", "acne_version": version}
    kept = [entry for entry in model.metadata_props if entry.key not in wanted]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    for key, value in wanted.items():
        model.metadata_props.add(key=key, value=value)
    onnx.save(model, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder written by media_pipeline.training.render")
    parser.add_argument("--tiles", type=int, default=10_000, help="at most so many")
    parser.add_argument("--write", help="version to write into the model, with the threshold chosen")
    options = parser.parse_args()
    pictures = np.load(options.data / "val.npy", mmap_mode="r")[: options.tiles]
    labels = np.load(options.data / "val_labels.npz")["labels"]
    labels = labels[labels[:, 0] < len(pictures)]
    tiles = look(YoloModel(options.model, side=SIDE), pictures, labels)
    outcomes = [measure(tiles, threshold) for threshold in np.arange(0.05, 0.85, 0.025).tolist()]
    best = max(outcomes, key=lambda outcome: outcome.f1)
    clear = [tile for tile in tiles if len(tile.true_kinds) == 0]
    false_on_clear = sum(int((tile.confidence >= best.threshold).sum()) for tile in clear) / max(1, len(clear))
    print(
        json.dumps(
            {"average_precision": average_precision(tiles), "false_per_clear_tile": false_on_clear, **asdict(best)}
        )
    )
    if options.write:
        write_threshold(options.model, best.threshold, options.write)


if __name__ == "__main__":
    main()
