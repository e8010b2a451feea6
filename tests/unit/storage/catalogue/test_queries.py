"""What was typed, as terms."""

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.catalogue.queries import TERMS_MAX, Term, terms_of


def test_words_phrases_and_meanings_are_told_apart() -> None:
    assert [term.words for term in terms_of("the best Dark circles cream for me")] == [("dark", "circles"), ("cream",)]
    circles, cream = terms_of("dark circles cream")
    assert circles.category == "eyebags" and cream.category is None
    assert ("كريم",) in cream.same and ("cream",) in cream.same
    assert terms_of("سيروم")[0].same[0] == ("serum",)


def test_each_term_counts_once_and_there_are_only_so_many() -> None:
    assert terms_of("gel Gel GEL") == (Term(("gel",), terms_of("gel")[0].same),)
    assert len(terms_of(" ".join(f"w{number}x" for number in range(500)))) == TERMS_MAX


def test_words_that_say_nothing_count_where_there_are_no_others() -> None:
    assert [term.words for term in terms_of("the")] == [("the",)]


@settings(deadline=None)
@given(st.text())
def test_any_text_has_terms_or_none(text: str) -> None:
    assert all(term.words and term.words in term.same for term in terms_of(text))
