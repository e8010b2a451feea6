"""What is photographed: heads x tones x shots, with each condition planted at its severities, all from one seed."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from media_pipeline.evaluation.camera import PLAIN, Shot
from media_pipeline.evaluation.subjects import TONES
from media_pipeline.types import Condition

__all__ = ["DISTURBANCES", "SMALL_CHANGES", "Scene", "disturbed_scenes", "repeat_scenes", "tone_scenes"]

SEED = 20261123

# One thing changed at a time, as far as a phone picture may still be expected to carry a result, and a step beyond.
DISTURBANCES = (
    Shot("dim", exposure=0.55),
    Shot("very dim", exposure=0.25, noise=3.0),
    Shot("bright", exposure=1.5),
    Shot("side light", side=1.6),
    Shot("warm light", warmth=1.35),
    Shot("cool light", warmth=0.75),
    Shot("soft focus", blur_mm=0.35),
    Shot("blurred", blur_mm=0.9),
    Shot("noise", noise=6.0),
    Shot("half the pixels", scale=0.5),
    Shot("JPEG 50", quality=50),
    Shot("turned left", yaw=10.0),
    Shot("turned right", yaw=-10.0),
    Shot("tilted", roll=10.0),
)

# What two pictures of one sitting differ by: nothing here changed on the skin.
SMALL_CHANGES = (
    Shot("again", noise=1.5),
    Shot("shifted", shift=(7.3, -4.6)),
    Shot("nearer", scale=1.06),
    Shot("farther", scale=0.94),
    Shot("JPEG 85", quality=85),
    Shot("JPEG 75", quality=75),
    Shot("a little darker", exposure=0.92),
    Shot("a little brighter", exposure=1.07),
    Shot("a little warmer", warmth=1.05),
    Shot("a little light from one side", side=1.08),
    Shot("tilted a little", roll=2.0),
    Shot("turned a little", yaw=2.5),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """One head in one tone under one shot. tone: of TONES, None for its own; smooth: with procedural skin; plantings
    are photographed one by one, after the head without any."""

    subject: str
    tone: str | None
    shot: Shot
    plantings: tuple[tuple[Condition, int], ...]
    smooth: bool = False

    def rng(self, *parts: object) -> np.random.Generator:
        """A generator for one purpose within the scene: the same for every tone and shot of a head, and for every
        severity, so that the same thing is planted at the same place and more severe means more of it."""
        text = "|".join(map(str, (self.subject, self.smooth, *parts)))
        return np.random.default_rng([SEED, zlib.crc32(text.encode())])


def tone_scenes(subjects: Sequence[str], smooth: Sequence[str], severities: Sequence[int] = (1, 2, 3)) -> list[Scene]:
    """Every subject, and those of `smooth` again with procedural skin, in every tone, plainly photographed."""
    plantings = tuple((condition, severity) for condition in Condition for severity in severities)
    heads = [(subject, False) for subject in subjects] + [(subject, True) for subject in smooth]
    return [Scene(subject, tone, PLAIN, plantings, flat) for subject, flat in heads for tone in TONES]


def disturbed_scenes(subjects: Sequence[str], tones: Sequence[str], shots: Sequence[Shot]) -> list[Scene]:
    """Moderate severity under every shot."""
    plantings = tuple((condition, 2) for condition in Condition)
    return [Scene(subject, tone, shot, plantings) for subject in subjects for tone in tones for shot in shots]


def repeat_scenes(subjects: Sequence[str], planted_on: Sequence[str], shots: Sequence[Shot]) -> list[Scene]:
    """Every subject in its own tone, plain and under every small change; on some also with moderate conditions."""
    plantings = tuple((condition, 2) for condition in Condition)
    return [
        Scene(subject, None, shot, plantings if subject in planted_on else ())
        for subject in subjects
        for shot in (PLAIN, *shots)
    ]
