"""What a product costs, from what a shop wrote: `Sale priceLE 200.00`, `EGP 105.00`, `$12`, `1.299,00 €`, a range,
"sold out".

price-parser reads the amounts; ranges, currencies by their ISO codes, Arabic writing and a shop's words around the
price are this file's.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from price_parser import Price as Parsed

from storage.catalogue.records import Price

__all__ = ["PRICE_MAX", "ReadPrice", "read_price"]

PRICE_MAX: Final = Decimal(10_000_000)  # beyond it a cell holds something else than a price
CELL_MAX: Final = 500  # characters that are looked at
TEXT_MAX: Final = 120
DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬’", "01234567890123456789.,'")
SOLD_OUT: Final = re.compile(
    r"sold\s*out|out\s+of\s+stock|unavailable|épuisé|agotado|ausverkauft|نفذت?|نفدت?|غير\s+متوفر", re.I
)
LABEL: Final = re.compile(
    r"(?:sale|regular|unit|special|current|now|our|original|list)?\s*price\s*:?|السعر\s*:?|سعر\s*:?", re.I
)
FROM: Final = re.compile(r"^\W*(?:from|starting (?:at|from)|ab|dès|desde|à partir de|من|يبدأ من)\b", re.I)
SALE: Final = re.compile(r"sale\s*price|now\b|special\s*price", re.I)
REGULAR: Final = re.compile(r"regular\s*price|was\b|original\s*price|list\s*price", re.I)
BETWEEN: Final = re.compile(r"(?<=\S)\s*(?:[-\u2010-\u2015~]|\bto\b|\bà\b|\bbis\b|إلى|الى|حتى)\s*(?=\D{0,8}\d)", re.I)
NEGATIVE: Final = re.compile(r"^[^\d]*[-\u2212]\s*\d")
CURRENCIES: Final = (  # ISO code, words, signs; the first found counts, so longer signs come before those they contain
    ("EGP", "EGP LE L.E L.E.", "E£ £E ج.م جنيه"),
    ("SAR", "SAR SR", "ر.س ﷼"),
    ("AED", "AED Dh Dhs", "د.إ درهم"),
    ("KWD", "KWD KD", "د.ك"),
    ("JOD", "JOD JD", "د.أ"),
    ("BHD", "BHD BD", "د.ب"),
    ("OMR", "OMR", "ر.ع"),
    ("QAR", "QAR QR", "ر.ق"),
    ("TND", "TND", "د.ت"),
    ("MAD", "MAD", "د.م"),
    ("CAD", "CAD", "CA$ C$"),
    ("AUD", "AUD", "AU$ A$"),
    ("USD", "USD", "$"),
    ("GBP", "GBP", "£"),
    ("EUR", "EUR", "€"),
    ("INR", "INR", "₹"),
    ("PKR", "PKR", "₨"),
    ("TRY", "TRY TL", "₺"),
    ("JPY", "JPY", "¥"),
    ("KRW", "KRW", "₩"),
    ("CHF", "CHF", "Fr."),
)
SIGNS: Final = tuple(
    (
        code,
        re.compile(
            "|".join(
                [rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])" for word in words.split()]
                + [re.escape(sign).replace(r"\.", r"\.?\s?") for sign in signs.split()]
            ),
            re.I,
        ),
    )
    for code, words, signs in CURRENCIES
)
THREE_PLACES: Final = frozenset({"KWD", "JOD", "BHD", "OMR", "TND"})


@dataclass(frozen=True, slots=True)
class ReadPrice:
    """A price, whether the cell says that there is nothing left (None: it does not say so), and what is odd about it
    (None: nothing)."""

    price: Price
    in_stock: bool | None = None
    odd: str | None = None


def read_price(text: str, currency: str = "") -> ReadPrice:
    """A cell's price. currency: an ISO code, or a sign, that another column gives. An amount of 0 is no price."""
    shown = " ".join(text[:CELL_MAX].split())
    if (sale := SALE.search(shown)) and (regular := REGULAR.search(shown)):
        shown = shown[sale.start() : regular.start() if regular.start() > sale.start() else None]
    shown = " ".join(LABEL.sub(" ", shown).split()) if any(sign.isdigit() for sign in shown) else shown
    plain = shown.translate(DIGITS)
    in_stock = False if SOLD_OUT.search(plain) else None
    plain = SOLD_OUT.sub(" ", plain).strip()
    code = _currency(plain) or _currency(currency)
    open_ended = FROM.match(plain) is not None
    written = shown if len(shown) <= TEXT_MAX else ""
    nothing = Price(None, None, code, written)
    if NEGATIVE.match(plain):
        return ReadPrice(nothing, in_stock, "the price is below zero")
    amounts = [amount for part in BETWEEN.split(plain)[:2] if (amount := _amount(part, code)) is not None]
    if not amounts or max(amounts) == 0:
        odd = None if not amounts and in_stock is False else "there is no price" if not shown else "no price in it"
        return ReadPrice(nothing, in_stock, odd)
    if max(amounts) > PRICE_MAX:
        return ReadPrice(nothing, in_stock, f"the price is beyond {PRICE_MAX}")
    low, high = min(amounts), max(amounts)
    return ReadPrice(Price(low, None if open_ended and low == high else high, code, written), in_stock)


def _amount(text: str, currency: str) -> Decimal | None:
    decimals = re.search(r"\d([.,])(\d+)\D*$", text)
    point = decimals[1] if currency in THREE_PLACES and decimals and len(decimals[2]) == 3 else None
    amount = Parsed.fromstring(text, decimal_separator=point).amount
    if amount is None or amount > PRICE_MAX:
        return amount
    return amount.quantize(Decimal("0.001") if point else Decimal("0.01"))


def _currency(text: str) -> str:
    return next((code for code, sign in SIGNS if sign.search(text)), "")
