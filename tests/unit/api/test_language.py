"""Which language is answered in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.language import direction_of, isolated, preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("de", "en"),
        ("ar", "ar"),
        ("AR-eg", "ar"),
        ("ar-EG,ar;q=0.9,en-US;q=0.8,en;q=0.7", "ar"),
        ("en-US,en;q=0.9,ar;q=0.8", "en"),
        ("en;q=0.5,ar;q=0.6", "ar"),
        ("ar;q=0,en", "en"),
        ("ar;q=0", "en"),
        ("ar;q=nonsense", "en"),
        ("fr," * 40 + "ar", "en"),
    ],
)
def test_the_better_liked_language_is_taken(header: str, language: str) -> None:
    assert preferred(header) == language


@given(st.text(max_size=200))
def test_any_header_has_an_answer(header: str) -> None:
    assert preferred(header) in ("en", "ar")


def test_names_are_kept_together_in_arabic() -> None:
    assert (direction_of("en"), direction_of("ar")) == ("ltr", "rtl")
    assert isolated("Gel 2%", "ar") == "\u2068Gel 2%\u2069"
    assert isolated("Gel 2%", "en") == "Gel 2%"
    assert isolated("جل", "en") == "\u2068جل\u2069"
