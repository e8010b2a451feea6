"""What Prometheus reads at /metrics. One registry per application, nothing global.

Other parts feed it without knowing it: `app.py` gives them `counter(...).inc`, `histogram(...).observe` or lets
`gauge(...)` read a number from a callable at every scrape.
"""

from collections.abc import Callable
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

__all__ = ["METRICS", "Metrics", "show_metrics"]

SECONDS_BUCKETS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
PREFIX: Final = "dermaassist_"


class Metrics:
    """The application's counters, gauges and histograms; names get the prefix `dermaassist_`. A name may be made once:
    making it twice raises ValueError."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = self.counter("http_requests", "HTTP answers", ("method", "route", "status"))
        self._seconds = self.histogram("http_request_seconds", "seconds until the answer was ready", ("route",))

    def counter(self, name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
        """A number that only grows; Prometheus shows it with `_total` at its end."""
        return Counter(PREFIX + name, text, labels, registry=self.registry)

    def histogram(
        self, name: str, text: str, labels: tuple[str, ...] = (), buckets: tuple[float, ...] = SECONDS_BUCKETS
    ) -> Histogram:
        """A distribution; the default buckets are seconds from 5 ms to 30 s."""
        return Histogram(PREFIX + name, text, labels, registry=self.registry, buckets=buckets)

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """A number read from `read` at every scrape, on the event loop's thread: it must be quick."""
        Gauge(PREFIX + name, text, registry=self.registry).set_function(read)

    def saw_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; route is the pattern, never the address, so that the labels stay few."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


METRICS = web.AppKey("METRICS", Metrics)


async def show_metrics(request: web.Request) -> web.Response:
    """GET /metrics."""
    return web.Response(body=request.app[METRICS].exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})
