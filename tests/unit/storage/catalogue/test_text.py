"""One spelling for words of both scripts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.catalogue.text import fold, words, words_with_places


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Crème ÉCLAT", ["creme", "eclat"]),
        ("L'Oréal Paris", ["loreal", "paris"]),
        ("SPF50+ 50ml", ["spf", "50", "50", "ml"]),
        ("anti-wrinkles_gel", ["anti", "wrinkles", "gel"]),
        ("straße ﬁne 𝐀", ["strasse", "fine", "a"]),
        ("أحمد إكزيما آية", ["احمد", "اكزيما", "ايه"]),
        ("بَشَرَةٌ", ["بشره"]),  # diacritics, ta marbuta
        ("كـــريم", ["كريم"]),  # tatweel
        ("على مستوى", ["علي", "مستوي"]),  # alef maqsura
        ("٥٠ مل", ["50", "مل"]),
        ("البثور والبثور للبشرة", ["بثور", "بثور", "بشره"]),  # the article
        ("الم", ["الم"]),  # too short for one
        ("😀 -- ;", []),
    ],
)
def test_spellings_become_one(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_folded_and_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(deadline=None)
@given(st.text())
def test_words_stand_where_they_say(text: str) -> None:
    end = 0
    for word in words_with_places(text):
        assert end <= word.start < word.end <= len(text)
        assert word.text in fold(text[word.start : word.end])
        end = word.start  # two words may share the sign they come from


def test_a_word_keeps_the_marks_of_its_letters() -> None:
    text = "غسول البَشَرَةِ"
    assert [text[word.start : word.end] for word in words_with_places(text)] == ["غسول", "البَشَرَةِ"]
