"""Taking a shop's file as the catalogue: read, indexed, exchanged; and doing so again only when something changed."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage.catalogue.index import IndexFolder
from storage.catalogue.lines import KeptCatalogue
from storage.catalogue.reading import read_catalogue
from storage.catalogue.records import Problem, Product
from storage.catalogue.replacing import replace_catalogue
from storage.catalogue.repository import ProductRepository
from storage.catalogue.table import file_digest
from storage.database import Database
from storage.identifiers import new_id

__all__ = ["SAMPLE", "CatalogueImporter", "Imported"]

logger = logging.getLogger(__name__)

SAMPLE: Final = Path(__file__).with_name("sample.csv")
RULES: Final = tuple(sorted(Path(__file__).parent.glob("*.toml")))
READER: Final = "1"  # grows when the same file would be read differently by other code


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. problems: the first 1,000; refused: rows left out; noted: rows taken without a part of
    them."""

    version: int
    products: int
    refused: int
    noted: int
    problems: tuple[Problem, ...]


class CatalogueImporter:
    """Every method may raise UnreadableCatalogue, StorageUnavailable, StorageFull: then the catalogue is as it was."""

    def __init__(self, database: Database, products: ProductRepository, folder: IndexFolder) -> None:
        self._database = database
        self._products = products
        self._folder = folder

    async def take(self, path: Path, *, is_sample: bool = False) -> Imported:
        """Make the file's products the catalogue, whatever it was before. Searches find the new ones within a second,
        in every process."""
        digest = await asyncio.to_thread(_digest, path)
        read = await asyncio.to_thread(read_catalogue, path, is_sample=is_sample)
        version = await self._replace(read.products, path.name, digest, is_sample, read.problems)
        logger.info("%d products from %s, %d rows refused", len(read.products), path.name, read.refused)
        return Imported(version, len(read.products), read.refused, read.noted, tuple(read.problems))

    async def take_back(self, kept: KeptCatalogue) -> bool:
        """Make a backup's products the catalogue, where there is none or the sample; whether they were taken."""
        current = await self._products.current()
        if not kept.products or (current is not None and not current.is_sample):
            return False
        await self._replace(kept.products, kept.source, kept.digest, False, ())
        return True

    async def take_if_changed(self, path: Path) -> Imported | None:
        """The same, unless the catalogue is this file's already (None): the same content, read by the same rules."""
        digest = await asyncio.to_thread(_digest, path)
        current = await self._products.current()
        if current is not None and current.digest == digest and not current.is_sample:
            return None
        return await self.take(path)

    async def take_sample(self) -> Imported | None:
        """The invented products that come with the project, where there is no catalogue, or an older sample."""
        current = await self._products.current()
        if current is not None and (
            not current.is_sample or current.digest == await asyncio.to_thread(_digest, SAMPLE)
        ):
            return None
        return await self.take(SAMPLE, is_sample=True)

    async def _replace(
        self, products: Sequence[Product], source: str, digest: str, is_sample: bool, problems: Sequence[Problem]
    ) -> int:
        """The index first: nobody waits for it once the catalogue is there."""
        token = new_id()
        await asyncio.to_thread(self._folder.build, token, products)
        version = await replace_catalogue(
            self._database,
            products,
            token=token,
            source=source,
            digest=digest,
            is_sample=is_sample,
            problems=problems,
        )
        await asyncio.to_thread(self._folder.tidy, token)
        return version


def _digest(path: Path) -> str:
    """Of the file, and of the rules by which it is read."""
    rules = [rule.read_bytes() for rule in RULES]
    return hashlib.sha256(b"\0".join([READER.encode(), file_digest(path).encode(), *rules])).hexdigest()
