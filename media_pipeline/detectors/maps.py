"""What the local detectors see: maps of the skin's pigments and relief, computed once for each face.

Ratios and logarithms are taken in linear light. The optical density of a channel is D = -log10(linear value), so a
change of exposure or of white balance adds a constant to it, which every difference between two places of one face
cancels. From it come the erythema index EI = 100 (D_g - D_r) and the melanin index MI = 100 D_r (Takiwaki 1998;
Yamamoto 2008 for ordinary cameras), and the three parts of skin's colour (after Tsumura 1999, with fixed absorption
vectors in place of the independent components, whose order and sign can flip): D = shading s + melanin m +
haemoglobin h. The tone curves of cameras make shading darken blue and red unlike green, each picture in its own way, so
s is measured on the face: shading is most of what varies from place to place.

Colour is looked at on a coarse grid of at most COARSE_PX_PER_MM, lines on the aligned face's own grid.
"""

from collections.abc import Callable, Sequence
from threading import Lock, RLock
from typing import TypeVar
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.colour import to_linear
from media_pipeline.types import AlignedFace, Points, RegionName

__all__ = ["COARSE_PX_PER_MM", "FaceMaps", "Floats", "Mask", "SharedMaps", "background", "blur", "disc", "smooth"]

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Value = TypeVar("Value")

COARSE_PX_PER_MM = 1.5  # spots of 1 mm sigma and wider; half the side, a quarter of the work
SMALL_GRID_SIGMA = 3.0  # px; a Gaussian this wide is sampled finely enough by every px
EDGE_MM = 1.5  # the rim of the skin mask, where brows, lips and hair bleed in
SURFACE = 0.010  # linear; Fresnel's 4 % for skin, less what soft light and makeup take off
SURFACE_SHARE = 0.4  # of the skin's darkest channel
DARKEST_LINEAR = 0.002  # an 8-bit value of about 6; below it a logarithm is quantisation noise

NEUTRAL_SHARE = 0.35  # of the face's own colourfulness; below it hair, frames and shine, not skin
COLOURLESS = 0.05  # optical density of blue over red; below it the picture is grey and nothing can be told by colour
FAR_DARKER = 0.45  # optical density over the face's median: a third of its light, over 2 mm: hair or a frame

# How the pigments change R, G and B (optical density in linear sRGB, largest channel 1). Melanin: Jacques' 1.7e12
# nm^-3.48 at the primaries' centres (610, 545, 465 nm). Haemoglobin: green and blue nearly alike, red little.
MELANIN = (0.39, 0.58, 1.0)
HAEMOGLOBIN = (0.15, 1.0, 0.85)
SHADING_RED = (0.6, 1.05)  # of shading's green; official portraits have 0.70 to 1.03
SHADING_BLUE = (0.85, 1.35)  # 0.86 to 1.34


