"""Pictures behind signed links, and the progress plot."""

from dataclasses import dataclass
from typing import Final, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from api.media_links import MediaLinks
from api.plots import PlotFormat, Plotter, PlotTheme
from api.progress_plot import plot_series, unpack_points
from api.requests import read_path, read_query
from api.routing import Answer, Operation
from storage import Storage
from storage.files import SUFFIXES
from storage.personal.records import Trial

__all__ = ["MEDIA", "Media", "media_operations"]

CONTENT_TYPES: Final = {suffix: content_type for content_type, suffix in SUFFIXES.items()}
PLOT_TYPES: Final[dict[PlotFormat, str]] = {"png": "image/png", "svg": "image/svg+xml"}
PLOT_POINTS: Final = 500
PLOT_FRESH_S: Final = 60.0  # a new report should show soon


class Signed(BaseModel):
    """What makes a link open."""

    expires: str = Field("", max_length=20, description="seconds since 1970")
    signature: str = Field("", max_length=64, description="made by this server alone")


class FilePath(BaseModel):
    """A stored picture."""

    group: str = Field(pattern="^[0-9a-f-]{1,64}$")
    name: str = Field(pattern="^[0-9a-z.]{1,64}$")


class PlotPath(BaseModel):
    """Whose plot: the account's, or the numbers themselves."""

    kind: Literal["account", "passing"]
    what: str = Field(pattern="^[A-Za-z0-9_-]{1,2000}$")


class PlotLook(Signed):
    """How the plot should look; may be changed without a new link."""

    theme: PlotTheme = Field("light", description="light or dark")
    form: PlotFormat = Field("png", description="png or svg")
    condition: str | None = Field(None, max_length=40, description="one condition alone")


@dataclass(frozen=True, slots=True)
class Media:
    """`/media/...`: every address is one that this server signed, and opens with a plain GET until it expires."""

    storage: Storage
    links: MediaLinks
    plotter: Plotter

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A stored or passing picture. Raises ApiError 403; FileMissing."""
        left = self._checked(request, read_query(request, Signed))
        place = read_path(request, FilePath)
        path = self.storage.files.path(f"{place.group}/{place.name}")
        headers = {"Content-Type": CONTENT_TYPES[path.suffix.removeprefix(".")], "Content-Disposition": "inline"}
        return web.FileResponse(path, headers=headers | _cache_headers(left))

    async def plot(self, request: web.Request) -> web.Response:
        """The progress plot. Raises ApiError 403."""
        look = read_query(request, PlotLook)
        left = self._checked(request, look)
        place = read_path(request, PlotPath)
        trials: tuple[Trial, ...] = ()
        if place.kind == "account":
            points = await self.storage.reports.points(int(place.what), condition=look.condition, newest=PLOT_POINTS)
            trials = await self.storage.trials.all(int(place.what))
        else:
            points = unpack_points(place.what)
            if look.condition is not None:
                points = tuple(point for point in points if point.condition == look.condition)
        picture, tag = await self.plotter.draw(plot_series(points, trials), look.theme, look.form)
        etag = f'"{tag}"'
        headers = {"ETag": etag} | _cache_headers(min(left, PLOT_FRESH_S))
        if etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        return web.Response(body=picture, headers=headers | {"Content-Type": PLOT_TYPES[look.form]})

    def _checked(self, request: web.Request, signed: Signed) -> float:
        """Seconds the link still lives. Raises ApiError 403."""
        return self.links.check(request.raw_path.partition("?")[0], signed.expires, signed.signature)


MEDIA = web.AppKey("MEDIA", Media)


def media_operations() -> tuple[Operation, ...]:
    """Both kinds of address, answered by whatever is under MEDIA by then."""

    async def show_plot(request: web.Request) -> web.Response:
        return await request.app[MEDIA].plot(request)

    async def show_file(request: web.Request) -> web.StreamResponse:
        return await request.app[MEDIA].file(request)

    return (
        Operation(
            "GET",
            "/media/progress/{kind}/{what}",
            show_plot,
            "The progress plot",
            "pictures",
            (
                Answer(200, "The plot", content_type="image/png"),
                Answer(200, "The plot", content_type="image/svg+xml"),
                Answer(304, "Unchanged", content_type=""),
            ),
            errors=(403, 404, 503),
            query=PlotLook,
            path_params=PlotPath,
        ),
        Operation(
            "GET",
            "/media/{group}/{name}",
            show_file,
            "A picture of a report",
            "pictures",
            (
                Answer(200, "The picture", content_type="image/jpeg"),
                Answer(206, "The part asked for", content_type="image/jpeg"),
                Answer(304, "Unchanged", content_type=""),
            ),
            errors=(403, 404, 416),
            query=Signed,
            path_params=FilePath,
        ),
    )


def _cache_headers(seconds: float) -> dict[str, str]:
    """The link is the permission: another site's page that has it may show the picture."""
    return {
        "Cache-Control": f"private, max-age={int(seconds)}",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
