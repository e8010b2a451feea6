"""Invented products, pictures and people for the tests of this folder."""

from collections.abc import Sequence

from hypothesis import strategies as st

from api.recommendations.contents import Reader
from api.recommendations.engine import Candidate
from api.recommendations.person import Judged, Person, Picture
from api.recommendations.rulebook import Rulebook
from media_pipeline.severity import SCALES
from media_pipeline.types import Condition
from storage.catalogue.records import Price, Product

__all__ = ["candidate", "candidates", "people", "pictures", "product", "seen"]

BASE = ("aqua", "glycerin", "cetearyl alcohol", "xanthan gum", "phenoxyethanol")


def product(
    number: int,
    name: str,
    ingredients: Sequence[str] | None,
    categories: tuple[str, ...] = ("acne",),
    in_stock: bool | None = None,
) -> Product:
    """A product of that name; its id is its number in hexadecimal."""
    return Product(
        id=f"{number:032x}",
        name=name,
        brand="",
        size="",
        price=Price(None, None, "", ""),
        url=f"https://shop.example/{number}",
        image="",
        in_stock=in_stock,
        categories=categories,
        ingredients=None if ingredients is None else tuple(ingredients),
        description="",
    )


def candidate(reader: Reader, made: Product) -> Candidate:
    return Candidate(made, reader.read(made.full_name, made.ingredients))


def seen(condition: str, grade: int, **kinds: int) -> Picture:
    """A picture that shows one condition."""
    return Picture({condition: Judged(grade, {}, kinds)})


def people(book: Rulebook) -> st.SearchStrategy[Person]:
    """Anybody: answered or not, with and without allergies, by the file's names or as people write them."""
    free = st.sampled_from(
        ["Linalool", "retinol", "glycolic acid", "Prunus Amygdalus Dulcis", "cocamide", "ريتينول", "?"]
    )
    allergies = st.lists(st.sampled_from(sorted(book.allergens)) | free, max_size=3).map(tuple)
    return st.builds(
        Person,
        skin_type=st.sampled_from([None, "normal", "dry", "oily", "combination", "sensitive"]),
        pregnancy=st.sampled_from([None, "pregnant", "trying", "breastfeeding", "neither"]),
        eczema=st.sampled_from([None, "active", "past", "none"]),
        allergies=st.none() | allergies,
        using=st.lists(st.sampled_from(sorted(book.actives)), max_size=2, unique=True).map(tuple),
    )


def pictures() -> st.SearchStrategy[Picture]:
    """Any report: each condition judged at any grade, or withheld."""

    def judged(condition: Condition) -> st.SearchStrategy[Judged]:
        return st.builds(
            Judged,
            grade=st.none() | st.integers(0, len(SCALES[condition].labels) - 1),
            measures=st.dictionaries(st.just("inflammatory_lesions"), st.floats(0, 90), max_size=1),
            kinds=st.dictionaries(st.sampled_from(["nodule", "mole", "papule"]), st.integers(0, 5), max_size=3),
        )

    mapping = {condition.value: judged(condition) for condition in Condition}
    return st.fixed_dictionaries({}, optional=mapping).map(Picture)


def candidates(book: Rulebook, reader: Reader) -> st.SearchStrategy[dict[str, list[Candidate]]]:
    """Products with anything in them, known and unknown, in any category."""
    phrases = sorted({phrase for active in book.actives.values() for phrase in (*active.names, *active.exactly)})
    allergens = sorted({phrase for allergen in book.allergens.values() for phrase in allergen.names})
    listed = st.lists(st.sampled_from([*phrases, *allergens, *BASE]), min_size=1, max_size=6)
    made = st.builds(
        product,
        number=st.integers(0, 1 << 64),
        name=st.sampled_from(
            ["Plain cream", "Retinol night", "Salicylic wash", "Sun SPF 50", "كريم ريتينول", *phrases]
        ),
        ingredients=st.none() | listed,
        categories=st.lists(st.sampled_from([*Condition]), min_size=1, max_size=3).map(
            lambda some: tuple(map(str, some))
        ),
    )
    products = st.lists(made, max_size=6, unique_by=lambda one: one.id)
    return products.map(lambda some: {c.value: [candidate(reader, one) for one in some] for c in Condition})
