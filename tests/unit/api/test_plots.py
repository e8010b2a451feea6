import asyncio
import io
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from api.plots import COLOURS, Mark, Plotter, PlotTheme, Point, Series, draw

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def scores(days: list[float], label: str = "Acne") -> Series:
    points = tuple(Point(START + timedelta(days=day), 60, 55, 65) for day in days)
    return Series(label, "score", points, "no change")


def pixels(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def dot_columns(picture: NDArray[np.uint8], theme: PlotTheme = "light") -> list[float]:
    """The centres of the dots along the line, px: where the line's colour stands tallest."""
    wanted = tuple(int(COLOURS[theme].line[i : i + 2], 16) for i in (1, 3, 5))
    tall = (np.abs(picture.astype(int) - wanted).sum(axis=2) < 12).sum(axis=0) >= 6
    edges = np.flatnonzero(np.diff(np.concatenate(([0], tall.astype(int), [0]))))
    return [float(a + b - 1) / 2 for a, b in edges.reshape(-1, 2)]


def test_dates_are_spaced_as_they_were() -> None:
    first, second, last = dot_columns(pixels(draw([scores([0, 10, 100])])))
    assert (second - first) / (last - first) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("count", [1, 2, 500])
def test_one_two_and_five_hundred_points_are_drawn_at_phone_width(count: int, theme: PlotTheme) -> None:
    picture = pixels(draw([scores([float(day) for day in range(count)])], theme))
    paper = tuple(int(COLOURS[theme].paper[i : i + 2], 16) for i in (1, 3, 5))
    assert picture.shape[1] == 720
    assert tuple(picture[0, 0]) == paper
    assert (picture[-1] == paper).all() and (picture[:, -1] == paper).all() and (picture[:, 0] == paper).all()
    assert len(dot_columns(picture, theme)) >= 1


def test_every_condition_has_its_panel_and_an_empty_one_has_none() -> None:
    one = pixels(draw([scores([0, 1]), scores([0, 1], "Wrinkles")])).shape[0]
    more = pixels(draw([scores([0, 1]), scores([0, 1], "Wrinkles"), scores([0, 1], "Eczema"), scores([])])).shape[0]
    assert more > one
    assert pixels(draw([scores([0, 1]), scores([])])).shape == pixels(draw([scores([0, 1])])).shape


def test_no_history_gives_a_picture_that_says_so() -> None:
    empty = pixels(draw([]))
    assert empty.shape[1] == 720
    assert (empty[120:240] < 200).any()


def test_counts_start_at_zero_and_stay_inside() -> None:
    points = tuple(Point(START + timedelta(days=day), value) for day, value in ((0, 0.0), (3, 214.0), (9, 7.0)))
    picture = pixels(draw([Series("Acne", "count", points)]))
    assert len(dot_columns(picture)) == 3


def marked(*names: str) -> Series:
    """Ten days of scores, with a trial from the fifth on for each name."""
    marks = tuple(
        Mark(START + timedelta(days=5), START + timedelta(days=9), chr(ord("A") + index), name)
        for index, name in enumerate(names)
    )
    points = tuple(Point(START + timedelta(days=day), 60, 55, 65) for day in range(10))
    return Series("Acne", "score", points, marks=marks)


@pytest.mark.parametrize(
    ("name", "theme"),
    [("سيروم الريتينول 30", "light"), ("$x_1$ <b>", "dark"), ("漢字 😀", "light"), ("W" * 300, "dark")],
)
def test_a_trial_is_marked_whatever_its_product_is_called(name: str, theme: PlotTheme) -> None:
    plain, picture = pixels(draw([marked()], theme)), pixels(draw([marked(name)], theme))
    assert picture.shape[0] > plain.shape[0] and picture.shape[1] == 720
    wanted = tuple(int(COLOURS[theme].trial[i : i + 2], 16) for i in (1, 3, 5))
    tall = (np.abs(picture.astype(int) - wanted).sum(axis=2) < 60).sum(axis=0)
    assert (tall > 40).any()  # the dashed line
    paper = tuple(int(COLOURS[theme].paper[i : i + 2], 16) for i in (1, 3, 5))
    assert (picture[:, -1] == paper).all() and (picture[-1] == paper).all()


def test_many_trials_have_their_letters_and_the_latest_their_names() -> None:
    svg = draw([marked(*(f"Gel {number}" for number in range(20)))], "light", "svg").decode()
    assert svg.count('id="trial-') == 20
    few, many = (pixels(draw([marked(*["Gel"] * count)])) for count in (6, 20))
    assert few.shape == many.shape


def test_svg_is_a_picture_of_the_same_width_without_scripts() -> None:
    svg = draw([scores([0, 10, 100])], "dark", "svg").decode()
    root = ElementTree.fromstring(svg)
    assert root.attrib["width"] == "360pt"
    assert "<script" not in svg and "Skin over time" in svg


async def test_the_same_plot_is_drawn_once_and_another_anew() -> None:
    plotter = Plotter()
    try:
        (one, tag), (again, same_tag), (other, other_tag) = await asyncio.gather(
            plotter.draw([scores([0, 1])], "light", "png"),
            plotter.draw([scores([0, 1])], "light", "png"),
            plotter.draw([scores([0, 2])], "light", "png"),
        )
    finally:
        plotter.close()
    assert again is one and same_tag == tag
    assert other != one and other_tag != tag
