"""The progress plot: one small panel per condition, one time axis, drawn for the width of a phone.

Scores run 0-100 with higher meaning healthier, so every score panel has the same fixed scale and can be compared with
its neighbours; the band is the interval that the score's noise floor leaves. Counts (of reports too old to have scores)
start at zero. Dates are spaced as they were: a month's gap is a month wide. A trial of a product is a line at its start
with a letter, a shade over its time, and its name below the panels.
"""

import asyncio
import hashlib
import io
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, Literal

from aiohttp import web
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font

__all__ = ["PLOTTER", "Mark", "PlotFormat", "PlotTheme", "Plotter", "Point", "Series", "draw"]

TITLE: Final = "Skin over time"

PlotFormat = Literal["png", "svg"]
PlotTheme = Literal["light", "dark"]

WIDTH_IN: Final = 5.0  # 720 px at 144 dpi: 360 px of a phone with two device pixels each
DPI: Final = 144
PANEL_IN: Final = 1.15
LONE_PANEL_IN: Final = 2.2  # a plot of one condition has the room
HEAD_IN: Final = 0.55
FOOT_IN: Final = 0.52
FONT_PT: Final = 11  # 11 px on the phone
MARKERS_UP_TO: Final = 60  # more points than this would run into one another
CACHE_ENTRIES: Final = 128  # about 40 KB each
LEGEND_IN: Final = 0.2  # a line of the legend
LEGEND_MOST: Final = 6  # lines; older trials have their letter alone
NAME_LONGEST: Final = 44  # characters of a name in the legend, fewer where they are wide


@dataclass(frozen=True, slots=True)
class Point:
    """at: an aware time. value in the series' unit; low <= value <= high where an interval is known."""

    at: datetime
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A trial of a product: since and until are aware times; letter: what it is called in the panel; name: the
    product's."""

    since: datetime
    until: datetime
    letter: str
    name: str


@dataclass(frozen=True, slots=True)
class Series:
    """One panel. points oldest first; note: a few words beside the last value ("no change")."""

    label: str
    unit: Literal["score", "count"]
    points: tuple[Point, ...]
    note: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class _Colours:
    paper: str
    ink: str
    faint: str
    grid: str
    line: str
    band: str
    trial: str


COLOURS: Final[dict[PlotTheme, _Colours]] = {
    "light": _Colours("#ffffff", "#1b1f24", "#5b6570", "#dfe3e8", "#0b6e99", "#0b6e99", "#8a4b08"),
    "dark": _Colours("#14171a", "#eceff2", "#a4adb6", "#30363c", "#5cc1e8", "#5cc1e8", "#f0a35e"),
}


def draw(series: Sequence[Series], theme: PlotTheme = "light", form: PlotFormat = "png") -> bytes:
    """The picture's bytes. Uses matplotlib's objects only, so that it may run in any one thread; no series or no points
    give a picture that says so."""
    colours = COLOURS[theme]
    shown = [one for one in series if one.points]
    panel = PANEL_IN if len(shown) != 1 else LONE_PANEL_IN
    legend = _legend(shown)
    height = HEAD_IN + FOOT_IN + LEGEND_IN * len(legend) + panel * max(1, len(shown))
    figure = Figure(figsize=(WIDTH_IN, height), dpi=DPI, facecolor=colours.paper)
    FigureCanvasAgg(figure)
    figure.text(0.035, 1 - 0.2 / height, TITLE, color=colours.ink, fontsize=FONT_PT + 3, weight="bold", va="top")
    if shown:
        _draw_panels(figure, shown, panel, legend, colours)
    else:
        figure.text(0.5, 0.45, "No reports yet", color=colours.faint, fontsize=FONT_PT + 1, ha="center", va="center")
    out = io.BytesIO()
    if form == "png":
        figure.savefig(out, format="png", metadata={"Title": TITLE})
    else:
        figure.savefig(out, format="svg", metadata={"Date": None, "Title": TITLE})
    return out.getvalue()


