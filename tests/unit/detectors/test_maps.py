"""The maps tell pigments apart in any light, are computed once, and die with the face."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest

from media_pipeline.colour import to_linear, to_srgb
from media_pipeline.detectors.maps import FaceMaps, SharedMaps, background, blur, smooth
from media_pipeline.types import AlignedFace, RegionName
from tests.unit.detectors.planting import HAEMOGLOBIN, MELANIN, SHADOW, absorb, disc, plain


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
@pytest.mark.parametrize(("pigment", "part"), [(MELANIN, 1), (HAEMOGLOBIN, 2)])
def test_a_pigment_shows_in_its_own_map_on_every_tone(
    face: AlignedFace, tone: str, pigment: tuple[float, float, float], part: int
) -> None:
    place = face.landmarks[425]
    maps = FaceMaps(absorb(plain(face, tone), 0.15 * disc(face, place, 6), pigment))
    row, column = np.round(place[::-1] * maps.scale).astype(int)
    usual = np.median(maps.pigments[maps.skin], axis=0)
    change = maps.pigments[row - 2 : row + 3, column - 2 : column + 3].mean(axis=(0, 1)) - usual
    assert change[part] == pytest.approx(15, abs=4.5)
    assert abs(change[3 - part]) < 3


def test_a_shadow_is_no_pigment(face: AlignedFace) -> None:
    across = np.linspace(0, 0.3, face.size, dtype=np.float32)[None, :].repeat(face.size, axis=0)
    maps = FaceMaps(absorb(plain(face, "tan"), across, SHADOW))
    for pigment in (maps.melanin, maps.haemoglobin):
        values = blur(pigment, maps.mm(3))[maps.skin]
        assert np.percentile(values, 95) - np.percentile(values, 5) < 2


def test_white_balance_and_exposure_move_no_difference(face: AlignedFace) -> None:
    planted = absorb(plain(face, "light"), 0.15 * disc(face, face.landmarks[425], 6), HAEMOGLOBIN)
    warmer = replace(planted, rgb=to_srgb(to_linear(planted.rgb) * np.array([0.8, 0.6, 0.45], np.float32)))
    excess = [FaceMaps(one).redness_excess for one in (planted, warmer)]
    inside = FaceMaps(planted).skin
    assert np.percentile(np.abs(excess[0] - excess[1])[inside], 95) < 1.0


def test_skin_keeps_dark_skin_and_leaves_grey_things_out(face: AlignedFace) -> None:
    dark = plain(face, "dark")
    assert FaceMaps(dark).skin.sum() > 0.5 * FaceMaps(plain(face, "light")).skin.sum()
    covered = dark.rgb.copy()
    x, y = np.round(face.landmarks[425]).astype(int)
    covered[y - 25 : y + 25, x - 25 : x + 25] = 60
    maps = FaceMaps(replace(dark, rgb=covered))
    assert not maps.skin[round(y * maps.scale), round(x * maps.scale)]


def test_a_region_is_its_skin_and_a_hidden_one_is_empty(face: AlignedFace) -> None:
    maps = FaceMaps(plain(face, "tan"))
    cheek = maps.region(RegionName.LEFT_CHEEK)
    assert cheek.any() and not (cheek & ~maps.skin).any()
    regions = tuple(replace(region, visible=region.name is not RegionName.LEFT_CHEEK) for region in face.regions)
    assert not FaceMaps(replace(plain(face, "tan"), regions=regions)).region(RegionName.LEFT_CHEEK).any()


def test_coarse_points_come_back_to_their_place(face: AlignedFace) -> None:
    maps = FaceMaps(plain(face, "tan"))
    assert maps.coarse_px_per_mm == pytest.approx(1.5, rel=0.01)
    middle = np.array([[(maps.coarse_size - 1) / 2, (maps.coarse_size - 1) / 2]])
    assert maps.to_aligned(middle)[0] == pytest.approx([(face.size - 1) / 2] * 2, abs=0.01)


def test_smoothing_sees_the_mask_alone() -> None:
    values = np.where(np.arange(40) < 20, 1.0, 100.0).astype(np.float32)[None].repeat(40, axis=0)
    assert smooth(values, values < 50, 3.0)[20, 19] == pytest.approx(1.0)


def test_a_patch_does_not_hide_itself_in_its_background() -> None:
    values = np.zeros((120, 120), np.float32)
    values[50:70, 50:70] = 10
    everywhere = np.ones_like(values, np.bool_)
    assert background(values, everywhere, 12.0, lesion=2.0)[60, 60] < 1.0 < smooth(values, everywhere, 12.0)[60, 60]


def test_a_wide_blur_on_the_small_grid_is_the_same_blur() -> None:
    values = np.zeros((200, 200), np.float32)
    values[80:120, 60:140] = 1
    assert np.abs(blur(values, 15.0) - cv2.GaussianBlur(values, (0, 0), 15.0)).max() < 0.02


def test_detectors_in_several_threads_share_one_computation(face: AlignedFace) -> None:
    shared = SharedMaps()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: shared.of(face).redness_excess, range(8)))
    assert all(values is found[0] for values in found)


def test_maps_die_with_their_face(face: AlignedFace) -> None:
    shared = SharedMaps()
    another = plain(face, "tan")
    maps = weakref.ref(shared.of(another))
    assert maps() is not None
    del another
    gc.collect()
    assert maps() is None
