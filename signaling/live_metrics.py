"""The figures of live sessions for Prometheus: read from the registry, the scheduler and the load at every scrape.

`app.py` registers the collector beside what REST counts. docs/operations.md lists the names.
"""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from media_pipeline.inspection_lane import LaneStatistics
from media_pipeline.scheduler import SchedulerStatistics
from signaling.load import Load
from signaling.registry import SessionRegistry

__all__ = ["LiveCollector"]

PREFIX = "dermaassist_"
STATES = ("connecting", "live", "lost", "ended")


class LiveCollector(Collector):
    """All that can be read of one process's live sessions. Scrapes come on the event loop."""

    def __init__(
        self,
        registry: SessionRegistry,
        load: Callable[[], Load],
        scheduler: Callable[[], SchedulerStatistics],
        inspections: Callable[[], LaneStatistics],
    ) -> None:
        self._registry = registry
        self._load = load
        self._scheduler = scheduler
        self._inspections = inspections

    def collect(self) -> Iterator[Metric]:
        yield from self._sessions()
        yield from self._connections()
        yield from self._analysis()

    def _sessions(self) -> Iterator[Metric]:
        figures, tally = self._registry.figures, self._registry.tally
        sessions = _gauge("live_sessions", "live sessions, by state", ["state"])
        for state in STATES:
            sessions.add_metric([state], sum(one.state == state for one in figures))
        yield sessions
        yield _counted("live_sessions_ended", "live sessions that are over, by reason", "reason", tally.ended)
        yield _counted("live_offers_refused", "offers that were refused, by code", "code", tally.refused)
        frames = tally.frames_of_ended.with_those(figures)
        outcomes = {"received": frames.received, "analysed": frames.analysed, "dropped": frames.dropped}
        yield _counted("live_frames", "frames of live video", "outcome", outcomes)
        results = {"sent": frames.sent, "skipped": frames.skipped}
        yield _counted("live_results", "results for clients; skipped: too slow, or no channel", "outcome", results)
        yield CounterMetricFamily(PREFIX + "live_takeovers", "sessions resumed by another connection", frames.takeovers)

    def _connections(self) -> Iterator[Metric]:
        tally = self._registry.tally
        yield _counted("ice_connections", "peer connections, by what became of ICE", "outcome", tally.ice)
        pairs = CounterMetricFamily(
            PREFIX + "ice_pairs", "connections by the kinds of both ends; relay is TURN", labels=["local", "remote"]
        )
        for pair, count in tally.pairs.items():
            pairs.add_metric([pair.local, pair.remote], count)
        yield pairs

    def _analysis(self) -> Iterator[Metric]:
        load, scheduler, inspections = self._load(), self._scheduler(), self._inspections()
        lag = _gauge("event_loop_lag_recent_seconds", "lateness of the event loop, last 5 s", ["quantile"])
        lag.add_metric(["0.5"], load.loop_lag_p50_s)
        lag.add_metric(["0.95"], load.loop_lag_p95_s)
        yield lag
        delay = _gauge("scheduler_delay_seconds", "how long frames waited for a thread, last second", ["quantile"])
        delay.add_metric(["0.5"], load.delay_p50_s)
        delay.add_metric(["0.95"], load.delay_p95_s)
        yield delay
        yield GaugeMetricFamily(PREFIX + "processor_cores_used", "cores in use, last 5 s", load.processor)
        yield GaugeMetricFamily(PREFIX + "processor_cores", "cores there are", load.cores)
        yield GaugeMetricFamily(PREFIX + "analysis_busy_ratio", "part of the threads' time at work, 0-1", load.busy)
        yield GaugeMetricFamily(PREFIX + "analysis_hung_threads", "threads given up", scheduler.hung)
        yield CounterMetricFamily(PREFIX + "analysis_runs", "runs of analysis threads", scheduler.runs)
        yield CounterMetricFamily(PREFIX + "analysis_failures", "runs that raised", scheduler.failed)
        yield CounterMetricFamily(PREFIX + "inspections", "skin inspections", inspections.runs)
        yield CounterMetricFamily(PREFIX + "inspection_failures", "inspections that failed", inspections.failed)
        yield GaugeMetricFamily(PREFIX + "inspection_seconds", "an inspection's length, average", inspections.cost_s)


def _gauge(name: str, text: str, labels: list[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, text, labels=labels)


def _counted(name: str, text: str, label: str, counts: "dict[str, int]") -> CounterMetricFamily:
    family = CounterMetricFamily(PREFIX + name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family
