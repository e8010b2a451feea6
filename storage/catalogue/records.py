"""What the catalogue takes and gives: frozen values, no object of the ORM among them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

__all__ = ["CATEGORIES", "OTHER", "Catalogue", "Price", "Problem", "Product", "Products"]

OTHER: Final = "other"
CATEGORIES: Final = (
    "acne",
    "wrinkles",
    "eyebags",
    "eczema",
    "rosacea",
    "hyperpigmentation",
    "dark_spots",
    OTHER,
)  # the conditions by the names of `media_pipeline.types.Condition`, in the order in which they are shown


@dataclass(frozen=True, slots=True)
class Price:
    """What a product costs: low == high for a single price, high None for "from ...", both None where the shop's text
    holds no amount. currency: ISO 4217, "" where the shop does not say. text: as the shop wrote it, without the words
    around it."""

    low: Decimal | None
    high: Decimal | None
    currency: str
    text: str


@dataclass(frozen=True, slots=True)
class Product:
    """One product.

    id: 32 hexadecimal digits that follow from the url alone: the same after every import, in every database. name: the
    product without brand and size; full_name has all three. categories: of CATEGORIES, at least one. ingredients: as
    listed, lower case, in their order; None where they are unknown, which never means that there are none of some
    kind. in_stock: None where the shop does not say. image: "" without one. copy_of: the id of the product that this
    entry is a shop's duplicate of. is_sample: invented, from the list that comes with the project.
    """

    id: str
    name: str
    brand: str
    size: str
    price: Price
    url: str
    image: str
    in_stock: bool | None
    categories: tuple[str, ...]
    ingredients: tuple[str, ...] | None
    description: str
    copy_of: str | None = None
    is_sample: bool = False

    @property
    def full_name(self) -> str:
        """Brand, name and size in one line."""
        return " ".join(part for part in (self.brand, self.name, self.size) if part)


@dataclass(frozen=True, slots=True)
class Problem:
    """What an import could not take. line: of the file, from 1; refused: the whole row, otherwise only a part of it."""

    line: int
    reason: str
    refused: bool = True


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One import; version grows with each. products: how many it holds; token: its name beyond this database."""

    version: int
    token: str
    imported_at: datetime
    source: str
    digest: str
    is_sample: bool
    products: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Products:
    """Some products, all of one version of the catalogue (0: there is none)."""

    version: int
    products: tuple[Product, ...]
