"""Numbers with how sure they are: 95 % intervals throughout."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

__all__ = ["Estimate", "bootstrap", "mean_of", "rank_correlation", "ratio_of", "share_of", "spearman"]

RESAMPLES = 400
SEED = 20261123
Z = 1.959964


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


def bootstrap(rows: NDArray[np.float64], statistic: Callable[[NDArray[np.float64]], float]) -> Estimate | None:
    """statistic(rows) with a percentile interval over resampled rows (N, ...), which should be what varies
    independently: pictures, not the lesions in them. None for no rows or a statistic that is not finite."""
    if len(rows) == 0 or not np.isfinite(value := statistic(rows)):
        return None
    rng = np.random.default_rng(SEED)
    drawn = [statistic(rows[rng.integers(len(rows), size=len(rows))]) for _ in range(RESAMPLES)]
    finite = np.array([one for one in drawn if np.isfinite(one)] or [value])
    low, high = np.percentile(finite, [2.5, 97.5])
    return Estimate(value, min(float(low), value), max(float(high), value), len(rows))


def ratio_of(pairs: Sequence[tuple[float, float]]) -> Estimate | None:
    """Sum of the first over sum of the second, pictures resampled; None where the second add up to 0."""

    def ratio(rows: NDArray[np.float64]) -> float:
        total = float(rows[:, 1].sum())
        return float(rows[:, 0].sum()) / total if total else float("nan")

    return bootstrap(np.array(pairs, np.float64).reshape(-1, 2), ratio)


def mean_of(values: Sequence[float]) -> Estimate | None:
    """The mean, values resampled; None for none."""
    return bootstrap(np.array(values, np.float64), lambda rows: float(rows.mean()))


def spearman(pairs: NDArray[np.float64]) -> float:
    """Spearman's rho of (N, 2), equal values sharing their mean rank; NaN for N < 3 or a side that never changes."""
    a, b = rankdata(pairs[:, 0]), rankdata(pairs[:, 1])
    if len(pairs) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def rank_correlation(pairs: Sequence[tuple[float, float]]) -> Estimate | None:
    """Spearman's rho, pairs resampled; None where it is not defined."""
    return bootstrap(np.array(pairs, np.float64).reshape(-1, 2), spearman)
