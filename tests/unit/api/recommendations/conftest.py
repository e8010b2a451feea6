"""The rules that come with the project, read once."""

import pytest

from api.recommendations.engine import Advisor
from api.recommendations.rule_file import load
from api.recommendations.rulebook import Rulebook


@pytest.fixture(scope="session")
def book() -> Rulebook:
    return load()


@pytest.fixture(scope="session")
def advisor(book: Rulebook) -> Advisor:
    return Advisor(book)
