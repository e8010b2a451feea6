"""The refusal names what to do, for the issue that comes first."""

from media_pipeline.best_frame import NOT_WORTH_INSPECTING
from media_pipeline.types import Issue
from signaling.capture_advice import NO_VIDEO, WHAT_TO_DO, nothing_good


def test_there_is_advice_for_everything_that_spoils_a_frame() -> None:
    assert set(WHAT_TO_DO) == NOT_WORTH_INSPECTING


def test_the_first_issue_that_spoils_it_is_told() -> None:
    refusal = nothing_good((Issue.OFF_CENTRE, Issue.TOO_DARK, Issue.BLURRED))
    assert (refusal.sentence, refusal.details) == (WHAT_TO_DO[Issue.TOO_DARK], {"issue": "too_dark"})


def test_without_any_there_was_no_video() -> None:
    assert nothing_good((Issue.OFF_CENTRE,)).sentence == NO_VIDEO