class FaceMaps:
    """The maps of one face, each computed when first asked for; may be asked from several threads at once.

    Holds the face's arrays but not the face. Names without `fine` are on the coarse grid: (C, C) float32.
    """

    def __init__(self, face: AlignedFace) -> None:
        self.rgb = face.rgb
        self.aligned_skin = face.skin
        self.landmarks = face.landmarks
        self.size = face.size
        self.px_per_mm = face.px_per_mm
        self.source_px_per_mm = face.source_px_per_mm
        self._polygons = {region.name: region.polygon for region in face.regions if region.visible}
        self.coarse_size = min(face.size, round(face.size * COARSE_PX_PER_MM / face.px_per_mm))
        self.scale = self.coarse_size / face.size  # coarse px per aligned px
        self.coarse_px_per_mm = face.px_per_mm * self.scale
        self._lock = RLock()
        self._done: dict[str, object] = {}

    def mm(self, millimetres: float) -> float:
        """Millimetres in coarse px."""
        return millimetres * self.coarse_px_per_mm

    def to_aligned(self, points: NDArray[np.generic]) -> Points:
        """Coarse px (N, 2), pixel indices as cv2 gives them, in px of the aligned face."""
        return ((points.astype(np.float32) + 0.5) / np.float32(self.scale) - 0.5).astype(np.float32)

    @property
    def linear(self) -> Floats:
        """(C, C, 3) linear light, 0-1, averaged over what a coarse px covers."""
        return self.once("linear", self._linear)

    @property
    def density(self) -> Floats:
        """(C, C, 3) optical density of R, G, B: 0 to 2.7."""
        return self.once("density", lambda: _density(self.linear - np.float32(self.surface)))

    @property
    def surface(self) -> float:
        """Linear light that the skin's surface throws back before it meets any pigment: about 1 % of white, which is a
        third of what dark skin returns and would hide two thirds of a pigment's contrast there. Never more than the
        darkest skin leaves room for, so that an underexposed picture is not stretched."""
        return self.once("surface", self._surface)

    @property
    def lab(self) -> Floats:
        """(C, C, 3) CIELAB (D65) of the light from below the surface, as instruments that leave its shine out see it:
        L* 0-100, a*, b*."""
        return self.once("lab", lambda: _lab(self.linear - np.float32(self.surface)))

    @property
    def erythema(self) -> Floats:
        """Erythema index, 100 (D_g - D_r)."""
        return self.once("erythema", lambda: (self.density[..., 1] - self.density[..., 0]) * np.float32(100))

    @property
    def shading(self) -> Floats:
        """(3,) what a shadow adds to the density of R, G, B on this face, G 1."""
        return self.once("shading", self._shading)

    @property
    def unmix(self) -> Floats:
        """(3, 3) takes R, G, B densities to shading, melanin and haemoglobin."""
        parts = np.array([self.shading, MELANIN, HAEMOGLOBIN]).T
        return self.once("unmix", lambda: np.linalg.inv(parts).astype(np.float32))

    @property
    def broad_density(self) -> Floats:
        """(C, C, 3) density over 2 mm."""
        return self.once("broad", lambda: blur(self.density, self.mm(2.0)))

    @property
    def pigments(self) -> Floats:
        """(C, C, 3) shading, melanin, haemoglobin in hundredths of optical density."""
        return self.once("pigments", lambda: _f32(cv2.transform(self.density, self.unmix * np.float32(100))))

    @property
    def melanin(self) -> Floats:
        """The melanin part, hundredths of optical density in its largest (blue) channel."""
        return self.once("melanin", lambda: np.ascontiguousarray(self.pigments[..., 1]))

    @property
    def haemoglobin(self) -> Floats:
        """The haemoglobin part, hundredths of optical density in its largest (green) channel."""
        return self.once("haemoglobin", lambda: np.ascontiguousarray(self.pigments[..., 2]))

    @property
    def redness(self) -> Floats:
        """The haemoglobin part over 1 mm."""
        return self.once("redness", lambda: blur(self.haemoglobin, self.mm(1.0)))

    @property
    def redness_excess(self) -> Floats:
        """Redness over that of the unmarked skin around (18 mm; what is 6 above it is left out)."""
        return self.once("excess", lambda: self.redness - background(self.redness, self.skin, self.mm(18), lesion=6.0))

    @property
    def texture(self) -> Floats:
        """How rough the skin is at each place: root mean square over 3 mm of the density's detail below 0.8 mm."""
        return self.once("texture", self._texture)

    @property
    def fine_density(self) -> Floats:
        """(S, S) optical density of green light, in which both pigments and shadows of lines show, aligned grid."""
        return self.once("fine_density", lambda: _density(to_linear(self.rgb[..., 1])))

    @property
    def line_density(self) -> Floats:
        """(S, S) optical density of red and green light together, aligned grid. A line's shade is grey and shows as
        well in red; what pigment, blood and the shine of dark skin's texture show is less."""
        return self.once("line_density", lambda: _density(to_linear(self.rgb[..., :2]).mean(axis=2, dtype=np.float32)))

    @property
    def skin(self) -> Mask:
        """(C, C) bare skin that looks like this face's skin: without the mask's rim of 1.5 mm, without hair, glasses
        and shine, which are neutral or far darker than the rest over more than a spot's width."""
        return self.once("skin", self._skin)

    def region(self, name: RegionName) -> Mask:
        """(C, C) skin inside the region; empty where the face does not show it."""
        return self.once(f"skin of {name}", lambda: self.coarse_region(name) & self.skin)

    def coarse_region(self, name: RegionName) -> Mask:
        """(C, C) the region's polygon, skin or not."""
        return self.once(f"region {name}", lambda: self._fill(name))

    @property
    def regions(self) -> Sequence[tuple[RegionName, Points, Mask]]:
        """The regions that the face shows: name, middle of the polygon (2,) in coarse px, coarse_region()."""
        return self.once("regions", self._regions)

    def polygon(self, name: RegionName) -> Points | None:
        """The visible region's polygon in aligned px."""
        return self._polygons.get(name)

    def once(self, name: str, compute: Callable[[], Value]) -> Value:
        """What compute gives, computed when that name is asked for first."""
        with self._lock:
            if name not in self._done:
                self._done[name] = compute()
            return self._done[name]  # type: ignore[return-value]

    def _regions(self) -> list[tuple[RegionName, Points, Mask]]:
        shown = ((name, self._polygons[name]) for name in RegionName if name in self._polygons)
        return [
            (name, polygon.mean(axis=0) * np.float32(self.scale), self.coarse_region(name)) for name, polygon in shown
        ]

    def _linear(self) -> Floats:
        linear = to_linear(self.rgb)
        side = (self.coarse_size, self.coarse_size)
        return _f32(cv2.resize(linear, side, interpolation=cv2.INTER_AREA))

    def _skin(self) -> Mask:
        side = (self.coarse_size, self.coarse_size)
        mask = cv2.resize(self.aligned_skin.view(np.uint8), side, interpolation=cv2.INTER_NEAREST)
        mask = cv2.erode(mask, disc(self.mm(EDGE_MM)), borderType=cv2.BORDER_CONSTANT, borderValue=0)
        inside = mask.astype(np.bool_)
        if not inside.any():
            return inside
        broad = self.broad_density
        warmth = broad[..., 2] - broad[..., 0]  # blue against red: pigment of any amount makes it positive
        typical_warmth = float(np.median(warmth[inside]))
        typical_density = float(np.median(broad[..., 1][inside]))
        if typical_warmth < COLOURLESS:
            return inside
        neutral = warmth < NEUTRAL_SHARE * typical_warmth
        dark = (broad[..., 1] > typical_density + FAR_DARKER) & (warmth < typical_warmth)
        return inside & ~neutral & ~dark

    def _surface(self) -> float:
        side = (self.coarse_size, self.coarse_size)
        mask = cv2.resize(self.aligned_skin.view(np.uint8), side, interpolation=cv2.INTER_NEAREST) > 0
        if not mask.any():
            return 0.0
        darkest = float(np.percentile(self.linear[mask].min(axis=1), 10))
        return min(SURFACE, SURFACE_SHARE * darkest)

    def _shading(self) -> Floats:
        inside = self.broad_density[self.skin]
        if len(inside) < 500:
            return np.ones(3, np.float32)
        change = inside - np.median(inside, axis=0)
        spread = float((change[:, 1] ** 2).mean()) + 1e-9
        red = float((change[:, 0] * change[:, 1]).mean()) / spread
        blue = float((change[:, 2] * change[:, 1]).mean()) / spread
        return np.array([np.clip(red, *SHADING_RED), 1.0, np.clip(blue, *SHADING_BLUE)], np.float32)

    def _texture(self) -> Floats:
        detail = self.fine_density - blur(self.fine_density, 0.8 * self.px_per_mm)
        side = (self.coarse_size, self.coarse_size)
        power = _f32(cv2.resize(detail * detail, side, interpolation=cv2.INTER_AREA))
        return np.sqrt(smooth(power, self.skin, self.mm(3.0)))

    def _fill(self, name: RegionName) -> Mask:
        canvas = np.zeros((self.coarse_size, self.coarse_size), np.uint8)
        polygon = self._polygons.get(name)
        if polygon is not None:
            cv2.fillPoly(canvas, [np.round(polygon * np.float32(self.scale)).astype(np.int32)], 1)
        return canvas.astype(np.bool_)


