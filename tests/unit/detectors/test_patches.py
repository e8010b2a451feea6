"""Patches know their area, place and edge."""

import numpy as np
import pytest

from media_pipeline.detectors.maps import FaceMaps, blur
from media_pipeline.detectors.patches import patches_in, region_at, rim_steps, visible_area
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


def test_a_patch_falls_off_on_every_side_and_a_slope_on_half_of_them(face: AlignedFace) -> None:
    maps = FaceMaps(plain(face, "tan"))
    mask = _disc(maps, face.landmarks[425], 8)
    (patch,) = patches_in(maps, mask, 20, 3)
    everywhere = np.ones_like(mask)

    def steps(values: np.ndarray) -> np.ndarray:
        colours = np.repeat(values[..., None].astype(np.float32), 3, axis=2)
        return rim_steps(patch, colours, everywhere, maps.coarse_px_per_mm)[:, 1]

    pigment = steps(blur(10 * mask.astype(np.float32), maps.mm(0.7)))
    assert len(pigment) == 8 and pigment.min() > 5
    slope = steps(np.broadcast_to(np.arange(maps.coarse_size, dtype=np.float32), mask.shape).copy())
    assert slope.min() < -1 and slope.max() > 1 and abs(slope.mean()) < 0.5


def test_a_side_that_is_not_looked_at_gives_no_step(face: AlignedFace) -> None:
    maps = FaceMaps(plain(face, "tan"))
    mask = _disc(maps, face.landmarks[425], 8)
    (patch,) = patches_in(maps, mask, 20, 3)
    half = np.zeros_like(mask)
    half[:, : round(float(face.landmarks[425][0]) * maps.scale)] = True
    assert len(rim_steps(patch, np.zeros((*mask.shape, 3), np.float32), half, maps.coarse_px_per_mm)) == 4


def test_a_place_outside_every_region_goes_to_the_nearest(face: AlignedFace) -> None:
    maps = FaceMaps(plain(face, "tan"))
    top = face.landmarks[10] * maps.scale
    assert region_at(maps, float(top[0]), float(top[1]) - 30) is RegionName.FOREHEAD


def test_visible_skin_is_square_millimetres(face: AlignedFace) -> None:
    assert 8_000 < visible_area(FaceMaps(plain(face, "tan"))) < 25_000
