"""GET and POST /shelf/, DELETE /shelf/{id}: what a person uses, what is in it, and what of it conflicts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, Field

from api.callers import FindCaller, caller_or_401
from api.consent import VERSION, require_consent
from api.errors import ApiError
from api.free_text import Ingredients, ProductOrName, find_product
from api.language import VARIES, Direction, LanguageQuery, direction_of, language_of
from api.recommendations.blocks import blocks_for
from api.recommendations.conflicts import clashes_within
from api.recommendations.models import ConflictAnswer, NamedActive, Note, ProductAnswer
from api.recommendations.person import Picture
from api.recommendations.phrases import phrase
from api.recommendations.recommender import Known, Recommender, Shelved
from api.recommendations.rulebook import Language
from api.recommendations.wording import Wording, product_answer
from api.requests import read_json, read_path
from api.routing import Answer, Operation, answer
from storage import Storage
from storage.personal.records import NewShelfItem
from storage.personal.shelf import SHELF_MOST
from storage.records import Account

__all__ = ["SHELF", "Shelf", "shelf_operations"]


class ShelfBody(ProductOrName):
    """What to put on the shelf. ingredients: as on the package; of no effect where the catalogue knows them."""

    ingredients: Ingredients | None = Field(None, description="as on the package, separated by commas")


class ShelfPath(BaseModel):
    """One item."""

    item_id: str = Field(pattern="^[0-9a-f]{32}$")


class ShelfItemAnswer(BaseModel):
    """One item. name is text, never HTML. ingredients unknown: nothing may be concluded from what is not in
    `contains`; warnings: what speaks against it by the person's answers."""

    id: str
    name: str
    product: ProductAnswer | None = Field(description="null where it is not, or no longer, in the catalogue")
    ingredients: Literal["listed", "unknown"]
    ingredient_list: list[str] | None
    contains: list[NamedActive]
    warnings: list[Note]
    added_at: datetime


class ShelfAnswer(BaseModel):
    """The whole shelf, oldest first. most: how many things it takes."""

    message: str
    lang: Language
    dir: Direction
    items: list[ShelfItemAnswer]
    conflicts: list[ConflictAnswer]
    most: int = SHELF_MOST


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the calls need."""

    find_caller: FindCaller
    storage: Storage
    recommender: Recommender

    async def show(self, request: web.Request) -> web.Response:
        """GET /shelf/."""
        caller = await caller_or_401(self.find_caller, request)
        return await self._answer("shelf", language_of(request), caller)

    async def add(self, request: web.Request) -> web.Response:
        """POST /shelf/. Raises ApiError 403 consent_required, 404 no_such_product, 409 too_many."""
        caller = await caller_or_401(self.find_caller, request)
        language = language_of(request)
        body = await read_json(request, ShelfBody)
        require_consent(caller)
        item = NewShelfItem(body.name or "", None, body.ingredients)
        if body.product_id is not None:
            product = await find_product(self.storage, body.product_id)
            listed = ", ".join(product.ingredients) if product.ingredients is not None else body.ingredients
            item = NewShelfItem(product.full_name[:300], product.id, listed)
        _, new = await self.storage.shelf.add(caller.id, item, VERSION)
        return await self._answer("shelf_added" if new else "shelf_there", language, caller, 201 if new else 200)

    async def remove(self, request: web.Request) -> web.Response:
        """DELETE /shelf/{id}."""
        caller = await caller_or_401(self.find_caller, request)
        if not await self.storage.shelf.remove(caller.id, read_path(request, ShelfPath).item_id):
            raise ApiError(404, "not_found", "There is no such thing on your shelf.")
        return web.Response(status=204)

    async def _answer(self, message: str, language: Language, caller: Account, status: int = 200) -> web.Response:
        known = await self.recommender.known(caller)
        book = self.recommender.advisor.book
        wording = Wording(book, language)
        made = ShelfAnswer(
            message=phrase(message, language),
            lang=language,
            dir=direction_of(language),
            items=[self._item(wording, known, one) for one in known.shelf],
            conflicts=[wording.conflict(clash) for clash in clashes_within(book, known.owned)],
        )
        return answer(made, status, headers=VARIES)

    def _item(self, wording: Wording, known: Known, one: Shelved) -> ShelfItemAnswer:
        advisor = self.recommender.advisor
        blocks = blocks_for(advisor.book, advisor.reader, known.person, Picture())
        contents = one.owned.contents
        return ShelfItemAnswer(
            id=one.item.id,
            name=one.owned.name,
            product=None if one.product is None else product_answer(one.product),
            ingredients="listed" if contents.listed else "unknown",
            ingredient_list=None if one.ingredients is None else list(one.ingredients),
            contains=wording.actives(contents.actives),
            warnings=wording.warnings(blocks, one.owned),
            added_at=one.item.added_at,
        )


SHELF = web.AppKey("SHELF", Shelf)


def shelf_operations() -> tuple[Operation, ...]:
    """The calls, answered by whatever is under SHELF by then."""

    async def show(request: web.Request) -> web.Response:
        return await request.app[SHELF].show(request)

    async def add(request: web.Request) -> web.Response:
        return await request.app[SHELF].add(request)

    async def remove(request: web.Request) -> web.Response:
        return await request.app[SHELF].remove(request)

    return (
        Operation(
            "GET",
            "/shelf/",
            show,
            "What the caller uses, and what of it conflicts",
            "advice",
            (Answer(200, "The shelf", ShelfAnswer),),
            query=LanguageQuery,
            auth="required",
        ),
        Operation(
            "POST",
            "/shelf/",
            add,
            "Put something on the shelf",
            "advice",
            (Answer(201, "The shelf with it", ShelfAnswer), Answer(200, "It was there already", ShelfAnswer)),
            errors=(403, 404, 409),
            description=f"A product of the catalogue, or anything else by name. {SHELF_MOST} things at most "
            "(409 `too_many`). Needs consent to the present text of `/consent/`.",
            query=LanguageQuery,
            body=ShelfBody,
            auth="required",
        ),
        Operation(
            "DELETE",
            "/shelf/{item_id}",
            remove,
            "Take something off the shelf",
            "advice",
            (Answer(204, "Gone", content_type=""),),
            path_params=ShelfPath,
            auth="required",
        ),
    )
