"""A shop's file as products, and everything that could not be taken, by line and reason."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from storage.catalogue.addresses import product_id, read_url
from storage.catalogue.categories import categories_of
from storage.catalogue.ingredients import read_ingredients
from storage.catalogue.names import frequent_brands, read_name, tidy_size
from storage.catalogue.prices import read_price
from storage.catalogue.records import Problem, Product
from storage.catalogue.table import Row, Table
from storage.catalogue.text import words
from storage.errors import UnreadableCatalogue

__all__ = ["PRODUCTS_MAX", "ReadCatalogue", "read_catalogue"]

PRODUCTS_MAX: Final = 200_000
ROWS_MAX: Final = 1_000_000
PROBLEMS_MAX: Final = 1_000  # reported one by one; the rest is counted
CELL_MAX: Final = 1_000  # of a name, a brand or a size as it comes
NAME_MAX: Final = 300
BRAND_MAX: Final = 120
DESCRIPTION_MAX: Final = 4_000
FORMULA: Final = re.compile(r"\s*(?:[=@]|[+\-](?=[^\s\d][^\s]*[(|!]))")
IN_STOCK: Final = frozenset(
    {"yes", "true", "y", "1", "in stock", "instock", "available", "limited availability", "نعم", "متوفر", "متاح"}
)
OUT_OF_STOCK: Final = frozenset(
    {"no", "false", "n", "0", "out of stock", "outofstock", "sold out", "soldout", "unavailable", "discontinued"}
    | {"لا", "غير متوفر", "نفذ", "نفد"}
)
SURROGATE: Final = re.compile("[\ud800-\udfff]")
CONTROL: Final = {number: " " for number in (*range(32), 127) if number != 10}


@dataclass(slots=True)
class ReadCatalogue:
    """What a file holds. problems: the first PROBLEMS_MAX; refused, noted: how many rows were left out, and how many
    were taken without a part of them."""

    products: list[Product] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refused: int = 0
    noted: int = 0

    def add_problem(self, problem: Problem) -> None:
        """Count it, and keep it while there is room."""
        self.refused += problem.refused
        self.noted += not problem.refused
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(problem)


def read_catalogue(path: Path, *, is_sample: bool = False) -> ReadCatalogue:
    """All products of a file. Raises UnreadableCatalogue where it cannot be read as a whole, or has no product in it,
    or more than PRODUCTS_MAX. CPU work of some 0.15 ms a row."""
    table = Table(path)
    brands = frequent_brands(row.cells.get("name", "") for row in table.rows() if isinstance(row, Row))
    read = ReadCatalogue()
    lines: dict[str, int] = {}
    copies: list[int] = []
    for number, row in enumerate(table.rows()):
        if number >= ROWS_MAX or len(read.products) > PRODUCTS_MAX:
            raise UnreadableCatalogue(f"has more than {PRODUCTS_MAX} products")
        if isinstance(row, Problem):
            read.add_problem(row)
            continue
        try:
            product, is_copy, notes = _product(row.cells, brands, is_sample)
        except ValueError as error:
            read.add_problem(Problem(row.line, str(error)))
            continue
        if product.id in lines:
            read.add_problem(Problem(row.line, f"has the address of line {lines[product.id]}"))
            continue
        lines[product.id] = row.line
        if is_copy:
            copies.append(len(read.products))
        read.products.append(product)
        for note in notes:
            read.add_problem(Problem(row.line, note, refused=False))
    if not read.products:
        first = f": line {read.problems[0].line}: {read.problems[0].reason}" if read.problems else ""
        raise UnreadableCatalogue(f"has no product in it{first}")
    _mark_copies(read.products, copies)
    return read


def _product(cells: Mapping[str, str], brands: tuple[str, ...], is_sample: bool) -> tuple[Product, bool, list[str]]:
    """A row's product, whether it calls itself a copy, and what of it was left out. Raises ValueError with the reason
    for which the row is refused."""
    for column, cell in cells.items():
        if column not in ("description", "price") and FORMULA.match(cell):
            raise ValueError(f"{column} begins like a formula of a spreadsheet")
    url = read_url(cells.get("url", ""))
    if max(len(cells.get(column, "")) for column in ("name", "brand", "size")) > CELL_MAX:
        raise ValueError(f"the name, the brand or the size is longer than {CELL_MAX} characters")
    name = read_name(
        _line(cells.get("name", "")), brands, brand=_line(cells.get("brand", "")), size=_line(cells.get("size", ""))
    )
    if not words(name.name):
        raise ValueError("there is no name")
    if len(name.name) > NAME_MAX or len(name.brand) > BRAND_MAX:
        raise ValueError(f"the name is longer than {NAME_MAX} characters, or the brand than {BRAND_MAX}")
    notes = []
    price = read_price(cells.get("price", ""), cells.get("currency", ""))
    if price.odd and "price" in cells:
        notes.append(price.odd)
    image = cells.get("image", "").split(",")[0].strip()
    if image:
        try:
            image = read_url(image)
        except ValueError as error:
            notes.append(str(error).replace("the url", "the image's url"))
            image = ""
    listed = cells.get("ingredients", "")
    ingredients = read_ingredients(listed)
    if ingredients is None and words(listed):
        notes.append("the ingredients are no whole list")
    description = _text(cells.get("description", ""))
    if len(description) > DESCRIPTION_MAX:
        notes.append(f"the description is longer than {DESCRIPTION_MAX} characters")
        description = description[: DESCRIPTION_MAX - 1] + "…"
    product = Product(
        id=product_id(url),
        name=name.name,
        brand=name.brand,
        size=tidy_size(name.size),
        price=price.price,
        url=url,
        image=image,
        in_stock=_in_stock(cells.get("stock", "")) if price.in_stock is None else price.in_stock,
        categories=categories_of(name.name, cells.get("target", ""), ingredients),
        ingredients=ingredients,
        description=description,
        is_sample=is_sample,
    )
    return product, name.is_copy, notes


def _mark_copies(products: list[Product], copies: list[int]) -> None:
    """Say of what product the entries that a shop's software has duplicated are copies, where that is listed too."""
    if not copies:
        return
    marked = set(copies)
    originals: dict[tuple[str, str, str], str] = {}
    for place, product in enumerate(products):
        if place not in marked:
            originals.setdefault((product.brand, product.name, product.size), product.id)
    for place in copies:
        product = products[place]
        original = originals.get((product.brand, product.name, product.size))
        products[place] = replace(product, copy_of=original)


def _in_stock(text: str) -> bool | None:
    said = " ".join(text.replace("_", " ").rsplit("/", 1)[-1].casefold().split())  # schema.org/InStock too
    if said in IN_STOCK:
        return True
    if said in OUT_OF_STOCK:
        return False
    try:
        return float(said) > 0
    except ValueError:
        return None


def _line(text: str) -> str:
    return " ".join(_text(text).split())


def _text(text: str) -> str:
    """A cell's text, composed, without control characters and signs that have no place in a database."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).translate(CONTROL)
    return SURROGATE.sub("", plain).strip()
