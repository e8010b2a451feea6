"""Columns by their many names."""

from storage.catalogue.columns import find_columns


def test_columns_are_found_by_name_and_synonym() -> None:
    assert find_columns(["name", "price", "url", "target"]) == {"name": 0, "price": 1, "url": 2, "target": 3}
    shopify = ["Handle", "Title", "Body (HTML)", "Vendor", "Variant Price", "Image Src", "Product URL", "Tags"]
    assert find_columns(shopify) == {
        "name": 1, "description": 2, "brand": 3, "price": 4, "image": 5, "url": 6, "target": 7,
    }  # fmt: skip
    assert find_columns(["الاسم", "السِّعر", "الرابط", "المكونات"]) == {"name": 0, "price": 1, "url": 2, "ingredients": 3}
    assert find_columns([" PRODUCT_NAME ", "product-url", "In stock?", "Currency"]) == {
        "name": 0, "url": 1, "stock": 2, "currency": 3,
    }  # fmt: skip


def test_of_several_columns_the_better_name_counts() -> None:
    assert find_columns(["Regular price", "Sale price", "Price"]) == {"price": 1}
    assert find_columns(["name", "name"]) == {"name": 0}


def test_part_of_a_list_of_ingredients_is_not_taken_for_the_whole() -> None:
    assert "ingredients" not in find_columns(["name", "Key ingredients"])


def test_what_no_column_is_called_is_no_column() -> None:
    assert find_columns(["", "=cmd", "x" * 10_000, "😀"]) == {}
