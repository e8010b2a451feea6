"""What people write, as it is taken."""

import pytest
from pydantic import TypeAdapter, ValidationError

from api.free_text import Ingredients, ProductOrName


def test_a_name_is_one_line_and_stays_what_it_looks_like() -> None:
    assert ProductOrName(name="  A \n cream  <script>").name == "A cream <script>"
    assert ProductOrName(name="كريم").name == "كريم"
    assert ProductOrName(product_id="a" * 32).product_id == "a" * 32


@pytest.mark.parametrize(
    "wrong",
    [{}, {"name": "x", "product_id": "a" * 32}, {"name": "\x00"}, {"name": " "}, {"product_id": "A" * 32}, {"x": 1}],
)
def test_one_of_both_must_be_given(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ProductOrName.model_validate(wrong)


def test_ingredients_keep_their_lines_and_lose_what_cannot_be_printed() -> None:
    adapter = TypeAdapter(Ingredients)
    assert adapter.validate_python("aqua,\x00 retinol\n glycerin\x1b ") == "aqua, retinol\n glycerin"
    assert adapter.validate_python(" \n ") is None
    with pytest.raises(ValidationError):
        adapter.validate_python("x" * 4001)
