"""Prices as shops write them."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.catalogue.prices import PRICE_MAX, read_price


@pytest.mark.parametrize(
    ("text", "low", "high", "currency", "shown"),
    [
        ("Sale priceLE 200.00", "200", "200", "EGP", "LE 200.00"),
        ("Regular price LE 250.00 Sale price LE 200.00", "200", "200", "EGP", "LE 200.00"),
        ("Sale price LE 200.00 Regular price LE 250.00", "200", "200", "EGP", "LE 200.00"),
        ("EGP 105.00", "105", "105", "EGP", "EGP 105.00"),
        ("100EGP", "100", "100", "EGP", "100EGP"),
        ("250.00 L.E.", "250", "250", "EGP", "250.00 L.E."),
        ("$12", "12", "12", "USD", "$12"),
        ("1.299,00 €", "1299", "1299", "EUR", "1.299,00 €"),
        ("1,299.00", "1299", "1299", "", "1,299.00"),
        ("12,5", "12.5", "12.5", "", "12,5"),
        ("CHF 1'299.00", "1299", "1299", "CHF", "CHF 1'299.00"),
        ("KWD 1.250", "1.25", "1.25", "KWD", "KWD 1.250"),
        ("٢٠٠٫٥٠ ج.م", "200.5", "200.5", "EGP", "٢٠٠٫٥٠ ج.م"),
        ("١٬٢٩٩ جنيه", "1299", "1299", "EGP", "١٬٢٩٩ جنيه"),
        ("LE 100.00 - LE 200.00", "100", "200", "EGP", "LE 100.00 - LE 200.00"),
        ("€10–€20", "10", "20", "EUR", "€10–€20"),
        ("من 50 إلى 80 جنيه", "50", "80", "EGP", "من 50 إلى 80 جنيه"),
        ("From LE 90.00", "90", None, "EGP", "From LE 90.00"),
        ("<b>LE 5</b>", "5", "5", "EGP", "<b>LE 5</b>"),
    ],
)
def test_amounts_and_currencies(text: str, low: str, high: str | None, currency: str, shown: str) -> None:
    price = read_price(text).price
    assert (price.low, price.high) == (Decimal(low), None if high is None else Decimal(high))
    assert (price.currency, price.text) == (currency, shown)


@pytest.mark.parametrize("text", ["Sold out", "sold  OUT", "غير متوفر", "نفذت"])
def test_sold_out_is_no_price_and_not_odd(text: str) -> None:
    read = read_price(text)
    assert (read.in_stock, read.price.low, read.odd) == (False, None, None)
    assert read_price(f"{text} LE 90").price.low == 90


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("", "there is no price"),
        ("ask us", "no price in it"),
        ("0", "no price in it"),
        ("-5", "below zero"),
        ("LE -5", "below zero"),
        ("9" * 400, "beyond"),
    ],
)
def test_what_is_no_price_says_so(text: str, odd: str) -> None:
    read = read_price(text)
    assert read.price.low is None and read.price.high is None and read.odd is not None and odd in read.odd


def test_another_column_may_name_the_currency() -> None:
    assert read_price("12.00", "EGP").price.currency == "EGP"
    assert read_price("$12.00", "EGP").price.currency == "USD"


@settings(deadline=None)
@given(st.one_of(st.text(), st.from_regex(r"[$€£LEGP .,'\-0-9٠-٩]{0,60}", fullmatch=True)))
def test_any_cell_is_read_without_a_fault(text: str) -> None:
    price = read_price(text).price
    assert price.low is None or 0 < price.low <= PRICE_MAX or price.low == 0
    assert price.high is None or (price.low is not None and price.low <= price.high <= PRICE_MAX)
    assert len(price.text) <= 120


@settings(deadline=None)
@given(st.decimals(min_value="0.01", max_value="999999", places=2))
def test_plain_amounts_come_back_as_they_are(amount: Decimal) -> None:
    assert read_price(f"LE {amount:,.2f}").price.low == amount
    assert read_price(f"{amount:,.2f} €".translate(str.maketrans(",.", ".,"))).price.low == amount
