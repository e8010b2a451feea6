"""Head pose from the mesh: a rigid fit of a reference face to the landmarks, in three dimensions.

The reference is the mean of MediaPipe's own meshes over twenty official portraits and fifteen generated faces
(Procrustes mean, made symmetric), in units of the distance between the outer corners of the eyes. Its pitch is zero
where the median of the portraits, taken looking into the camera at eye height, lies; single portraits spread by 4
degrees around it, so much of that is the shape of faces. Only points that neither speech nor brows move are used. The
mesh's depth is an estimate in a weak-perspective scale, so a similarity transform (Umeyama, IEEE PAMI 13:376, 1991) is
the right fit; solvePnP, which would have to assume the camera's focal length, throws that depth away.
"""

import math

import numpy as np
from numpy.typing import NDArray

from media_pipeline.types import Pose

__all__ = ["REFERENCE", "pose_of", "rotation_of"]

REFERENCE = {  # landmark: x (to the person's left), y (down), z (away from the camera)
    168: (0.000, -0.289, -0.294),  # bridge of the nose, down to its base
    6: (0.000, -0.201, -0.343),
    197: (0.000, -0.121, -0.399),
    195: (0.000, -0.047, -0.460),
    5: (0.000, 0.032, -0.523),
    4: (0.000, 0.128, -0.551),
    1: (0.000, 0.202, -0.526),
    2: (0.000, 0.268, -0.348),
    33: (-0.500, -0.246, -0.039),  # corners of the eyes
    133: (-0.194, -0.220, -0.102),
    362: (0.194, -0.220, -0.102),
    263: (0.500, -0.246, -0.039),
    127: (-0.789, -0.194, 0.525),  # temples, down in front of the ears
    356: (0.789, -0.194, 0.525),
    234: (-0.781, -0.032, 0.580),
    454: (0.781, -0.032, 0.580),
    93: (-0.769, 0.132, 0.589),
    323: (0.769, 0.132, 0.589),
    132: (-0.742, 0.307, 0.564),
    361: (0.742, 0.307, 0.564),
    116: (-0.717, -0.059, 0.108),  # cheekbones
    345: (0.717, -0.059, 0.108),
    117: (-0.593, -0.066, -0.033),
    346: (0.593, -0.066, -0.033),
    129: (-0.246, 0.158, -0.214),  # wings of the nose
    358: (0.246, 0.158, -0.214),
    98: (-0.204, 0.232, -0.255),
    327: (0.204, 0.232, -0.255),
}
_INDICES = np.array(list(REFERENCE))
_SHAPE = np.array(list(REFERENCE.values()), np.float64)
_SHAPE -= _SHAPE.mean(axis=0)


def pose_of(landmarks: NDArray[np.float32]) -> Pose:
    """The head pose of landmarks (478, 3), px with z smaller nearer."""
    return _pose_of_rotation(rotation_of(landmarks))


def rotation_of(landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
    """The (3, 3) rotation that turns the reference face (x to the person's left, y down, z away) as the landmarks
    are."""
    points = landmarks[_INDICES].astype(np.float64)
    points -= points.mean(axis=0)
    u, _, vt = np.linalg.svd(points.T @ _SHAPE)
    if np.linalg.det(u @ vt) < 0:  # a reflection fits better: flatten the weakest direction the other way
        u[:, 2] = -u[:, 2]
    return np.asarray(u @ vt, np.float64)


def _pose_of_rotation(rotation: NDArray[np.float64]) -> Pose:
    """Rotation = turn about the vertical (yaw), then about the ears' axis (pitch), then about the nose (roll), each
    seen from the head before it: what is left of the rotation after the nose has been pointed is the tilt."""
    nose = -rotation[:, 2]  # where the nose points: (0, 0, -1) into the camera
    yaw = math.atan2(nose[0], -nose[2])
    pitch = math.asin(max(-1.0, min(1.0, -nose[1])))
    level_x, level_z = math.cos(yaw), math.sin(yaw)  # the ears' axis of a head so turned, untilted
    ears = rotation[:, 0]
    along = ears[0] * level_x + ears[2] * level_z
    roll = math.asin(max(-1.0, min(1.0, ears[1] / math.cos(pitch)))) if abs(nose[1]) < 0.999 else 0.0
    if along < 0:
        roll = math.copysign(math.pi, roll) - roll
    return Pose(math.degrees(yaw), math.degrees(pitch), math.degrees(roll))
