"""The products that may be recommended: read from the catalogue once for each import, with what they contain."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from api.recommendations.contents import Reader
from api.recommendations.engine import Candidate
from media_pipeline.types import Condition
from storage import Storage
from storage.catalogue.records import OTHER, Product
from storage.errors import StorageUnavailable

__all__ = ["Pool", "ProductPool"]

logger = logging.getLogger(__name__)

MOST_OF_A_CATEGORY: Final = 500  # in the shop's order: one page of the catalogue, some megabytes in memory for all
FRESH_S: Final = 5.0  # a new import shows in this time; so long a database that is gone is not asked again


@dataclass(frozen=True, slots=True)
class Pool:
    """version: of the catalogue, 0 without one; candidates: by condition, those of its category first, then the ones
    that the shop lists for nothing in particular."""

    version: int
    candidates: Mapping[str, tuple[Candidate, ...]]


EMPTY: Final = Pool(0, MappingProxyType({}))


class ProductPool:
    """The current pool, from one event loop. Where the database does not answer it is the last one."""

    def __init__(self, storage: Storage, reader: Reader) -> None:
        self._storage = storage
        self._reader = reader
        self._pool = EMPTY
        self._fresh_until = 0.0  # s, monotonic
        self._slot = asyncio.Lock()

    async def current(self) -> Pool:
        """The pool of the newest import, at most FRESH_S old."""
        if time.monotonic() < self._fresh_until:
            return self._pool
        async with self._slot:
            if time.monotonic() < self._fresh_until:
                return self._pool
            try:
                catalogue = await self._storage.products.current()
                version = 0 if catalogue is None else catalogue.version
                if version != self._pool.version:
                    self._pool = await self._read()
            except StorageUnavailable as error:
                logger.warning("products are as they were, %d by condition: %s", len(self._pool.candidates), error)
            self._fresh_until = time.monotonic() + FRESH_S
            return self._pool

    async def _read(self) -> Pool:
        pages = {
            category: await self._storage.products.in_category(category, limit=MOST_OF_A_CATEGORY)
            for category in (*(condition.value for condition in Condition), OTHER)
        }
        products = {category: page.products for category, page in pages.items()}
        candidates = await asyncio.to_thread(self._candidates, products)
        # an import between two pages leaves the older version here, so that the next call reads again
        return Pool(min(page.version for page in pages.values()), candidates)

    def _candidates(self, products: Mapping[str, tuple[Product, ...]]) -> Mapping[str, tuple[Candidate, ...]]:
        made: dict[str, Candidate] = {}
        for some in products.values():
            for product in some:
                if product.id not in made:
                    made[product.id] = Candidate(product, self._reader.read(product.full_name, product.ingredients))
        found = {}
        for condition in Condition:
            ids = dict.fromkeys(product.id for name in (condition.value, OTHER) for product in products[name])
            found[condition.value] = tuple(made[one] for one in ids)
        return MappingProxyType(found)
