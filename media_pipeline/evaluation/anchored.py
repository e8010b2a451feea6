"""How far findings stray from the skin they were found on, when the head moves between two frames.

Placed by the mesh alone, and by the mesh registered to the skin as the live stream does. On rendered heads the truth is
the rendering's own; on real clips it is what optical flow says of the skin's own texture from picture to picture,
forwards and backwards in agreement, which knows nothing of a mesh.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.anchoring import Anchors
from media_pipeline.best_frame import NOT_WORTH_INSPECTING
from media_pipeline.continuity import Continuity
from media_pipeline.evaluation.motion import Motion, Shape, move
from media_pipeline.evaluation.subjects import Subject, bare_skin
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.mesh_topology import BROWS, EYES, FACE_OVAL, LIPS
from media_pipeline.quality import assess
from media_pipeline.registration import SkinRegistration
from media_pipeline.types import Box, Condition, Face, Finding, Frame, Image, Points, RegionName

__all__ = ["CLIPS", "MOTIONS", "Compared", "Strayed", "on_clip", "on_head", "on_moving_head", "there_and_back"]

FROM_EDGE_MM = 6.0  # spots keep away from the skin's edge: no lesion's box is judged by half
SPACING_MM = 11.0  # about 60 spots on a face
FARTHEST_TURNED = 60.0  # degrees from the camera: what is turned farther away is not to be seen
MOTIONS = {
    "moved": Motion(shift=(180.0, 60.0)),
    "tilted by 15 degrees": Motion(roll=15.0),
    "scaled by two": Motion(scale=2.0),
    "scaled by a half": Motion(scale=0.5),
    "turned by 10 degrees": Motion(yaw=10.0),
    "turned by 25 degrees": Motion(yaw=25.0),
    "turned by -25 degrees": Motion(yaw=-25.0),
    "nodded by 15 degrees": Motion(pitch=15.0),
    "nodded by -15 degrees": Motion(pitch=-15.0),
    "turned by 25 degrees, tilted, nearer, moved": Motion(25.0, 5.0, 8.0, 1.4, (90.0, -30.0)),
}
CLIPS = {  # there and back in a second
    "turned to 25 degrees and back": Motion(yaw=25.0),
    "nodded to 15 degrees and back": Motion(pitch=15.0),
    "turned to 25 degrees, tilted, nearer, and back": Motion(25.0, 5.0, 8.0, 1.4, (40.0, -15.0)),
}
CLIP_FPS = 30
APART_S = 10.0  # between moved heads that have nothing to do with each other
CLIP_SPACING = 0.06  # of the face's width, between two points of skin that are followed
WINDOW = (15, 15)  # px that flow compares around a point
MOST_DISAGREEMENT = 0.5  # px between where a point began and where flow brings it back to


@dataclass(frozen=True, slots=True)
class Strayed:
    """errors (N,) of the spots' middles, as shares of the face's width."""

    errors: NDArray[np.float64]

    def quantile(self, share: float) -> float:
        return float(np.quantile(self.errors, share)) if len(self.errors) else float("nan")


@dataclass(frozen=True, slots=True)
class Compared:
    """The same spots placed by the mesh alone, and by the mesh registered to the skin."""

    by_mesh: Strayed
    on_skin: Strayed

    @classmethod
    def joined(cls, some: Iterable["Compared"]) -> "Compared":
        """All of them as one."""
        parts = list(some)
        by_mesh = np.concatenate([np.zeros(0), *(one.by_mesh.errors for one in parts)])
        on_skin = np.concatenate([np.zeros(0), *(one.on_skin.errors for one in parts)])
        return cls(Strayed(by_mesh), Strayed(on_skin))


def on_head(subject: Subject, motions: Sequence[Motion], shape: Shape, *, scale: float = 1.0) -> list[Compared]:
    """Spots found on the unmoved head, scaled by `scale`, placed on each moved one as if it came right after."""
    return on_moving_head(subject, motions, shape, scale=scale, fps=1 / APART_S, static=True)


def on_moving_head(
    subject: Subject,
    motions: Sequence[Motion],
    shape: Shape,
    *,
    scale: float = 1.0,
    fps: float,
    static: bool = False,
) -> list[Compared]:
    """Spots found on the unmoved head, scaled by `scale`, placed on each picture of a clip that shows the motions one
    after another. static: find the mesh on each picture anew, as on a still."""
    spots = _spots(subject)
    registration = SkinRegistration()
    tracker = FaceTracker(static=static)
    compared = []
    try:
        picture, place = move(subject, Motion(scale=scale, size=motions[0].size), shape)
        frame = Frame(picture)
        face = tracker.track(frame)[0]
        on_skin = registration.on_skin(frame, face, clear=True)
        tied = _Tied(place(spots), face, on_skin)
        for number, motion in enumerate(motions, start=1):
            moved = Motion(motion.yaw, motion.pitch, motion.roll, motion.scale * scale, motion.shift, motion.size)
            picture, place = move(subject, moved, shape)
            truth = place(spots)
            frame = Frame(picture, received_at=number / fps)
            face = tracker.track(frame)[0]
            on_skin = registration.on_skin(frame, face, clear=False)
            compared.append(
                tied.strayed(face, on_skin, truth, _faces_camera(spots, place) & _inside(truth, moved.size))
            )
    finally:
        tracker.close()
    return compared


def there_and_back(motion: Motion, *, fps: int, size: tuple[int, int] = (640, 360)) -> list[Motion]:
    """The poses of a clip of a second, `fps` pictures: from rest to `motion` and to rest again, as a head swings."""
    shares = np.sin(np.pi * np.arange(1, fps + 1) / fps) ** 2
    return [
        Motion(
            share * motion.yaw,
            share * motion.pitch,
            share * motion.roll,
            motion.scale**share,
            (share * motion.shift[0], share * motion.shift[1]),
            size,
        )
        for share in shares.tolist()
    ]


def on_clip(pictures: Iterator[Image], *, span: int) -> Compared:
    """Points of skin found on every span-th picture and placed on each of the span pictures after it."""
    tracker = FaceTracker()
    continuity, registration = Continuity(), SkinRegistration()
    compared: list[Compared] = []
    tied: _Tied | None = None
    followed = 0
    before = np.zeros((0, 0), np.uint8)
    then = np.zeros((0, 2), np.float32)
    try:
        for number, picture in enumerate(pictures):
            frame = Frame(picture, received_at=number / CLIP_FPS)
            faces = continuity.follow(frame, tracker.track(frame))
            grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
            if not faces:
                tied = None
                continue
            face = faces[0]
            if continuity.number != followed:
                followed, tied, registration = continuity.number, None, SkinRegistration()
            clear = not NOT_WORTH_INSPECTING.intersection(assess(frame, faces, "moderate").issues)
            on_skin = registration.on_skin(frame, face, clear=clear)
            if tied is not None and len(then):
                now, kept = _followed(before, grey, then)
                compared.append(tied.strayed(face, on_skin, now, kept))
                tied, then = tied.of(kept), now[kept]
            if number % span == 0 or tied is None:
                then = _textured(grey, face)
                tied = _Tied(then, face, on_skin)
            before = grey
    finally:
        tracker.close()
    return Compared.joined(compared)


class _Tied:
    """Points tied to one picture's mesh, as it was found and as the skin lies."""

    def __init__(self, points: Points, face: Face, on_skin: Face) -> None:
        self._points, self._faces = points, (face, on_skin)
        self._anchors = [Anchors(_findings(points, 4.0), one) for one in self._faces]

    def of(self, kept: NDArray[np.bool_]) -> "_Tied":
        """Those alone."""
        return _Tied(self._points[kept], *self._faces)

    def strayed(self, face: Face, on_skin: Face, truth: Points, seen: NDArray[np.bool_]) -> Compared:
        """How far from the truth those that are seen are placed by each."""
        errors = []
        for anchors, there in zip(self._anchors, (face, on_skin), strict=True):
            placed = np.array([one.box.centre for one in anchors.on(there)]).reshape(-1, 2)
            errors.append(np.linalg.norm(placed - truth, axis=1)[seen] / face.box.width)
        return Compared(Strayed(errors[0]), Strayed(errors[1]))


