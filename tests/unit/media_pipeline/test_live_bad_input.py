"""What a camera may do in the middle of a session: nothing of one face ever shows on another, one picture has one vote,
and no rate, clock or orientation is too odd to be analysed or told in words."""

import time
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from benchmarks.clips import close_up, encode, moving_portrait
from media_pipeline.guidance import InstructionCode
from media_pipeline.live import LiveResult
from media_pipeline.types import Condition, Finding, Image, Issue
from tests.unit.media_pipeline.test_live import Session

WIDTH, HEIGHT = 640, 360
ROUND = 60  # pictures after which the portrait is back where it was
GROUND = 90


@pytest.fixture
def session() -> Iterator[Session]:
    one = Session(Condition.ACNE)
    yield one
    one.close()


def pictures(name: str, count: int, *, width: int = WIDTH, height: int = HEIGHT) -> list[Image]:
    return list(moving_portrait(close_up(name), width, height, ROUND))[:count]


def play(session: Session, some: list[Image], *, away: bool = False) -> list[LiveResult]:
    """Feed pictures one after the other, as a new key frame and what follows it; the results of each. away: whether the
    time since the last ones counts as the face's absence; else it is this machine's, which was busy encoding."""
    packets = encode(some, gop=1000).packets
    if not away:
        session.analyser.excuse_gap(time.monotonic())
    return [session.feed_and_wait(data) for data in packets]


