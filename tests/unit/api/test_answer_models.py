"""Stored answers as the rules know them."""

from api.answer_models import person_of
from api.recommendations.person import Person


def test_nothing_stored_is_nothing_answered() -> None:
    assert person_of(None) == person_of({}) == Person()


def test_an_empty_list_of_allergies_is_an_answer() -> None:
    assert person_of({"allergies": []}).allergies == ()
    assert person_of({"allergies": ["nuts", "Lanolin"], "using": ["retinol"]}) == Person(
        allergies=("nuts", "Lanolin"), using=("retinol",)
    )


def test_what_an_older_program_stored_and_no_longer_fits_is_not_answered() -> None:
    person = person_of({"pregnancy": "perhaps", "eczema": "active", "shoe_size": 40, "allergies": None})
    assert (person.pregnancy, person.eczema, person.allergies) == (None, "active", None)
