"""The heads that conditions are planted on: whose they are, where their skin is, and the same head in another tone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np

from media_pipeline.evaluation.optics import Floats, absorb, ita_degrees, to_linear, to_srgb
from media_pipeline.types import Image, Mask, Points

__all__ = ["HELD_OUT", "TONES", "Subject", "bare_skin", "cheek_ita", "load_subjects", "retoned", "shrunk", "smoothed"]

# ITA class -> the angle that heads are re-toned to: the middle of the class, where it has one (Chardon 1991).
TONES = {"very light": 60.0, "light": 48.0, "intermediate": 35.0, "tan": 20.0, "brown": -8.0, "dark": -34.0}

# From light to tan melanin takes blue first; beyond, skin darkens almost evenly (fitted by eye to sRGB swatches of
# light, tan and dark skin). YELLOWING is the density at which the one gives way to the other.
YELLOW = (0.42, 0.55, 1.0)
DARKENING = (0.66, 0.86, 1.0)
YELLOWING = 0.27
SHINE = 0.33  # of what is lighter than its surroundings: the rest of that is shape
LUMINANCE = (0.2126, 0.7152, 0.0722)  # Rec. 709
EXPOSED_FOR = 0.38  # of the light that the pigment swallows; metering on the face alone would be 1

FACE_WIDTH_MM = 140.0
MOST_PX_PER_MM = 3.2
OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
        152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)  # fmt: skip
LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
EYES = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
)
BROWS = ((70, 63, 105, 66, 107, 55, 65, 52, 53, 46), (300, 293, 334, 296, 336, 285, 295, 282, 283, 276))
CHEEKS = (50, 280, 205, 425)
# Clear faces that look into the camera, large enough; the others turn away, are far off, or are black and white.
HELD_OUT = frozenset({"0016_f1", "0062_f1"})  # of these, the ones that the acne model was validated on, not trained
FRONTAL = ("0002_f2", "0016_f1", "0027_f2", "0062_f1", "0094_b0")


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A head. rgb (H, W, 3); landmarks (478, 3) px of it, z smaller nearer; seen: whether the acne
    model's training drew lesions on it."""

    name: str
    rgb: Image
    landmarks: Floats
    seen: bool

    @property
    def points(self) -> Points:
        """The landmarks' x, y: (478, 2)."""
        return self.landmarks[:, :2]

    @property
    def px_per_mm(self) -> float:
        return float(np.linalg.norm(self.points[234] - self.points[454])) / FACE_WIDTH_MM


def load_subjects(shared: Path | None) -> Iterator[tuple[str, Image, bool]]:
    """Name, picture, and whether the acne model's training drew on it: the portrait of matplotlib's, then the clear
    faces where `shared` has them."""
    hopper = files("matplotlib") / "mpl-data" / "sample_data" / "grace_hopper.jpg"
    yield "package portrait", _read(Path(str(hopper))), False
    if shared is not None:
        for name in FRONTAL:
            yield name, _read(shared / "faces" / "clear" / f"woman_{name}.jpg"), name not in HELD_OUT


def bare_skin(subject: Subject) -> Mask:
    """The face's oval without eyes, brows and lips, and what is much darker: hair, deep shadow."""
    height, width = subject.rgb.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [_polygon(subject, OVAL)], 1)
    grow = max(3, round(2.0 * subject.px_per_mm)) | 1
    hole = np.zeros_like(mask)
    for part in (LIPS, *EYES, *BROWS):
        cv2.fillPoly(hole, [_polygon(subject, part)], 1)
    mask[cv2.dilate(hole, np.ones((grow, grow), np.uint8)) > 0] = 0
    luminance = cv2.GaussianBlur(to_linear(subject.rgb).mean(axis=2), (0, 0), 0.7 * subject.px_per_mm)
    mask[luminance < 0.35 * float(np.median(luminance[mask > 0]))] = 0
    return mask > 0


