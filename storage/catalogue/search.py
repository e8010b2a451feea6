"""Searching the catalogue: ranked, filtered, counted, page by page, always within one version.

`ProductSearch` follows the catalogue: it asks the database (once a second at most, while somebody searches) which
import is the current one, and opens that import's index, made by whoever imported or, where it is missing here, from
the database. Searches run in a thread of their own, so they do not hold up the event loop.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from tantivy import Occur, Order, Query

from storage.catalogue.highlights import Part, highlighted
from storage.catalogue.index import NO_PRICE, IndexFolder, OpenIndex
from storage.catalogue.queries import Term, filter_query, terms_of, text_query
from storage.catalogue.records import CATEGORIES, Catalogue, Product
from storage.catalogue.repository import ProductRepository
from storage.errors import SearchBusy, StorageUnavailable

__all__ = ["PAGE", "Facet", "Found", "ProductSearch", "SearchAnswer", "SearchRequest", "Sort", "search_index"]

PAGE: Final = 24  # products of a page
OVERVIEW: Final = 12  # products of each category, where all categories are listed
PAGES_MAX: Final = 400  # how far one may leaf: 10,000 products are more than anybody looks at
WAITING_MAX: Final = 64  # searches at once; each takes a few milliseconds
LOOK_AGAIN_S: Final = 1.0
BRANDS: Final = 15  # in the facet
FEW: Final = 5  # matches below which letters are forgiven in every word

logger = logging.getLogger(__name__)

T = TypeVar("T")

Sort = Literal["relevance", "price", "-price", "name"]


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is wanted. max_price: in the currency's unit, against the lowest price; in_stock True leaves out what is
    said to be sold out, False shows only that; page from 1."""

    query: str = ""
    category: str | None = None
    max_price: float | None = None
    in_stock: bool | None = None
    sort: Sort = "relevance"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """A product, and its full name in parts, the found ones marked."""

    product: Product
    name_parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Facet:
    """A value and how many matches have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """version 0: there is no catalogue yet. by_category: category -> products; for a query, those of this page, the
    category of the best match first, a product under each of its categories (of the one asked for alone, where one is);
    without one, a page of each category in the order of CATEGORIES. total: all matches. relaxed: no product has all the
    words, and these have most of them. categories: counted without the filter on the category. price: the lowest and
    the highest of the matches."""

    version: int
    is_sample: bool
    by_category: Mapping[str, tuple[Found, ...]]
    total: int
    pages: int
    relaxed: bool
    categories: tuple[Facet, ...]
    brands: tuple[Facet, ...]
    stock: Mapping[str, int]
    price: tuple[float, float] | None


class ProductSearch:
    """Usable between the two ends of `Storage.opened()`."""

    def __init__(self, products: ProductRepository, folder: IndexFolder) -> None:
        self._products = products
        self._folder = folder
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="search")
        self._looking: asyncio.Task[None] | None = None
        self._looked_at = -LOOK_AGAIN_S
        self._current: tuple[Catalogue, OpenIndex] | None = None
        self._waiting = 0

    async def search(self, request: SearchRequest) -> SearchAnswer:
        """Raises StorageUnavailable, StorageFull, and SearchBusy when WAITING_MAX searches wait already."""
        return await self.answer(request, lambda found: found)

    async def answer(self, request: SearchRequest, shape: Callable[[SearchAnswer], T]) -> T:
        """The same, with what was found brought into the caller's shape in the search's thread."""
        if self._waiting >= WAITING_MAX:
            raise SearchBusy("too many searches wait")
        self._waiting += 1
        try:
            current = await self.current()
            if current is None:
                return shape(SearchAnswer(0, False, {}, 0, 0, False, (), (), {}, None))
            catalogue, index = current
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, lambda: shape(search_index(index, catalogue, request)))
        finally:
            self._waiting -= 1

    async def current(self) -> tuple[Catalogue, OpenIndex] | None:
        """The catalogue with its index (made where it is missing); None where there is none. The first call waits for
        it; later ones answer with what is known, and see to it that a newer import is known soon: neither a slow
        database nor one that is away holds up a search."""
        if time.monotonic() - self._looked_at < LOOK_AGAIN_S:
            return self._current
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="product-search-look")
            self._looking.add_done_callback(self._looked)
        if self._current is None:
            await asyncio.shield(self._looking)
        return self._current

    async def close(self) -> None:
        """Let the running search end."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        await asyncio.to_thread(self._pool.shutdown)

    async def _look(self) -> None:
        catalogue = await self._products.current()
        if catalogue is None:
            self._current = None
        elif self._current is None or self._current[0].token != catalogue.token:
            self._current = await self._opened(catalogue)
        self._looked_at = time.monotonic()

    def _looked(self, task: "asyncio.Task[None]") -> None:
        self._looking = None
        if not task.cancelled() and (error := task.exception()) is not None and self._current is not None:
            logger.warning("searching in an older catalogue: %s", error)
            self._looked_at = time.monotonic()

    async def _opened(self, catalogue: Catalogue) -> tuple[Catalogue, OpenIndex] | None:
        """In other threads than the search's, which answers from the older index meanwhile."""
        index = await asyncio.to_thread(self._folder.open, catalogue.token)
        if index is None:
            whole = await self._products.whole()
            if whole is None:
                return None
            catalogue, products = whole
            await asyncio.to_thread(self._folder.build, catalogue.token, products)
            index = await asyncio.to_thread(self._folder.open, catalogue.token)
        if index is None:
            raise StorageUnavailable("the search index cannot be read")
        await asyncio.to_thread(self._folder.tidy, catalogue.token)
        return catalogue, index


