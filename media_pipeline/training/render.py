"""Renders the training set: tiles of skin with lesions of known place and kind, and without.

    python -m media_pipeline.training.render --faces FOLDER --out FOLDER --seed 1
    python -m media_pipeline.training.render --faces FOLDER --prepare FOLDER

The second form only finds the faces and writes them to .npz files, which serve as FOLDER of the first on a machine that
has no face mesh. Tiles go to OUT/{train,val}.npy, (N, S, S, 3) uint8, their boxes to OUT/{train,val}_labels.npz:
`labels` (K, 6) of tile, class, x0, y0, x1, y1 px, and `extents` (K, 4), how far each lesion is seen.
Everything follows from the seed. Faces in HELD_OUT serve the validation tiles alone.
"""

import argparse
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.training.camera import choose_shot, take
from media_pipeline.training.canvases import Canvas, FacePicture, cut_face, load_face, procedural_skin, save_face
from media_pipeline.training.distractors import draw_in_skin, draw_over_skin
from media_pipeline.training.lesions import Lesion, Manner, choose_manner, draw_lesion, plan_lesions
from media_pipeline.training.optics import Array, Layers, Light, apply_layers, lab

__all__ = ["Tile", "render_tile"]

TILE = 352  # px: the network is trained on crops of 256
SCALES = (1.6, 5.0)  # px per mm; a whole face is looked at with 2 to 2.4, a close-up with more
VISIBLE = 4.5  # least colour difference (Lab) at which a lesion gets its label
HELD_OUT = frozenset({"woman_0003_f2", "woman_0016_f1", "woman_0062_f1", "woman_0118_f0"})
BACKDROPS = (
    "chelsea.png",
    "coffee.png",
    "rocket.jpg",
    "gravel.png",
    "brick.png",
    "grass.png",
)  # ship with scikit-image


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """rgb (S, S, 3) uint8; labels (N, 5) float32: class, x0, y0, x1, y1 px, around all of a lesion; extents (N, 4)
    float32: x0, y0, x1, y1 px around where it by itself changes the skin's colour by half as much as at its middle or
    more, which is the edge one would measure: 0.5 to 0.7 of the label's side."""

    rgb: NDArray[np.uint8]
    labels: NDArray[np.float32]
    extents: NDArray[np.float32]


def render_tile(rng: np.random.Generator, faces: Sequence[FacePicture], backdrops: Sequence[NDArray[np.uint8]]) -> Tile:
    """One tile. Every choice comes from rng."""
    px_per_mm = float(np.exp(rng.uniform(*np.log(SCALES))))
    procedural = not faces or rng.random() < 0.35
    if procedural:
        canvas = procedural_skin(rng, TILE, px_per_mm, backdrops[int(rng.integers(len(backdrops)))])
    else:
        canvas = cut_face(rng, faces[int(rng.integers(len(faces)))], TILE, px_per_mm)
    turn = rng.uniform(0, 2 * np.pi)
    light = Light(
        direction=(float(np.cos(turn)), float(np.sin(turn))),
        shading=float(rng.uniform(0.1, 0.9)),
        shine=float(rng.choice([0.0, rng.uniform(0.03, 0.35)])),
        mirror=(float(rng.normal(0, 0.25)), float(rng.normal(0, 0.25))),
    )
    skin_layers = Layers.empty((TILE, TILE))
    draw_in_skin(rng, skin_layers, canvas)
    bare = apply_layers(canvas.linear, skin_layers, light)
    manner = choose_manner(rng)
    lesions = _plan(rng, canvas, manner)
    layers = Layers.empty((TILE, TILE))
    strength = float(np.exp(rng.normal(0.0, 0.45)))
    softness = float(rng.choice([0.0, rng.random()]))
    extents = []
    for lesion in lesions:
        window = lesion.window(layers.red.shape)
        before = layers.cut(window)
        draw_lesion(rng, layers, lesion, strength * float(np.exp(rng.normal(0, 0.3))), canvas.tone, softness, manner)
        extents.append(_extent(bare[window], layers.cut(window).since(before), light, window))
    if rng.random() < 0.4:  # skin between crowded lesions is red too
        spread = rng.uniform(2, 7) * px_per_mm
        layers.red += rng.uniform(0.2, 1.0) * np.asarray(cv2.GaussianBlur(layers.red, (0, 0), spread), np.float32)
    spotted = apply_layers(bare, layers, light)
    shot = choose_shot(rng)
    difference = np.linalg.norm(lab(np.clip(spotted, 0, 1)) - lab(np.clip(bare, 0, 1)), axis=2)
    sigma = float(np.hypot(shot.blur, 0.5 * shot.shrink))
    difference = np.asarray(cv2.GaussianBlur(difference, (0, 0), max(sigma, 0.6)), np.float32)
    scene, seen = draw_over_skin(rng, spotted, px_per_mm, holes=procedural)
    rows = _visible(lesions, np.asarray(difference * seen, np.float32))
    kept = np.array([extents[index] for index, _ in rows], np.float32).reshape(-1, 4)
    labels = np.array([label for _, label in rows], np.float32).reshape(-1, 5)
    return Tile(take(rng, scene, shot), labels, kept)


