"""Who may come in, by count and by measured load; whoever has lost its client makes room."""

from dataclasses import replace
from typing import Any

import pytest

from signaling.admission import Admission, AdmissionLimits, OfferRate, Present
from signaling.errors import ServerFull, SignallingError, TooMany
from signaling.load import Load

LIMITS = AdmissionLimits(sessions=6, per_user=2, per_address=4)
IDLE = Load(cores=2)


def guests(count: int, address: str = "192.0.2.1", *, lost: tuple[int, ...] = ()) -> list[Present]:
    return [Present(f"{address}/{n}", None, address, float(n) if n in lost else None) for n in range(count)]


def refusal(limits: AdmissionLimits, present: list[Present], load: Load = IDLE, user: str | None = None) -> object:
    with pytest.raises(SignallingError) as caught:
        Admission(limits).decide(user, "198.51.100.7", present, load)
    assert int(caught.value.headers["Retry-After"]) > 0
    return caught.value.status, caught.value.code, caught.value.details


def test_an_idle_server_lets_everybody_in() -> None:
    assert Admission(LIMITS).decide(None, "198.51.100.7", [], IDLE) is None
    assert Admission(LIMITS).decide("17", "198.51.100.7", guests(5), IDLE) is None


def test_all_places_taken() -> None:
    assert refusal(LIMITS, guests(6)) == (503, "server_full", {"reason": "max_sessions"})


def test_one_account_may_have_a_few_sessions() -> None:
    own = [Present(str(n), "17", "192.0.2.1", None) for n in range(2)]
    assert refusal(LIMITS, own, user="17") == (429, "too_many_sessions", {"reason": "user"})
    assert Admission(LIMITS).decide("18", "198.51.100.7", own, IDLE) is None


def test_one_address_may_have_a_few_sessions() -> None:
    near = guests(4, "198.51.100.7")
    assert refusal(LIMITS, near) == (429, "too_many_sessions", {"reason": "address"})
    assert Admission(LIMITS).decide(None, "192.0.2.1", near, IDLE) is None


def test_whoever_lost_its_client_longest_makes_room() -> None:
    assert Admission(LIMITS).decide(None, "198.51.100.7", guests(6, lost=(2, 4)), IDLE) == "192.0.2.1/2"
    near = guests(4, "198.51.100.7", lost=(3,))
    assert Admission(LIMITS).decide(None, "198.51.100.7", near, IDLE) == "198.51.100.7/3"
    # one that goes counts for all limits, and only one goes
    full = [*near, *guests(2)]
    assert Admission(LIMITS).decide(None, "198.51.100.7", full, IDLE) == "198.51.100.7/3"
    fuller = [*near, *guests(3, lost=(0,))]
    with pytest.raises(ServerFull):
        Admission(LIMITS).decide(None, "198.51.100.7", fuller, IDLE)


@pytest.mark.parametrize(
    ("change", "measure"),
    [
        ({"delay_p95_s": 0.6}, "scheduler_delay"),
        ({"loop_lag_p95_s": 0.2}, "loop_lag"),
        ({"processor": 1.99}, "processor"),
        ({"busy": 0.95, "frames_per_s": 14.0}, "frame_rate"),
    ],
)
def test_a_loaded_server_refuses_and_says_what_is_short(change: dict[str, Any], measure: str) -> None:
    load = replace(IDLE, **change)
    assert refusal(LIMITS, guests(2), load) == (503, "server_full", {"reason": "overloaded", "measure": measure})
    by_count = replace(LIMITS, by_load=False)
    assert Admission(by_count).decide(None, "198.51.100.7", guests(5, "198.51.100.7"), load) is None


def test_busy_threads_are_no_overload_while_there_are_frames_enough() -> None:
    load = replace(IDLE, busy=1.0, frames_per_s=60.0)
    assert Admission(LIMITS).decide(None, "198.51.100.7", guests(3), load) is None
    # nor is a thread that is busy with a single slow session's start
    assert Admission(LIMITS).decide(None, "198.51.100.7", [], replace(load, frames_per_s=0.0)) is None


def test_a_flood_of_offers_is_refused_and_forgotten_after_a_minute() -> None:
    rate = OfferRate(3)
    for n in range(3):
        rate.count("192.0.2.1", 10.0 + n)
    with pytest.raises(TooMany) as caught:
        rate.count("192.0.2.1", 13.0)
    assert (caught.value.status, caught.value.code) == (429, "too_many_offers")
    assert 50 < int(caught.value.headers["Retry-After"]) <= 60
    rate.count("192.0.2.2", 13.0)  # somebody else's offers are not his
    rate.count("192.0.2.1", 70.1)


def test_offers_from_everywhere_do_not_fill_the_memory() -> None:
    rate = OfferRate(3)
    for n in range(12_000):
        rate.count(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", n / 1e4)
    assert len(rate._times) <= 10_000
