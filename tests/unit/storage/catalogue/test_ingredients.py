"""Lists of ingredients: whole, or unknown."""

import pytest

from storage.catalogue.ingredients import read_ingredients


def test_a_label_becomes_its_items() -> None:
    text = "Ingredients: Aqua (Water), Glycerin; 1,2-Hexanediol • PARFUM (Linalool, Limonene),  Glycerin, CI 77288."
    assert read_ingredients(text) == (
        "aqua (water)", "glycerin", "1,2-hexanediol", "parfum (linalool, limonene)", "ci 77288",
    )  # fmt: skip
    assert read_ingredients("ماء، جلسرين؛ عطر") == ("ماء", "جلسرين", "عطر")
    assert read_ingredients("Aqua (Water, Glycerin, Parfum") == ("aqua (water", "glycerin", "parfum")


@pytest.mark.parametrize(
    "text", ["", " - ", "N/A", "unknown", "Key ingredients: retinol", "Active ingredient retinol 1%"]
)
def test_what_is_no_whole_list_is_unknown(text: str) -> None:
    assert read_ingredients(text) is None


def test_a_list_that_would_lose_something_is_unknown() -> None:
    assert read_ingredients("aqua, " + "x" * 500) is None
    assert read_ingredients(", ".join(f"item {number}" for number in range(1000))) is None
