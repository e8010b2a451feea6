"""The index on disk: whole or not there, found again, tidied."""

import threading
from decimal import Decimal
from pathlib import Path

import pytest
from tantivy import Order, Query

from storage.catalogue.index import IndexFolder
from storage.catalogue.records import Price
from storage.errors import StorageUnavailable
from storage.identifiers import new_id
from tests.unit.storage.catalogue.products import product


def test_products_come_back_from_the_index_as_they_were(tmp_path: Path) -> None:
    whole = product(
        "جل 😀 <b>",
        price=Price(Decimal("1.250"), None, "KWD", "from 1.250 KD"),
        ingredients=("aqua", "panthenol"),
        categories=("acne", "wrinkles"),
        in_stock=False,
        copy_of="f" * 32,
        is_sample=True,
    )
    bare = product(price=Price(None, None, "", ""), brand="", size="")
    folder, token = IndexFolder(tmp_path), new_id()
    folder.build(token, [whole, bare])
    before = threading.active_count()
    index = folder.open(token)
    assert index is not None and threading.active_count() == before
    hits = index.searcher.search(Query.all_query(), 10, order_by_field="shop_rank", order=Order.Asc).hits
    assert [index.product(address) for _, address in hits] == [bare, whole]  # what is sold out comes last


def test_an_index_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    folder, token = IndexFolder(tmp_path), new_id()
    assert folder.open(token) is None
    folder.build(token, [product()])
    assert [path.name for path in folder.root.iterdir()] == [folder.path(token).name]
    folder.build(token, [product()])  # by another process, a moment later
    assert folder.open(token) is not None


def test_a_damaged_index_is_not_opened_and_made_anew(tmp_path: Path) -> None:
    folder, token = IndexFolder(tmp_path), new_id()
    folder.build(token, [product()])
    (folder.path(token) / "meta.json").write_text("{")
    assert folder.open(token) is None
    folder.build(token, [product()])
    assert folder.open(token) is not None


def test_old_indexes_are_removed_but_for_the_last(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path)
    tokens = [new_id() for _ in range(4)]
    for token in tokens:
        folder.build(token, [product()])
    folder.tidy(tokens[-1])
    assert [folder.path(token).is_dir() for token in tokens] == [False, False, True, True]


def test_a_disk_that_cannot_be_written_is_a_storage_that_is_not_available(tmp_path: Path) -> None:
    (tmp_path / "products").write_text("in the way")
    with pytest.raises(StorageUnavailable):
        IndexFolder(tmp_path).build(new_id(), [product()])
