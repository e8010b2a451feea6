import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.detectors.hosted_answer import HostedModelError, Prediction, read_predictions

SIZE = 640


def _entry(**changes: Any) -> dict[str, Any]:
    return {"x": 100, "y": 200.5, "width": 40, "height": 20, "confidence": 0.8, "class": "wrinkle", **changes}


def _read(answer: object, min_confidence: float = 0.1, classes: frozenset[str] | None = None) -> tuple[Prediction, ...]:
    return read_predictions(answer, SIZE, min_confidence=min_confidence, classes=classes)


def test_a_good_answer_is_read_with_boxes_by_their_corner() -> None:
    (prediction,) = _read({"image": {"width": SIZE, "height": SIZE}, "predictions": [_entry()]})
    assert (prediction.label, prediction.confidence) == ("wrinkle", 0.8)
    assert (prediction.box.x, prediction.box.y, prediction.box.width, prediction.box.height) == (80, 190.5, 40, 20)
    assert prediction.outline is None


def test_an_outline_of_a_segmentation_model_is_clipped_to_the_picture() -> None:
    points = [{"x": -5, "y": 10}, {"x": 30, "y": 10}, {"x": 30, "y": 700}]
    (prediction,) = _read({"predictions": [_entry(points=points)]})
    assert prediction.outline is not None
    np.testing.assert_array_equal(prediction.outline, [[0, 10], [30, 10], [30, SIZE]])


def test_an_outline_of_two_points_is_no_outline() -> None:
    (prediction,) = _read({"predictions": [_entry(points=[{"x": 1, "y": 1}, {"x": 2, "y": 2}])]})
    assert prediction.outline is None


def test_boxes_are_cut_at_the_edge_and_left_out_beyond_it() -> None:
    at_the_edge, beyond, empty = _entry(x=5, width=40), _entry(x=-300), _entry(width=0)
    (prediction,) = _read({"predictions": [at_the_edge, beyond, empty]})
    assert (prediction.box.x, prediction.box.width) == (0, 25)


def test_unsure_predictions_and_other_classes_are_left_out() -> None:
    entries = [_entry(confidence=0.05), _entry(**{"class": "Healthy"}), _entry(**{"class": " Eczema "})]
    (prediction,) = _read({"predictions": entries}, classes=frozenset({"eczema"}))
    assert prediction.label == " Eczema "


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "predictions",
        {},
        {"predictions": None},
        {"predictions": {"0": _entry()}},
        {"predictions": [None]},
        {"predictions": [[1, 2]]},
        {"predictions": [_entry()], "image": "640x640"},
        {"predictions": [_entry()], "image": {"width": 320, "height": 320}},
        {"predictions": [_entry()], "is_stub": True},
        {"predictions": [_entry()] * 501},
        {"predictions": [_entry(x=math.nan)]},
        {"predictions": [_entry(y=math.inf)]},
        {"predictions": [_entry(x=1e300)]},
        {"predictions": [_entry(x=10**400)]},
        {"predictions": [_entry(width=-1)]},
        {"predictions": [_entry(width="40")]},
        {"predictions": [_entry(height=None)]},
        {"predictions": [_entry(height=True)]},
        {"predictions": [_entry(confidence=1.5)]},
        {"predictions": [_entry(confidence=math.nan)]},
        {"predictions": [_entry(**{"class": 3})]},
        {"predictions": [_entry(**{"class": "x" * 101})]},
        {"predictions": [_entry(points="M0 0")]},
        {"predictions": [_entry(points=[[1, 2], [3, 4], [5, 6]])]},
        {"predictions": [_entry(points=[{"x": 1, "y": math.nan}])]},
        {"predictions": [_entry(points=[{"x": 1, "y": 1}] * 5001)]},
    ],
)
def test_an_answer_that_breaks_the_protocol_is_refused_whole(answer: object) -> None:
    with pytest.raises(HostedModelError):
        _read(answer)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["x", "y", "width", "height", "confidence", "class", "points", "predictions", "image"]),
            inner,
        )
    ),
    max_leaves=25,
)


@given(JSON)
def test_whatever_json_arrives_is_read_into_the_picture_or_refused(answer: Any) -> None:
    try:
        predictions = _read({"predictions": [answer], "image": answer} if not isinstance(answer, dict) else answer)
    except HostedModelError as error:
        assert json.dumps(str(error)).isascii()
        return
    for prediction in predictions:
        box = prediction.box
        assert 0 <= box.x <= box.x + box.width <= SIZE + 1e-6
        assert 0 <= box.y <= box.y + box.height <= SIZE + 1e-6