def _followed(before: NDArray[np.uint8], after: NDArray[np.uint8], points: Points) -> tuple[Points, NDArray[np.bool_]]:
    """Where pyramidal Lucas and Kanade sees the points now, and which of them it brings back to where they were."""
    start = points[:, None].copy()
    there, found = map(np.asarray, cv2.calcOpticalFlowPyrLK(before, after, start, start.copy(), winSize=WINDOW)[:2])
    back, found_back = map(np.asarray, cv2.calcOpticalFlowPyrLK(after, before, there, there.copy(), winSize=WINDOW)[:2])
    agreed = np.linalg.norm(back[:, 0] - points, axis=1) <= MOST_DISAGREEMENT
    return np.asarray(there[:, 0], np.float32), agreed & (found[:, 0] > 0) & (found_back[:, 0] > 0)


def _textured(grey: NDArray[np.uint8], face: Face) -> Points:
    """Points inside the face's oval that flow can follow, but not on eyes, brows and lips, which move by themselves."""
    mask = np.zeros(grey.shape, np.uint8)
    cv2.fillPoly(mask, [np.rint(face.points[FACE_OVAL]).astype(np.int32)], 1)
    edge = max(3, round(0.03 * face.box.width))
    mask = np.asarray(cv2.erode(mask, np.ones((2 * edge + 1, 2 * edge + 1), np.uint8)), np.uint8)
    features = np.zeros_like(mask)
    for outline in (*EYES, *BROWS, LIPS):
        cv2.fillPoly(features, [np.rint(face.points[outline]).astype(np.int32)], 1)
    mask[cv2.dilate(features, np.ones((edge, edge), np.uint8)) > 0] = 0
    found = cv2.goodFeaturesToTrack(grey, 80, 0.02, max(2.0, CLIP_SPACING * face.box.width), mask=mask)
    return np.zeros((0, 2), np.float32) if found is None else found[:, 0].astype(np.float32)


