"""Names in parts, the found ones marked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.catalogue.highlights import highlighted
from storage.catalogue.queries import terms_of


def marked(text: str, query: str) -> str:
    return "".join(f"[{part.text}]" if part.match else part.text for part in highlighted(text, terms_of(query)))


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("Shaan Soothing Gel 60 g", "gel", "Shaan Soothing [Gel] 60 g"),
        ("Shaan Soothing Gel 60 g", "sooth", "Shaan [Soothing] Gel 60 g"),
        ("Shaan Soothing Gel 60 g", "sothin", "Shaan [Soothing] Gel 60 g"),
        ("Niacinamide Serum", "niacinimde", "[Niacinamide] Serum"),
        ("Facial Cleanser", "clenaser", "Facial [Cleanser]"),
        ("Facial Cleanser", "غسول", "Facial [Cleanser]"),
        ("Sun Screen SPF 50", "sunscreen spf50", "[Sun] [Screen] [SPF] [50]"),
        ("Sun Defender 500 g", "sunscreen 50", "Sun Defender 500 g"),
        ("غسول البَشَرَةِ", "بشره", "غسول [البَشَرَةِ]"),
        ("<b>Crème</b>", "creme", "<b>[Crème]</b>"),
        ("Eye Contour", "bags", "Eye Contour"),
        ("Gel", "", "Gel"),
        ("", "gel", ""),
    ],
)
def test_what_was_found_is_marked(text: str, query: str, expected: str) -> None:
    assert marked(text, query) == expected


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=30))
def test_the_parts_are_the_text(text: str, query: str) -> None:
    parts = highlighted(text, terms_of(query))
    assert "".join(part.text for part in parts) == text and all(part.text for part in parts)
