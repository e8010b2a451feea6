"""What an operator sees of live sessions: metrics, a list, log lines, and dashboards and alerts that name real ones."""

import json
import re
import secrets
from pathlib import Path

import aiohttp
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from api.auth import AUTH
from benchmarks.clips import Clip
from benchmarks.live_client import ClipTrack, LiveClient
from signaling.session_context import short_name
from storage.administrators import set_administrator
from tests.integration.live.conftest import Server, StartServer

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
NAME = re.compile(r"dermaassist_[a-z_]+")


async def scrape(url: str) -> tuple[dict[tuple[str, tuple[str, ...]], float], set[str]]:
    """Values by name and label values, and all names, those of families without a value yet too."""
    async with aiohttp.ClientSession(url) as http, http.get("/metrics") as response:
        text = await response.text()
    values = {}
    names: set[str] = set()
    for family in text_string_to_metric_families(text):
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(family.type, ("",))
        names |= {family.name + suffix for suffix in suffixes}
        for sample in family.samples:
            values[sample.name, tuple(sample.labels.values())] = sample.value
    return values, names


async def sign_up(server: Server, name: str) -> str:
    body = {"user_id": name, "name": name, "password": secrets.token_urlsafe(), "consent": True}
    async with aiohttp.ClientSession(server.url) as http, http.post("/signup/", json=body) as response:
        token: str = (await response.json())["data"]["access_token"]
        return token


async def listed(server: Server, token: str | None) -> tuple[int, list[dict[str, object]]]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession(server.url, headers=headers) as http, http.get("/sessions") as response:
        return response.status, (await response.json()).get("sessions", [])


async def test_what_happens_is_counted_shown_and_logged(
    server: Server, face_clip: Clip, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    amira, basma = await sign_up(server, "amira"), await sign_up(server, "basma")
    async with LiveClient(server.url, ClipTrack(face_clip), token=amira) as client:
        await client.next_annotations(5)
        with pytest.raises(ConnectionRefusedError):
            async with LiveClient(server.url, None, token=amira):
                pass
        resume = client.answer["resume"]["token"]
        async with LiveClient(server.url, ClipTrack(face_clip), token=amira, resume=resume) as second:
            await second.next_annotations(5)
            values, names = await scrape(server.url)

            status, own = await listed(server, amira)
            assert (status, len(own)) == (200, 1)
            assert own[0]["session"] == short_name(second.session_id)
            assert (own[0]["user_id"], own[0]["state"], own[0]["takeovers"]) == ("amira", "live", 1)
            assert await listed(server, basma) == (200, [])
            assert (await listed(server, None))[0] == 401
    await server.empty()
    after, _ = await scrape(server.url)

    assert values["dermaassist_live_sessions", ("live",)] == 1
    assert after["dermaassist_live_sessions", ("live",)] == 0
    assert after["dermaassist_live_sessions_ended_total", ("peer_closed",)] == 1
    assert values["dermaassist_live_offers_refused_total", ("no_video",)] == 1
    assert values["dermaassist_live_frames_total", ("analysed",)] >= 10
    assert (
        after["dermaassist_live_frames_total", ("received",)] >= values["dermaassist_live_frames_total", ("analysed",)]
    )
    assert values["dermaassist_live_results_total", ("sent",)] >= 10
    assert values["dermaassist_live_takeovers_total", ()] == 1
    assert values["dermaassist_ice_connections_total", ("connected",)] == 2
    pairs = {labels: value for (name, labels), value in values.items() if name == "dermaassist_ice_pairs_total"}
    assert sum(pairs.values()) == 2
    assert not any("relay" in labels for labels in pairs)
    assert values["dermaassist_live_stage_seconds_count", ("mesh",)] >= 10
    assert values["dermaassist_live_frame_seconds_count", ()] >= 10
    assert values["dermaassist_event_loop_lag_seconds_count", ()] > 0
    assert values["dermaassist_analysis_runs_total", ()] >= 10
    assert values["dermaassist_processor_cores", ()] >= 1

    board = json.loads((DEPLOY / "grafana" / "dermaassist.json").read_text())
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())["groups"][0]["rules"]
    shown = {name for panel in board["panels"] for target in panel["targets"] for name in NAME.findall(target["expr"])}
    alerted = {name for rule in rules for name in NAME.findall(rule["expr"])}
    assert len(board["panels"]) > 15
    assert len(rules) > 7
    assert (shown | alerted) - names == set()

    # the id is a guest's only key: lines carry what tells sessions apart and opens none
    assert client.session_id not in caplog.text
    assert "the session is connected" in caplog.text


async def test_an_administrator_sees_everybody_s_sessions(start_server: StartServer, face_clip: Clip) -> None:
    server = await start_server()
    token = await sign_up(server, "admin")
    async with LiveClient(server.url, ClipTrack(face_clip)) as guest:
        await guest.next_annotations()
        assert await listed(server, token) == (200, [])
        await set_administrator(server.app[AUTH]._storage, "admin", True)
        status, everybody = await listed(server, token)
        assert status == 200
        assert [one["session"] for one in everybody] == [short_name(guest.session_id)]
        assert everybody[0]["user_id"] is None
