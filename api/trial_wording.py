"""What came of a trial, in numbers and in a sentence of the reader's language."""

from datetime import date

from api.language import isolated
from api.recommendations.phrases import phrase
from api.recommendations.rulebook import Language
from api.trial_models import OutcomeAnswer, SideAnswer
from api.trial_verdict import DAYS_LEAST, Verdict, ends_on, windows_of
from storage.personal.records import Trial

__all__ = ["outcome_answer"]


def outcome_answer(verdict: Verdict, trial: Trial, others: tuple[Trial, ...], language: Language) -> OutcomeAnswer:
    """A verdict in numbers and in a sentence."""
    windows = verdict.windows
    sides = {
        "before": (windows.before_from, windows.before_to, verdict.before),
        "after": (windows.after_from, windows.after_to, verdict.after),
    }
    answers = {
        name: SideAnswer(
            since=since,
            until=max(until, since),
            reports=side.reports,
            days=side.days,
            mean=None if side.mean is None else round(side.mean, 1),
        )
        for name, (since, until, side) in sides.items()
    }

    def points(value: float | None) -> float | None:
        return None if value is None else round(value, 1)

    return OutcomeAnswer(
        outcome=verdict.outcome,
        why=verdict.why,
        text=_sentence(verdict, trial, others, language),
        change=points(verdict.change),
        low=points(verdict.low),
        high=points(verdict.high),
        noise=points(verdict.noise),
        before=answers["before"],
        after=answers["after"],
        unused=verdict.unused,
    )


def _sentence(verdict: Verdict, trial: Trial, others: tuple[Trial, ...], language: Language) -> str:
    key = {
        "waiting": "trial_too_early",
        "few_before": "trial_few_before",
        "few_after": "trial_few_after",
        "stopped_early": "trial_stopped_early",
    }.get(verdict.why, f"trial_{verdict.outcome}")
    side = verdict.before if verdict.why == "few_before" else verdict.after
    date_told = ends_on(trial) if verdict.why == "waiting" else verdict.windows.after_from
    numbers = {
        "change": _number(
            abs(verdict.change) if verdict.outcome in ("better", "worse") and verdict.change else verdict.change
        ),
        "low": _number(verdict.low),
        "high": _number(verdict.high),
    }
    said = phrase(key, language, date=date_told.isoformat(), least=DAYS_LEAST, days=side.days, **numbers)
    if verdict.outcome in ("better", "worse"):
        beside = [isolated(one.name, language) for one in others if one.id != trial.id and _at_once(one, trial)]
        if beside:
            said += phrase("trial_others", language, names=phrase("and", language).join(beside[:5]))
    return said


def _number(value: float | None) -> str:
    """One decimal with its sign kept by its number, also in a sentence that runs from right to left."""
    return (
        ""
        if value is None
        else f"\N{LEFT-TO-RIGHT ISOLATE}{value:.1f}\N{POP DIRECTIONAL ISOLATE}"
        if value < 0
        else f"{value:.1f}"
    )


def _at_once(one: Trial, other: Trial) -> bool:
    def end(trial: Trial) -> date:
        return trial.stopped_on or windows_of(trial).after_to

    return one.started_on <= end(other) and other.started_on <= end(one)
