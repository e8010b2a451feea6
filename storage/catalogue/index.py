"""The search index of one catalogue: a folder that is written once and never changed, read through memory that all
processes share. (tantivy; it works outside the interpreter's lock.)

Each import makes a folder of its own, named by the import's token, so a process that still answers from the old one is
not disturbed. What is answered about a product is stored in the index too: a search needs no database.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from tantivy import Document, Index, Schema, SchemaBuilder, Searcher

from storage.catalogue.lines import product_line, product_of
from storage.catalogue.meanings import meanings
from storage.catalogue.records import Product
from storage.catalogue.text import fold, words
from storage.errors import StorageFull, StorageUnavailable
from storage.files import NO_SPACE
from storage.identifiers import new_id

__all__ = ["IN_STOCK", "NO_PRICE", "SOLD_OUT", "UNKNOWN_STOCK", "IndexFolder", "OpenIndex"]

SHAPE: Final = 1  # grows with every change of the schema or of what is put into it
WRITER_BYTES: Final = 256 << 20  # an upper limit; one segment of 100,000 products takes a quarter of it
NO_PRICE: Final = 2**53
SOLD_OUT, UNKNOWN_STOCK, IN_STOCK = 0, 1, 2
KEPT: Final = 2  # folders: this import's, and the one that other processes may still answer from


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """An index that can be searched from any thread; token: of the import it was made from."""

    token: str
    schema: Schema
    searcher: Searcher

    @classmethod
    def at(cls, path: Path, token: str) -> Self:
        """Open a finished folder."""
        index = Index.open(str(path))
        index.config_reader("manual")  # no thread that watches a folder that never changes
        return cls(token, index.schema, index.searcher())

    def product(self, address: Any) -> Product:
        """The product at a place that a search answered with."""
        (record,) = self.searcher.doc(address)["record"]
        return product_of(record)


class IndexFolder:
    """MEDIA_ROOT/products: the indexes of the last imports. All methods block; none is for the event loop."""

    def __init__(self, media_root: Path) -> None:
        self.root: Final = media_root / "products"

    def path(self, token: str) -> Path:
        """Where the index of that import is, once it is there."""
        return self.root / f"index-{SHAPE}-{token}"

    def open(self, token: str) -> OpenIndex | None:
        """The index of that import; None where it has not been made here, or cannot be read."""
        try:
            return OpenIndex.at(self.path(token), token) if self.path(token).is_dir() else None
        except ValueError:  # tantivy's word for every trouble with its files
            return None

    def build(self, token: str, products: Iterable[Product]) -> None:
        """Make the index of an import. It appears whole or not at all; an unreadable one of that name is replaced.
        Raises StorageUnavailable, StorageFull."""
        unfinished = self.root / f".{new_id()}.new"
        try:
            unfinished.mkdir(parents=True, mode=0o700)
            try:
                _write(unfinished, list(products))
                if self.path(token).is_dir() and self.open(token) is None:
                    shutil.rmtree(self.path(token))
                if not self.path(token).is_dir():
                    unfinished.rename(self.path(token))
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
        except (OSError, ValueError) as error:
            if getattr(error, "errno", None) in NO_SPACE or "No space left" in str(error):
                raise StorageFull("no room is left for the search index") from error
            raise StorageUnavailable(f"the search index cannot be written: {error}") from error

    def tidy(self, token: str) -> None:
        """Remove the indexes of all imports but this one and the newest other, and what a crash left a day ago."""
        if not self.root.is_dir():
            return
        found = sorted(self.root.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        finished = [path for path in found if path.name.startswith("index-") and path != self.path(token)]
        newest = found[0].stat().st_mtime if found else 0
        abandoned = [path for path in found if path.name.startswith(".") and newest - path.stat().st_mtime > 86_400]
        for path in (*finished[KEPT - 1 :], *abandoned):
            shutil.rmtree(path, ignore_errors=True)


def _write(path: Path, products: list[Product]) -> None:
    index = Index(_schema(), path=str(path))
    writer = index.writer(heap_size=WRITER_BYTES, num_threads=1)
    ranks = _name_ranks(products)
    for product in products:
        writer.add_document(_document(product, ranks[product.id]))
    writer.commit()
    writer.wait_merging_threads()
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _schema() -> Schema:
    """title, more: folded words; meaning: what people call the product's categories; the rest as it is, for filters,
    sorting and counting."""
    builder = SchemaBuilder()
    builder.add_text_field("title", tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("meaning", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("more", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("category", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_text_field("brand", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_unsigned_field("stock", indexed=True, fast=True)
    builder.add_unsigned_field("price", indexed=True, fast=True)
    builder.add_unsigned_field("dearest", fast=True)
    builder.add_unsigned_field("name_rank", fast=True)
    builder.add_unsigned_field("shop_rank", fast=True)
    builder.add_float_field("weight", fast=True)
    builder.add_bytes_field("record", stored=True)
    return builder.build()


def _document(product: Product, rank: tuple[int, int]) -> Document:
    document = Document()
    brand = words(product.brand)
    joined = ("".join(brand),) if len(brand) > 1 else ()  # "glamylab"
    document.add_text("title", " ".join((*words(product.full_name), *joined)))
    document.add_text("more", " ".join(words(" ".join((*(product.ingredients or ()), product.description)))))
    for category in product.categories:
        document.add_text("category", category)
        document.add_text("meaning", " ".join(meanings().single[category]))
    if product.brand:
        document.add_text("brand", product.brand)
    document.add_unsigned("stock", UNKNOWN_STOCK if product.in_stock is None else IN_STOCK * product.in_stock)
    low, high = product.price.low, product.price.high
    document.add_unsigned("price", NO_PRICE if low is None else int(low * 1000))
    document.add_unsigned("dearest", 0 if low is None else int((high or low) * 1000))
    document.add_unsigned("name_rank", rank[0])
    document.add_unsigned("shop_rank", rank[1])
    document.add_float("weight", _weight(product))
    document.add_bytes("record", product_line(product))
    return document


def _weight(product: Product) -> float:
    """What a match is multiplied with: a duplicate comes after its original, what is sold out after what is not."""
    return 1.0 - 0.02 * (product.copy_of is not None) - 0.05 * (product.in_stock is False)


def _name_ranks(products: list[Product]) -> Mapping[str, tuple[int, int]]:
    """Id -> place in the order of names, and in the shop's order with duplicates and what is sold out at the end."""
    by_name = sorted(products, key=lambda product: (fold(product.full_name), product.id))
    names = {product.id: place for place, product in enumerate(by_name)}
    by_shop = sorted(enumerate(products), key=lambda pair: (-_weight(pair[1]), pair[0]))
    return {product.id: (names[product.id], place) for place, (_, product) in enumerate(by_shop)}
