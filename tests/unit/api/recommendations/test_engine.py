"""What is recommended, and above all what never is."""

from dataclasses import replace
from itertools import product as product_of
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.recommendations.conflicts import Owned, clashes_within
from api.recommendations.engine import MOST_PRODUCTS, Advice, Advisor, Candidate, Suggestion
from api.recommendations.person import Judged, Person, Picture
from api.recommendations.rulebook import Case, Rulebook
from media_pipeline.types import Condition
from tests.unit.api.recommendations.samples import candidate, candidates, people, pictures, product, seen

SETTLED = Person(pregnancy="neither", eczema="none", allergies=())
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# the oracle: written here by hand, so that a rule lost from the file is noticed
RETINOIDS = {"retinol", "adapalene", "tretinoin", "tazarotene", "trifarotene", "isotretinoin"}
ACIDS = {"salicylic_acid", "glycolic_acid", "lactic_acid", "mandelic_acid", "other_acids"}
ON_ECZEMA = RETINOIDS | ACIDS | {"azelaic_acid", "benzoyl_peroxide", "fragrance"}


def said(advice: Advice, condition: str, kind: str = "") -> list[Suggestion]:
    return [one for one in advice.suggestions[condition] if not kind or one.kind == kind]


def names(suggestions: list[Suggestion]) -> list[str]:
    return [one.candidate.product.name for one in suggestions if one.candidate is not None]


def held(suggestion: Suggestion) -> frozenset[str]:
    """The actives of what is recommended."""
    if suggestion.candidate is not None:
        return suggestion.candidate.contents.actives
    return frozenset({suggestion.active}) if suggestion.active else frozenset()


@MANY
@given(data=st.data())
def test_no_recommendation_ever_violates_a_block(book: Rulebook, advisor: Advisor, data: Any) -> None:
    person, picture = data.draw(people(book)), data.draw(pictures())
    advice = advisor.advise(person, picture, data.draw(candidates(book, advisor.reader)))
    eczema = picture.conditions.get("eczema")
    on_eczema = person.eczema == "active" or (eczema is not None and (eczema.grade or 0) >= 1)
    for suggestion in [one for some in advice.suggestions.values() for one in some]:
        actives = held(suggestion)
        if person.pregnancy != "neither":
            assert not actives & RETINOIDS
        if on_eczema:
            assert not actives & ON_ECZEMA
        assert suggestion.rule in book.rules
        if suggestion.candidate is None:
            continue
        product, contents = suggestion.candidate.product, suggestion.candidate.contents
        text = " | ".join([product.name, *(product.ingredients or ())]).casefold()
        for allergy in person.allergies or ():
            for phrase in book.allergens[allergy].names if allergy in book.allergens else (allergy.casefold(),):
                assert f" {phrase} " not in f" {text.replace('|', ' | ')} "
        if not contents.listed:
            assert not on_eczema and not person.allergies
            assert person.pregnancy in (None, "neither")
            assert person.pregnancy == "neither" or suggestion.to_check
    blocked = frozenset[str]().union(*(one.actives for one in advice.blocks.held))
    assert not any(held(one) & blocked for some in advice.suggestions.values() for one in some)
    for condition in Condition:
        kinds = [one.kind for one in advice.suggestions[condition.value]]
        assert "clinician" not in kinds or not {"active", "product"} & set(kinds)
        assert kinds.count("product") <= MOST_PRODUCTS


def witness(case: Case) -> tuple[Person, Picture]:
    """Somebody and a picture of whom the case holds."""
    grade = case.grades[0] if case.grades else None
    person = Person(
        skin_type=case.skin_types[0] if case.skin_types else None,
        pregnancy=case.pregnancy[0] if case.pregnancy else "neither",
        eczema=case.eczema[0] if case.eczema else "none",
        allergies=(),
    )
    shown = {case.condition: Judged(grade, case.measures, case.kinds)} if case.condition else {}
    return person, Picture(shown)


def test_every_rule_can_be_reached(book: Rulebook, advisor: Advisor) -> None:
    reached: set[str] = set()
    everything = [
        candidate(advisor.reader, product(number, name, [*active.names[:1], "aqua", "glycerin"]))
        for number, (name, active) in enumerate(book.actives.items())
    ]
    unknown = candidate(advisor.reader, product(999, "Plain cream", None))
    fragrant = candidate(advisor.reader, product(998, "Scented", ["aqua", "zinc oxide", "parfum"]))
    cases = [
        case
        for rules in (book.clinician, book.signs, book.helps, book.habits, book.blocks)
        for rule in rules
        for case in rule.when
    ]
    cases += [case for rule in book.cautions for case in rule.when]
    shown = {condition.value: Judged(1) for condition in Condition if condition is not Condition.ECZEMA}
    for case in cases:
        person, picture = witness(case)
        pools = (everything, [unknown], [fragrant])
        for shows, some in product_of((picture, Picture(shown | dict(picture.conditions))), pools):
            advice = advisor.advise(person, shows, {c.value: some for c in Condition})
            reached |= {one.rule.id for one in advice.blocks.held}
            for suggestion in [one for some in advice.suggestions.values() for one in some]:
                reached.add(suggestion.rule.id)
                reached |= {caution.id for caution in suggestion.cautions}
    refused = advisor.advise(Person(allergies=("fragrance",)), Picture(), {}).blocks
    reached |= {one.rule.id for one in refused.refusals(advisor.reader.as_contents("fragrance"))}
    owned = [Owned(one.product.id, one.product.name, one.contents) for one in everything]
    for active in book.actives:
        person = Person(using=(active,), pregnancy="neither", eczema="none", allergies=())
        for one in advisor.advise(person, Picture(shown), {}, owned).suggestions["acne"]:
            reached |= {clash.rule.id for clash in one.clashes}
    reached |= {clash.rule.id for clash in clashes_within(book, [*owned, *owned])}
    reached |= {rule.id for active in book.actives if (rule := book.order_of(active)) is not None}
    reached |= {book.trial(condition.value).id for condition in Condition}
    assert {rule.id for rule in book.rules} - reached == set()


