"""The step of a patch and its outline are found on sloping light; what has no edge shows none."""

import numpy as np
import pytest

from media_pipeline.detectors.maps import Floats, Mask, blur
from media_pipeline.detectors.patch_fit import FittedPatch, fit_patch

SIDE = 100
COLOUR = np.array((0.39, 0.58, 1.0), np.float32)
WEIGHTS = (COLOUR / (COLOUR @ COLOUR)).astype(np.float32)
EVERYWHERE: Mask = np.ones((SIDE, SIDE), np.bool_)
Y, X = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)


def _disc(radius: float) -> Mask:
    return np.asarray(np.hypot(X - 52, Y - 48) <= radius, np.bool_)


def _lit(amount: Floats) -> Floats:
    """Light that falls off to one side, and a pigment in it, hundredths of density."""
    slope = (0.3 * X + 0.004 * (Y - 30) ** 2)[..., None] * np.array((0.8, 1.0, 1.2), np.float32)
    return np.asarray(slope + amount[..., None] * COLOUR, np.float32)


def _fit(values: Floats, seed: Mask, seen: Mask = EVERYWHERE) -> FittedPatch | None:
    rows, columns = np.nonzero(seed)
    window = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
    return fit_patch(values, WEIGHTS, seen, (window, seed[window]), mm=1.0)


@pytest.mark.parametrize("seed_radius", [7.0, 15.0])
def test_step_and_outline_are_found_from_a_seed_too_small_or_too_large(seed_radius: float) -> None:
    planted = _disc(11)
    fitted = _fit(_lit(blur(8 * planted.astype(np.float32), 0.8)), _disc(seed_radius))
    assert fitted is not None
    mask = np.zeros_like(planted)
    mask[fitted.window][fitted.mask] = True
    assert (mask & planted).sum() > 0.9 * (mask | planted).sum()
    assert fitted.step == pytest.approx(8 * COLOUR, rel=0.25)  # the surface takes a part of it
    assert len(fitted.steps) == 8 and (fitted.steps @ WEIGHTS).min() > 5
    assert fitted.redness == pytest.approx((0.58 - 0.39) / 0.58, abs=0.03)
    assert fitted.warmth == pytest.approx((1.0 - 0.39) / 0.58, abs=0.05)


def test_what_fades_has_no_edge() -> None:
    bump = 8 * np.exp(-((X - 52) ** 2 + (Y - 48) ** 2) / (2 * 14**2))
    fitted = _fit(_lit(bump), _disc(11))
    assert fitted is None or float(np.percentile(fitted.steps @ WEIGHTS, 25)) < 2


def test_only_sides_that_are_seen_tell_of_the_edge() -> None:
    fitted = _fit(_lit(8 * _disc(11).astype(np.float32)), _disc(9) & (X < 56), (X < 56).astype(np.bool_))
    assert fitted is not None and 3 <= len(fitted.steps) < 8


def test_a_seed_on_even_skin_or_of_a_few_px_comes_to_nothing() -> None:
    lighter = -5 * _disc(11).astype(np.float32)
    assert _fit(_lit(lighter), _disc(11)) is None
    assert _fit(_lit(8 * _disc(1.5).astype(np.float32)), _disc(1.5)) is None
