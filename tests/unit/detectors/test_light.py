"""Light that carries no colour is refused, dark skin never is."""

from dataclasses import replace

import numpy as np
import pytest

from media_pipeline.colour import to_linear, to_srgb
from media_pipeline.detectors.light import light_of
from media_pipeline.detectors.maps import FaceMaps
from media_pipeline.types import AlignedFace
from tests.unit.detectors.planting import SHADOW, absorb, plain


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_plain_skin_in_plain_light_can_be_judged(face: AlignedFace, tone: str) -> None:
    light = light_of(FaceMaps(plain(face, tone)))
    assert light.problem is None
    assert abs(light.side_gap or 0) < 0.02
    assert (light.redness_note is None) == (tone == "light")


def test_a_grey_picture_cannot(face: AlignedFace) -> None:
    grey = plain(face, "tan").rgb.mean(axis=2, keepdims=True).astype(np.uint8).repeat(3, axis=2)
    assert "no colour" in (light_of(FaceMaps(replace(face, rgb=grey))).problem or "")


@pytest.mark.parametrize(
    ("gain", "scale", "word"),
    [((0.3, 0.5, 2.0), 1.0, "coloured"), ((1, 1, 1), 8.0, "overexposed"), ((1, 1, 1), 0.01, "too dark")],
)
def test_coloured_burnt_and_black_pictures_cannot(
    face: AlignedFace, gain: tuple[float, float, float], scale: float, word: str
) -> None:
    linear = to_linear(plain(face, "tan").rgb) * np.array(gain, np.float32) * np.float32(scale)
    assert word in (light_of(FaceMaps(replace(face, rgb=to_srgb(linear)))).problem or "")


def test_light_from_the_persons_left_makes_the_left_brighter(face: AlignedFace) -> None:
    across = np.linspace(0.3, 0, face.size, dtype=np.float32)[None, :].repeat(face.size, axis=0)
    gap = light_of(FaceMaps(absorb(plain(face, "tan"), across, SHADOW))).side_gap
    assert gap is not None and gap > 0.03


def test_a_face_without_bare_skin_cannot(face: AlignedFace) -> None:
    covered = replace(plain(face, "tan"), skin=np.zeros_like(face.skin))
    assert "too little" in (light_of(FaceMaps(covered)).problem or "")
