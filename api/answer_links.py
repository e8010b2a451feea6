"""The addresses in an answer: of a report's pictures and of the progress plot."""

from datetime import UTC, datetime

from aiohttp import web

from api.media_links import MediaLinks, public_base
from api.progress_plot import pack_points, points_of
from api.report_answer import Link, Links
from storage.records import Report

__all__ = ["AnswerLinks"]


class AnswerLinks:
    """public_url: how clients reach the server, "" where the request must tell; host: what the server listens on."""

    def __init__(self, links: MediaLinks, public_url: str, host: str) -> None:
        self._links = links
        self._public_url = public_url
        self._host = host

    def kept(self, base: str, account_id: int) -> Links:
        """For stored reports of the account. base: as `base` gives it."""
        plot = self._links.make(base, "progress", "account", str(account_id))
        return Links(self.file(base), plot, self._expiry())

    def passing(self, base: str, report: Report) -> Links:
        """For an analysis that is not kept: its plot shows itself alone."""
        plot = self._links.make(base, "progress", "passing", pack_points(points_of(report)))
        return Links(self.file(base), plot, self._expiry())

    def file(self, base: str) -> Link:
        """Makes the address of a stored file from its key."""
        return lambda key: self._links.make(base, *key.split("/"))

    def period(self) -> int:
        """Changes when the links do: part of the ETag of what holds any."""
        return self._links.expires_at()

    def base(self, request: web.Request) -> str:
        """What the addresses in this request's answer begin with."""
        return public_base(request, self._public_url, self._host)

    def _expiry(self) -> datetime:
        return datetime.fromtimestamp(self._links.expires_at(), UTC)
