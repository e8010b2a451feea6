"""Imports: repeatable, whole, with ids that stay."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

from storage import Storage, models, open_storage
from storage.catalogue.importing import SAMPLE
from storage.catalogue.records import Problem
from storage.catalogue.search import SearchRequest
from storage.errors import StorageUnavailable, UnreadableCatalogue

URL = "https://shop.example"


LIST = f"name,price,url,target\nA,LE 5,{URL}/a,Acne\nB,LE 6,{URL}/b,Acne\nC,LE 7,nowhere,Acne\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "shop.csv", LIST)


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


async def test_a_file_becomes_the_catalogue(storage: Storage, path: Path) -> None:
    done = await storage.catalogue.take(path)
    assert (done.products, done.refused, done.noted) == (2, 1, 0)
    assert done.problems == (Problem(4, "the url is not http or https"),)
    current = await storage.products.current()
    assert current is not None and (current.version, current.source) == (done.version, "shop.csv")
    assert current.problems == done.problems and not current.is_sample


async def test_ids_stay_and_the_same_file_may_come_again(storage: Storage, path: Path) -> None:
    await storage.catalogue.take(path)
    before = (await storage.products.every()).products
    await storage.catalogue.take(path)
    assert (await storage.products.every()).products == before
    write(path, f"title;link\nA, renamed;{URL}/a?utm_source=x\nD;{URL}/d\n")
    await storage.catalogue.take(path)
    after = (await storage.products.every()).products
    assert [product.name for product in after] == ["A, renamed", "D"] and after[0].id == before[0].id


async def test_only_a_change_of_the_content_or_the_rules_is_taken_again(
    storage: Storage, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await storage.catalogue.take_if_changed(path) is not None
    assert await storage.catalogue.take_if_changed(path) is None
    write(path, f"{LIST}D,LE 8,{URL}/d,Acne\n")
    assert await storage.catalogue.take_if_changed(path) is not None
    monkeypatch.setattr("storage.catalogue.importing.READER", "another")
    assert await storage.catalogue.take_if_changed(path) is not None


async def test_the_sample_is_for_an_empty_catalogue_and_gives_way(storage: Storage, path: Path) -> None:
    assert await storage.catalogue.take_sample() is not None
    current = await storage.products.current()
    assert current is not None and current.is_sample
    assert await storage.catalogue.take_sample() is None
    assert await storage.catalogue.take_if_changed(SAMPLE) is not None  # as somebody's own list: no sample any more
    await storage.catalogue.take(path)
    assert await storage.catalogue.take_sample() is None
    assert [product.name for product in (await storage.products.every()).products] == ["A", "B"]


async def test_a_file_that_is_none_leaves_the_catalogue_as_it_was(storage: Storage, path: Path) -> None:
    version = (await storage.catalogue.take(path)).version
    write(path, "")
    with pytest.raises(UnreadableCatalogue, match="is empty"):
        await storage.catalogue.take(path)
    with pytest.raises(UnreadableCatalogue, match="is not there"):
        await storage.catalogue.take_if_changed(path.with_name("missing.csv"))
    current = await storage.products.current()
    assert current is not None and current.version == version
    assert (await storage.search.search(SearchRequest())).total == 2


async def test_an_import_that_dies_half_way_leaves_the_catalogue_as_it_was(
    storage: Storage, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = (await storage.catalogue.take(path)).version

    async def fail(*args: object, **values: object) -> None:
        raise OSError("the power went")

    with monkeypatch.context() as patch:  # after the old rows are gone, before a new one is there
        patch.setattr(models.Product, "all", lambda: SimpleNamespace(delete=fail))
        with pytest.raises(StorageUnavailable):
            await storage.catalogue.take(path)
    current = await storage.products.current()
    assert current is not None and current.version == version
    assert len((await storage.products.every()).products) == 2
    assert (await storage.search.search(SearchRequest())).total == 2


async def test_two_imports_at_once_end_as_one_of_them(storage: Storage, path: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other.csv", f"name,url\nX,{URL}/x\n")
    await asyncio.gather(storage.catalogue.take(path), storage.catalogue.take(other))
    names = [product.name for product in (await storage.products.every()).products]
    assert names in (["A", "B"], ["X"])
    assert (await storage.search.search(SearchRequest())).total == len(names)


async def test_an_import_of_another_process_is_seen(storage: Storage, path: Path, database_url: str) -> None:
    await storage.catalogue.take(path)
    assert (await storage.search.search(SearchRequest("X"))).total == 0
    write(path, f"name,url\nX,{URL}/x\n")
    async with open_storage(database_url, storage.files.root.parent) as another:
        await another.catalogue.take(path)
    for _ in range(100):
        if (await storage.search.search(SearchRequest("X"))).total == 1:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the import was not noticed in 10 s")
