"""A meshed head for the renderer's tests: the portrait that comes with matplotlib."""

import pytest

from media_pipeline.evaluation.examiner import find_subjects
from media_pipeline.evaluation.subjects import Subject


@pytest.fixture(scope="package")
def head() -> Subject:
    return find_subjects(None)["package portrait"]
