"""User ids have one spelling; digests tell different splits apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.identifiers import digest, is_id, new_id, normal_user_id, user_key


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("Amira", "amira"),
        ("  amira\t", "amira"),
        ("ＡＭＩＲＡ", "amira"),  # full-width letters
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("أميرة", "أميرة"),
        ("a.b_c-d@e+f", "a.b_c-d@e+f"),
        ("ﬁona", "fiona"),
    ],
)
def test_different_ways_of_typing_a_user_id_are_one(typed: str, normal: str) -> None:
    assert normal_user_id(typed) == normal
    assert normal_user_id(normal) == normal


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ab",
        "a" * 65,
        "a b c",
        "a/b/c",
        "../etc",
        "a\x00bc",
        "a\u200bbc",
        "💆💆💆",
        ".abc",
        "-abc",
        "ab\n",
        "<script>",
    ],
)
def test_what_is_no_user_id_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="user id"):
        normal_user_id(typed)


@given(st.text(max_size=80))
def test_a_normalised_user_id_stays_as_it_is(text: str) -> None:
    try:
        normal = normal_user_id(text)
    except ValueError:
        return
    assert normal_user_id(normal) == normal
    assert 3 <= len(normal) <= 64


def test_digests_depend_on_where_the_parts_end() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert user_key("amira") != user_key("amirá")


def test_ids_are_random_and_of_one_shape() -> None:
    assert len({new_id() for _ in range(100)}) == 100
    assert is_id(new_id())
    assert not is_id("../" + "a" * 29)
    assert not is_id("A" * 32)
