"""Still pictures: one aligned face, a 12 MP photograph end to end, memory over a thousand pictures."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from io import BytesIO

import cv2
import numpy as np
import psutil
from PIL import Image as Pillow

from benchmarks.clips import portrait
from benchmarks.table import Row
from media_pipeline.detectors.registry import build_detectors
from media_pipeline.examination import examine
from media_pipeline.still import StillAnalyser
from media_pipeline.still_pictures import still_pictures
from media_pipeline.types import Condition

__all__ = ["bench_still"]

POOL = 2  # threads that detectors share, as the server gives them


def bench_still(quick: bool) -> Iterator[Row]:
    """The stages, the whole, what stays in memory."""
    detectors = build_detectors()
    photograph = _photograph()
    with ThreadPoolExecutor(POOL) as pool:
        analyser = StillAnalyser(detectors, pool=pool)
        result = analyser.analyse(photograph)
        rounds = 5 if quick else 30
        # replace() makes a face that is new to the detectors: they share what they compute from one face
        faces = [_timed(partial(examine, replace(result.aligned), detectors, pool)) for _ in range(rounds)]
        yield Row(
            "one aligned face, all local detectors", _spread(faces), "<= 150 ms p50", statistics.median(faces) <= 150
        )
        for detector in detectors:
            alone = [_timed(partial(examine, replace(result.aligned), [detector])) for _ in range(rounds)]
            is_acne = detector.conditions == (Condition.ACNE,)
            name = ", ".join(detector.conditions)
            met = statistics.median(alone) <= 25 if is_acne else None
            yield Row(f"{name} alone", _spread(alone), "<= 25 ms p50" if is_acne else "", met)
        whole = [_timed(lambda: still_pictures(analyser.analyse(photograph), maps=False)) for _ in range(rounds)]
        megapixels = result.rgb.shape[0] * result.rgb.shape[1] / 1e6
        yield Row(
            f"a 12 MP JPEG to findings, annotated picture and crops (looked at in {megapixels:.0f} MP)",
            _spread(whole),
            "<= 1000 ms p50",
            statistics.median(whole) <= 1000,
        )
        stages = result.analysis.stages_ms
        yield Row("its stages, once", ", ".join(f"{name} {taken:.0f}" for name, taken in stages.items()) + " ms")
        yield _memory(analyser, 30 if quick else 1000)
        analyser.close()


def _memory(analyser: StillAnalyser, pictures: int) -> Row:
    """Resident memory before and after analysing many pictures of two people."""
    files = [_jpeg(np.asarray(portrait(name), np.uint8)) for name in ("astronaut", "hopper")]
    process = psutil.Process()
    for number in range(20):
        analyser.analyse(files[number % 2])
    gc.collect()
    before = process.memory_info().rss
    for number in range(pictures):
        analyser.analyse(files[number % 2])
    gc.collect()
    grown = (process.memory_info().rss - before) / 1e6
    return Row(f"memory gained over {pictures} pictures", f"{grown:+.1f} MB", "flat (<= 20 MB)", grown <= 20)


def _photograph() -> bytes:
    """A 12 MP JPEG of one face with a sensor's noise, as a phone makes it."""
    large = cv2.resize(np.asarray(portrait("hopper"), np.uint8), (3072, 3600), interpolation=cv2.INTER_CUBIC)
    canvas = np.full((4000, 3000, 3), 90, np.uint8)
    canvas[200:3800] = large[:, 36:3036]
    noise = np.random.default_rng(1).normal(0, 3, canvas.shape)
    return _jpeg(np.clip(canvas + noise, 0, 255).astype(np.uint8))


def _jpeg(rgb: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> bytes:
    out = BytesIO()
    Pillow.fromarray(rgb).save(out, "JPEG", quality=92)
    return out.getvalue()


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1e3


def _spread(milliseconds: list[float]) -> str:
    ordered = sorted(milliseconds)
    return f"{statistics.median(ordered):.0f} ms (p95 {ordered[int(0.95 * (len(ordered) - 1))]:.0f})"
