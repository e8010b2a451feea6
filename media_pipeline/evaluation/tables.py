"""How the reports write their tables: names, values, intervals."""

from collections.abc import Sequence

from media_pipeline.evaluation.estimates import Estimate, rank_correlation
from media_pipeline.types import Condition

__all__ = ["condition_name", "correlation", "interval", "plain", "table"]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; every row has as many cells as the head."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def condition_name(condition: Condition) -> str:
    """As it stands in the tables."""
    return str(condition).replace("_", " ")


def interval(estimate: Estimate | None, digits: int = 2) -> str:
    """Value and 95 % interval, "-" where there is none."""
    if estimate is None:
        return "-"
    return f"{estimate.value:.{digits}f} ({estimate.low:.{digits}f}-{estimate.high:.{digits}f})"


def plain(estimate: Estimate | None) -> str:
    """The value alone, "-" where there is none."""
    return "-" if estimate is None else f"{estimate.value:.2f}"


def correlation(pairs: Sequence[tuple[float, float]]) -> str:
    """Rank correlation of the pairs with its interval and number."""
    estimate = rank_correlation(pairs)
    return "too few" if estimate is None else f"{interval(estimate)}, n = {estimate.n}"
