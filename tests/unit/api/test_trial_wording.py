"""A verdict in a sentence: the numbers keep their signs, what was tried at once is named."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from api.recommendations.rulebook import Language
from api.trial_verdict import Side, Verdict, windows_of
from api.trial_wording import outcome_answer
from storage.personal.records import Trial

START = date(2026, 3, 1)


def trial(name: str = "Gel", started: date = START, identifier: str = "0" * 32) -> Trial:
    return Trial(identifier, name, "acne", started, 8, "trial-acne/1", None, None, datetime(2026, 3, 1, tzinfo=UTC))


def verdict(**told: Any) -> Verdict:
    fields: dict[str, Any] = {"windows": windows_of(trial()), "before": Side(3, 3, 50.04), "after": Side(3, 3, 70.06)}
    return Verdict(**fields | told)


def test_what_got_better_is_told_with_its_interval() -> None:
    told = verdict(outcome="better", why="beyond_noise", change=20.02, low=12.34, high=27.7, noise=7.68)
    answer = outcome_answer(told, trial(), (), "en")
    assert (answer.change, answer.low, answer.high, answer.noise) == (20.0, 12.3, 27.7, 7.7)
    assert (answer.before.mean, answer.after.mean) == (50.0, 70.1)
    assert all(number in answer.text for number in ("20.0", "12.3", "27.7"))


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_sign_stays_with_its_number(language: Language) -> None:
    told = verdict(outcome="cant_tell", why="noise", change=-1.0, low=-8.0, high=6.0, noise=7.0)
    assert (
        "\N{LEFT-TO-RIGHT ISOLATE}-8.0\N{POP DIRECTIONAL ISOLATE}" in outcome_answer(told, trial(), (), language).text
    )


def test_what_was_tried_at_once_is_named_and_nothing_else() -> None:
    told = verdict(outcome="worse", why="beyond_noise", change=-20.0, low=-28.0, high=-12.0, noise=8.0)
    at_once, long_ago = trial("Scrub", date(2026, 4, 1), "1" * 32), trial("Oil", date(2025, 1, 1), "2" * 32)
    text = outcome_answer(told, trial(), (trial(), at_once, long_ago), "en").text
    assert "Scrub" in text and "Oil" not in text and "Gel" not in text


def test_too_early_names_the_day() -> None:
    told = verdict(outcome="too_early", why="waiting", after=Side(0, 0, None))
    answer = outcome_answer(told, trial(), (), "en")
    assert "2026-04-26" in answer.text and answer.change is None
