"""Answers, shelf and trials as plain values: for a person's export, and for an account's line in a backup."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from storage import models
from storage.identifiers import is_id
from storage.personal.records import KINDS
from storage.timestamps import read_timestamp

__all__ = ["erase_personal", "insert_personal", "personal_keys", "personal_values"]

TABLES: Final[dict[str, type[Any]]] = {"answers": models.Answers, "shelf": models.ShelfItem, "trials": models.Trial}


async def personal_values(account_id: int | None = None) -> dict[int, dict[str, Any]]:
    """By account: `answers` (None where there are none), `shelf` and `trials`; only accounts that have any. account_id:
    that account's alone."""
    given = {} if account_id is None else {"account_id": account_id}
    found: dict[int, dict[str, Any]] = {}
    for answers in await models.Answers.filter(**given):
        _of(found, answers)["answers"] = {
            "given": answers.given,
            "text_version": answers.text_version,
            "updated_at": answers.updated_at,
        }
    for item in await models.ShelfItem.filter(**given).order_by("added_at", "id"):
        _of(found, item)["shelf"].append(
            {
                "id": item.id,
                "product_id": item.product_id,
                "name": item.name,
                "ingredients": item.ingredients,
                "added_at": item.added_at,
            }
        )
    for trial in await models.Trial.filter(**given).order_by("started_on", "id"):
        _of(found, trial)["trials"].append(
            {
                "id": trial.id,
                "product_id": trial.product_id,
                "name": trial.name,
                "condition": trial.condition,
                "started_on": trial.started_on,
                "weeks": trial.weeks,
                "rule": trial.rule,
                "stopped_on": trial.stopped_on,
                "created_at": trial.created_at,
            }
        )
    return found


async def personal_keys() -> dict[str, frozenset[str]]:
    """By kind: the user keys of the accounts that have any of it now."""
    found: dict[str, frozenset[str]] = {}
    for kind, table in TABLES.items():
        keys: list[Any] = await table.all().distinct().values_list("account__user_key", flat=True)
        found[kind] = frozenset(keys)
    return found


async def insert_personal(account_id: int, line: Mapping[str, Any]) -> None:
    """Write what an account's line in a backup holds of these, inside the transaction of the caller; nothing where the
    account has any of them already. Raises KeyError, TypeError or ValueError for values that are none of ours."""
    for table in TABLES.values():
        if await table.filter(account_id=account_id).exists():
            return
    answers = line.get("answers")
    if answers is not None:
        await models.Answers.create(
            account_id=account_id,
            given=dict(answers["given"]),
            text_version=str(answers["text_version"])[:32],
            updated_at=read_timestamp(answers["updated_at"]),
        )
    for item in line.get("shelf", ()):
        await models.ShelfItem.create(
            id=_id(item["id"]),
            account_id=account_id,
            product_id=_id_or_none(item["product_id"]),
            name=str(item["name"])[:300],
            ingredients=None if item["ingredients"] is None else str(item["ingredients"]),
            added_at=read_timestamp(item["added_at"]),
        )
    for trial in line.get("trials", ()):
        stopped_on = trial["stopped_on"]
        await models.Trial.create(
            id=_id(trial["id"]),
            account_id=account_id,
            product_id=_id_or_none(trial["product_id"]),
            name=str(trial["name"])[:300],
            condition=str(trial["condition"])[:40],
            started_on=date.fromisoformat(trial["started_on"]),
            weeks=int(trial["weeks"]),
            rule=str(trial["rule"])[:80],
            stopped_on=None if stopped_on is None else date.fromisoformat(stopped_on),
            created_at=read_timestamp(trial["created_at"]),
        )


async def erase_personal(account_id: int, kinds: tuple[str, ...] = KINDS) -> bool:
    """Delete these of the account, inside the transaction of the caller; whether there was anything."""
    gone = [await TABLES[kind].filter(account_id=account_id).delete() for kind in kinds]
    return any(gone)


def _of(found: dict[int, dict[str, Any]], row: Any) -> dict[str, Any]:
    account_id: int = row.account_id
    return found.setdefault(account_id, {"answers": None, "shelf": [], "trials": []})


def _id(value: object) -> str:
    if not isinstance(value, str) or not is_id(value):
        raise ValueError("an id has 32 hexadecimal digits")
    return value


def _id_or_none(value: object) -> str | None:
    return None if value is None else _id(value)