def _draw_panels(
    figure: Figure, series: Sequence[Series], panel: float, legend: Sequence[Mark], colours: _Colours
) -> None:
    foot = FOOT_IN + LEGEND_IN * len(legend)
    height = HEAD_IN + foot + panel * len(series)
    times = [point.at for one in series for point in one.points]
    times += [mark.since for one in series for mark in one.marks]
    first, last = min(times), max(times)
    room = (last - first) * 0.03 if last > first else timedelta(hours=12)
    for index, one in enumerate(series):
        bottom = foot + (len(series) - 1 - index) * panel
        axes = figure.add_axes((0.105, (bottom + 0.2) / height, 0.83, (panel - 0.52) / height))
        axes.set_xlim(date2num(first - room), date2num(last + room))
        _draw_marks(axes, one.marks, last + room, colours)
        _draw_series(axes, one, colours)
        _dress(axes, one, colours)
        _label_dates(axes, first, last, colours, shown=index == len(series) - 1)
    span = _day(first) if _day(first) == _day(last) else f"{_day(first)} \N{EN DASH} {_day(last)}"
    figure.text(0.935, 1 - 0.235 / height, span, color=colours.faint, fontsize=FONT_PT - 2, va="top", ha="right")
    units = {one.unit for one in series}
    text = {
        frozenset({"score"}): "0 to 100, higher is healthier; the band is the measuring noise",
        frozenset({"count"}): "number of findings",
        frozenset({"score", "count"}): "scores 0 to 100, higher is healthier; elsewhere the number of findings",
    }[frozenset(units)]
    figure.text(0.035, 0.13 / height, text, color=colours.faint, fontsize=FONT_PT - 2.5, va="bottom")
    for index, mark in enumerate(reversed(legend)):
        at = (0.13 + LEGEND_IN * (index + 1)) / height
        _write_legend(figure, at, mark, colours)


def _draw_marks(axes: Axes, marks: Sequence[Mark], end: datetime, colours: _Colours) -> None:
    for mark in marks:
        since, until = date2num(mark.since), date2num(min(mark.until, end))
        axes.axvspan(since, max(since, until), color=colours.trial, alpha=0.09, linewidth=0)
        axes.axvline(
            since, color=colours.trial, linewidth=1.1, linestyle=(0, (3, 2)), gid=f"trial-{mark.letter.lower()}"
        )
        axes.annotate(
            mark.letter,
            (since, 1),
            (2.5, -1),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            color=colours.trial,
            fontsize=FONT_PT - 2,
            weight="bold",
            va="top",
        )


def _legend(series: Sequence[Series]) -> tuple[Mark, ...]:
    """The trials that are named, the latest ones where there are too many."""
    marks = {mark.letter: mark for one in series for mark in one.marks}
    chosen = sorted(marks.values(), key=lambda mark: mark.since)[-LEGEND_MOST:]
    return tuple(chosen)


def _write_legend(figure: Figure, at: float, mark: Mark, colours: _Colours) -> None:
    """One line at that height; a name that is too long for it is cut."""
    style: dict[str, Any] = {"color": colours.trial, "fontsize": FONT_PT - 2, "va": "bottom", "parse_math": False}
    longest = NAME_LONGEST
    text = figure.text(0.035, at, _legend_line(mark, longest), **style)
    while text.get_window_extent().x1 > 0.97 * figure.bbox.width and longest > 1:
        longest -= 2
        text.set_text(_legend_line(mark, longest))


def _legend_line(mark: Mark, longest: int) -> str:
    """The name in the order in which it is read; "a product" where the plot's font lacks its letters."""
    name = mark.name if len(mark.name) <= longest else mark.name[:longest].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    if not all(ord(sign) in _glyphs() for sign in name):
        name = "a product"
    isolated = f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"
    return f"{mark.letter}  {isolated}, since {_day(mark.since)}"