def play_until_found(session: Session, some: list[Image]) -> LiveResult:
    """Play the pictures, again and again, until the face's skin was inspected."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for result in play(session, some):
            if found(result):
                return result
    raise AssertionError("nothing was found on the face")


def found(result: LiveResult) -> tuple[Finding, ...]:
    acne = result.conditions.get(Condition.ACNE)
    return () if acne is None else acne.findings


def ids(results: list[LiveResult]) -> set[str]:
    return {finding.id for result in results for finding in found(result)}


def test_nothing_of_a_face_sticks_to_the_one_that_takes_its_place(session: Session) -> None:
    first = play_until_found(session, pictures("astronaut", 8))
    others = play(session, pictures("hopper", 8))
    assert found(others[0]) == ()  # from the very first picture of somebody else
    others.append(play_until_found(session, pictures("hopper", 8)))
    assert not ids([first]) & ids(others)


def test_nothing_of_a_face_that_left_is_left_for_the_next(session: Session) -> None:
    first = play_until_found(session, pictures("astronaut", 8))
    play(session, [np.full((HEIGHT, WIDTH, 3), GROUND, np.uint8)] * 3)
    time.sleep(0.6)  # leaving is a matter of time
    again = play(session, pictures("astronaut", 8), away=True)
    assert not ids([first]) & ids(again)


def test_of_two_people_only_the_first_has_findings_and_the_gate_says_so(session: Session) -> None:
    """The second may as well be a photograph held up: whose face is alive nobody here can tell."""

    def beside(count: int, *, alone: bool) -> list[Image]:
        some = []
        for one in moving_portrait(close_up("astronaut"), WIDTH // 2, HEIGHT, ROUND, zoom=0.7):
            picture = np.full((HEIGHT, WIDTH, 3), GROUND, np.uint8)
            picture[:, : WIDTH // 2] = one
            if not alone:
                other = cv2.resize(close_up("hopper"), (240, 226), interpolation=cv2.INTER_AREA)
                picture[60:286, 360:600] = other
            some.append(picture)
        return some[:count]

    first = play_until_found(session, beside(8, alone=True))
    together = play(session, beside(20, alone=False))
    assert Issue.SEVERAL_FACES in together[-1].quality.issues
    for result in together:
        assert result.face is not None
        assert result.face.box.centre[0] < WIDTH / 2
        assert all(finding.box.centre[0] < WIDTH / 2 for finding in found(result))
    assert ids(together) <= ids([first])


def test_a_picture_that_is_suddenly_mirrored_begins_anew(session: Session) -> None:
    play_until_found(session, pictures("astronaut", 8))
    mirrored = play(session, [np.ascontiguousarray(one[:, ::-1]) for one in pictures("astronaut", 8)])
    assert found(mirrored[0]) == ()


def test_another_camera_begins_anew_whatever_changes_with_it(session: Session) -> None:
    first = play_until_found(session, pictures("astronaut", 8))
    other = play(session, pictures("hopper", 8, width=480, height=640))
    assert (other[0].width, other[0].height) == (480, 640)
    assert found(other[0]) == ()
    back = play(session, pictures("astronaut", 8))
    assert not ids([first]) & ids([*other, *back])


def test_fewer_pixels_of_the_same_face_change_nothing(session: Session) -> None:
    """Encoders step down and up again as the network allows."""
    first = play_until_found(session, pictures("astronaut", 8))
    half = [
        np.asarray(cv2.resize(one, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA), np.uint8)
        for one in pictures("astronaut", 8)
    ]
    smaller = play(session, half)
    assert {finding.id for finding in found(smaller[0])} == ids([first])
    assert found(smaller[0])[0].box.width == pytest.approx(found(first)[0].box.width / 2, rel=0.15)


def test_a_picture_on_its_side_is_analysed_the_right_way_up_and_told_in_words(session: Session) -> None:
    sideways = [np.ascontiguousarray(np.rot90(one)) for one in pictures("astronaut", 20)]
    results = play(session, sideways)
    face = results[-1].face
    assert face is not None
    assert abs(face.pose.roll) > 60
    assert Issue.LOOK_STRAIGHT in results[-1].quality.issues
    (spot, *_) = found(play_until_found(session, sideways[:8]))
    assert np.linalg.norm(np.array(spot.box.centre) - face.points[4]) < 0.35 * face.box.height
    deadline = time.monotonic() + 20
    while results[-1].instruction.code is not InstructionCode.TURN_UPRIGHT and time.monotonic() < deadline:
        results = play(session, sideways[:8])
    assert results[-1].instruction.code is InstructionCode.TURN_UPRIGHT


def test_one_picture_sent_again_and_again_makes_nothing_surer(session: Session) -> None:
    (still,) = pictures("astronaut", 1)
    first = play_until_found(session, [still] * 8)
    runs = session.inspections.statistics.runs
    later = play(session, [still] * 20)
    deadline = time.monotonic() + 20
    while session.inspections.statistics.runs < runs + 3 and time.monotonic() < deadline:
        later += play(session, [still] * 8)
    assert {found(result)[0].confidence for result in later} == {found(first)[0].confidence}
    assert {found(result)[0].seen_at for result in later} == {found(first)[0].seen_at}
    assert later[-1].frozen_s > later[0].frozen_s  # and it is told how long that has been so
    moving = play(session, pictures("astronaut", 8)[1:])
    deadline = time.monotonic() + 20
    while moving[-1].frozen_s > 0 and time.monotonic() < deadline:
        moving += play(session, pictures("astronaut", 8))
    assert moving[-1].frozen_s == 0


def test_five_and_sixty_frames_a_second_and_a_clock_that_jumps_or_wraps_are_all_the_same(session: Session) -> None:
    """RTP timestamps name pictures and measure nothing here: times are the server's own."""
    some = encode(pictures("astronaut", 24), gop=1000).packets
    session.analyser.excuse_gap(time.monotonic())
    steps = [18000] * 6 + [1500] * 6 + [2**31 - 7] * 3 + [-90000] * 3 + [2**32 - 2] * 3 + [0] * 3
    timestamp, results = 2**32 - 40000, []
    for data, step in zip(some, steps, strict=True):
        timestamp = (timestamp + step) % 2**32
        results.append(session.feed_and_wait(data, timestamp))
        assert results[-1].rtp_timestamp == timestamp
    assert all(result.face is not None for result in results)
    assert len({finding.id for result in results for finding in found(result)}) <= 1
    assert all(0 <= value < 60_000 for result in results for value in result.stages_ms.values())
    assert [result.received_at for result in results] == sorted(result.received_at for result in results)
