"""A small catalogue in the database of a running service."""

from collections.abc import Sequence
from typing import Final

from storage import Storage
from storage.catalogue.records import Product
from storage.catalogue.replacing import replace_catalogue
from storage.identifiers import new_id
from tests.unit.api.recommendations.samples import product

__all__ = ["CATALOGUE", "fill", "id_of"]

CATALOGUE: Final = (
    product(1, "Retinol night cream", ["aqua", "glycerin", "retinol"]),
    product(2, "Benzoyl wash", ["aqua", "benzoyl peroxide", "glycerin"]),
    product(3, "Mystery <b>cream</b>", None),
    product(4, "Perfumed azelaic gel", ["aqua", "azelaic acid", "parfum"]),
    product(5, "Sun gel SPF 50", ["aqua", "octocrylene", "glycerin"], ("other",)),
    product(6, "سيروم ريتينول", None),
)


def id_of(number: int) -> str:
    """The id of a product by its number."""
    return f"{number:032x}"


async def fill(storage: Storage, products: Sequence[Product] = CATALOGUE) -> None:
    """Make these products the catalogue."""
    await replace_catalogue(
        storage.database, products, token=new_id(), source="test.csv", digest="0" * 64, is_sample=False
    )
