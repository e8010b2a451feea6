"""`python -m media_pipeline.evaluation.live`: measure what is drawn live, and write EVALUATION_LIVE.md."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import av
import numpy as np

from media_pipeline.detectors.registry import build_detectors
from media_pipeline.evaluation.anchored import (
    CLIPS,
    MOTIONS,
    Compared,
    Strayed,
    on_clip,
    on_head,
    on_moving_head,
    there_and_back,
)
from media_pipeline.evaluation.examiner import find_subjects
from media_pipeline.evaluation.fused import EVERY_S, SETTLED, Gain, Head, gains
from media_pipeline.evaluation.motion import Shape
from media_pipeline.evaluation.subjects import Subject
from media_pipeline.inspection import Inspector
from media_pipeline.skin_mask import SkinSegmenter
from media_pipeline.types import Condition, Image

PIPELINE = Path(__file__).resolve().parents[1]
SHARED = PIPELINE.parents[1] / "shared" / "data"
FACE_PX = 300.0  # width of a face at arm's length in 1280x720
SPAN = 15  # pictures between two inspections: half a second
BAR = 0.02  # of the face's width
LOOKS = 14
SHAPES: tuple[Shape, ...] = ("mesh", "ellipsoid")
SMALL_FACE_PX = 150.0  # of the same in 640x360
TURNING_HEADS = 3  # in clips: each takes half a minute
TURNING_FPS = (30, 10)


def main(arguments: list[str] | None = None) -> int:
    """Write the report; 0."""
    parser = argparse.ArgumentParser(prog="python -m media_pipeline.evaluation.live", description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder of real inputs; without it one head alone")
    parser.add_argument("--out", type=Path, default=PIPELINE / "EVALUATION_LIVE.md", help="the report's file")
    parser.add_argument("--looks", type=int, default=LOOKS, help=f"at each head, more than {SETTLED}")
    options = parser.parse_args(arguments)
    shared = options.shared if (options.shared / "faces").is_dir() else None
    subjects = find_subjects(shared)
    anchored = anchored_table(list(subjects.values()))
    turning = turning_table(list(subjects.values())[:TURNING_HEADS])
    clips = clip_table(sorted((shared / "video").glob("*.mp4")) if shared else [])
    segmenter = SkinSegmenter()
    try:
        gained = gains(_heads(list(subjects)), subjects, Inspector(build_detectors(), segmenter), looks=options.looks)
    finally:
        segmenter.close()
    options.out.write_text(report(anchored, turning, clips, gained, len(subjects), options.looks))
    return 0


def anchored_table(subjects: Sequence[Subject]) -> dict[tuple[str, Shape], Compared]:
    """By motion and shape, all heads together."""
    compared: dict[tuple[str, Shape], list[Compared]] = {}
    for shape in SHAPES:
        for subject in subjects:
            scale = FACE_PX / _face_px(subject)
            for name, one in zip(MOTIONS, on_head(subject, list(MOTIONS.values()), shape, scale=scale), strict=True):
                compared.setdefault((name, shape), []).append(one)
    return {key: Compared.joined(some) for key, some in compared.items()}


def turning_table(subjects: Sequence[Subject]) -> dict[tuple[str, Shape, int], Compared]:
    """By motion, shape and rate (pictures a second), all pictures of all heads together."""
    table = {}
    for name, motion in CLIPS.items():
        for shape in SHAPES:
            for fps in TURNING_FPS:
                poses = there_and_back(motion, fps=fps)
                some = [
                    on_moving_head(one, poses, shape, scale=SMALL_FACE_PX / _face_px(one), fps=fps) for one in subjects
                ]
                table[name, shape, fps] = Compared.joined(picture for clip in some for picture in clip)
    return table


def clip_table(paths: Sequence[Path]) -> dict[str, Compared]:
    """By clip."""
    return {path.stem: on_clip(_pictures(path), span=SPAN) for path in paths}


def _face_px(subject: Subject) -> float:
    return float(np.linalg.norm(subject.points[234] - subject.points[454]))


def report(
    anchored: Mapping[tuple[str, Shape], Compared],
    turning: Mapping[tuple[str, Shape, int], Compared],
    clips: Mapping[str, Compared],
    gained: Mapping[Condition, Gain],
    heads: int,
    looks: int,
) -> str:
    """The report's text."""
    rows = [
        *HEADING.format(heads=heads, face=FACE_PX, bar=BAR).splitlines(),
        *_rows({f"{motion} | {shape}": one for (motion, shape), one in anchored.items()}),
        *TURNING.format(heads=min(heads, TURNING_HEADS), face=SMALL_FACE_PX).splitlines(),
        *_rows({f"{motion} | {shape}, {fps} a second": one for (motion, shape, fps), one in turning.items()}),
        *REAL.splitlines(),
        *_rows(clips),
        *FUSED.format(looks=looks, every=EVERY_S, settled=SETTLED * EVERY_S).splitlines(),
        *(f"| {condition.replace('_', ' ')} | {_gained(gain)} |" for condition, gain in gained.items()),
        f"| mean of the conditions | {_gained(_mean(list(gained.values())))} |",
    ]
    return "\n".join(rows) + "\n"


