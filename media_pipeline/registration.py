"""Where the mesh's landmarks lie on the skin itself, as a face turns, nods, or comes nearer.

The mesh is an estimate, and what it says of one spot of skin slides by some hundredths of the face's width as the head
turns. Here the picture is asked: the skin is unwrapped by the mesh into the layout of one chosen frame, the reference,
and dense inverse search (Kroeger et al., ECCV 2016) says how far its marks lie beside those of the reference. A smooth
field through what was seen well, pulled towards nothing where little was, moves the landmarks. It is measured against
the reference alone, never from frame to frame: nothing drifts, and it needs no frames in between.

Where the skin shows too little (a hand, hair, blur, a dark room) and where the field does not make the picture more
like the reference, the mesh is left as it is.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.mesh_topology import BROWS, EYES, FACE_OVAL, LIPS
from media_pipeline.types import Face, Frame, Points, Pose
from media_pipeline.unwrapping import FACE_PX, SIDE, Layout, Unwrapping

__all__ = ["SkinRegistration"]

# When. Degrees of turn and nod from the reference's pose; a change of size counts as a turn that strays as far.
UNTURNED = 3.0  # up to here the mesh alone is as good
TURNED = 6.0  # from here on the field counts in full
DEGREES_PER_DOUBLING = 12.0
HELD_WITHIN = 1.5  # degrees since the last measure: the field holds
HELD_S = 0.5  # but not for ever: expressions change
FADING_S = 0.3  # a field that can not be measured loses half in so long
FRONTAL = 20.0  # degrees: a better reference is taken than one turned farther
BETTER_BY = 10.0
UNALIKE_FOR_S = 1.0  # nothing to be measured for so long: the reference shows something else, the light has changed

# How. Lengths as shares of the face's width.
NORMALISED_OVER = 15  # px of the square: shading is taken away over so much
NOISE = 3.0  # 8 bit steps: contrast below is not skin's
CONTRAST = 40.0  # 8 bit steps that one standard deviation becomes
STEP = 8  # px between patches
PATCH = 7  # px: what is compared to say whether a patch was found
TEXTURE = 1e-3  # OpenCV's minimal eigenvalue of a patch that counts half
LEAST_ALIKE = 0.5  # correlation of a patch with the reference's
LEAST_SEEN = 0.08  # of all patches' weight
LEAST_LIKENESS = 0.4  # mean correlation, covered parts with it: rendered turns 0.6 and more, upside down 0.2
LEAST_GAIN = 0.01  # of it over the mesh alone
FARTHEST = 65.0  # degrees from the camera
MESH_STRAYS = 0.025  # standard deviation of each part of the field before anything is seen
FLOW_STRAYS = 0.006  # of one patch that is surely seen
MOST_STRAYED = 0.07
BASIS_SPACING = 0.17
ROBUST_STEPS = 1  # of reweighting, for what moves by itself

_Floats = NDArray[np.float32]
_OFFSETS: Final = (np.mgrid[0:PATCH, 0:PATCH].reshape(2, -1)[::-1].T - PATCH // 2).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Reference:
    """patches (P, 2) px of the square, counted from the middle of its first; looks (P, PATCH ** 2) each of mean 0 and
    length 1; clear (P,) 0 to 1; the bases take the field's coefficients to the patches, landmarks and nodes."""

    face: Face
    layout: Layout
    picture: NDArray[np.uint8]
    patches: _Floats
    looks: _Floats
    clear: _Floats
    at_patches: _Floats
    at_landmarks: _Floats
    at_nodes: _Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """coefficients (B, 2): px of the square, from where the mesh puts skin to where it is."""

    coefficients: _Floats
    pose: Pose
    width: float
    at: float


