"""One spelling for the words of products and of queries, in Latin and in Arabic writing.

Compatibility forms, accents, Arabic diacritics and tatweel fall away; alef with hamza or madda becomes bare alef, alef
maqsura ya, ta marbuta ha, hamza on its carriers the carrier; digits of any script become 0-9; a word that mixes letters
and digits becomes several ("spf50", "50ml"). (The folding of letters is that of Lucene's Arabic normaliser, with hamza
carriers and digits added.)
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

__all__ = ["Word", "fold", "words", "words_with_places"]

ARABIC: Final = str.maketrans("أإآٱىةؤئی\u06a9", "اااايهويي\u0643", "ـ\u200c\u200d\u200e\u200f'’‘ʼ`´")
PIECE: Final = re.compile(r"[^\W\d_]+|\d+")
ARTICLE: Final = re.compile("^(?:وال|بال|كال|فال|ال|لل)(?=.{3})")


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word and the characters of the original text that it stands for."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """The text in its one spelling, blanks and punctuation as they were."""
    if text.isascii():
        return text.lower().replace("'", "").replace("`", "")
    letters = []
    plain = unicodedata.normalize("NFKD", text.translate(ARABIC)).casefold()
    for sign in unicodedata.normalize("NFKD", plain):
        if unicodedata.category(sign) in ("Mn", "Cf"):
            continue
        if not sign.isascii() and sign.isdigit() and (value := unicodedata.digit(sign, None)) is not None:
            sign = str(value)
        letters.append(sign)
    return "".join(letters).translate(ARABIC)


def words(text: str) -> list[str]:
    """The folded words of a text, in order, without the Arabic article."""
    pieces: list[str] = PIECE.findall(fold(text))
    return pieces if text.isascii() else [ARTICLE.sub("", piece) for piece in pieces]


def words_with_places(text: str) -> list[Word]:
    """The folded words of a text, each with its place in it."""
    if text.isascii() and "'" not in text and "`" not in text:
        return [Word(piece.group(), *piece.span()) for piece in PIECE.finditer(text.lower())]
    found: list[Word] = []
    for run in re.finditer(r"\S+", text):
        start = run.start()
        pieces: list[tuple[str, int]] = [
            (sign, place) for place, letter in enumerate(run.group(), start) for sign in fold(letter)
        ]
        folded = "".join(sign for sign, _ in pieces)
        for piece in PIECE.finditer(folded):
            first, last = pieces[piece.start()][1], pieces[piece.end() - 1][1]
            end = last + 1
            while end < run.end() and not fold(text[end]):
                end += 1  # marks that belong to the last letter
            found.append(Word(ARTICLE.sub("", piece.group()), first, end))
    return found
