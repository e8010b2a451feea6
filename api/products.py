"""GET /product-search/: the catalogue, searched. Everybody may: nothing in it is anybody's own."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, Field

from api.requests import read_query
from api.routing import Answer, Operation
from storage.catalogue.records import CATEGORIES, Product
from storage.catalogue.search import Found, ProductSearch, SearchAnswer, SearchRequest, Sort
from storage.catalogue.text import words

__all__ = ["CATEGORY_LABELS", "PRODUCT_SEARCH", "product_operations", "search_body"]

CATEGORY_LABELS: Final = {
    "acne": "Acne",
    "wrinkles": "Wrinkles",
    "eyebags": "Eyebags",
    "eczema": "Eczema",
    "rosacea": "Rosacea",
    "hyperpigmentation": "Hyperpigmentation",
    "dark_spots": "Dark Spots",
    "other": "Other",
}
BY_WORDS: Final = {"".join(words(name)): name for name in CATEGORIES}
QUERY_MAX: Final = 200  # characters; longer ones are a mistake
DESCRIPTION_MAX: Final = 300  # of a product among others


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _category(value: object) -> object:
    """A category's name in any spelling: "Dark Spots", "dark-spots", "dark_spots"."""
    if not isinstance(value, str):
        return value
    return BY_WORDS.get("".join(words(value)), value) if value.strip() else None


def _or(default: object) -> BeforeValidator:
    return BeforeValidator(lambda value: default if _none_if_blank(value) is None else value)


Blank = BeforeValidator(_none_if_blank)
Category = Literal["acne", "wrinkles", "eyebags", "eczema", "rosacea", "hyperpigmentation", "dark_spots", "other"]


class ProductQuery(BaseModel):
    """What is looked for. A parameter without a value is as if it were not there."""

    query: str = Field(
        "", max_length=QUERY_MAX, description="words in any order, English or Arabic; empty: all, by category"
    )
    category: Annotated[Category | None, BeforeValidator(_category)] = Field(None, description="only this one")
    max_price: Annotated[float | None, Blank] = Field(
        None, ge=0, le=1e9, allow_inf_nan=False, description="in the catalogue's currency"
    )
    in_stock: Annotated[bool | None, Blank] = Field(
        None, description="true: without what is sold out; false: only what is"
    )
    sort: Annotated[Sort, _or("relevance")] = Field("relevance", description="-price: the dearest first")
    page: Annotated[int, _or(1)] = Field(1, ge=1, le=10_000)


class NamePart(BaseModel):
    """A piece of a name, and whether the query found it."""

    text: str
    match: bool


class ProductItem(BaseModel):
    """A product. name: brand, product and size in one line; price: as the shop writes it; price_low and price_high:
    null without an amount, price_high also where the shop says "from"; currency: ISO 4217, or ""; in_stock: null where
    the shop does not say; ingredients: null where they are not known, which never means that there are none. All texts
    are text and no HTML, whatever they look like."""

    id: str
    name: str
    price: str
    url: str
    brand: str
    product: str
    size: str
    price_low: float | None
    price_high: float | None
    currency: str
    image_url: str | None
    in_stock: bool | None
    categories: list[str]
    ingredients: list[str] | None
    description: str
    copy_of: str | None
    is_sample: bool
    name_parts: list[NamePart]


class PriceRange(BaseModel):
    """The lowest and the highest price of all matches."""

    low: float
    high: float


class ProductFacets(BaseModel):
    """How many matches have which value. categories: without the filter on the category; brands: the 15 with most;
    in_stock: in_stock, unknown, sold_out."""

    categories: dict[str, int]
    brands: dict[str, int]
    in_stock: dict[str, int]
    price: PriceRange | None


class ProductSearchAnswer(BaseModel):
    """One page. products_by_category: a product is under each of its categories; for a query the category of the best
    match comes first; for none every category has its own page. relaxed: no product has all the words, and these have
    most of them. catalogue_version grows with each import; 0: nothing was imported yet."""

    query: str
    products_by_category: dict[str, list[ProductItem]]
    message: str
    total: int
    page: int
    pages: int
    relaxed: bool
    facets: ProductFacets
    catalogue_version: int
    is_sample: bool


PRODUCT_SEARCH = web.AppKey("PRODUCT_SEARCH", ProductSearch)


async def search_products(request: web.Request) -> web.Response:
    """GET /product-search/."""
    asked = read_query(request, ProductQuery)
    wanted = SearchRequest(asked.query, asked.category, asked.max_price, asked.in_stock, asked.sort, asked.page)
    body = await request.app[PRODUCT_SEARCH].answer(wanted, lambda found: search_body(asked, found))
    return web.Response(body=body, content_type="application/json")


def search_body(asked: ProductQuery, found: SearchAnswer) -> bytes:
    """The answer as JSON: made in the search's thread, because a page takes a millisecond."""
    price = found.price
    return (
        ProductSearchAnswer(
            query=asked.query,
            products_by_category={
                CATEGORY_LABELS[category]: [_item(one) for one in some] for category, some in found.by_category.items()
            },
            message=_message(found),
            total=found.total,
            page=asked.page,
            pages=found.pages,
            relaxed=found.relaxed,
            facets=ProductFacets(
                categories={CATEGORY_LABELS[facet.value]: facet.count for facet in found.categories},
                brands={facet.value: facet.count for facet in found.brands},
                in_stock=dict(found.stock),
                price=None if price is None else PriceRange(low=price[0], high=price[1]),
            ),
            catalogue_version=found.version,
            is_sample=found.is_sample,
        )
        .model_dump_json()
        .encode()
    )


def product_operations() -> tuple[Operation, ...]:
    """The call, made by whatever is under PRODUCT_SEARCH by then."""
    return (
        Operation(
            "GET",
            "/product-search/",
            search_products,
            "Search the products",
            "products",
            (Answer(200, "One page, by category", ProductSearchAnswer),),
            errors=(503,),
            description="Forgives typing errors, completes words, knows what people call a condition (spots, bags), "
            "in English and Arabic. Products are a shop's list, not advice.",
            query=ProductQuery,
        ),
    )


def _item(found: Found) -> ProductItem:
    product = found.product
    return ProductItem.model_construct(
        **_fields(product), name_parts=[NamePart(text=part.text, match=part.match) for part in found.name_parts]
    )


def _fields(product: Product) -> dict[str, Any]:
    price, text = product.price, product.description
    return {
        "id": product.id,
        "name": product.full_name,
        "price": price.text,
        "url": product.url,
        "brand": product.brand,
        "product": product.name,
        "size": product.size,
        "price_low": None if price.low is None else float(price.low),
        "price_high": None if price.high is None else float(price.high),
        "currency": price.currency,
        "image_url": product.image or None,
        "in_stock": product.in_stock,
        "categories": _labels(product.categories),
        "ingredients": None if product.ingredients is None else list(product.ingredients),
        "description": text if len(text) <= DESCRIPTION_MAX else text[: DESCRIPTION_MAX - 1] + "…",
        "copy_of": product.copy_of,
        "is_sample": product.is_sample,
    }


def _labels(categories: Sequence[str]) -> list[str]:
    return [CATEGORY_LABELS[category] for category in categories]


def _message(found: SearchAnswer) -> str:
    if found.version == 0:
        return "There is no product catalogue yet."
    if found.total == 0:
        return "No product matches. Try fewer words, or other ones."
    count = "1 product" if found.total == 1 else f"{found.total} products"
    said = f"No product has all of these words; {count} with most of them." if found.relaxed else f"{count} found."
    return f"{said} These are invented samples, not for sale." if found.is_sample else said
