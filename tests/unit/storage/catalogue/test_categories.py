"""Categories by the shop's word and by rules one can read."""

import pytest

from storage.catalogue.categories import categories_of


@pytest.mark.parametrize(
    ("name", "target", "ingredients", "expected"),
    [
        ("Gel", "Acne", None, ("acne",)),
        ("Gel", "EYE BAGS", None, ("eyebags",)),
        ("Gel", "Acne, Dark spots & Redness", None, ("acne", "rosacea", "dark_spots")),
        ("Gel", "حب الشباب، تجاعيد", None, ("acne", "wrinkles")),
        ("Retinol Serum", "Other", None, ("other",)),  # the shop knows wrinkles, and did not say so
        ("Whitening Cream", "Other", None, ("hyperpigmentation", "other")),  # it does not know this one
        ("Whitening Roll-On", "Other", None, ("other",)),
        ("Retinol Serum", "", None, ("wrinkles",)),
        ("Night Serum", "", ("aqua", "Retinol (0.3%)"), ("wrinkles",)),
        ("Anti-Redness Cream with Salicylic Acid", "", None, ("acne", "rosacea")),
        ("Eye Contour", "Serums", None, ("eyebags",)),
        ("Gel", "For acne prone skin", None, ("acne",)),
        ("كريم مهدئ", "", None, ("eczema",)),
        ("Body Milk", "", None, ("other",)),
        ("Whitening Intimate Wash", "", ("kojic acid",), ("other",)),
        ("Dark Red Spot Lipstick", "", None, ("other",)),
    ],
)
def test_rules(name: str, target: str, ingredients: tuple[str, ...] | None, expected: tuple[str, ...]) -> None:
    assert categories_of(name, target, ingredients) == expected
