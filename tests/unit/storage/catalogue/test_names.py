"""Names and slugs, read into brand, product and size."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.catalogue.names import Name, frequent_brands, is_slug, read_name, tidy_size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shaan-body-milk-300-gm", Name("Shaan", "Body Milk", "300 g", False)),
        ("glamy-lab-anti-wrinkles-gel-50gm", Name("Glamy Lab", "Anti-Wrinkles Gel", "50 g", False)),
        ("bobai-sunscreen-hydrocare-spf50-gel-60-gm", Name("Bobai", "Sunscreen Hydrocare SPF 50 Gel", "60 g", False)),
        ("bobai-hydrocare-tinted-gel-spf-50-gm", Name("Bobai", "Hydrocare Tinted Gel SPF 50", "", False)),
        ("ginipin-collagen-10-sachets", Name("Ginipin", "Collagen", "10 sachets", False)),
        ("copy-of-shaan-soothing-gel-60-gm", Name("Shaan", "Soothing Gel", "60 g", True)),
        ("copy-of-copy-of-shaan-gel", Name("Shaan", "Gel", "", True)),
        ("starville-whitening-roll-on-light-pink-with-coconut-scent",
         Name("Starville", "Whitening Roll-On Light Pink with Coconut Scent", "", False)),
        ("CeraVe Foaming Cleanser 236ml", Name("CeraVe", "Foaming Cleanser", "236 ml", False)),
        ("L'Oréal Paris Revitalift 1.5% 30 ml", Name("L'Oréal Paris", "Revitalift 1.5%", "30 ml", False)),
        ("Cream 2 x 50ml", Name("", "Cream", "2 x 50 ml", False)),
        ("جل مهدئ للبشرة ٥٠ مل", Name("", "جل مهدئ للبشرة", "50 ml", False)),
        ("Moisturiser SPF 50", Name("", "Moisturiser SPF 50", "", False)),
        ("Shaan", Name("", "Shaan", "", False)),  # a brand alone is still a name
        ("50 ml", Name("", "50 ml", "50 ml", False)),
        ("<b>Cream</b>", Name("", "<b>Cream</b>", "", False)),
    ],
)  # fmt: skip
def test_names_come_apart(text: str, expected: Name) -> None:
    assert read_name(text) == expected


def test_what_other_columns_say_stands() -> None:
    assert read_name("Gel 30 ml", brand="Nile", size="1 oz") == Name("Nile", "Gel", "1 oz", False)
    assert read_name("Nile Gel", brand="Nile") == Name("Nile", "Gel", "", False)


def test_brands_are_found_where_slugs_begin_alike() -> None:
    slugs = [f"nile-care-{what}" for what in ("gel", "cream", "soap")] + [f"oasis-{what}" for what in ("a", "b", "c")]
    assert frequent_brands([*slugs, "lone-cream", "gentle-a", "gentle-b", "gentle-c"]) == ("Nile Care", "Oasis")
    assert read_name("nile-care-gel", ("Nile Care",)) == Name("Nile Care", "Gel", "", False)


def test_slugs_are_told_from_names() -> None:
    assert is_slug("body-milk-300") and is_slug("a_b")
    assert not is_slug("Body-Milk") and not is_slug("body milk") and not is_slug("cream")


def test_sizes_are_shown_one_way() -> None:
    assert tidy_size("50GM.") == "50 g" and tidy_size("1,7 fl.oz") == "1,7 fl.oz"
    assert tidy_size("large") == "large" and len(tidy_size("x" * 500)) == 60


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_name_is_read_and_none_is_lost(text: str) -> None:
    name = read_name(text)
    assert bool(name.name) == bool(text.strip())