@cache
def _glyphs() -> frozenset[int]:
    """The characters that the plot's font can draw."""
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def _draw_series(axes: Axes, series: Series, colours: _Colours) -> None:
    points = series.points
    x = [date2num(point.at) for point in points]
    y = [point.value for point in points]
    many = len(points) > MARKERS_UP_TO
    banded = [
        (date2num(point.at), point.low, point.high)
        for point in points
        if point.low is not None and point.high is not None
    ]
    if banded:
        at, low, high = zip(*banded, strict=True)
        axes.fill_between(at, low, high, color=colours.band, alpha=0.18, linewidth=0)
        if len(banded) == 1:  # a band without width needs a stroke
            axes.vlines(at, low, high, color=colours.band, alpha=0.35, linewidth=5)
    axes.plot(
        x,
        y,
        color=colours.line,
        linewidth=1.1 if many else 1.8,
        marker=None if many else "o",
        markersize=3.4,
        clip_on=False,
    )
    axes.plot(x[-1:], y[-1:], marker="o", markersize=6, color=colours.line, clip_on=False, zorder=4)


def _dress(axes: Axes, series: Series, colours: _Colours) -> None:
    axes.set_facecolor(colours.paper)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(colours.grid)
    if series.unit == "score":
        axes.set_ylim(0, 100)
        axes.set_yticks((0, 50, 100))
    else:
        top = max(4, max(point.value for point in series.points) * 1.15)
        axes.set_ylim(0, top)
        axes.set_yticks((0, round(top / 1.15 / 2) or 1, round(top / 1.15)))
    axes.grid(axis="y", color=colours.grid, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", colors=colours.faint, labelsize=FONT_PT - 2.5, length=0, pad=3)
    value = f"{series.points[-1].value:.0f}"
    shown = f"{value}  {series.note}" if series.note else value
    for x, text, side, weight in ((0, series.label, "left", "bold"), (1, shown, "right", "normal")):
        axes.annotate(
            text,
            (x, 1),
            (0, 7),
            xycoords="axes fraction",
            textcoords="offset points",
            color=colours.ink,
            fontsize=FONT_PT,
            weight=weight,
            ha=side,
            va="bottom",
        )


def _label_dates(axes: Axes, first: datetime, last: datetime, colours: _Colours, shown: bool) -> None:
    axes.tick_params(axis="x", labelcolor=colours.faint, labelsize=FONT_PT - 2, length=3, color=colours.grid)
    if first == last:
        axes.set_xticks([date2num(first)], [_day(first) if shown else ""])
        return
    form = "%H:%M" if last - first < timedelta(days=2) else "%-d %b" if last - first < timedelta(days=300) else "%b %Y"
    ticks = {at.astimezone(UTC).strftime(form): at for at in (last, first + (last - first) / 2, first)}
    axes.set_xticks([date2num(at) for at in ticks.values()], list(ticks) if shown else [""] * len(ticks))


def _day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%-d %b %Y")


class Plotter:
    """Draws off the event loop, one plot at a time, and remembers what it drew by what was asked for."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="plot")
        self._drawn: OrderedDict[str, bytes] = OrderedDict()
        self._slot = asyncio.Semaphore(1)

    async def draw(self, series: Sequence[Series], theme: PlotTheme, form: PlotFormat) -> tuple[bytes, str]:
        """The picture and its content's name (for an ETag)."""
        key = hashlib.sha256(repr((tuple(series), theme, form)).encode()).hexdigest()[:32]
        async with self._slot:
            drawn = self._drawn.get(key)
            if drawn is None:
                drawn = await asyncio.get_running_loop().run_in_executor(self._worker, draw, series, theme, form)
                self._drawn[key] = drawn
                if len(self._drawn) > CACHE_ENTRIES:
                    self._drawn.popitem(last=False)
            self._drawn.move_to_end(key)
        return drawn, key

    def close(self) -> None:
        """Stop the worker; what it draws right now is finished first."""
        self._worker.shutdown()


PLOTTER = web.AppKey("PLOTTER", Plotter)
