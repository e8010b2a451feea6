"""What people write themselves, as it is taken: bounded, in one line where it is a name, and kept as text. It is never
HTML, whatever it looks like: answers are JSON, and pages show it as text."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.errors import ApiError
from storage import Storage
from storage.catalogue.records import Product

__all__ = ["Ingredients", "ProductOrName", "find_product"]

NAME_LONGEST = 300
INGREDIENTS_LONGEST = 4000  # the longest labels have about 2,500 characters


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    if not line or not line.isprintable():
        raise ValueError("write it in characters that can be printed")
    return line


def _lines(text: str) -> str | None:
    kept = "".join(sign for sign in text if sign.isprintable() or sign == "\n").strip()
    return kept or None


Name = Annotated[str, Field(min_length=1, max_length=NAME_LONGEST), AfterValidator(_one_line)]
Ingredients = Annotated[str, Field(max_length=INGREDIENTS_LONGEST), AfterValidator(_lines)]


class ProductOrName(BaseModel):
    """A product of the catalogue by its id, or anything else by its name."""

    model_config = ConfigDict(extra="forbid")

    product_id: str | None = Field(None, pattern="^[0-9a-f]{32}$", description="of the catalogue")
    name: Name | None = Field(None, description="where it is not in the catalogue")

    @model_validator(mode="after")
    def _one_of_both(self) -> "ProductOrName":
        if (self.product_id is None) == (self.name is None):
            raise ValueError("give either product_id or name")
        return self


async def find_product(storage: Storage, product_id: str) -> Product:
    """The product of the catalogue. Raises ApiError 404 no_such_product."""
    found = (await storage.products.get([product_id])).products
    if not found:
        raise ApiError(404, "no_such_product", "There is no product of this id in the catalogue.")
    return found[0]
