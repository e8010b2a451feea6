"""Recommendations for a stored or passing report: gathers what the engine needs, and says what it found."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.answer_models import person_of
from api.recommendations.conflicts import Owned
from api.recommendations.engine import Advice, Advisor
from api.recommendations.models import Recommendation
from api.recommendations.person import Person, picture_of
from api.recommendations.products import ProductPool
from api.recommendations.rulebook import Language
from api.recommendations.wording import Wording
from storage import Storage
from storage.catalogue.ingredients import read_ingredients
from storage.catalogue.records import Product
from storage.errors import StorageUnavailable
from storage.personal.records import ShelfItem
from storage.records import Account, Report

__all__ = ["Known", "Recommender", "Shelved"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shelved:
    """A shelf's item, with the product of the catalogue where it still is there, and what it contains."""

    item: ShelfItem
    product: Product | None
    ingredients: tuple[str, ...] | None
    owned: Owned


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person."""

    person: Person
    shelf: tuple[Shelved, ...]

    @property
    def owned(self) -> tuple[Owned, ...]:
        return tuple(one.owned for one in self.shelf)


class Recommender:
    """May be used by every call at once."""

    def __init__(self, storage: Storage, advisor: Advisor) -> None:
        self._storage = storage
        self._pool = ProductPool(storage, advisor.reader)
        self.advisor: Final = advisor

    async def for_report(
        self, report: Report, account: Account | None, language: Language
    ) -> Mapping[str, Sequence[Recommendation]]:
        """By condition, for the report's own person; account None: a guest. Administrators see none beside other
        people's reports: they would tell what those answered. Nor has a report any while the database is gone: better
        nothing than what an answer would have blocked."""
        if account is not None and report.user_id not in ("", account.user_id):
            return {}
        try:
            known = await self.known(account) if account is not None else Known(Person(), ())
        except StorageUnavailable as error:
            logger.warning("a report goes without recommendations: %s", error)
            return {}
        advice = await self.advice(report, known)
        return Wording(self.advisor.book, language).recommendations(advice)

    async def advice(self, report: Report, known: Known) -> Advice:
        """What the engine says of the report."""
        pool = await self._pool.current()
        # a tenth of a second for a large catalogue: too long for the event loop
        return await asyncio.to_thread(
            self.advisor.advise, known.person, picture_of(report), pool.candidates, known.owned
        )

    async def known(self, account: Account) -> Known:
        """The account's answers and shelf. Raises StorageUnavailable."""
        answers = await self._storage.answers.get(account.id)
        items = await self._storage.shelf.all(account.id)
        return Known(person_of(answers.given if answers is not None else None), await self.shelved(items))

    async def shelved(self, items: Sequence[ShelfItem]) -> tuple[Shelved, ...]:
        """Items with what they contain: by the catalogue where it knows, else as the person wrote. Raises
        StorageUnavailable."""
        ids = [item.product_id for item in items if item.product_id is not None]
        found = (await self._storage.products.get(ids)).products if ids else ()
        products = {product.id: product for product in found}
        return tuple(self._shelved(item, products.get(item.product_id or "")) for item in items)

    async def revision(self) -> str:
        """Changes whenever the same report may get other recommendations, but for what its person does."""
        return f"{self.advisor.digest}-{(await self._pool.current()).version}"

    def _shelved(self, item: ShelfItem, product: Product | None) -> Shelved:
        ingredients = product.ingredients if product is not None else None
        if ingredients is None and item.ingredients is not None:
            ingredients = read_ingredients(item.ingredients)
        name = product.full_name if product is not None else item.name
        contents = self.advisor.reader.read(name, ingredients)
        return Shelved(item, product, ingredients, Owned(item.id, name, contents, item.product_id))
