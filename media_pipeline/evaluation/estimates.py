"""Numbers with how sure they are: 95 % intervals throughout."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

__all__ = ["Estimate", "bootstrap", "mean_of", "rank_correlation", "ratio_of", "share_of", "spearman"]

RESAMPLES = 1000
SEED = 20261123
Z = 1.959964

Numbers = NDArray[np.float64]  # (R,)


@dataclass(frozen=True, slots=True)
class Estimate:
    """value with its 95 % interval; n: what was counted (pictures, faces, series). All NaN-free; n 0 means none."""

    value: float
    low: float
    high: float
    n: int


def share_of(hits: int, n: int) -> Estimate | None:
    """hits of n with Wilson's interval; None for n 0."""
    if n == 0:
        return None
    share = hits / n
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return Estimate(share, max(0.0, float(middle - half)), min(1.0, float(middle + half)), n)


def bootstrap(rows: NDArray[np.float64], statistic: Callable[[NDArray[np.float64]], Numbers]) -> Estimate | None:
    """The statistic of rows (N, ...) with a percentile interval over resampled rows, which should be what varies
    independently: pictures, not the lesions in them. statistic takes (R, N, ...) and gives R numbers, NaN where it is
    not defined. None for no rows or where it is not defined of all."""
    if len(rows) == 0 or not np.isfinite(value := float(statistic(rows[None])[0])):
        return None
    rng = np.random.default_rng(SEED)
    drawn = statistic(rows[rng.integers(len(rows), size=(RESAMPLES, len(rows)))])
    finite = drawn[np.isfinite(drawn)]
    low, high = np.percentile(finite, [2.5, 97.5]) if len(finite) else (value, value)
    return Estimate(value, min(float(low), value), max(float(high), value), len(rows))


def ratio_of(pairs: Sequence[tuple[float, float]]) -> Estimate | None:
    """Sum of the first over sum of the second, pictures resampled; None where the second add up to 0."""

    def ratio(rows: NDArray[np.float64]) -> Numbers:
        sums = rows.sum(axis=1)
        return _quotient(sums[:, 0], sums[:, 1], sums[:, 1] != 0)

    return bootstrap(np.array(pairs, np.float64).reshape(-1, 2), ratio)


def mean_of(values: Sequence[float]) -> Estimate | None:
    """The mean, values resampled; None for none."""
    return bootstrap(np.array(values, np.float64), lambda rows: rows.mean(axis=1))


def spearman(rows: NDArray[np.float64]) -> Numbers:
    """Spearman's rho of R times N pairs (R, N, 2), equal values sharing their mean rank; NaN for N < 3 or a side that
    never changes."""
    ranks = rankdata(rows, axis=1)
    off = ranks - ranks.mean(axis=1, keepdims=True)
    scale = np.sqrt((off[:, :, 0] ** 2).sum(axis=1) * (off[:, :, 1] ** 2).sum(axis=1))
    defined = (scale > 0) & (rows.shape[1] >= 3)
    shared = (off[:, :, 0] * off[:, :, 1]).sum(axis=1)
    return _quotient(shared, scale, defined)


def rank_correlation(pairs: Sequence[tuple[float, float]]) -> Estimate | None:
    """Spearman's rho, pairs resampled; None where it is not defined."""
    return bootstrap(np.array(pairs, np.float64).reshape(-1, 2), spearman)


def _quotient(a: Numbers, b: Numbers, defined: NDArray[np.bool_]) -> Numbers:
    result = np.full(len(a), np.nan)
    result[defined] = a[defined] / b[defined]
    return result
