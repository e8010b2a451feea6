"""Acne lesions, drawn with blood, melanin, pus and height. Sizes are millimetres and become px by the canvas's scale.

Kinds: comedone (open: a dark plug; closed: a pale bump), papule (red or flesh-coloured dome), pustule (a papule with a
pale head), nodule (large, deep, violet; cysts with it) and mark (what a lesion leaves behind: flat, red, violet or
brown). Marks are a kind of their own because they are seen on the skin and are no active lesion.
"""

import math
from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np

from media_pipeline.training.optics import Array, Layers

__all__ = ["Kind", "Lesion", "Manner", "choose_manner", "draw_lesion", "plan_lesions"]

DIAMETER_MM = {  # median, spread of the logarithm, least, most
    "COMEDONE": (1.5, 0.30, 0.9, 2.6),
    "PAPULE": (3.1, 0.36, 1.4, 6.5),
    "PUSTULE": (3.2, 0.32, 1.6, 6.5),
    "NODULE": (7.5, 0.28, 5.0, 14.0),
    "MARK": (4.2, 0.45, 1.6, 13.0),
}


class Kind(IntEnum):
    """A lesion's kind; the value is the model's class."""

    COMEDONE = 0
    PAPULE = 1
    PUSTULE = 2
    NODULE = 3
    MARK = 4


@dataclass(frozen=True, slots=True)
class Lesion:
    """A lesion to draw: centre and radius in px, the longer axis' stretch and direction."""

    kind: Kind
    x: float
    y: float
    radius: float
    stretch: float
    angle: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 px around all of it, its halo's middle included: what the network learns to draw. The edge
        that one would measure lies well inside (`media_pipeline.training.render.Tile.extents`)."""
        long, short = self.radius * math.sqrt(self.stretch), self.radius / math.sqrt(self.stretch)
        c, s = math.cos(self.angle), math.sin(self.angle)
        half_w = 1.12 * math.hypot(long * c, short * s) + 0.8
        half_h = 1.12 * math.hypot(long * s, short * c) + 0.8
        return self.x - half_w, self.y - half_h, self.x + half_w, self.y + half_h

    def window(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """Rows and columns of a picture (H, W) in which anything of it is drawn; empty ones outside."""
        reach = math.ceil(self.radius * self.stretch * 3.2 + 3)
        y0, x0 = max(0, int(self.y) - reach), max(0, int(self.x) - reach)
        y1, x1 = min(shape[0], int(self.y) + reach + 1), min(shape[1], int(self.x) + reach + 1)
        return slice(y0, max(y0, y1)), slice(x0, max(x0, x1))


@dataclass(frozen=True, slots=True)
class Manner:
    """How lesions come on one face. mix: share of each kind; swelling: factor on their size; apart: least distance of
    two centres in radii of the larger (below 0.5 they run together); streaky: stretched along one direction; clustered:
    share that sits in clusters; flesh: share of papules without redness; oxygen: range of how red, against violet, the
    blood is."""

    mix: tuple[float, ...] = (0.15, 0.34, 0.19, 0.1, 0.22)
    swelling: float = 1.0
    apart: float = 0.72
    streaky: bool = False
    clustered: float = 0.5
    flesh: float = 0.18
    oxygen: tuple[float, float] = (0.35, 1.0)


def choose_manner(rng: np.random.Generator) -> Manner:
    """One face's: mixed lesions mostly; fields of large flat marks, violet or brown; lesions that run together; bumps
    of the skin's own colour; a few of anything."""
    swelling = math.exp(rng.normal(0.05, 0.22))  # some faces have large lesions, some small
    streaky, clustered = bool(rng.random() < 0.25), float(rng.uniform(0.1, 0.9))

    def mix(*weights: float) -> tuple[float, ...]:
        return tuple(float(share) for share in rng.dirichlet(weights))

    chance = rng.random()
    if chance < 0.16:
        low = float(rng.uniform(0.05, 0.5))
        return Manner(mix(0.3, 0.7, 0.3, 0.5, 4.0), swelling * 1.35, 0.6, streaky, 0.7, oxygen=(low, low + 0.3))
    if chance < 0.32:
        return Manner(mix(0.3, 2.0, 1.0, 1.6, 0.8), swelling * 1.1, 0.42, streaky or rng.random() < 0.4, 0.85)
    if chance < 0.44:
        return Manner(mix(2.5, 2.5, 0.3, 0.1, 0.5), swelling * 0.9, 0.8, False, clustered, flesh=0.7)
    return Manner(mix(0.7, 1.6, 0.9, 0.45, 1.0), swelling, 0.72, streaky, clustered)