HEADING = """\
# How well live findings stay on the skin, and what fusing them gains

Written by `make evaluate-live`; do not edit.

## Anchored

Spots on {heads} heads, {face:.0f} px wide, found on the still picture and placed on the moved one: by the mesh that is
found there, and, as the live stream does it, by that mesh registered to the skin. The truth is the rendering's. Heads
are turned by two shapes: the relief of their own mesh, and a plain ellipsoid that knows nothing of any mesh; both are
coarser than a real head, so part of the error is theirs, and their light does not change as they turn. Distances from
the truth as shares of the face's width; the bar is {bar:.0%}. The moved picture comes at once, with none in between.

| motion | shape | by | median | 95 % | worst | within the bar | spots |
|---|---|---|---|---|---|---|---|
"""
TURNING = """
The same as clips of a second, there and back, of {heads} heads {face:.0f} px wide in 640x360; every picture counts.

| motion | shape, rate | by | median | 95 % | worst | within the bar | spots |
|---|---|---|---|---|---|---|---|
"""
REAL = """
Real clips: skin that optical flow follows from picture to picture, forwards and backwards in agreement, for up to half
a second after an inspection; flow's own slips count as errors. Registration looks for the skin with another kind of
flow and against one picture only, so the two do not share their drift, but both follow what contrast there is. In the
second and third clip heads turn by up to 70 degrees in a fifth of a second, and faces are 140 px wide.

| clip | by | median | 95 % | worst | within the bar | points |
|---|---|---|---|---|---|---|
"""
FUSED = """
## Fused

Each condition planted at moderate severity, {looks} looks, {every} s apart, each with its own small change of pose,
place, distance, light, focus, noise and compression; counted after {settled:.0f} s. False findings: on procedural skin
with nothing planted, where every finding is false. Changes: share of looks whose count differs from the one before.

| condition | recall, single look | fused | false findings a look, single | fused | changes, single | fused |
|---|---|---|---|---|---|---|
"""


def _rows(compared: Mapping[str, Compared]) -> Iterator[str]:
    for name, one in compared.items():
        yield f"| {name} | mesh | {_figures(one.by_mesh)} |"
        yield f"| {name} | registered | {_figures(one.on_skin)} |"


def _figures(one: Strayed) -> str:
    if not len(one.errors):
        return "- | - | - | - | 0"
    within = float((one.errors <= BAR).mean())
    quantiles = " | ".join(f"{one.quantile(share):.2%}" for share in (0.5, 0.95, 1.0))
    return f"{quantiles} | {within:.0%} | {len(one.errors)}"


def _gained(gain: Gain) -> str:
    pairs = (gain.recall, gain.false, gain.changes)
    return " | ".join("- | -" if pair is None else f"{pair[0]:.2f} | {pair[1]:.2f}" for pair in pairs)


def _mean(some: Sequence[Gain]) -> Gain:
    def mean(pairs: list[tuple[float, float] | None]) -> tuple[float, float] | None:
        known = [pair for pair in pairs if pair is not None]
        if not known:
            return None
        return sum(pair[0] for pair in known) / len(known), sum(pair[1] for pair in known) / len(known)

    return Gain(*(mean([getattr(one, name) for one in some]) for name in ("recall", "false", "changes")))


def _heads(names: Sequence[str]) -> list[Head]:
    """Every head in its own tone, and with procedural skin in three tones each."""
    own = [Head(name) for name in names]
    return own + [Head(name, tone, smooth=True) for name in names[-2:] for tone in (None, "tan", "dark")]


def _pictures(path: Path) -> Iterator[Image]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


if __name__ == "__main__":
    sys.exit(main())
