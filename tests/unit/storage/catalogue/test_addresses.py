"""Addresses of products, and ids from them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.catalogue.addresses import product_id, read_url


@pytest.mark.parametrize(
    "url",
    [
        "", "javascript:alert(1)", "data:text/html,x", "ftp://shop.example/a", "//shop.example/a", "shop.example/a",
        "https:///a", "https://user:pw@shop.example/", "https://shop.example/a b", "https://shop.example/<script>",
        'https://shop.example/"onload="', "https://shop.example/\u202etxt", "https://[::1", "https://x:99999/",
        "https://shop.example/" + "a" * 3000, "=HYPERLINK(1)", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_only_http_addresses_are_taken(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        read_url(url)


def test_an_address_keeps_its_spelling_but_for_the_scheme() -> None:
    assert read_url(" HTTPS://Shop.example/Ä?x=%20 ") == "https://Shop.example/Ä?x=%20"


def test_one_address_has_one_id_however_it_is_spelled() -> None:
    plain = product_id("https://shop.example/products/gel")
    for same in (
        "http://shop.example/products/gel",
        "https://SHOP.example:443/products/gel/",
        "https://www.shop.example/products/gel#reviews",
        "https://shop.example/products/gel?utm_source=x&fbclid=1",
    ):
        assert product_id(read_url(f" {same} ")) == plain
    for other in ("https://shop.example/products/Gel", "https://shop.example:8443/products/gel",
                  "https://shop.example/products/gel?variant=2"):  # fmt: skip
        assert product_id(other) != plain
    assert product_id("https://a.example/?b=1&a=2") == product_id("https://a.example/?a=2&b=1")


@settings(deadline=None)
@given(st.text())
def test_any_cell_is_taken_or_refused(text: str) -> None:
    try:
        url = read_url(text)
    except ValueError:
        return
    assert url.startswith(("http://", "https://")) and len(product_id(url)) == 32