def search_index(index: OpenIndex, catalogue: Catalogue, request: SearchRequest) -> SearchAnswer:
    """Answer from an open index: CPU work of a few milliseconds, most of it outside the interpreter's lock."""
    terms = terms_of(request.query)
    max_price = None if request.max_price is None else int(min(request.max_price * 1000, NO_PRICE - 1))
    elsewhere = filter_query(index, category=None, max_price=max_price, in_stock=request.in_stock)
    here = filter_query(index, category=request.category, max_price=max_price, in_stock=request.in_stock)
    matching, everywhere, relaxed = _matching(index, request.query, terms, elsewhere)
    wanted = _with(matching, here)
    counted = everywhere if request.category is None else _counts(index, wanted)
    categories = everywhere.categories
    if not terms and request.category is None and not request.query.strip():
        by_category = {
            facet.value: _page(index, _with(matching, [*here, *_only(index, facet.value)]), request, terms, OVERVIEW)
            for facet in categories
        }
        pages = -(-max((facet.count for facet in categories), default=0) // OVERVIEW)
    else:
        found = _page(index, wanted, request, terms, PAGE)
        shown = CATEGORIES if request.category is None else (request.category,)
        grouped: dict[str, list[Found]] = {}
        for one in found:
            for category in one.product.categories:
                if category in shown:
                    grouped.setdefault(category, []).append(one)
        by_category = {category: tuple(some) for category, some in grouped.items()}
        pages = -(-counted.total // PAGE)
    return SearchAnswer(
        version=catalogue.version,
        is_sample=catalogue.is_sample,
        by_category={category: some for category, some in by_category.items() if some},
        total=counted.total,
        pages=min(pages, PAGES_MAX),
        relaxed=relaxed,
        categories=categories,
        brands=counted.brands,
        stock=counted.stock,
        price=counted.price,
    )


def _matching(
    index: OpenIndex, text: str, terms: Sequence[Term], filters: Sequence[tuple[Occur, Query]]
) -> tuple[Query, "_Counts", bool]:
    """The query of the words, forgiving as much as it takes to find something; what it finds in all categories; and
    whether words had to be let go."""

    def counted(query: Query) -> tuple[Query, _Counts]:
        return query, _counts(index, _with(query, filters))

    if not terms:
        return *counted(Query.empty_query() if text.strip() else Query.all_query()), False
    strict = counted(text_query(index, terms, lenient=False))
    if strict[1].total >= FEW:
        return *strict, False
    lenient = counted(text_query(index, terms, lenient=True))
    if lenient[1].total:
        return *lenient, False
    for least in sorted({len(terms) - 1, len(terms) // 2, 1} - {0, len(terms)}, reverse=True):
        fewer = counted(text_query(index, terms, lenient=True, least=least))
        if fewer[1].total:
            return *fewer, True
    return *counted(Query.empty_query()), False


def _with(query: Query, filters: Sequence[tuple[Occur, Query]]) -> Query:
    return Query.boolean_query([(Occur.Must, query), *filters]) if filters else query


def _only(index: OpenIndex, category: str) -> list[tuple[Occur, Query]]:
    return filter_query(index, category=category, max_price=None, in_stock=None)


def _page(
    index: OpenIndex, query: Query, request: SearchRequest, terms: Sequence[Term], size: int
) -> tuple[Found, ...]:
    if request.page > PAGES_MAX:
        return ()
    searcher, offset = index.searcher, (request.page - 1) * size
    if request.sort == "relevance" and terms:
        result = searcher.search(query, size, count=False, offset=offset, weight_by_field="weight")
    else:
        field = {"relevance": "shop_rank", "price": "price", "-price": "dearest", "name": "name_rank"}[request.sort]
        order = Order.Desc if request.sort == "-price" else Order.Asc
        result = searcher.search(query, size, count=False, offset=offset, order_by_field=field, order=order)
    products = [index.product(address) for _, address in result.hits]
    return tuple(Found(product, highlighted(product.full_name, terms)) for product in products)


@dataclass(frozen=True, slots=True)
class _Counts:
    total: int
    categories: tuple[Facet, ...]
    brands: tuple[Facet, ...]
    stock: Mapping[str, int]
    price: tuple[float, float] | None


def _counts(index: OpenIndex, query: Query) -> _Counts:
    result: dict[str, Any] = index.searcher.aggregate(
        query,
        {
            "category": {"terms": {"field": "category", "size": len(CATEGORIES)}},
            "brand": {"terms": {"field": "brand", "size": BRANDS}},
            "stock": {"terms": {"field": "stock", "size": 3}},
            "priced": {
                "range": {"field": "price", "ranges": [{"to": NO_PRICE}]},
                "aggs": {"low": {"min": {"field": "price"}}, "high": {"max": {"field": "dearest"}}},
            },
        },
    )
    stock = {int(bucket["key"]): int(bucket["doc_count"]) for bucket in result["stock"]["buckets"]}
    by_category = {bucket["key"]: int(bucket["doc_count"]) for bucket in result["category"]["buckets"]}
    priced = next((bucket for bucket in result["priced"]["buckets"] if bucket["doc_count"] and "to" in bucket), None)
    brands = tuple(Facet(bucket["key"], int(bucket["doc_count"])) for bucket in result["brand"]["buckets"])
    return _Counts(
        total=sum(stock.values()),
        categories=tuple(Facet(name, by_category[name]) for name in CATEGORIES if name in by_category),
        brands=tuple(sorted(brands, key=lambda facet: (-facet.count, facet.value))),
        stock={"in_stock": stock.get(2, 0), "unknown": stock.get(1, 0), "sold_out": stock.get(0, 0)},
        price=None if priced is None else (priced["low"]["value"] / 1000, priced["high"]["value"] / 1000),
    )
