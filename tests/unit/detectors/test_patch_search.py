"""Patches of a pigment are searched on any tone, with their outline and their amount."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from media_pipeline.detectors.maps import HAEMOGLOBIN, FaceMaps
from media_pipeline.detectors.patch_search import search_patches, whole_patch
from media_pipeline.types import AlignedFace
from tests.unit.detectors.planting import HAEMOGLOBIN as BLOOD
from tests.unit.detectors.planting import absorb, disc, plain


@pytest.mark.parametrize("tone", ["light", "dark"])
@pytest.mark.parametrize("radius_mm", [8.0, 12.0])
def test_a_patch_is_among_what_is_searched_with_outline_and_amount(
    face: AlignedFace, tone: str, radius_mm: float
) -> None:
    amount = disc(face, face.landmarks[425], radius_mm, 2)
    maps = FaceMaps(absorb(plain(face, tone), 0.12 * amount, BLOOD))
    fitted, weights = search_patches(maps, HAEMOGLOBIN, maps.skin)
    planted = (cv2.resize(amount, (maps.coarse_size, maps.coarse_size)) > 0.5) & maps.skin
    overlaps, amounts = [], []
    for one in fitted:
        patch = whole_patch(maps, one, 60.0, 3.5)
        if patch is not None:
            drawn = np.zeros_like(planted)
            drawn[patch.window] = patch.mask
            overlaps.append((drawn & planted).sum() / (drawn | planted).sum())
            amounts.append(float(one.step @ weights))
    best = int(np.argmax(overlaps))
    assert overlaps[best] > 0.7
    assert amounts[best] == pytest.approx(12, rel=0.3)


def test_a_face_without_skin_has_nothing_to_search(face: AlignedFace) -> None:
    maps = FaceMaps(replace(plain(face, "tan"), skin=np.zeros_like(face.skin)))
    assert search_patches(maps, HAEMOGLOBIN, maps.skin)[0] == []
