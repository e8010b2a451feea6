"""What has ended still counts."""

from signaling.selected_pair import SelectedPair
from signaling.session_figures import SessionFigures
from signaling.tally import Tally


def figures(received: int) -> SessionFigures:
    return SessionFigures(
        session_id="a",
        user_id=None,
        age_s=1.0,
        state="live",
        frames_received=received,
        frames_analysed=received - 2,
        frames_dropped=2,
        results_sent=received - 3,
        results_skipped=1,
        takeovers=1,
    )


def test_frames_of_sessions_that_ended_and_of_those_here_add_up() -> None:
    tally = Tally()
    tally.session_ended("idle", figures(10))
    tally.session_ended("idle", figures(20))
    total = tally.frames_of_ended.with_those([figures(30)])
    assert (total.received, total.analysed, total.dropped, total.sent) == (60, 54, 6, 51)
    assert (total.skipped, total.takeovers) == (3, 3)
    assert tally.frames_of_ended.received == 30  # those that are still here are not kept twice
    assert tally.ended == {"idle": 2}


def test_connections_count_by_outcome_and_by_the_way_they_took() -> None:
    tally = Tally()
    tally.ice_settled("connected", SelectedPair("host", "relay"))
    tally.ice_settled("connected")
    tally.ice_settled("failed")
    assert tally.ice == {"connected": 2, "failed": 1}
    assert tally.pairs == {SelectedPair("host", "relay"): 1}
