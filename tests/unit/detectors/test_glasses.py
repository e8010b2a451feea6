"""Glasses are told by their bridge, a bare nose by its lack of one."""

from dataclasses import replace

import cv2
import numpy as np

from media_pipeline.detectors.glasses import wears_glasses
from media_pipeline.detectors.maps import FaceMaps
from media_pipeline.detectors.sites import SiteMap, sites_of
from media_pipeline.types import AlignedFace, Pose
from tests.unit.detectors.planting import plain


def _with_bridge(face: AlignedFace) -> AlignedFace:
    rgb = face.rgb.copy()
    left, right = (np.round(face.landmarks[i]).astype(int) for i in (133, 362))
    cv2.line(rgb, tuple(left.tolist()), tuple(right.tolist()), (30, 25, 25), max(2, round(1.5 * face.px_per_mm)))
    return replace(face, rgb=rgb)


def test_the_packages_portrait_wears_glasses(face: AlignedFace) -> None:
    assert wears_glasses(FaceMaps(face), face.pose)


def test_a_dark_line_across_the_root_of_the_nose_is_a_bridge_and_bare_skin_has_none(face: AlignedFace) -> None:
    bare = plain(face, "tan")
    assert not wears_glasses(FaceMaps(bare), bare.pose)
    glasses = _with_bridge(bare)
    assert wears_glasses(FaceMaps(glasses), glasses.pose)
    assert not wears_glasses(FaceMaps(glasses), Pose(30.0, 0.0, 0.0))  # turned too far to tell


def test_behind_glasses_no_wrinkles_are_looked_for(face: AlignedFace) -> None:
    maps = FaceMaps(face)
    bare, covered = sites_of(maps, 400), sites_of(maps, 400, glasses=True)
    assert {"under_eye", "crows_feet", "forehead"} <= _seen(bare)
    assert "forehead" in _seen(covered) and not {"under_eye", "crows_feet"} & _seen(covered)


def _seen(sites: SiteMap) -> set[str]:
    return {site.measure for label, site in enumerate(sites.sites, 1) if (sites.labels == label).any()}
