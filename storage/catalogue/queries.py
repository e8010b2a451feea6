"""What a person typed, as a query of the index.

Every word counts, in any order. A word matches a title that has it, has a word beginning with it, or one of the words
that mean the same; a word or phrase that means a category matches all products of that category; a word that no title
has matches those one or two letters away. What is only in the ingredients or the description counts least.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tantivy import FieldType, Occur, Query

from storage.catalogue.index import IN_STOCK, UNKNOWN_STOCK, OpenIndex
from storage.catalogue.meanings import meanings
from storage.catalogue.text import words

__all__ = ["TERMS_MAX", "Term", "filter_query", "terms_of", "text_query"]

TERMS_MAX: Final = 12  # words of a query; more say nothing more, and each costs
EXACT, SAME, BEGINS, MEANT, NEAR, MORE, MORE_BEGINS, FAR = 10.0, 8.0, 7.0, 6.0, 4.0, 2.0, 1.5, 1.0
NEAR_FROM: Final = 4  # letters from which one wrong letter is forgiven
FAR_FROM: Final = 8  # and from which two are
FUZZY: Final = ("title", "meaning")  # fields in which letters are forgiven
BESIDE: Final = 0.5  # for two words that stand beside each other as they were typed: SPF 50, not SPF 30 50 g


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or a phrase of `synonyms.toml`, of a query. same: the phrases that mean the same, itself included;
    category: the one it means."""

    words: tuple[str, ...]
    same: tuple[tuple[str, ...], ...]
    category: str | None = None


def terms_of(text: str) -> tuple[Term, ...]:
    """The terms of what was typed, each once, TERMS_MAX at most; none where no word is in it. The last word may be only
    the beginning of a phrase's ("dark circ")."""
    known = meanings()
    typed = words(text)
    kept = [word for word in typed if word not in known.ignored] or typed
    terms: dict[Term, None] = {}
    place = 0
    while place < len(kept) and len(terms) < TERMS_MAX:
        phrase: tuple[str, ...] = ()
        for length in range(min(known.longest, len(kept) - place), 0, -1):
            phrase = tuple(kept[place : place + length])
            if length > 1 and place + length == len(kept):
                phrase = known.completed(phrase)
            if phrase in known.same or phrase in known.category:
                break
        place += length
        terms[Term(phrase, known.same.get(phrase, (phrase,)), known.category.get(phrase))] = None
    return tuple(terms)


def text_query(index: OpenIndex, terms: Sequence[Term], *, lenient: bool, least: int | None = None) -> Query:
    """The query of the terms. lenient: forgive letters also where a title has the word as it was typed. least: how many
    of the terms must match; all by default."""
    parts = [Query.disjunction_max_query(list(_matches(index, term, lenient))) for term in terms]
    spoken = [word for term in terms for word in term.words]
    beside = [
        (Occur.Should, Query.const_score_query(Query.phrase_query(index.schema, "title", [one, other]), BESIDE))
        for one, other in pairwise(spoken)
    ]
    if least is None:
        return Query.boolean_query([*((Occur.Must, part) for part in parts), *beside])
    most = Query.boolean_query([(Occur.Should, part) for part in parts], minimum_number_should_match=least)
    return Query.boolean_query([(Occur.Must, most), *beside])


def filter_query(
    index: OpenIndex, *, category: str | None, max_price: int | None, in_stock: bool | None
) -> list[tuple[Occur, Query]]:
    """What else must hold. max_price: in thousandths; in_stock True: unless it is said to be sold out."""
    schema = index.schema
    parts: list[Query] = []
    if category is not None:
        parts.append(Query.term_query(schema, "category", category, "basic"))
    if max_price is not None:
        parts.append(Query.range_query(schema, "price", FieldType.Unsigned, upper_bound=max_price))
    if in_stock is not None:
        low, high = (UNKNOWN_STOCK, IN_STOCK) if in_stock else (0, 0)
        parts.append(Query.range_query(schema, "stock", FieldType.Unsigned, lower_bound=low, upper_bound=high))
    return [(Occur.Must, Query.const_score_query(part, 0.0)) for part in parts]


def _matches(index: OpenIndex, term: Term, lenient: bool) -> Iterator[Query]:
    schema = index.schema

    def scored(query: Query, score: float) -> Query:
        return Query.const_score_query(query, score)

    def all_of(phrase: Sequence[str], field: str) -> Query:
        found = [Query.term_query(schema, field, word, "basic") for word in phrase]
        return found[0] if len(found) == 1 else Query.boolean_query([(Occur.Must, query) for query in found])

    def near(field: str, word: str, distance: int, prefix: bool = False) -> Query:
        return Query.fuzzy_term_query(schema, field, word, distance=distance, prefix=prefix)

    yield scored(all_of(term.words, "title"), EXACT)
    yield scored(all_of(term.words, "more"), MORE)
    for phrase in term.same:
        if phrase != term.words:
            yield scored(all_of(phrase, "title"), SAME)
            yield scored(all_of(phrase, "more"), MORE)
    if term.category is not None:
        yield scored(Query.term_query(schema, "category", term.category, "basic"), MEANT)
    if len(term.words) > 1 or term.words[0].isdigit():
        return  # 50 is not the beginning of 500, nor near 60
    (word,) = term.words
    in_title, in_meaning = (bool(index.searcher.terms_with_prefix(field, word, limit=1)) for field in FUZZY)
    yield scored(near("title", word, 0, prefix=True), BEGINS)
    if len(word) > 2:
        if not in_title:
            yield scored(near("meaning", word, 0, prefix=True), MEANT)
        yield scored(near("more", word, 0, prefix=True), MORE_BEGINS)
    begun = in_title or in_meaning
    for field in FUZZY:
        if len(word) >= NEAR_FROM and (lenient or not begun):
            yield scored(near(field, word, 1), NEAR)
        if len(word) >= NEAR_FROM and not begun:
            yield scored(near(field, word, 1, prefix=True), FAR)
        if len(word) >= FAR_FROM and not begun:
            yield scored(near(field, word, 2), FAR)