class SkinRegistration:
    """Follows one face's skin through a session's frames. Not for two threads at once."""

    def __init__(self) -> None:
        self._reference: _Reference | None = None
        self._field: _Field | None = None
        self._unalike_since: float | None = None  # seconds; measured in vain from then on
        self._search: cv2.DISOpticalFlow | None = None

    def on_skin(self, frame: Frame, face: Face, *, clear: bool, measure: bool = True) -> Face:
        """The face with its landmarks where they lay on the skin of the reference. clear: whether the frame may become
        the reference; without one, the face as it is. measure False leaves it at what was measured before. Time is when
        frames were received."""
        found = self._moved(frame, face, measure)
        if clear and self._worth_referring_to(frame, face):
            self._reference = _refer(frame, face)
            self._field = self._unalike_since = None
        return found

    def _worth_referring_to(self, frame: Frame, face: Face) -> bool:
        if self._reference is None:
            return True
        if self._unalike_since is not None and frame.received_at - self._unalike_since > UNALIKE_FOR_S:
            return True
        was, now = (max(abs(pose.yaw), abs(pose.pitch)) for pose in (self._reference.face.pose, face.pose))
        return was > FRONTAL and now < was - BETTER_BY

    def _moved(self, frame: Frame, face: Face, measure: bool) -> Face:
        reference = self._reference
        if reference is None:
            return face
        turned = _turned(reference.face.pose, reference.face.box.width, face)
        counts = min(1.0, (turned - UNTURNED) / (TURNED - UNTURNED))
        if counts <= 0:
            self._field = self._unalike_since = None
            return face
        layout = reference.layout.on(face)
        field = self._field
        if (
            field is None
            or not 0 <= frame.received_at - field.at < HELD_S
            or _turned(field.pose, field.width, face) > HELD_WITHIN
        ):
            field = self._measured(reference, layout, frame, face) if measure else None
            if field is not None or not measure:
                self._unalike_since = None
            elif self._unalike_since is None:
                self._unalike_since = frame.received_at
            self._field = field if field is not None else self._faded(frame, face)
            field = self._field
        if field is None:
            return face
        strayed = reference.at_landmarks @ field.coefficients
        most = MOST_STRAYED * FACE_PX / np.maximum(np.linalg.norm(strayed, axis=1, keepdims=True), 1e-6)
        strayed *= counts * np.minimum(1, most)
        landmarks = face.landmarks.copy()
        at = reference.layout.landmarks
        landmarks[:, :2] += layout.at(at + strayed) - layout.at(at)
        return replace(face, landmarks=landmarks)

    def _faded(self, frame: Frame, face: Face) -> _Field | None:
        field = self._field
        passed = frame.received_at - field.at if field is not None else 0.0
        if field is None or not 0 <= passed < HELD_S:
            return None
        left = np.float32(0.5 ** (passed / FADING_S))
        return _Field(field.coefficients * left, face.pose, face.box.width, frame.received_at)

    def _measured(self, reference: _Reference, layout: Unwrapping, frame: Frame, face: Face) -> _Field | None:
        """None where too little is seen, or what is seen makes nothing better."""
        known = np.zeros((reference.at_patches.shape[1], 2), np.float32)
        if self._field is not None and 0 <= frame.received_at - self._field.at < HELD_S:
            known = self._field.coefficients
            layout = layout.moved(reference.at_nodes @ known)
        picture = _normalised(layout.picture(frame))
        if self._search is None:
            self._search = _search()
        columns, rows = reference.patches.astype(np.intp).T
        found = self._search.calc(reference.picture, picture, np.zeros((SIDE, SIDE, 2), np.float32))[rows, columns]
        before = reference.at_patches @ known
        alike = _alike(reference.looks, picture, reference.patches + found)
        weights = reference.clear * np.clip((alike - LEAST_ALIKE) / (1 - LEAST_ALIKE), 0, 1)
        weights *= layout.facing(reference.patches + np.float32(0.5)) > math.cos(math.radians(FARTHEST))
        if weights.sum() < LEAST_SEEN * reference.clear.sum():
            return None
        coefficients = _fitted(reference.at_patches, before + found, weights)
        after = reference.at_patches @ coefficients
        with_field = _alike(reference.looks, picture, reference.patches + after - before)
        with_mesh = _alike(reference.looks, picture, reference.patches - before)
        likeness = float((reference.clear * with_field).sum() / reference.clear.sum())
        mesh_alone = float((reference.clear * with_mesh).sum() / reference.clear.sum())
        if likeness < LEAST_LIKENESS or likeness < mesh_alone + LEAST_GAIN:
            return None
        return _Field(coefficients, face.pose, face.box.width, frame.received_at)


def _turned(pose: Pose, width: float, face: Face) -> float:
    turned = math.hypot(face.pose.yaw - pose.yaw, face.pose.pitch - pose.pitch)
    return turned + DEGREES_PER_DOUBLING * abs(math.log2(max(face.box.width, 1.0) / max(width, 1.0)))


