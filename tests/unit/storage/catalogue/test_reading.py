"""Files as products, and everything that could not be taken."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.catalogue.importing import SAMPLE
from storage.catalogue.reading import PROBLEMS_MAX, ReadCatalogue, read_catalogue
from storage.catalogue.records import CATEGORIES, Problem
from storage.errors import UnreadableCatalogue

URL = "https://shop.example"


def read(tmp_path: Path, *lines: str, header: str = "name,price,url,target") -> ReadCatalogue:
    path = tmp_path / "shop.csv"
    path.write_text("\n".join((header, *lines)))
    return read_catalogue(path)


@pytest.fixture
def real(shared_data: Path) -> ReadCatalogue:
    return read_catalogue(shared_data / "products" / "eparkville_skincare_playwright.csv")


def test_the_missions_catalogue_comes_in_whole(real: ReadCatalogue) -> None:
    assert len(real.products) == 73 and real.problems == []
    assert {product.brand for product in real.products} == {
        "Shaan",
        "Bobai",
        "Glamy Lab",
        "Starville",
        "Nolaver",
        "Ginipin",
    }
    assert all(product.price.currency == "EGP" and product.price.low == product.price.high for product in real.products)
    assert sum(product.price.low or 0 for product in real.products) == Decimal("17152.00")
    for product in real.products:
        assert product.price.text == f"LE {product.price.low}" and product.ingredients is None
        assert "-" not in product.name.replace("Roll-On", "").replace("Acne-Prone", "").replace("-Free", "").replace(
            "Anti-", ""
        ).replace("Water-Resistant", "")
        assert product.name[0].isupper() and "copy" not in product.full_name.lower()


def test_the_missions_categories_stand_and_new_ones_are_added(real: ReadCatalogue) -> None:
    counts = {category: sum(category in product.categories for product in real.products) for category in CATEGORIES}
    assert counts == {
        "acne": 7, "wrinkles": 1, "eyebags": 2, "eczema": 8, "rosacea": 0, "hyperpigmentation": 8, "dark_spots": 0,
        "other": 55,
    }  # fmt: skip


def test_a_shops_duplicate_names_its_original(real: ReadCatalogue) -> None:
    copies = {product.full_name: product for product in real.products if product.copy_of}
    assert set(copies) == {"Starville Whitening Roll-On Fragrance-Free", "Shaan Soothing Gel 60 g"}
    by_id = {product.id: product for product in real.products}
    for copy in copies.values():
        original = by_id[copy.copy_of or ""]
        assert original.full_name == copy.full_name and original.url == copy.url.replace("copy-of-", "")


def test_the_sample_is_whole_and_says_what_it_is() -> None:
    sample = read_catalogue(SAMPLE, is_sample=True)
    assert sample.problems == [] and 25 <= len(sample.products) <= 40
    assert all(product.is_sample and product.brand == "Sample" for product in sample.products)
    assert all("Invented sample product" in product.description for product in sample.products)
    assert all(product.url.startswith("https://example.com/") for product in sample.products)
    assert {category for product in sample.products for category in product.categories} == set(CATEGORIES)
    assert sum(product.ingredients is None for product in sample.products) == 1


def test_bad_rows_are_reported_by_line_and_the_rest_is_taken(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        f"A,LE 5,{URL}/a,Acne",
        f"=cmd|' /C calc'!A0,LE 5,{URL}/b,Acne",
        "B,LE 5,javascript:alert(1),Acne",
        "C,LE 5,,Acne",
        f",LE 5,{URL}/c,Acne",
        f'D,"5,{URL}/d,Acne',
        f"A again,LE 6,{URL}/a?utm_source=x,Acne",
        f"E,ask us,{URL}/e,Acne",
        f"{'F' * 2000},5,{URL}/f,Acne",
        f"G,LE 7,{URL}/g,Acne",
    )
    assert [product.name for product in found.products] == ["A", "E", "G"]
    assert found.problems == [
        Problem(3, "name begins like a formula of a spreadsheet"),
        Problem(4, "the url is not http or https"),
        Problem(5, "there is no url"),
        Problem(6, "there is no name"),
        Problem(7, "a quote is never closed"),
        Problem(8, "has the address of line 2"),
        Problem(9, "no price in it", refused=False),
        Problem(10, "the name, the brand or the size is longer than 1000 characters"),
    ]
    assert (found.refused, found.noted) == (7, 1)


@pytest.mark.parametrize("formula", ["=1+1", "@SUM(A1)", "+cmd|'/C calc'!A0", "-HYPERLINK(1)", " =cmd"])
def test_formulas_are_refused_in_every_column_but_those_that_are_read_as_text(tmp_path: Path, formula: str) -> None:
    header = "name,brand,url,target,ingredients,size"
    good = ["A", "B", f"{URL}/a", "Acne", "aqua", "5 ml"]
    for column in range(6):
        row = [formula if at == column else cell for at, cell in enumerate(good)]
        with pytest.raises(UnreadableCatalogue, match="formula"):
            read(tmp_path, ",".join(f'"{cell}"' for cell in row), header=header)


def test_signs_that_only_look_like_formulas_are_taken(tmp_path: Path) -> None:
    found = read(tmp_path, f"+Vitamin C,-,{URL}/a,Acne", f"- Gel,5,{URL}/b,Acne")
    assert [product.name for product in found.products] == ["+Vitamin C", "- Gel"]


def test_html_stays_the_text_that_it_is(tmp_path: Path) -> None:
    found = read(tmp_path, f"<script>alert(1)</script><img src=x onerror=alert(1)>,5,{URL}/a,Acne")
    assert found.products[0].name == "<script>alert(1)</script><img src=x onerror=alert(1)>"


def test_pictures_ingredients_and_descriptions_are_optional(tmp_path: Path) -> None:
    header = "title;vendor;url;image;ingredients;body html;stock;variant price;currency"
    long = "x" * 5000
    found = read(
        tmp_path,
        f'Gel 50ml;Nile;{URL}/a;{URL}/a.jpg;"Aqua, Parfum";"<p>Hi\x01\x07</p>";In Stock;12.50;EGP',
        f"Cream;Nile;{URL}/b;data:image/png,x;Key ingredients: retinol;{long};0;12;EGP",
        header=header,
    )
    gel, cream = found.products
    assert (gel.brand, gel.name, gel.size, gel.image) == ("Nile", "Gel", "50 ml", f"{URL}/a.jpg")
    assert (gel.ingredients, gel.in_stock, gel.price.currency) == (("aqua", "parfum"), True, "EGP")
    assert (cream.image, cream.ingredients, cream.in_stock) == ("", None, False) and len(cream.description) == 4000
    assert [problem.reason for problem in found.problems] == [
        "the image's url is not http or https",
        "the ingredients are no whole list",
        "the description is longer than 4000 characters",
    ]


def test_a_file_without_a_product_says_why(tmp_path: Path) -> None:
    with pytest.raises(UnreadableCatalogue, match=r"no product in it: line 2: the url is not http"):
        read(tmp_path, "A,5,ftp://x/a,Acne")
    with pytest.raises(UnreadableCatalogue, match="no product in it"):
        read(tmp_path)


def test_problems_are_counted_beyond_those_that_are_kept(tmp_path: Path) -> None:
    found = read(tmp_path, *(["A,5,nowhere,Acne"] * 1500), f"A,5,{URL}/a,Acne")
    assert (len(found.problems), found.refused) == (PROBLEMS_MAX, 1500)


TABLES = st.lists(
    st.lists(st.text(st.characters(exclude_characters="\0"), max_size=30), min_size=1, max_size=6), max_size=6
)


@settings(max_examples=100, deadline=None)
@given(TABLES)
def test_any_cells_are_products_or_problems(tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]) -> None:
    path = tmp_path_factory.getbasetemp() / "cells.csv"
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in table]
    body = "\n".join((f"name,price,url,target,ingredients,stock\nA,5,{URL}/a", *lines))
    path.write_bytes(body.encode("utf-8", "replace"))
    found = read_catalogue(path)
    assert found.products[0].name == "A"
    assert len({product.id for product in found.products}) == len(found.products)