def test_a_first_choice_comes_before_an_alternative(advisor: Advisor) -> None:
    actives = [one.active for one in said(advisor.advise(SETTLED, seen("acne", 1), {}), "acne", "active")]
    assert actives[:3] == ["benzoyl_peroxide", "adapalene", "retinol"]
    assert {"salicylic_acid", "azelaic_acid"} <= set(actives[3:])


def pool(advisor: Advisor) -> dict[str, list[Candidate]]:
    made = [
        product(1, "Retinol night", ["aqua", "glycerin", "retinol"]),
        product(2, "Benzoyl wash", ["aqua", "benzoyl peroxide", "glycerin"]),
        product(3, "Mystery cream", None),
        product(4, "Perfumed azelaic", ["aqua", "azelaic acid", "parfum"]),
        product(5, "Azelaic gel", ["aqua", "azelaic acid", "xanthan gum"], in_stock=False),
        product(6, "Plain lotion", ["aqua", "cetearyl alcohol", "xanthan gum"]),
        product(7, "Retinol serum", None),
    ]
    return {"acne": [candidate(advisor.reader, one) for one in made]}


def test_products_with_known_ingredients_come_before_unknown_ones(advisor: Advisor) -> None:
    advice = advisor.advise(SETTLED, seen("acne", 1), pool(advisor))
    products = said(advice, "acne", "product")
    assert names(products) == ["Retinol night", "Benzoyl wash", "Perfumed azelaic", "Azelaic gel", "Retinol serum"]
    assert products[0].helping == ("retinol",) and products[0].rule.id == "help-acne-retinoid"


def test_in_pregnancy_no_retinoid_and_nothing_of_unknown_ingredients(advisor: Advisor) -> None:
    person = Person(pregnancy="pregnant", eczema="none", allergies=())
    advice = advisor.advise(person, seen("acne", 1), pool(advisor))
    assert names(said(advice, "acne", "product")) == ["Benzoyl wash", "Perfumed azelaic", "Azelaic gel"]
    assert (advice.left_out["acne"].blocked, advice.left_out["acne"].unknown) == (2, 1)
    azelaic = next(one for one in said(advice, "acne", "active") if one.active == "azelaic_acid")
    assert azelaic.rule.id == "help-acne-pregnancy-azelaic"


def test_before_the_question_is_answered_retinoids_wait_and_unknown_ones_are_to_be_checked(advisor: Advisor) -> None:
    advice = advisor.advise(Person(), seen("acne", 1), pool(advisor))
    products = said(advice, "acne", "product")
    assert "Mystery cream" in names(products) and not {"Retinol night", "Retinol serum"} & set(names(products))
    mystery = next(one for one in products if one.candidate and one.candidate.product.name == "Mystery cream")
    assert {one.rule.id for one in mystery.to_check} >= {"block-retinoids-pregnancy"}
    assert set(advice.blocks.questions) == {"pregnancy", "eczema", "allergies"}
    assert mystery.rule.id == "product-by-category"


@pytest.mark.parametrize("how", ["answer", "picture"])
def test_on_active_eczema_no_acid_retinoid_peroxide_or_fragrance(advisor: Advisor, how: str) -> None:
    person = Person(eczema="active", pregnancy="neither", allergies=()) if how == "answer" else SETTLED
    shown = {"acne": Judged(1), "eczema": Judged(1)} if how == "picture" else {"acne": Judged(1)}
    advice = advisor.advise(person, Picture(shown), pool(advisor))
    assert names(said(advice, "acne", "product")) == []
    assert {one.active for one in said(advice, "acne", "active")} == {"gentle_cleanser"}


@pytest.mark.parametrize("allergy", ["fragrance", "Parfum", "azelaic acid"])
def test_a_known_allergen_is_never_recommended(advisor: Advisor, allergy: str) -> None:
    person = Person(pregnancy="neither", eczema="none", allergies=(allergy,))
    found = names(said(advisor.advise(person, seen("acne", 1), pool(advisor)), "acne", "product"))
    assert "Perfumed azelaic" not in found and "Mystery cream" not in found and "Benzoyl wash" in found