def plan_lesions(
    rng: np.random.Generator, skin: Array, px_per_mm: float, burden: float, manner: Manner | None = None
) -> list[Lesion]:
    """Choose kinds, places and sizes. skin (H, W) 0-1: where lesions may sit; burden: lesions of a whole face."""
    manner = manner or Manner()
    ys, xs = np.nonzero(skin > 0.5)
    if not len(xs):
        return []
    face_px = 0.62 * (140 * px_per_mm) ** 2  # bare skin of a face 140 mm wide, about
    count = int(rng.poisson(burden * min(1.0, len(xs) / face_px)))
    centres = [int(i) for i in rng.integers(0, len(xs), size=int(rng.integers(1, 5)))]
    spread = rng.uniform(4, 16) * px_per_mm
    grain = rng.uniform(0, math.pi)
    streaky, swelling = manner.streaky, manner.swelling
    lesions: list[Lesion] = []
    for _ in range(count * 4):
        if len(lesions) >= count:
            break
        if rng.random() < manner.clustered:
            at = centres[int(rng.integers(len(centres)))]
            along, across = rng.normal(0, spread), rng.normal(0, spread * (0.4 if streaky else 1.0))
            x = xs[at] + along * math.cos(grain) - across * math.sin(grain)
            y = ys[at] + along * math.sin(grain) + across * math.cos(grain)
        else:
            at = int(rng.integers(len(xs)))
            x, y = float(xs[at]) + rng.random(), float(ys[at]) + rng.random()
        if not (0 <= x < skin.shape[1] and 0 <= y < skin.shape[0]) or skin[int(y), int(x)] <= 0.5:
            continue
        kind = Kind(int(rng.choice(5, p=manner.mix)))
        median, sigma, least, most = DIAMETER_MM[kind.name]
        diameter = float(np.clip(median * math.exp(rng.normal(0, sigma)) * swelling, least, most * swelling))
        stretch = 1 + abs(rng.normal(0, 0.18)) + (rng.uniform(0, 1.3) if streaky else 0)
        angle = grain + rng.normal(0, 0.25) if streaky else rng.uniform(0, math.pi)
        candidate = Lesion(kind, float(x), float(y), diameter / 2 * px_per_mm, float(stretch), float(angle))
        # Confluent lesions touch and merge, but two in one place are one.
        if all(
            math.hypot(o.x - x, o.y - y) > manner.apart * max(o.radius, candidate.radius) + 0.2 * candidate.radius
            for o in lesions
        ):
            lesions.append(candidate)
    return lesions


