import threading

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from media_pipeline.detectors.circuit_breaker import CircuitBreaker, CircuitState, Permit


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _take(breaker: CircuitBreaker) -> Permit:
    permit = breaker.permit()
    assert permit is not None
    return permit


def test_it_opens_after_the_threshold_and_stays_open_for_the_pause() -> None:
    clock = Clock()
    breaker = CircuitBreaker(threshold=3, pause_s=30, clock=clock)
    for _ in range(3):
        assert breaker.state() is CircuitState.CLOSED
        breaker.failed(_take(breaker))
    clock.now = 29.9
    assert breaker.state() is CircuitState.OPEN
    assert breaker.permit() is None
    clock.now = 30
    assert breaker.state() is CircuitState.HALF_OPEN


def test_a_success_between_failures_starts_the_count_again() -> None:
    breaker = CircuitBreaker(threshold=2, pause_s=30, clock=Clock())
    for _ in range(5):
        breaker.failed(_take(breaker))
        breaker.succeeded(_take(breaker))
    assert breaker.state() is CircuitState.CLOSED


def test_half_open_lets_one_probe_out_and_its_outcome_decides() -> None:
    clock = Clock()
    breaker = CircuitBreaker(threshold=1, pause_s=10, clock=clock)
    breaker.failed(_take(breaker))
    clock.now = 10
    probe = _take(breaker)
    assert breaker.permit() is None, "a second probe beside the first"
    breaker.failed(probe)
    assert breaker.state() is CircuitState.OPEN
    clock.now = 20
    breaker.succeeded(_take(breaker))
    assert breaker.state() is CircuitState.CLOSED
    assert breaker.permit() is not None


def test_a_probe_that_never_went_out_makes_room_for_the_next() -> None:
    clock = Clock()
    breaker = CircuitBreaker(threshold=1, pause_s=10, clock=clock)
    breaker.failed(_take(breaker))
    clock.now = 10
    breaker.abandoned(_take(breaker))
    assert breaker.permit() is not None


def test_a_service_that_asks_for_a_pause_gets_it_at_once() -> None:
    clock = Clock()
    breaker = CircuitBreaker(threshold=5, pause_s=10, clock=clock)
    breaker.failed(_take(breaker), retry_after_s=60)
    clock.now = 59
    assert breaker.state() is CircuitState.OPEN
    clock.now = 60
    assert breaker.state() is CircuitState.HALF_OPEN


def test_an_outcome_from_before_the_breaker_opened_changes_nothing() -> None:
    clock = Clock()
    breaker = CircuitBreaker(threshold=1, pause_s=10, clock=clock)
    straggler, other = _take(breaker), _take(breaker)
    breaker.failed(other)
    breaker.succeeded(straggler)
    assert breaker.state() is CircuitState.OPEN
    clock.now = 10
    _take(breaker)
    breaker.failed(straggler)
    assert breaker.permit() is None, "the probe is still out"


@pytest.mark.parametrize(("threshold", "pause_s"), [(0, 1.0), (1, 0.0), (1, -1.0)])
def test_senseless_limits_are_refused(threshold: int, pause_s: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        CircuitBreaker(threshold, pause_s)


def test_many_threads_get_exactly_one_probe() -> None:
    clock = Clock()
    breaker = CircuitBreaker(threshold=1, pause_s=10, clock=clock)
    breaker.failed(_take(breaker))
    clock.now = 10
    start = threading.Barrier(8)
    permits: list[Permit | None] = []

    def ask() -> None:
        start.wait(timeout=10)
        permits.append(breaker.permit())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert len(permits) == 8
    assert sum(permit is not None for permit in permits) == 1


class BreakerMachine(RuleBasedStateMachine):
    """Any order of calls, outcomes and waiting, against what the breaker promises."""

    @initialize(threshold=st.integers(1, 4), pause_s=st.floats(1, 100))
    def start(self, threshold: int, pause_s: float) -> None:
        self.clock = Clock()
        self.threshold = threshold
        self.pause_s = pause_s
        self.breaker = CircuitBreaker(threshold, pause_s, self.clock)
        self.out: list[Permit] = []
        self.opened_at: float | None = None

    @rule()
    def call(self) -> None:
        before = self.breaker.state()
        permit = self.breaker.permit()
        if before is CircuitState.CLOSED:
            assert permit is not None
        if before is CircuitState.OPEN:
            assert permit is None
        if permit is not None:
            self.out.append(permit)

    @precondition(lambda self: self.out)
    @rule(data=st.data(), good=st.booleans())
    def answer(self, data: st.DataObject, good: bool) -> None:
        permit = self.out.pop(data.draw(st.integers(0, len(self.out) - 1)))
        before = self.breaker.state()
        (self.breaker.succeeded if good else self.breaker.failed)(permit)
        after = self.breaker.state()
        if before is CircuitState.OPEN:
            assert after is CircuitState.OPEN, "only time ends a pause"
        if after is CircuitState.OPEN and before is not CircuitState.OPEN:
            assert not good
            self.opened_at = self.clock.now
        if after is CircuitState.CLOSED and before is not CircuitState.CLOSED:
            assert good
            self.opened_at = None

    @rule(seconds=st.floats(0, 200))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def the_pause_lasts_its_time_and_no_longer(self) -> None:
        if not hasattr(self, "breaker"):
            return
        if self.opened_at is None:
            assert self.breaker.state() is CircuitState.CLOSED
        elif self.clock.now < self.opened_at + self.pause_s:
            assert self.breaker.state() is CircuitState.OPEN
        else:
            assert self.breaker.state() is CircuitState.HALF_OPEN


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