@pytest.mark.parametrize(
    ("picture", "rule", "withheld"),
    [
        (Picture({"acne": Judged(2, {"inflammatory_lesions": 35.0})}), "clinician-acne-many-lesions", ["acne"]),
        (seen("acne", 2, nodule=3), "clinician-acne-many-lesions", ["acne"]),
        (seen("acne", 3), "clinician-acne-severe-grade", ["acne"]),
        (
            Picture({"dark_spots": Judged(2, {}, {"mole": 1}), "hyperpigmentation": Judged(2)}),
            "clinician-lone-dark-lesion",
            ["dark_spots", "hyperpigmentation"],
        ),
        (seen("eczema", 3), "clinician-eczema-wide", ["eczema"]),
        (seen("eyebags", 4), "clinician-eyes-severe", ["eyebags"]),
        (seen("rosacea", 4), "clinician-redness-strong", ["rosacea"]),
    ],
)
def test_what_needs_a_clinician_gets_no_product(
    advisor: Advisor, picture: Picture, rule: str, withheld: list[str]
) -> None:
    everything = {c.value: pool(advisor)["acne"] for c in Condition}
    advice = advisor.advise(SETTLED, picture, everything)
    for condition in withheld:
        first = advice.suggestions[condition][0]
        assert (first.kind, first.rule.id) == ("clinician", rule)
        assert not {"active", "product"} & {one.kind for one in advice.suggestions[condition]}


def test_just_below_the_triggers_there_is_no_referral(advisor: Advisor) -> None:
    below = Picture({"acne": Judged(2, {"inflammatory_lesions": 34.0}, {"nodule": 2})})
    assert said(advisor.advise(SETTLED, below, {}), "acne", "clinician") == []


def test_a_withheld_or_clear_condition_gets_nothing(advisor: Advisor) -> None:
    for picture in (Picture(), seen("acne", 0), Picture({"acne": Judged(None)})):
        assert advisor.advise(SETTLED, picture, pool(advisor)).suggestions["acne"] == ()


def test_what_is_on_the_shelf_is_not_recommended_again_and_conflicts_are_named(advisor: Advisor) -> None:
    reader = advisor.reader
    shelf = [Owned("s1", "My retinol", reader.read("My retinol", ["aqua", "retinol", "glycerin"]), f"{1:032x}")]
    advice = advisor.advise(SETTLED, seen("acne", 1), pool(advisor), shelf)
    products = said(advice, "acne", "product")
    assert "Retinol night" not in names(products)
    wash = next(one for one in products if one.candidate and one.candidate.product.name == "Benzoyl wash")
    assert [(clash.rule.id, clash.second.id) for clash in wash.clashes] == [
        ("conflict-retinoid-benzoyl-peroxide", "s1")
    ]
    retinol = next(one for one in said(advice, "acne", "active") if one.active == "retinol")
    assert retinol.already_used


def test_what_a_person_names_as_used_conflicts_too(advisor: Advisor) -> None:
    person = Person(pregnancy="neither", eczema="none", allergies=(), using=("tretinoin",))
    products = said(advisor.advise(person, seen("acne", 1), pool(advisor)), "acne", "product")
    night = next(one for one in products if one.candidate and one.candidate.product.name == "Retinol night")
    assert {clash.rule.id for clash in night.clashes} == {"conflict-two-retinoids"}


def test_what_is_in_most_products_is_the_last_reason_and_counts_only_where_the_shop_says_so(advisor: Advisor) -> None:
    made = [
        product(1, "Vitamin C serum", ["aqua", "glycerin", "ascorbic acid"], ("wrinkles",)),
        product(2, "Plain gel", ["aqua", "glycerin", "xanthan gum"], ("other",)),
        product(3, "Plain cream", ["aqua", "glycerin", "xanthan gum"], ("wrinkles",)),
        product(4, "Body cream", None, ("wrinkles",)),
        product(5, "Cream cleanser", ["aqua", "glycerin", "xanthan gum"], ("wrinkles",)),
    ]
    some = {"wrinkles": [candidate(advisor.reader, one) for one in made]}
    found = said(advisor.advise(SETTLED, seen("wrinkles", 2), some), "wrinkles", "product")
    assert {one.candidate.product.name: one.helping[0] for one in found if one.candidate} == {
        "Vitamin C serum": "vitamin_c",
        "Plain cream": "humectants",
    }


def test_a_shops_duplicate_is_not_recommended_beside_the_product(advisor: Advisor) -> None:
    one = product(1, "Benzoyl wash", ["aqua", "benzoyl peroxide", "glycerin"])
    twin = replace(product(2, "Benzoyl wash", one.ingredients), copy_of=one.id)
    some = {"acne": [candidate(advisor.reader, both) for both in (twin, one)]}
    found = said(advisor.advise(SETTLED, seen("acne", 1), some), "acne", "product")
    assert [item.candidate.product.id for item in found if item.candidate] == [one.id]
