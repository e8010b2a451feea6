"""Whether a face wears glasses, told by their bridge: a dark line across the root of the nose, where skin has none.

Along the ridge of the nose, from between the brows to above the tip, the optical density of green light over its own
average within 5 mm: the bridge of glasses, thick or of wire, reaches 0.35 to 1.3 on the official portraits that have
one, bare noses 0.02 to 0.19. On a head turned by more than 20 degrees the nose's own edge is as dark, and nothing is
told.
"""

import cv2
import numpy as np

from media_pipeline.detectors.maps import FaceMaps
from media_pipeline.types import Pose

__all__ = ["wears_glasses"]

BETWEEN_BROWS, ABOVE_TIP = 9, 5  # FaceMesh
OUTER_CORNERS = (33, 263)
HALF_WIDTH_MM = 3.0
STEPS, ACROSS = 60, 9
AVERAGE_MM = 5.0
BRIDGE = 0.26  # optical density
MOST_YAW = 20.0  # degrees


def wears_glasses(maps: FaceMaps, pose: Pose) -> bool:
    """True where the bridge of glasses is seen; False where there is none or the head is turned too far to tell."""
    if abs(pose.yaw) > MOST_YAW:
        return False
    return maps.once("glasses", lambda: _bridge(maps) >= BRIDGE)


def _bridge(maps: FaceMaps) -> float:
    """Optical density of the darkest line across the nose's root."""
    points = maps.landmarks * np.float32(maps.scale)
    top, bottom = points[BETWEEN_BROWS], points[ABOVE_TIP]
    across = points[OUTER_CORNERS[1]] - points[OUTER_CORNERS[0]]
    across = across / max(1e-6, float(np.hypot(*across)))
    ridge = top + (bottom - top) * np.linspace(0, 1, STEPS, dtype=np.float32)[:, None]
    offsets = np.linspace(-1, 1, ACROSS, dtype=np.float32) * np.float32(maps.mm(HALF_WIDTH_MM))
    where = (ridge[:, None] + offsets[None, :, None] * across).astype(np.float32)
    green = np.ascontiguousarray(maps.density[..., 1])
    profile = np.median(cv2.remap(green, where[..., 0], where[..., 1], cv2.INTER_LINEAR), axis=1)
    step_mm = max(1e-3, float(np.hypot(*(bottom - top))) / STEPS / maps.coarse_px_per_mm)
    average = cv2.GaussianBlur(profile[None].astype(np.float32), (0, 0), AVERAGE_MM / step_mm)[0]
    return float((profile - average).max())
