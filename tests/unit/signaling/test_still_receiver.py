"""Stills arrive one at a time, in the room there is; what was refused is swallowed when it comes after all."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest

from signaling.capture_desk import CaptureDesk, CaptureJob
from signaling.errors import CaptureRefused
from signaling.still_receiver import StillReceiver
from signaling.still_upload import StillRefused

DATA = b"a picture of ten thousand bytes" * 322
SHA256 = hashlib.sha256(DATA).hexdigest()


async def analyse(job: CaptureJob) -> Mapping[str, Any]:
    return {}


def receiver(most_uploads: int = 1) -> tuple[StillReceiver, CaptureDesk, list[StillRefused]]:
    refused: list[StillRefused] = []
    desk = CaptureDesk(analyse, 10_000, most_uploads)
    return StillReceiver(desk, refused.append), desk, refused


async def test_a_whole_still_is_handed_over_and_its_room_is_free_again() -> None:
    stills, desk, refused = receiver()
    stills.begin(len(DATA), SHA256)
    assert not desk.take_upload()
    assert stills.add(bytes(4) + DATA)
    picture = stills.finish()
    assert picture is not None and (picture.read(), picture.sha256) == (DATA, SHA256)
    assert desk.take_upload()
    assert not stills.add(bytes(4) + DATA)
    assert refused == []


async def test_what_is_not_whole_is_refused_once_and_swallowed_from_then_on() -> None:
    stills, desk, refused = receiver()
    stills.begin(len(DATA), SHA256)
    assert stills.finish() is None
    assert [one.code for one in refused] == ["still_incomplete"]
    assert stills.add(bytes(4) + DATA)
    assert not stills.add(bytes(4) + DATA + DATA)
    assert desk.take_upload()


async def test_there_must_be_room() -> None:
    stills, desk, _ = receiver()
    with pytest.raises(CaptureRefused) as too_large:
        stills.begin(10_001, SHA256)
    assert desk.take_upload()
    with pytest.raises(CaptureRefused) as busy:
        stills.begin(10, SHA256)
    assert (too_large.value.code, busy.value.code) == ("too_large", "busy")
    stills.drop()
    assert not desk.take_upload()