def _spots(subject: Subject) -> Points:
    """Points spread over the bare skin, px of the head's picture."""
    room = cv2.distanceTransform(bare_skin(subject).astype(np.uint8), cv2.DIST_L2, 3)
    step = SPACING_MM * subject.px_per_mm
    low, high = subject.points.min(axis=0), subject.points.max(axis=0)
    grid = np.stack(np.meshgrid(np.arange(low[0], high[0], step), np.arange(low[1], high[1], step)), axis=-1)
    points = grid.reshape(-1, 2).astype(np.float32)
    rows, columns = (np.clip(points[:, n].astype(np.intp), 0, room.shape[1 - n] - 1) for n in (1, 0))
    return points[room[rows, columns] > FROM_EDGE_MM * subject.px_per_mm]


def _faces_camera(spots: Points, place: Callable[[Points], Points]) -> NDArray[np.bool_]:
    """Which spots are not turned away: the skin around them keeps cos(FARTHEST_TURNED) of its area, or more."""
    across, down = np.array((2, 0), np.float32), np.array((0, 2), np.float32)
    one = place(spots + across) - place(spots - across)
    other = place(spots + down) - place(spots - down)
    area = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return np.asarray(area > np.cos(np.radians(FARTHEST_TURNED)) * np.median(area), np.bool_)


def _inside(points: Points, size: tuple[int, int]) -> NDArray[np.bool_]:
    return np.asarray(((points > 4) & (points < np.array(size) - 4)).all(axis=1), np.bool_)


def _findings(points: Points, side: float) -> list[Finding]:
    boxes = [Box(x - side / 2, y - side / 2, side, side) for x, y in points.tolist()]
    return [Finding("spot", Condition.DARK_SPOTS, RegionName.NOSE, box, 1.0) for box in boxes]