def draw_lesion(
    rng: np.random.Generator,
    layers: Layers,
    lesion: Lesion,
    strength: float,
    tone: float,
    softness: float,
    manner: Manner | None = None,
) -> None:
    """Lay one lesion into the layers. strength about 0.3-1.5 scales its colour; tone 0 (light) - 1 (dark skin): on dark
    skin blood shows less and the lesion darkens; softness 0-1 widens its edges."""
    manner = manner or Manner()
    here = lesion.window(layers.red.shape)
    (y0, y1), (x0, x1) = ((side.start, side.stop) for side in here)
    if x1 <= x0 or y1 <= y0:
        return
    r = _radial(rng, lesion, x0, y0, x1, y1)
    blood = strength * (1 - 0.35 * tone)
    oxygen = rng.uniform(*manner.oxygen)
    halo = np.exp(-((r / rng.uniform(1.3, 2.1)) ** 2))

    def bleed(amount: Array, share: float = oxygen) -> None:
        layers.red[here] += blood * share * amount
        layers.violet[here] += blood * (1 - share) * amount

    match lesion.kind:
        case Kind.COMEDONE:
            if rng.random() < 0.55:
                core = _plateau(r, rng.uniform(0.45, 0.75), 0.25)
                layers.melanin[here] += strength * rng.uniform(0.22, 0.65) * core
                layers.height[here] += lesion.radius * rng.uniform(0, 0.25) * _dome(r)
                bleed(rng.uniform(0, 0.06) * halo)
            else:
                layers.height[here] += lesion.radius * rng.uniform(0.3, 0.6) * _dome(r)
                layers.pus[here] = np.maximum(layers.pus[here], rng.uniform(0.12, 0.4) * _plateau(r, 0.5, 0.4))
                bleed(rng.uniform(0, 0.08) * halo)
        case Kind.PAPULE:
            flesh = rng.random() < manner.flesh
            raised = lesion.radius * rng.uniform(0.0, 0.5) * (1 - 0.6 * softness)
            body = _plateau(r, 0.6, 0.35 + 0.45 * softness)
            bleed(rng.uniform(0.02, 0.08) * halo if flesh else rng.uniform(0.14, 0.36) * body)
            if not flesh:
                bleed(rng.uniform(0.03, 0.14) * halo)
            layers.melanin[here] += tone * strength * rng.uniform(0.03, 0.28) * _plateau(r, 0.7, 0.35)
            layers.height[here] += lesion.radius * rng.uniform(0.4, 0.65) * _dome(r) if flesh else raised * _dome(r)
            if not flesh and rng.random() < 0.22:  # a crust or a scratched top
                crust = _plateau(r, rng.uniform(0.25, 0.5), 0.2)
                bleed(rng.uniform(0.1, 0.4) * crust, 0.3)
                layers.melanin[here] += rng.uniform(0.05, 0.35) * crust
        case Kind.PUSTULE:
            bleed(rng.uniform(0.16, 0.38) * _plateau(r, 0.75, 0.3 + 0.4 * softness) + rng.uniform(0.04, 0.16) * halo)
            layers.melanin[here] += tone * strength * rng.uniform(0.0, 0.2) * _plateau(r, 0.8, 0.3)
            layers.height[here] += lesion.radius * rng.uniform(0.1, 0.55) * _dome(r)
            head = _plateau(r, rng.uniform(0.25, 0.5), 0.18)
            layers.pus[here] = np.maximum(layers.pus[here], rng.uniform(0.45, 0.9) * head)
        case Kind.NODULE:
            share = oxygen * 0.8
            bleed(rng.uniform(0.14, 0.34) * _plateau(r, 0.65, 0.5 + 0.3 * softness), share)
            bleed(rng.uniform(0.05, 0.16) * halo, share)
            layers.melanin[here] += (0.02 + tone * 0.2) * strength * rng.uniform(0, 1) * _plateau(r, 0.7, 0.5)
            layers.height[here] += lesion.radius * rng.uniform(0.05, 0.45) * _dome(r)
        case Kind.MARK:
            soft = rng.uniform(0.25, 0.6) + 0.4 * softness
            shape = _plateau(r, 0.75, soft) * _mottle(rng, (y1 - y0, x1 - x0), lesion.radius)
            brown = rng.random() < 0.3 + 0.4 * tone
            bleed(
                (rng.uniform(0.02, 0.10) if brown else rng.uniform(0.10, 0.30)) * shape, rng.uniform(0.1, 0.9) * oxygen
            )
            pigment = rng.uniform(0.10, 0.34) if brown else rng.uniform(0.0, 0.10) + 0.15 * tone * rng.random()
            layers.melanin[here] += strength * pigment * shape
            if rng.random() < 0.3:  # a shallow scar under it
                layers.height[here] -= lesion.radius * rng.uniform(0.05, 0.25) * _dome(r)


def _radial(rng: np.random.Generator, lesion: Lesion, x0: int, y0: int, x1: int, y1: int) -> Array:
    """Distance from the centre over the lesion's irregular radius: 1 on its edge."""
    yy, xx = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    dx, dy = xx + 0.5 - lesion.x, yy + 0.5 - lesion.y
    c, s = math.cos(lesion.angle), math.sin(lesion.angle)
    u = (dx * c + dy * s) / math.sqrt(lesion.stretch)
    v = (-dx * s + dy * c) * math.sqrt(lesion.stretch)
    theta = np.arctan2(v, u)
    rough = rng.uniform(0.02, 0.16)
    edge = 1 + sum(
        (rough / k * rng.normal() * np.cos(k * theta + rng.uniform(0, 2 * math.pi)) for k in range(2, 6)),
        np.zeros_like(theta),
    )
    return np.asarray(np.hypot(u, v) / (lesion.radius * np.clip(edge, 0.6, 1.5)), np.float32)


def _plateau(r: Array, edge: float, softness: float) -> Array:
    """1 inside, falling to 0 over `softness` on both sides of `edge`."""
    t = np.clip((edge + softness - r) / (2 * softness), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _dome(r: Array) -> Array:
    t = np.clip(1 - r * r, 0, 1)
    return np.asarray(t * np.sqrt(t), np.float32)


def _mottle(rng: np.random.Generator, shape: tuple[int, int], radius: float) -> Array:
    grain = rng.normal(0, 1, shape).astype(np.float32)
    noise = np.asarray(cv2.GaussianBlur(grain, (0, 0), max(0.8, radius * 0.35)), np.float32)
    noise = noise / (noise.std() + 1e-6)
    return np.asarray(np.clip(1 + rng.uniform(0, 0.35) * noise, 0.3, 1.6), np.float32)
