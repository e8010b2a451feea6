"""Tone is measured where there is skin and honest light, and refused elsewhere."""

import dataclasses

import cv2
import numpy as np
import pytest

from media_pipeline.alignment import align
from media_pipeline.colour import ita_class, to_lab, to_linear, to_srgb
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.skin_tone import measure
from media_pipeline.types import AlignedFace, Frame, Image, Quality, Region, RegionName


@pytest.fixture(scope="module")
def aligned(astronaut: Image) -> AlignedFace:
    frame = Frame(astronaut)
    (face,) = FaceTracker(static=True).track(frame)
    return align(frame, face, Quality())


def _painted(face: AlignedFace, name: RegionName, colour: tuple[int, int, int]) -> AlignedFace:
    rgb = face.rgb.copy()
    cv2.fillPoly(rgb, [np.rint(face.region(name).polygon).astype(np.int32)], colour)
    return dataclasses.replace(face, rgb=rgb)


def test_every_region_in_sight_has_an_angle_and_its_class(aligned: AlignedFace) -> None:
    tones = measure(aligned)
    assert set(tones) == set(RegionName)
    for name, tone in tones.items():
        assert tone.ita_degrees is not None, name
        assert tone.ita_class == ita_class(tone.ita_degrees)
        assert tone.reason is None
    cheeks = [tones[name].ita_degrees for name in (RegionName.LEFT_CHEEK, RegionName.RIGHT_CHEEK)]
    assert all(angle is not None and 20 < angle < 65 for angle in cheeks)


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((236, 205, 183), "very light"),
        ((222, 181, 155), "light"),
        ((190, 148, 120), "intermediate"),
        ((181, 136, 107), "tan"),
        ((133, 92, 66), "brown"),
        ((64, 42, 30), "dark"),
    ],
)
def test_a_region_of_one_colour_has_that_colours_angle(
    aligned: AlignedFace, colour: tuple[int, int, int], name: str
) -> None:
    lightness, _, b = to_lab(np.array([[colour]], np.uint8))[0, 0]
    tone = measure(_painted(aligned, RegionName.CHIN, colour))[RegionName.CHIN]
    assert tone.ita_class == name
    assert tone.ita_degrees == pytest.approx(np.degrees(np.arctan2(lightness - 50, b)), abs=0.5)


def test_a_lesion_and_a_shine_hardly_move_the_angle(aligned: AlignedFace) -> None:
    plain = measure(_painted(aligned, RegionName.CHIN, (199, 158, 130)))[RegionName.CHIN].ita_degrees
    spotted = _painted(aligned, RegionName.CHIN, (199, 158, 130))
    x, y = np.rint(aligned.region(RegionName.CHIN).polygon.mean(axis=0)).astype(int)
    cv2.circle(spotted.rgb, (int(x) - 25, int(y)), 8, (120, 40, 40), -1)
    cv2.circle(spotted.rgb, (int(x) + 25, int(y)), 8, (250, 245, 240), -1)
    angle = measure(spotted)[RegionName.CHIN].ita_degrees
    assert plain is not None
    assert angle == pytest.approx(plain, abs=1.0)


def test_light_that_is_off_is_refused_everywhere(aligned: AlignedFace) -> None:
    for gains in ((1.55, 1, 0.45), (0.6, 0.8, 1.6), (0.15, 0.15, 0.15), (6.0, 6.0, 6.0)):
        lit = dataclasses.replace(aligned, rgb=to_srgb(to_linear(aligned.rgb) * np.array(gains)))
        for tone in measure(lit).values():
            assert (tone.ita_degrees, tone.ita_class, tone.reason) == (None, None, "abnormal light")


def test_a_region_turned_away_or_covered_has_no_tone(aligned: AlignedFace) -> None:
    hidden = dataclasses.replace(
        aligned,
        regions=tuple(
            Region(region.name, region.polygon, region.name is not RegionName.LEFT_CHEEK) for region in aligned.regions
        ),
    )
    assert measure(hidden)[RegionName.LEFT_CHEEK].reason == "not visible"
    assert measure(hidden)[RegionName.RIGHT_CHEEK].ita_degrees is not None

    skin = aligned.skin.copy()
    forehead = aligned.region(RegionName.FOREHEAD).polygon
    skin[: int(forehead[:, 1].max()) + 1] = False  # a fringe of hair
    covered = dataclasses.replace(aligned, skin=skin)
    assert measure(covered)[RegionName.FOREHEAD].reason == "not visible"
