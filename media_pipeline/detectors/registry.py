"""Which detector finds what: one for each condition, chosen once, when the server starts.

Acne by the YOLO network, the built-in one or another; the rest by local ones; for wrinkles, eyebags and eczema a hosted
model when its key is given, with the local one behind it. The local ones share the maps that they compute from a face,
so build them once and use them for every face and every thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from media_pipeline.detectors.dark_spots import DarkSpots
from media_pipeline.detectors.eczema import Eczema
from media_pipeline.detectors.eyebags import Eyebags
from media_pipeline.detectors.hyperpigmentation import Hyperpigmentation
from media_pipeline.detectors.maps import SharedMaps
from media_pipeline.detectors.roboflow import MODELS, HostedModel, RoboflowDetector
from media_pipeline.detectors.rosacea import Rosacea
from media_pipeline.detectors.wrinkles import Wrinkles
from media_pipeline.detectors.yolo import load_acne_detector
from media_pipeline.types import Condition, Detector

__all__ = ["DetectorChoice", "Hosted", "build_detectors", "local_only"]


@dataclass(frozen=True, slots=True)
class Hosted:
    """A hosted model to ask: its key, and its id when not the usual one."""

    api_key: str = field(repr=False)
    model_id: str | None = None


@dataclass(frozen=True, slots=True)
class DetectorChoice:
    """What the operator chose. wrinkles, eyebags, eczema: a hosted model, None for the local detector alone; api_url:
    http(s) address of the inference server; timeout_s: seconds to wait for it. acne_weights: another network, .pt or
    .onnx, None for the built-in one; acne_cache: folder for what a .pt is converted to; acne_threads: the network's."""

    wrinkles: Hosted | None = None
    eyebags: Hosted | None = None
    eczema: Hosted | None = None
    api_url: str = "https://serverless.roboflow.com"
    timeout_s: float = 5.0
    acne_weights: Path | None = None
    acne_cache: Path = Path("media") / "cache"
    acne_threads: int = 2


def build_detectors(choice: DetectorChoice = DetectorChoice()) -> tuple[Detector, ...]:
    """The detectors, every condition once. Raises ModelError where the acne weights cannot be used."""
    maps = SharedMaps()
    return (
        load_acne_detector(choice.acne_weights, choice.acne_cache, threads=choice.acne_threads),
        _behind(choice.wrinkles, Wrinkles(maps), choice),
        _behind(choice.eyebags, Eyebags(maps), choice),
        _behind(choice.eczema, Eczema(maps), choice),
        Rosacea(maps),
        Hyperpigmentation(maps),
        DarkSpots(maps),
    )


def local_only(detectors: Sequence[Detector]) -> tuple[Detector, ...]:
    """The same detectors, each hosted model replaced by the local one behind it: for live video, whose frames are not
    sent to anybody and cannot wait for a network."""
    return tuple(one.local if isinstance(one, RoboflowDetector) else one for one in detectors)


def _behind(hosted: Hosted | None, local: Detector, choice: DetectorChoice) -> Detector:
    """The hosted model with the local detector behind it, or the local one."""
    if hosted is None:
        return local
    (condition,) = local.conditions
    return RoboflowDetector(
        condition,
        local,
        api_url=choice.api_url,
        api_key=hosted.api_key,
        timeout_s=choice.timeout_s,
        hosted=_model(condition, hosted.model_id),
    )


def _model(condition: Condition, model_id: str | None) -> HostedModel:
    usual = MODELS[condition]
    return usual if model_id is None else HostedModel(model_id, usual.min_confidence, usual.classes)
