import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from api.application import setup
from api.metrics import METRICS, Metrics
from settings import Settings
from tests.unit.api.conftest import Serve


async def test_requests_are_counted_by_route_and_parts_add_their_own(serve: Serve, settings: Settings) -> None:
    app = web.Application()
    setup(app, settings)
    sessions = [1, 2, 3]
    app[METRICS].gauge("live_sessions", "live sessions", lambda: len(sessions))
    frames = app[METRICS].counter("frames", "frames by fate", ("fate",))
    client = await serve(app)
    frames.labels("analysed").inc(5)
    await client.get("/healthz")
    await client.get("/secret-path")
    answer = await client.get("/metrics")
    text = await answer.text()
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    seen = (("method", "GET"), ("route", "/healthz"), ("status", "200"))
    assert samples["dermaassist_http_requests_total", seen] == 1
    assert samples["dermaassist_live_sessions", ()] == 3
    assert samples["dermaassist_frames_total", (("fate", "analysed"),)] == 5
    assert "secret-path" not in text
    assert answer.content_type == "text/plain"


def test_two_applications_count_apart_and_a_name_is_made_once() -> None:
    one, other = Metrics(), Metrics()
    one.counter("things", "things").inc()
    other.counter("things", "things")
    assert b"dermaassist_things_total 1.0" in one.exposition()
    assert b"dermaassist_things_total 0.0" in other.exposition()
    with pytest.raises(ValueError, match="Duplicated"):
        one.counter("things", "things")