class SharedMaps:
    """Gives every detector the same FaceMaps of a face; they live as long as the face does."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._maps: WeakKeyDictionary[AlignedFace, FaceMaps] = WeakKeyDictionary()

    def of(self, face: AlignedFace) -> FaceMaps:
        with self._lock:
            maps = self._maps.get(face)
            if maps is None:
                maps = self._maps[face] = FaceMaps(face)
            return maps


def smooth(values: Floats, mask: Mask, sigma: float) -> Floats:
    """Normalised convolution: the Gaussian mean (sigma in px) of values (H, W) over the mask alone; 0 where no mask is
    near."""
    weight = mask.astype(np.float32)
    top = blur(values * weight, sigma)
    bottom = blur(weight, sigma)
    return np.where(bottom > 1e-3, top / np.maximum(bottom, 1e-3), 0).astype(np.float32)


def background(values: Floats, mask: Mask, sigma: float, lesion: float, rounds: int = 2) -> Floats:
    """The level of the unmarked skin around each place: normalised convolution that leaves out, in each further round,
    what lies more than `lesion` (unit of values) above the last one, so that a patch does not hide itself."""
    level = smooth(values, mask, sigma)
    for _ in range(rounds):
        level = smooth(values, mask & (values - level < lesion), sigma)
    return level


def disc(radius: float) -> NDArray[np.uint8]:
    """A round structuring element of that radius in px, at least 3 by 3."""
    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def blur(values: Floats, sigma: float) -> Floats:
    """Gaussian of sigma px, cut at 2.5 sigma; the border repeats. A wide one is made on a smaller grid."""
    shrink = int(sigma / SMALL_GRID_SIGMA)
    if shrink >= 2:
        height, width = values.shape[:2]
        small = (max(1, width // shrink), max(1, height // shrink))
        averaged = _f32(cv2.resize(values, small, interpolation=cv2.INTER_AREA))
        return _f32(cv2.resize(blur(averaged, sigma / shrink), (width, height), interpolation=cv2.INTER_LINEAR))
    side = 2 * max(1, round(2.5 * sigma)) + 1
    return _f32(cv2.GaussianBlur(values, (side, side), sigma, borderType=cv2.BORDER_REPLICATE))


def _density(linear: Floats) -> Floats:
    logs = np.asarray(cv2.log(np.maximum(linear, DARKEST_LINEAR)), np.float32)
    return logs * np.float32(-1 / np.log(10))


def _lab(linear: Floats) -> Floats:
    return _f32(cv2.cvtColor(np.maximum(linear, 0), cv2.COLOR_LRGB2Lab))


def _f32(values: cv2.typing.MatLike) -> Floats:
    return np.asarray(values, np.float32)