def shrunk(subject: Subject) -> Subject:
    """The head with no more than MOST_PX_PER_MM, which is a little more than an aligned face shows."""
    factor = MOST_PX_PER_MM / subject.px_per_mm
    if factor >= 1:
        return subject
    rgb = cv2.resize(subject.rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    landmarks = (subject.landmarks * np.float32(factor)).astype(np.float32)
    return replace(subject, rgb=np.asarray(rgb, np.uint8), landmarks=landmarks)


def cheek_ita(subject: Subject) -> float:
    """ITA of four discs of 5 mm radius on the cheeks, degrees."""
    return ita_degrees(to_linear(subject.rgb)[_cheeks(subject)])


def _cheeks(subject: Subject) -> Mask:
    discs = np.zeros(subject.rgb.shape[:2], np.uint8)
    for index in CHEEKS:
        x, y = subject.points[index]
        cv2.circle(discs, (round(float(x)), round(float(y))), round(5 * subject.px_per_mm), 1, -1)
    return discs > 0


def retoned(subject: Subject, ita: float) -> Subject:
    """The head with pigment added or taken away until its cheeks have that ITA (within half a degree, or as near as the
    pigment can bring it). Skin is told from hair and cloth by its colour, so ears and neck change along; shine, which
    no pigment dims, stays; and the whole picture is exposed for the face, as a camera would."""
    linear = to_linear(subject.rgb)
    share = _skin_share(subject, linear)[:, :, None]
    light = linear.min(axis=2)
    shine = SHINE * np.maximum(light - cv2.GaussianBlur(light, (0, 0), 8 * subject.px_per_mm), 0)[:, :, None] * share
    cheeks = _cheeks(subject)
    low, high = -0.6, 2.0
    for _ in range(18):
        middle = (low + high) / 2
        toned = shine[cheeks] + absorb((linear - shine)[cheeks], _melanin(middle) * share[cheeks])
        low, high = (middle, high) if ita_degrees(_exposed(toned, middle)) > ita else (low, middle)
    toned = shine + absorb(linear - shine, _melanin(low) * share)
    return replace(subject, rgb=to_srgb(_exposed(toned, low)))


def _exposed(linear: Floats, amount: float) -> Floats:
    """As a camera takes it that makes up for part of what so much pigment swallows."""
    swallowed = float(_melanin(amount) @ np.array(LUMINANCE, np.float32))
    return np.asarray(linear * np.float32(10 ** (EXPOSED_FOR * swallowed)), np.float32)


def _melanin(amount: float) -> Floats:
    """(3,) density of that much more pigment."""
    dark = max(0.0, amount - YELLOWING)
    yellow = amount - dark
    return np.array([yellow * a + dark * b for a, b in zip(YELLOW, DARKENING, strict=True)], np.float32)


def smoothed(subject: Subject, rng: np.random.Generator) -> Subject:
    """The head with procedural skin: its own colour and shading without any detail below about 5 mm, and drawn grain
    in place of it. Nothing is to be found on it but what is planted."""
    skin = cv2.erode(bare_skin(subject).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.float32)
    linear, mm = to_linear(subject.rgb), subject.px_per_mm
    sigma = 4.0 * mm
    weight = cv2.GaussianBlur(skin, (0, 0), sigma)[:, :, None]
    smooth = cv2.GaussianBlur(linear * skin[:, :, None], (0, 0), sigma) / np.maximum(weight, 1e-3)
    grain = np.zeros(skin.shape, np.float32)
    for size_mm, strength in ((0.25, 0.012), (0.6, 0.010), (2.5, 0.008)):
        raw = np.asarray(rng.standard_normal(skin.shape), np.float32)
        noise = np.asarray(cv2.GaussianBlur(raw, (0, 0), max(0.5, size_mm * mm)), np.float32)
        grain += np.float32(strength / max(float(noise.std()), 1e-6)) * noise
    drawn = smooth * np.power(np.float32(10), grain)[:, :, None]
    edge = cv2.GaussianBlur(cv2.erode(skin, np.ones((3, 3), np.uint8)), (0, 0), 0.8 * mm)[:, :, None]
    return replace(
        subject,
        name=f"{subject.name}, procedural skin",
        rgb=to_srgb(np.asarray(linear * (1 - edge) + drawn * edge, np.float32)),
    )


def _skin_share(subject: Subject, linear: Floats) -> Floats:
    """(H, W) 0-1: how much of a pixel is skin. All of the oval but the eyes, less of lips and brows; around it what
    hangs together with it and has its colour ratios."""
    mask, mm = bare_skin(subject), subject.px_per_mm
    logs = np.log10(linear + np.float32(0.004))
    chroma = np.stack([logs[:, :, 0] - logs[:, :, 1], logs[:, :, 1] - logs[:, :, 2], logs.mean(axis=2) * 0.35], axis=2)
    inside = chroma[mask].astype(np.float64)
    centre, spread = np.median(inside, axis=0), np.cov(inside.T) + 2e-4 * np.eye(3)
    offset = (chroma - centre.astype(np.float32)).astype(np.float32)
    distance = np.einsum("hwi,ij,hwj->hw", offset, np.linalg.inv(spread).astype(np.float32), offset)
    oval = np.zeros(mask.shape, np.uint8)
    cv2.fillPoly(oval, [_polygon(subject, OVAL)], 1)
    round_3mm = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (round(3 * mm) | 1, round(3 * mm) | 1))
    alike = np.asarray(cv2.morphologyEx((distance < 13).astype(np.uint8), cv2.MORPH_OPEN, round_3mm), np.uint8)
    low, high = subject.points.min(axis=0), subject.points.max(axis=0)
    margin = 0.12 * float(high[0] - low[0])
    alike[: max(0, round(float(low[1]) - 2 * margin))] = 0
    alike[:, : max(0, round(float(low[0]) - margin))] = 0
    alike[:, round(float(high[0]) + margin) :] = 0
    _, labels = cv2.connectedComponents(np.maximum(alike, oval))
    nose = subject.points[4]
    share = (labels == labels[round(float(nose[1])), round(float(nose[0]))]).astype(np.float32)
    for part in BROWS:
        cv2.fillPoly(share, [_polygon(subject, part)], 0.7)
    cv2.fillPoly(share, [_polygon(subject, LIPS)], 0.75)
    for eye in EYES:  # with a rim, so that the blur below does not dim the whites
        cv2.fillPoly(share, [_polygon(subject, eye)], 0.0)
        cv2.polylines(share, [_polygon(subject, eye)], isClosed=True, color=0.0, thickness=round(2 * mm))
    soft = cv2.GaussianBlur(share, (0, 0), 2.5 * mm)
    inner = cv2.erode(oval, round_3mm) > 0
    sharp = cv2.GaussianBlur(share, (0, 0), 0.7 * mm)
    return np.asarray(np.where(inner, sharp, np.minimum(soft * 1.4, 1)), np.float32)


def _polygon(subject: Subject, indices: tuple[int, ...]) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    return np.rint(subject.points[list(indices)]).astype(np.int32)


def _read(path: Path) -> Image:
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise FileNotFoundError(path)
    return np.ascontiguousarray(bgr[:, :, ::-1]).astype(np.uint8)
