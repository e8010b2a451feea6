"""Every site lies where its muscles are, and a side that is turned away has none."""

from dataclasses import replace

import numpy as np
import pytest

from media_pipeline.detectors.maps import FaceMaps
from media_pipeline.detectors.sites import sites_of
from media_pipeline.types import AlignedFace, RegionName

GRID = 400


@pytest.mark.parametrize(
    ("landmark", "kind", "degrees"),
    [(151, "forehead_line", 0), (9, "frown_line", 90), (347, "under_eye_line", 0), (118, "under_eye_line", 0)],
)
def test_a_landmark_lies_in_its_site(face: AlignedFace, landmark: int, kind: str, degrees: float) -> None:
    sites = sites_of(FaceMaps(face), GRID)
    column, row = np.round(face.landmarks[landmark] * GRID / face.size).astype(int)
    row += 3 if kind == "frown_line" else 0
    assert sites.sites[sites.labels[row, column] - 1].kind == kind
    assert (
        sites.expected[row, column] @ np.array([np.cos(2 * np.radians(degrees)), np.sin(2 * np.radians(degrees))]) > 0.8
    )


def test_rays_fan_out_from_the_eye(face: AlignedFace) -> None:
    sites = sites_of(FaceMaps(face), GRID)
    labels = [index for index, site in enumerate(sites.sites, 1) if site.kind == "crows_feet"]
    assert len(labels) == 2
    corner = face.landmarks[263] * GRID / face.size
    rows, columns = np.nonzero(sites.labels == labels[1])
    assert (columns > corner[0]).mean() > 0.95
    up, down = rows < corner[1] - 10, rows > corner[1] + 10
    sines = sites.expected[rows, columns, 1]
    assert sines[up].mean() < -0.1 < 0.1 < sines[down].mean()


def test_a_hidden_side_has_no_sites(face: AlignedFace) -> None:
    hidden = {RegionName.LEFT_CHEEK, RegionName.UNDER_LEFT_EYE}
    turned = replace(face, regions=tuple(replace(r, visible=r.name not in hidden) for r in face.regions))
    sites = sites_of(FaceMaps(turned), GRID)
    assert not any(site.region in hidden for site in sites.sites)
