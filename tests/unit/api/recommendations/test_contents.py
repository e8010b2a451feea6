"""What is found in names and lists of ingredients."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.recommendations.contents import MOST_INGREDIENTS, words_of
from api.recommendations.engine import Advisor


@pytest.mark.parametrize(
    ("ingredient", "active"),
    [
        ("Retinol", "retinol"),
        ("RETINYL PALMITATE", "retinol"),
        ("Encapsulated Retinol (0.3%)", "retinol"),
        ("Hydroxypinacolone Retinoate", "retinol"),
        ("Salicylic Acid 2 %", "salicylic_acid"),
        ("Capryloyl Salicylic Acid", "salicylic_acid"),
        ("3-O-Ethyl Ascorbic Acid", "vitamin_c"),
        ("Ceramide NP", "ceramides"),
        ("Avena Sativa (Oat) Kernel Flour", "colloidal_oatmeal"),
        ("Avena Sativa Kernel Flour", "colloidal_oatmeal"),
        ("Parfum (Fragrance)", "fragrance"),
        ("Limonène", "fragrance"),
        ("Linalool.", "fragrance"),
        ("CI 77891 / Titanium Dioxide", "sunscreen"),
        ("Urea", "humectants"),
        ("Diazolidinyl Urea", None),
        ("Polylactic acid", None),
        ("Benzoyl Peroxide", "benzoyl_peroxide"),
    ],
)
def test_an_ingredient_tells_its_active(advisor: Advisor, ingredient: str, active: str | None) -> None:
    found = advisor.reader.read("Cream", ["aqua", ingredient, "xanthan gum"]).actives
    assert found == (frozenset({active}) if active else frozenset())


@pytest.mark.parametrize(
    ("name", "active"),
    [
        ("Some Brand RETINOL-0.5% night serum", "retinol"),
        ("bobai sunscreen extra lightening gel spf 50", "sunscreen"),
        ("سيروم الريتينول", "retinol"),
        ("سيروم ريتينول", "retinol"),
        ("غسول ساليسيليك", "salicylic_acid"),
        ("Goat milk soap", None),
        ("Whitening cream fragrance-free", None),
        ("Cream with coconut scent", "fragrance"),
        ("Oat cream", "colloidal_oatmeal"),
    ],
)
def test_a_name_tells_an_active_and_never_the_whole_list(advisor: Advisor, name: str, active: str | None) -> None:
    contents = advisor.reader.read(name, None)
    assert contents.actives == (frozenset({active}) if active else frozenset())
    assert not contents.listed


@pytest.mark.parametrize(
    ("name", "helping"),
    [
        ("Cream", {"salicylic_acid", "humectants", "retinol"}),
        ("Cream cleanser", {"salicylic_acid"}),
        ("Micellar water", {"salicylic_acid"}),
        ("غسول", {"salicylic_acid"}),
        ("Body lotion", set()),
        ("Intimate cleansing wash", set()),
    ],
)
def test_what_is_washed_off_or_not_for_the_face_helps_less_and_holds_all_the_same(
    advisor: Advisor, name: str, helping: set[str]
) -> None:
    contents = advisor.reader.read(name, ["aqua", "salicylic acid", "glycerin", "retinol"])
    assert contents.actives == {"salicylic_acid", "humectants", "retinol"}
    assert contents.helping == helping


def test_two_ingredients_are_highlights_and_no_list(advisor: Advisor) -> None:
    assert not advisor.reader.read("Serum", ["niacinamide", "zinc pca"]).listed
    assert advisor.reader.read("Serum", ["aqua", "niacinamide", "zinc pca"]).listed


@pytest.mark.parametrize(
    ("allergy", "ingredient", "found"),
    [
        ("nuts", "Prunus Amygdalus Dulcis Oil", True),
        ("nuts", "Cocos Nucifera (Coconut) Oil", False),
        ("octocrylene", "Octocrylene", True),
        ("octocrylene", "Zinc Oxide", False),  # a family: an allergy to one of it is none to all
        ("retinol", "Retinyl Palmitate", True),  # one substance under several names
        ("Lanolin", "Lanolin Alcohol", True),
        ("sunscreen", "Zinc Oxide", True),
        ("fragrance", "Citronellol", True),
        ("!", "Citronellol", False),
    ],
)
def test_an_allergy_is_found_in_an_ingredient(advisor: Advisor, allergy: str, ingredient: str, found: bool) -> None:
    contents = advisor.reader.read("Cream", ["aqua", ingredient, "xanthan gum"])
    assert bool(advisor.reader.allergens_in(contents, [allergy])) is found


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=60))
def test_any_text_can_be_read(advisor: Advisor, text: str) -> None:
    contents = advisor.reader.read(text, [text] * (MOST_INGREDIENTS + 5))
    assert len(contents.ingredients) <= 4 * MOST_INGREDIENTS * (1 + len(text))
    for word in words_of(text):
        assert word and all(one.isalnum() for one in word)