def _extent(bare: Array, own: Layers, light: Light, window: tuple[slice, slice]) -> tuple[float, float, float, float]:
    """Around where a lesion's own layers change the skin (H, W, 3) in its window by half the most they do, px."""
    change = np.linalg.norm(lab(np.clip(apply_layers(bare, own, light), 0, 1)) - lab(np.clip(bare, 0, 1)), axis=2)
    ys, xs = np.nonzero(change >= change.max() / 2)
    top, left = window[0].start, window[1].start
    return float(left + xs.min()), float(top + ys.min()), float(left + xs.max() + 1), float(top + ys.max() + 1)


def _plan(rng: np.random.Generator, canvas: Canvas, manner: Manner) -> list[Lesion]:
    if rng.random() < 0.22:
        return []
    burden = float(np.exp(rng.uniform(np.log(8), np.log(150))))
    return plan_lesions(rng, canvas.skin, canvas.px_per_mm, burden, manner)


def _visible(lesions: Sequence[Lesion], difference: NDArray[np.float32]) -> list[tuple[int, tuple[float, ...]]]:
    """Number and label of each lesion that can be seen, clipped to the tile."""
    size = difference.shape[0]
    rows: list[tuple[int, tuple[float, ...]]] = []
    for index, lesion in enumerate(lesions):
        x0, y0, x1, y1 = np.clip(lesion.box, 0, size)
        if x1 - x0 < 3 or y1 - y0 < 3:
            continue
        inside = difference[int(y0) : int(np.ceil(y1)), int(x0) : int(np.ceil(x1))]
        if np.quantile(inside, 0.9) >= VISIBLE:
            rows.append((index, (float(lesion.kind), x0, y0, x1, y1)))
    return rows


def render_set(faces_folder: Path, out: Path, tiles: int, seed: int, *, held_out: bool, workers: int) -> None:
    """Write one set: of the training faces, or of the held-out ones."""
    name = "val" if held_out else "train"
    out.mkdir(parents=True, exist_ok=True)
    pictures = np.lib.format.open_memmap(out / f"{name}.npy", mode="w+", dtype=np.uint8, shape=(tiles, TILE, TILE, 3))
    rows: list[NDArray[np.float32]] = []
    extents: list[NDArray[np.float32]] = []
    started = time.monotonic()
    # a copy of a process whose libraries have threads may wait for them for ever
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, initializer=_load, initargs=(faces_folder, held_out)) as pool:
        for index, tile in enumerate(pool.map(_render, ((seed, held_out, i) for i in range(tiles)), chunksize=8)):
            pictures[index] = tile.rgb
            rows.append(np.column_stack([np.full(len(tile.labels), index, np.float32), tile.labels]))
            extents.append(tile.extents)
            if index % 500 == 499:
                print(f"{name}: {index + 1} tiles, {time.monotonic() - started:.0f} s", flush=True)
    np.savez(out / f"{name}_labels.npz", labels=np.concatenate(rows), extents=np.concatenate(extents))


_FACES: list[FacePicture] = []
_BACKDROPS: list[NDArray[np.uint8]] = []


def _load(folder: Path, held_out: bool) -> None:
    cv2.setNumThreads(1)
    for path in sorted((*folder.glob("*.jpg"), *folder.glob("*.npz"))):
        if (path.stem in HELD_OUT) == held_out:
            face = load_face(path)
            if face is not None:
                _FACES.append(face)
    for name in BACKDROPS:
        bgr = cv2.imread(str(files("skimage") / "data" / name), cv2.IMREAD_COLOR)
        assert bgr is not None, name
        _BACKDROPS.append(np.ascontiguousarray(cv2.resize(bgr, None, fx=1.5, fy=1.5)[..., ::-1], dtype=np.uint8))


def prepare(folder: Path, out: Path) -> None:
    """Write each clear face of a folder, with its skin found, to out/NAME.npz."""
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("*.jpg")):
        face = load_face(path)
        if face is not None:
            save_face(face, out / f"{path.stem}.npz")


def _render(job: tuple[int, bool, int]) -> Tile:
    return render_tile(np.random.default_rng(job), _FACES, _BACKDROPS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faces", type=Path, required=True, help="folder of clear faces, .jpg")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--prepare", type=Path, help="write the faces there, ready for --faces elsewhere, and stop")
    parser.add_argument("--tiles", type=int, default=24_000)
    parser.add_argument("--val-tiles", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    if options.prepare:
        prepare(options.faces, options.prepare)
        return
    if options.out is None:
        parser.error("--out is needed")
    for held_out, tiles in ((True, options.val_tiles), (False, options.tiles)):
        render_set(options.faces, options.out, tiles, options.seed, held_out=held_out, workers=options.workers)


if __name__ == "__main__":
    main()
