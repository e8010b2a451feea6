"""Patches know their area, place and edge."""

import numpy as np
import pytest

from media_pipeline.detectors.maps import FaceMaps, blur
from media_pipeline.detectors.patches import edge_slope, patches_in, region_at, visible_area
from media_pipeline.types import AlignedFace, RegionName
from tests.unit.detectors.planting import plain


def _disc(maps: FaceMaps, place: np.ndarray, radius_mm: float) -> np.ndarray:
    y, x = np.mgrid[0 : maps.coarse_size, 0 : maps.coarse_size]
    middle = place * maps.scale
    return np.asarray(np.hypot(x - middle[0], y - middle[1]) < maps.mm(radius_mm))


def test_a_disc_has_its_area_outline_and_region(face: AlignedFace) -> None:
    maps = FaceMaps(plain(face, "tan"))
    place = face.landmarks[425]
    (patch,) = patches_in(maps, _disc(maps, place, 6.0), 20, 3)
    assert patch.area == pytest.approx(np.pi * 36, rel=0.1)
    assert patch.region is RegionName.LEFT_CHEEK
    radii = np.hypot(*(patch.outline - place).T) / face.px_per_mm
    assert radii.min() > 4.5 and radii.max() < 7


def test_specks_go_holes_fill_and_the_largest_comes_first(face: AlignedFace) -> None:
    maps = FaceMaps(plain(face, "tan"))
    ring = _disc(maps, face.landmarks[425], 8) & ~_disc(maps, face.landmarks[425], 3)
    mask = ring | _disc(maps, face.landmarks[151], 5) | _disc(maps, face.landmarks[205], 1)
    first, second = patches_in(maps, mask, 20, 3)
    assert first.area == pytest.approx(np.pi * 64, rel=0.1)
    assert second.region is RegionName.FOREHEAD


def test_a_sharp_edge_is_steeper_than_a_soft_one(face: AlignedFace) -> None:
    maps = FaceMaps(plain(face, "tan"))
    mask = _disc(maps, face.landmarks[425], 8)
    (patch,) = patches_in(maps, mask, 20, 3)
    values = 10 * mask.astype(np.float32)
    sharp, soft = (edge_slope(patch, blur(values, maps.mm(sigma)), maps.coarse_px_per_mm) for sigma in (0.7, 6.0))
    assert sharp > 4 and 0 < soft < sharp / 3


def test_a_place_outside_every_region_goes_to_the_nearest(face: AlignedFace) -> None:
    maps = FaceMaps(plain(face, "tan"))
    top = face.landmarks[10] * maps.scale
    assert region_at(maps, float(top[0]), float(top[1]) - 30) is RegionName.FOREHEAD


def test_visible_skin_is_square_millimetres(face: AlignedFace) -> None:
    assert 8_000 < visible_area(FaceMaps(plain(face, "tan"))) < 25_000
