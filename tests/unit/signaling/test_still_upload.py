"""Whatever comes in whatever order: what is put together is the announced picture or nothing."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.still_upload import LEAST_CHUNK, SPARE_CHUNKS, StillRefused, StillUpload

PICTURE = bytes(range(256)) * 64


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def chunk(offset: int, data: bytes) -> bytes:
    return offset.to_bytes(4, "big") + data


def cut(picture: bytes, size: int) -> list[bytes]:
    return [chunk(start, picture[start : start + size]) for start in range(0, len(picture), size)]


def put_together(upload: StillUpload, messages: list[bytes]) -> bytes:
    for message in messages:
        upload.add(message)
    return upload.finish()


@pytest.mark.parametrize("size", [LEAST_CHUNK, 10_000, len(PICTURE)])
def test_the_pieces_in_order_are_the_picture(size: int) -> None:
    assert put_together(StillUpload(len(PICTURE), sha256(PICTURE).upper()), cut(PICTURE, size)) == PICTURE


@given(st.data())
def test_no_order_loss_repetition_or_forgery_makes_another_picture(data: st.DataObject) -> None:
    picture = data.draw(st.binary(min_size=1, max_size=300))
    size = data.draw(st.integers(1, 60))
    genuine = cut(picture, size)
    foreign = st.builds(chunk, st.integers(0, 400), st.binary(max_size=400)) | st.binary(max_size=10)
    messages = data.draw(st.lists(st.sampled_from(genuine) | foreign, max_size=20) | st.permutations(genuine))
    announced = data.draw(st.integers(1, 400) | st.just(len(picture)))
    try:
        whole = put_together(StillUpload(announced, sha256(picture)), messages)
    except StillRefused as refusal:
        assert refusal.code.startswith("still_")
    else:
        assert whole == picture


@given(st.lists(st.binary(max_size=70_000), max_size=5), st.integers(1, 1000))
def test_never_more_is_kept_than_was_announced(messages: list[bytes], announced: int) -> None:
    upload = StillUpload(announced, sha256(b""))
    for message in messages:
        try:
            upload.add(message)
        except StillRefused:
            break
    assert upload.received <= announced


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([b""], "still_malformed"),
        ([chunk(0, b"")], "still_malformed"),
        ([chunk(1, b"x")], "still_out_of_order"),
        ([chunk(0, b"ab"), chunk(0, b"ab")], "still_out_of_order"),
        ([chunk(0, b"x" * 9)], "still_too_long"),
        ([chunk(0, b"abcd")], "still_incomplete"),
        ([chunk(0, b"x" * 8)], "still_damaged"),
    ],
)
def test_each_fault_has_its_code(messages: list[bytes], code: str) -> None:
    with pytest.raises(StillRefused) as refusal:
        put_together(StillUpload(8, sha256(b"eight by")), messages)
    assert refusal.value.code == code


def test_crumbs_are_not_swept_up_for_ever() -> None:
    upload = StillUpload(LEAST_CHUNK, sha256(b""))
    for offset in range(SPARE_CHUNKS + 1):
        upload.add(chunk(offset, b"x"))
    with pytest.raises(StillRefused, match="too many pieces") as refusal:
        upload.add(chunk(SPARE_CHUNKS + 1, b"x"))
    assert refusal.value.code == "still_in_crumbs"
