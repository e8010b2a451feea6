"""Products to put into a catalogue, for the tests of this folder."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from storage import Storage
from storage.catalogue.records import Price, Product
from storage.catalogue.replacing import replace_catalogue
from storage.identifiers import digest, new_id

__all__ = ["filled", "product"]


def product(name: str = "Soothing Gel", **values: Any) -> Product:
    """A product of that name, with an address and an id made from the name, and everything else as given."""
    given: dict[str, Any] = {
        "id": digest("test", name)[:32],
        "name": name,
        "brand": "Nile",
        "size": "50 g",
        "price": Price(Decimal("120.00"), Decimal("120.00"), "EGP", "LE 120.00"),
        "url": f"https://shop.example/{digest(name)[:8]}",
        "image": "",
        "in_stock": None,
        "categories": ("acne",),
        "ingredients": None,
        "description": "",
    }
    return Product(**given | values)


async def filled(storage: Storage, products: Sequence[Product]) -> int:
    """Make these the catalogue; its version."""
    return await replace_catalogue(
        storage.database, products, token=new_id(), source="test.csv", digest="0" * 64, is_sample=False
    )
