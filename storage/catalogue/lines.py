"""Products as lines of JSON: what the search index stores of each, and what a backup holds of all."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

import orjson

from storage.catalogue.addresses import product_id, read_url
from storage.catalogue.prices import PRICE_MAX
from storage.catalogue.records import CATEGORIES, Price, Product

__all__ = ["KeptCatalogue", "catalogue_lines", "product_line", "product_of", "read_catalogue_lines"]

LONGEST: Final = {"id": 32, "name": 300, "brand": 120, "size": 60, "url": 2048, "image": 2048, "description": 4000}


@dataclass(frozen=True, slots=True)
class KeptCatalogue:
    """A catalogue as a backup has it. unreadable: the lines that could not be read, from 1, each with the reason."""

    source: str
    digest: str
    products: tuple[Product, ...]
    unreadable: tuple[tuple[int, str], ...]


def product_line(product: Product) -> bytes:
    """The product as a JSON object, amounts as text."""
    return orjson.dumps(asdict(product), default=str)


def product_of(line: bytes) -> Product:
    """What `product_line` wrote. For lines that this project wrote a moment ago; others are checked by
    `read_catalogue_lines`."""
    value: dict[str, Any] = orjson.loads(line)
    price = value.pop("price")
    for end in ("low", "high"):
        price[end] = None if price[end] is None else Decimal(price[end])
    for name in ("categories", "ingredients"):
        value[name] = None if value[name] is None else tuple(value[name])
    return Product(price=Price(**price), **value)


def catalogue_lines(source: str, digest: str, products: Iterable[Product]) -> bytes:
    """A heading, then one product a line, in the shop's order."""
    heading = orjson.dumps({"source": source, "digest": digest})
    return b"\n".join((heading, *(product_line(product) for product in products), b""))


def read_catalogue_lines(data: bytes) -> KeptCatalogue:
    """What `catalogue_lines` wrote, each line checked: a backup may have been in other hands."""
    products: dict[str, Product] = {}
    unreadable: list[tuple[int, str]] = []
    heading: dict[str, Any] = {}
    for number, line in enumerate(data.splitlines(), 1):
        try:
            if number == 1:
                heading = dict(orjson.loads(line))
            else:
                product = _checked(product_of(line))
                products.setdefault(product.id, product)
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
            unreadable.append((number, str(error) or "is no product"))
    return KeptCatalogue(
        str(heading.get("source", "")), str(heading.get("digest", "")), tuple(products.values()), tuple(unreadable)
    )


def _checked(product: Product) -> Product:
    texts = {**{name: getattr(product, name) for name in LONGEST}, "currency": product.price.currency}
    texts |= {"price": product.price.text, "copy_of": product.copy_of or ""}
    limits = {**LONGEST, "currency": 3, "price": 120, "copy_of": 32}
    if not product.name or not all(isinstance(text, str) and len(text) <= limits[name] for name, text in texts.items()):
        raise ValueError("is no product")
    if not all(amount is None or 0 <= amount <= PRICE_MAX for amount in (product.price.low, product.price.high)):
        raise ValueError("has no possible price")
    if product.in_stock not in (None, True, False) or product.is_sample not in (True, False):
        raise ValueError("is no product")
    if product.id != product_id(read_url(product.url)) or (product.image and not read_url(product.image)):
        raise ValueError("its id is not that of its url")
    if not product.categories or not set(product.categories) <= set(CATEGORIES):
        raise ValueError("has no category, or an unknown one")
    if product.ingredients is not None and not _are_texts(product.ingredients):
        raise ValueError("has no list of ingredients")
    return product


def _are_texts(values: Sequence[object]) -> bool:
    return all(isinstance(value, str) for value in values)
