"""What people type, and what they find; the same over SQLite and MariaDB."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from storage import Storage
from storage.catalogue.importing import SAMPLE
from storage.catalogue.index import IndexFolder, OpenIndex
from storage.catalogue.reading import read_catalogue
from storage.catalogue.records import Catalogue, Price, Product
from storage.catalogue.search import OVERVIEW, PAGE, WAITING_MAX, SearchAnswer, SearchRequest, search_index
from storage.clock import utc_now
from storage.errors import SearchBusy, StorageUnavailable
from storage.identifiers import new_id
from tests.unit.storage.catalogue.products import filled, product

Find = Callable[..., SearchAnswer]
CATALOGUE = Catalogue(1, "t", utc_now(), "sample.csv", "", True, 0, ())
AN_AMOUNT = Price(Decimal(5), Decimal(5), "EGP", "LE 5")


def opened(folder: Path, products: list[Product]) -> OpenIndex:
    token = new_id()
    IndexFolder(folder).build(token, products)
    index = IndexFolder(folder).open(token)
    assert index is not None
    return index


@pytest.fixture(scope="module")
def find(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Find]:
    """Searches the sample, and a few products of Arabic names."""
    arabic = [
        product("غسول للبشرة الدهنية", brand="النيل", categories=("acne",)),
        product("كريم مرطب بفيتامين سي", brand="النيل", categories=("hyperpigmentation",)),
        product("واقي الشمس", brand="النيل", categories=("other",)),
    ]
    sample = read_catalogue(SAMPLE, is_sample=True).products
    index = opened(tmp_path_factory.mktemp("index"), [*sample, *arabic])

    def search(query: str = "", **values: object) -> SearchAnswer:
        return search_index(index, CATALOGUE, SearchRequest(query, **values))  # type: ignore[arg-type]

    yield search


def names(answer: SearchAnswer) -> list[str]:
    """Of all products of the page, the best first within each category."""
    return list(dict.fromkeys(one.product.name for some in answer.by_category.values() for one in some))


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("retinol", "Retinol Serum 0.3%"),
        ("serum retinol", "Retinol Serum 0.3%"),  # in any order
        ("retin", "Retinol Serum 0.3%"),  # as it is typed
        ("retinl serum", "Retinol Serum 0.3%"),  # a letter missing
        ("retniol", "Retinol Serum 0.3%"),  # two swapped
        ("niacinamdie sreum", "Niacinamide Serum 10%"),
        ("RÉTINOL", "Retinol Serum 0.3%"),
        ("ريتينول", "Retinol Serum 0.3%"),
        ("spf50", "Mineral Sunscreen SPF 50"),
        ("sun block 50", "Mineral Sunscreen SPF 50"),
        ("bakuchiol", "Bakuchiol Oil 1%"),
        ("phytonadione", "Vitamin K Eye Cream"),  # only in its ingredients
        ("غسول البشره", "غسول للبشرة الدهنية"),
        ("مُرَطِّب", "كريم مرطب بفيتامين سي"),
        ("واقى الشمس", "واقي الشمس"),
    ],
)
def test_the_best_match_comes_first(find: Find, query: str, first: str) -> None:
    assert names(find(query))[0] == first


@pytest.mark.parametrize(
    ("query", "category"),
    [
        ("spots", "acne"), ("pimples", "acne"), ("pimpels", "acne"), ("pimp", "acne"), ("حب الشباب", "acne"),
        ("بثور", "acne"), ("bags", "eyebags"), ("circles", "eyebags"), ("dark circ", "eyebags"),
        ("الهالات السوداء", "eyebags"), ("wrinkels", "wrinkles"), ("dark spots", "dark_spots"), ("redness", "rosacea"),
        ("الأكزيما", "eczema"), ("كلف", "hyperpigmentation"),
    ],
)  # fmt: skip
def test_a_category_is_found_by_what_people_call_it(find: Find, query: str, category: str) -> None:
    answer = find(query)
    everything = find(category=category).total
    assert len(answer.by_category[category]) == everything > 0
    assert answer.total <= everything + 2  # and little else


def test_meaning_and_words_go_together(find: Find) -> None:
    assert names(find("pimples cleanser"))[0] == "Salicylic Acid Cleanser 2%"
    assert names(find("cream for dark circles"))[0] == "Vitamin K Eye Cream"


def test_nothing_is_found_where_there_is_nothing(find: Find) -> None:
    for query in ("zzzzqqqq", "😀😀", "???", "ﷺ" * 50):
        answer = find(query)
        assert (answer.total, answer.pages, answer.by_category, answer.relaxed) == (0, 0, {}, False)
        assert answer.price is None and answer.categories == ()


def test_sql_and_query_languages_are_words(find: Find) -> None:
    for query in (
        "'; DROP TABLE products; --",
        "1' OR '1'='1",
        "title:retinol AND (",
        '"',
        "*:*",
        "[* TO *]",
        "\\",
        "a*~2^",
    ):
        assert find(query).version == 1
    assert names(find("'); retinol -- serum"))[0] == "Retinol Serum 0.3%"


def test_most_of_the_words_are_better_than_nothing_and_it_says_so(find: Find) -> None:
    answer = find("retinol serum unobtainium")
    assert answer.relaxed and names(answer)[0] == "Retinol Serum 0.3%"
    assert not find("retinol serum").relaxed


def test_an_empty_query_lists_by_category(find: Find) -> None:
    answer = find()
    assert list(answer.by_category) == [
        "acne", "wrinkles", "eyebags", "eczema", "rosacea", "hyperpigmentation", "dark_spots", "other",
    ]  # fmt: skip
    for facet in answer.categories:
        assert len(answer.by_category[facet.value]) == min(facet.count, OVERVIEW)
    assert answer.by_category["acne"][0].product.name == "Salicylic Acid Cleanser 2%"
    assert answer.by_category["acne"][-1].product.in_stock is False  # what is sold out comes last
    assert (
        answer.total == 33 and find(page=2).by_category == {} or all(some for some in find(page=2).by_category.values())
    )


def test_filters_hold_and_facets_count(find: Find) -> None:
    answer = find("serum", max_price=200)
    assert 0 < answer.total < find("serum").total and answer.price is not None and answer.price[1] <= 200
    acne = find("serum", category="acne")
    assert set(acne.by_category) == {"acne"} and {facet.value for facet in acne.categories} > {"acne"}
    assert acne.total == next(facet.count for facet in acne.categories if facet.value == "acne")
    sold_out = find(in_stock=False)
    assert names(sold_out) == ["Sulfur Spot Paste"] and sold_out.stock == {"in_stock": 0, "unknown": 0, "sold_out": 1}
    assert find(in_stock=True).total == find().total - 1
    assert {facet.value: facet.count for facet in find().brands} == {"Sample": 30, "النيل": 3}


def test_results_can_be_sorted(find: Find) -> None:
    def prices(sort: str) -> list[Decimal | None]:
        return [one.product.price.low for one in find(category="acne", sort=sort).by_category["acne"]]

    assert prices("price") == sorted(prices("price"), key=lambda low: low or 0)
    assert prices("-price") == sorted(prices("-price"), key=lambda low: -(low or 0))
    by_name = [one.product.full_name for one in find(category="eczema", sort="name").by_category["eczema"]]
    assert by_name == sorted(by_name)


def test_what_has_no_price_comes_last_when_sorted_and_is_not_cheap(tmp_path: Path) -> None:
    unpriced = product("B", price=Price(None, None, "", ""))
    index = opened(tmp_path, [unpriced, product("A", price=AN_AMOUNT), product("C")])
    for sort, order in (("price", ["A", "C", "B"]), ("-price", ["C", "A", "B"])):
        answer = search_index(index, CATALOGUE, SearchRequest(sort=sort))  # type: ignore[arg-type]
        assert names(answer) == order and answer.price == (5.0, 120.0)
    assert names(search_index(index, CATALOGUE, SearchRequest(max_price=1e12))) == ["A", "C"]


def test_a_duplicate_comes_after_its_original(tmp_path: Path) -> None:
    copy = product("Gel", id="0" * 32, copy_of=product("Gel").id)
    index = opened(tmp_path, [copy, product("Gel")])
    for query in ("", "gel"):
        answer = search_index(index, CATALOGUE, SearchRequest(query))
        assert [one.product.copy_of is None for one in answer.by_category["acne"]] == [True, False]


def test_pages_follow_each_other_without_gap_or_repeat(tmp_path: Path) -> None:
    index = opened(tmp_path, [product(f"Gel {number:03}") for number in range(2 * PAGE + 5)])
    for query, category in (("gel", None), ("", "acne")):
        seen: list[str] = []
        for page in (1, 2, 3):
            answer = search_index(index, CATALOGUE, SearchRequest(query, category, page=page))
            assert answer.pages == 3
            seen += names(answer)
        assert sorted(seen) == [f"Gel {number:03}" for number in range(2 * PAGE + 5)]
        beyond = search_index(index, CATALOGUE, SearchRequest(query, category, page=10**9))
        assert beyond.by_category == {} and beyond.total == 2 * PAGE + 5


async def test_without_a_catalogue_the_answer_is_empty(storage: Storage) -> None:
    answer = await storage.search.search(SearchRequest("gel"))
    assert (answer.version, answer.total, answer.by_category) == (0, 0, {})


async def test_an_index_that_is_missing_is_made_from_the_database(storage: Storage) -> None:
    products = [product(f"Gel {number:03}", description=f"d{number}") for number in range(450)]
    version = await filled(storage, products)
    before = threading.active_count()
    answer = await storage.search.search(SearchRequest("gel 017"))
    assert answer.version == version and names(answer)[0] == "Gel 017"
    assert [one.product for one in answer.by_category["acne"]][0] == products[17]
    assert (await storage.search.search(SearchRequest())).total == 450
    assert threading.active_count() <= before + 2  # the search's own, and asyncio's for files


async def test_a_database_that_is_away_or_slow_holds_up_no_search(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(storage, [product()])
    assert (await storage.search.search(SearchRequest("gel"))).total == 1
    asked = asyncio.Event()

    async def away() -> None:
        asked.set()
        raise StorageUnavailable("away")

    async def hangs() -> None:
        asked.set()
        await asyncio.Event().wait()

    for current in (away, hangs):
        asked.clear()
        with monkeypatch.context() as patch:
            patch.setattr(storage.products, "current", current)
            patch.setattr("storage.catalogue.search.LOOK_AGAIN_S", 0.0)
            for _ in range(5):
                assert (await storage.search.search(SearchRequest("gel"))).total == 1
            async with asyncio.timeout(10):
                await asked.wait()
    # what hangs is ended with the storage


async def test_without_an_index_a_database_that_is_away_is_told(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        raise StorageUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(storage.products, "current", away)
        with pytest.raises(StorageUnavailable):
            await storage.search.search(SearchRequest("gel"))
    await filled(storage, [product()])
    assert (await storage.search.search(SearchRequest("gel"))).total == 1


async def test_only_so_many_searches_wait(storage: Storage) -> None:
    await filled(storage, [product()])
    outcomes = await asyncio.gather(
        *(storage.search.search(SearchRequest("gel")) for _ in range(3 * WAITING_MAX)), return_exceptions=True
    )
    refused = [one for one in outcomes if isinstance(one, SearchBusy)]
    answered = [one for one in outcomes if isinstance(one, SearchAnswer)]
    assert len(answered) == WAITING_MAX and len(refused) == 2 * WAITING_MAX
    assert (await storage.search.search(SearchRequest("gel"))).total == 1
