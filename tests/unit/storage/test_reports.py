"""History: pages, filters, points, and whose it is; on both databases."""

from datetime import timedelta

import pytest

from storage import Storage
from storage.identifiers import new_id
from tests.unit.storage.drafts import NOON, draft, with_consent


async def test_pages_are_newest_first_and_count_all(storage: Storage) -> None:
    account = await with_consent(storage)
    saved = [await storage.saver.save(account.id, draft(day), ()) for day in (3, 1, 2)]
    page = await storage.reports.page(account.id, limit=2)
    assert [report.id for report in page.reports] == [saved[0].id, saved[2].id]
    assert page.total == 3
    rest = await storage.reports.page(account.id, limit=2, offset=2)
    assert [report.id for report in rest.reports] == [saved[1].id]
    assert (await storage.reports.page(account.id, offset=10)).reports == ()


async def test_pages_are_filtered_by_date_and_condition(storage: Storage) -> None:
    account = await with_consent(storage)
    for day, acne in enumerate((0, 1, 2, 0)):
        await storage.saver.save(account.id, draft(day, acne=acne), ())
    dated = await storage.reports.page(account.id, since=NOON + timedelta(days=1), until=NOON + timedelta(days=3))
    assert [report.created_at for report in dated.reports] == [NOON + timedelta(days=2), NOON + timedelta(days=1)]
    with_acne = await storage.reports.page(account.id, condition="acne")
    assert with_acne.total == 2
    assert {condition.count for report in with_acne.reports for condition in report.conditions[:1]} == {1, 2}
    assert (await storage.reports.page(account.id, condition="wrinkles")).total == 0
    assert (await storage.reports.page(None, condition="acne")).total == 2


async def test_nobody_sees_anothers_report(storage: Storage) -> None:
    amira, omar = await with_consent(storage), await with_consent(storage, "omar")
    report = await storage.saver.save(amira.id, draft(), ())
    assert await storage.reports.get(report.id, omar.id) is None
    assert (await storage.reports.page(omar.id)).total == 0
    assert await storage.reports.points(omar.id) == ()
    seen = await storage.reports.get(report.id, None)
    assert seen is not None and seen.user_id == "amira"
    assert await storage.reports.get(new_id(), None) is None


async def test_points_tell_how_a_condition_went(storage: Storage) -> None:
    account = await with_consent(storage)
    for day in (2, 0, 1):
        await storage.saver.save(account.id, draft(day, acne=day), ())
    points = await storage.reports.points(account.id, condition="acne")
    assert [point.count for point in points] == [0, 1, 2]
    assert points[0].score == 80.0 and points[0].severity_grade == 1
    newest = await storage.reports.points(account.id, newest=2)
    assert [(point.condition, point.count) for point in newest] == [
        ("acne", 1),
        ("wrinkles", 0),
        ("acne", 2),
        ("wrinkles", 0),
    ]
    later = await storage.reports.points(account.id, condition="acne", since=NOON + timedelta(days=1))
    assert [point.count for point in later] == [1, 2]


async def test_neighbours_are_the_previous_and_the_first(storage: Storage) -> None:
    account = await with_consent(storage)
    first, second, third = [await storage.saver.save(account.id, draft(day), ()) for day in range(3)]
    assert await storage.reports.neighbours(account.id, third.id) == (second.id, first.id)
    assert await storage.reports.neighbours(account.id, first.id) == (None, None)
    assert await storage.reports.neighbours(account.id, new_id()) == (None, None)


async def test_the_revision_changes_with_every_report(storage: Storage) -> None:
    amira, omar = await with_consent(storage), await with_consent(storage, "omar")
    mine, all_of_them = await storage.reports.revision(amira.id), await storage.reports.revision(None)
    await storage.saver.save(omar.id, draft(), ())
    assert await storage.reports.revision(amira.id) == mine
    assert await storage.reports.revision(None) != all_of_them
    await storage.saver.save(amira.id, draft(), ())
    assert await storage.reports.revision(amira.id) != mine


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (201, 0), (10, -1)])
async def test_a_page_of_an_odd_size_is_refused(storage: Storage, limit: int, offset: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        await storage.reports.page(1, limit=limit, offset=offset)