def _search() -> cv2.DISOpticalFlow:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    search.setFinestScale(1)  # at half the square's size: the marks that count are larger than a pixel
    search.setPatchStride(5)  # of 8 px: as good as the preset's 4, in three quarters of its time
    search.setVariationalRefinementIterations(0)  # smoothness comes from the field
    return search


def _refer(frame: Frame, face: Face) -> _Reference:
    layout = Layout(face)
    picture = _normalised(layout.on(face).picture(frame))
    at = layout.landmarks
    skin = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(skin, [np.rint(at[FACE_OVAL]).astype(np.int32)], 1)
    skin = np.asarray(cv2.erode(skin, np.ones((5, 5), np.uint8), borderValue=0), np.uint8)
    for outline in (*EYES, *BROWS, LIPS):  # they move by themselves
        cv2.fillPoly(skin, [np.rint(at[outline]).astype(np.int32)], 0)
    texture = np.asarray(cv2.blur(cv2.cornerMinEigenVal(picture, PATCH), (STEP, STEP)), np.float32)
    places = np.arange(STEP // 2, SIDE, STEP)
    columns, rows = (one.ravel() for one in np.meshgrid(places, places))
    inside = skin[rows, columns] > 0
    columns, rows = columns[inside], rows[inside]
    patches = np.stack([columns, rows], axis=1).astype(np.float32)
    clear = texture[rows, columns] / (texture[rows, columns] + TEXTURE)
    return _Reference(
        face,
        layout,
        picture,
        patches,
        _looks(picture, patches),
        clear,
        _basis(patches + np.float32(0.5)),
        _basis(at),
        _basis(layout.grid),
    )


def _normalised(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Without shading, and everywhere of like contrast."""
    around = (NORMALISED_OVER, NORMALISED_OVER)
    values = grey.astype(np.float32)
    values -= cv2.blur(values, around)
    spread = cv2.sqrt(cv2.blur(values * values, around) + NOISE**2)
    return np.asarray(np.clip(128 + CONTRAST * values / spread, 0, 255), np.uint8)


def _looks(picture: NDArray[np.uint8], patches: _Floats) -> _Floats:
    at = patches[:, None] + _OFFSETS
    read = cv2.remap(picture, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(
        np.float32
    )
    read -= read.mean(axis=1, keepdims=True)
    read /= np.sqrt(np.einsum("pk,pk->p", read, read) + 1.0)[:, None]
    return np.asarray(read, np.float32)


def _alike(looks: _Floats, picture: NDArray[np.uint8], patches: _Floats) -> _Floats:
    """(P,) correlation of the reference's patches with what is at these places."""
    return np.asarray(np.einsum("pk,pk->p", looks, _looks(picture, patches)), np.float32)


def _basis(points: Points) -> _Floats:
    """(N, B) Gaussian bumps over the face: where none is seen near, there is no field."""
    across, down = (np.arange(-reach, reach + 1e-6, BASIS_SPACING) for reach in (0.51, 0.595))
    middles = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
    from_middle = (points - SIDE / 2) / FACE_PX
    squared = np.square(from_middle[:, None] - middles).sum(axis=2)
    bumps = np.exp(-0.5 * squared / (1.2 * BASIS_SPACING) ** 2)
    return np.asarray(bumps, np.float32)


def _fitted(basis: _Floats, moved: _Floats, weights: _Floats) -> _Floats:
    """(B, 2) the likeliest field, its parts small beforehand; patches far off it count less (Geman and McClure)."""
    robust = np.ones_like(weights)
    prior = np.float32((FLOW_STRAYS / MESH_STRAYS) ** 2) * np.eye(basis.shape[1], dtype=np.float32)
    coefficients = np.zeros((basis.shape[1], 2), np.float32)
    for _ in range(1 + ROBUST_STEPS):
        weighted = (basis * (weights * robust)[:, None]).T
        coefficients = np.linalg.solve(weighted @ basis + prior, weighted @ moved)
        off = np.square(basis @ coefficients - moved).sum(axis=1) / (2 * FLOW_STRAYS * FACE_PX) ** 2
        robust = 1 / (1 + off) ** 2
    return np.asarray(coefficients, np.float32)
