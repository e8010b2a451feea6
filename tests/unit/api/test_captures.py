"""Captures go the way of uploads: analysed in the same line, stored with the same consent, once."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.captures import CAPTURES, Captures, LiveCapture
from api.errors import ApiError
from api.still_report import Content, ExaminedStill
from media_pipeline.types import Image
from settings import Settings
from storage.identifiers import new_id
from tests.unit.api.service_fixture import Running, examined, form, picture, service


@dataclass(frozen=True)
class Taken:
    """A picture as a live session hands it in."""

    content: bytes | Image

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content if isinstance(self.content, bytes) else self.content.tobytes()).hexdigest()

    @property
    def size(self) -> int:
        return len(self.content)

    def read(self) -> bytes | Image:
        return self.content


@dataclass
class Live:
    """A live session that listens."""

    told: list[str] = field(default_factory=list)
    fields: Mapping[str, Any] = field(default_factory=dict)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def done(self, fields: Mapping[str, Any]) -> None:
        self.told.append("done")
        self.fields = fields

    def failed(self, code: str, sentence: str) -> None:
        if not self.told:
            self.told.append(code)
            self.heard.set()


def captures_of(running: Running) -> Captures:
    assert running.client.app is not None
    return running.client.app[CAPTURES]


async def login(running: Running, user_id: str) -> str:
    login_id = new_id()
    later = datetime.now(UTC) + timedelta(days=1)
    await running.storage.sessions.begin(login_id, running.people[user_id].id, "digest of " + login_id, later)
    return login_id


async def analyse(
    running: Running, content: bytes | Image, user_id: str | None, capture_id: str = "c", login_id: str | None = None
) -> dict[str, Any]:
    if login_id is None and user_id in running.people:
        login_id = await login(running, user_id)
    return await captures_of(running).analyse(
        Taken(content),
        user_id=user_id,
        login_id=login_id,
        session_id="s",
        capture_id=capture_id,
        base_url="http://here",
        source="frame",
    )


async def test_a_frame_is_stored_once_however_often_it_is_handed_in(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        await running.person("ann")
        frame = np.full((96, 128, 3), 120, np.uint8)
        first = await analyse(running, frame, "ann")
        assert first["kept"] and first["url"] == f"http://here/reports/{first['report_id']}"
        assert (await analyse(running, frame, "ann"))["report_id"] == first["report_id"]
        assert (await analyse(running, frame, "ann", "another"))["report_id"] != first["report_id"]
        page = await running.storage.reports.page(running.people["ann"].id)
        assert (page.total, page.reports[0].request_type) == (2, "capture")


@pytest.mark.parametrize("user_id", [None, "ann"])
async def test_guests_and_who_did_not_consent_are_answered_and_nothing_is_stored(
    settings: Settings, tmp_path: Path, user_id: str | None
) -> None:
    async with service(settings, tmp_path) as running:
        await running.person("ann", consent=False)
        report = await analyse(running, picture(), user_id)
        assert (report["report_id"], report["kept"]) == (None, False)
        assert report["conditions"]["acne"]["count"] == 2
        assert (await running.storage.reports.page(running.people["ann"].id)).total == 0


REVOCATIONS: list[tuple[str, Callable[[Running, str], Awaitable[object]], str | None]] = [
    ("logged out", lambda running, login_id: running.storage.sessions.end(login_id), "login_ended"),
    (
        "password changed",
        lambda running, login_id: running.storage.sessions.end_all(running.people["ann"].id, "password"),
        "login_ended",
    ),
    (
        "account deleted",
        lambda running, login_id: running.storage.eraser.delete_account(running.people["ann"].id),
        "account_gone",
    ),
    (
        "consent withdrawn",
        lambda running, login_id: running.storage.accounts.withdraw_consent(running.people["ann"].id),
        None,
    ),
]


@pytest.mark.parametrize("when", ["before", "while it is analysed"])
@pytest.mark.parametrize(("revoke", "code"), [one[1:] for one in REVOCATIONS], ids=[one[0] for one in REVOCATIONS])
async def test_what_is_revoked_in_mid_session_is_no_longer_good_for_a_stored_capture(
    settings: Settings,
    tmp_path: Path,
    when: str,
    revoke: Callable[[Running, str], Awaitable[object]],
    code: str | None,
) -> None:
    loop = asyncio.get_running_loop()
    analysed: list[bool] = []

    def revoking(data: Content, on_stage: Callable[[str], None]) -> ExaminedStill:
        analysed.append(True)
        if when != "before":
            asyncio.run_coroutine_threadsafe(as_coroutine(revoke(running, login_id)), loop).result(20)
        return examined(data, on_stage)

    async with service(settings, tmp_path, revoking) as running:
        await running.person("ann")
        login_id = await login(running, "ann")
        if when == "before":
            await revoke(running, login_id)
        if code is None:
            report = await analyse(running, picture(), "ann", login_id=login_id)
            assert (report["report_id"], report["kept"]) == (None, False)
        else:
            with pytest.raises(ApiError) as refusal:
                await analyse(running, picture(), "ann", login_id=login_id)
            assert (refusal.value.status, refusal.value.code) == (401, code)
            assert len(analysed) == (when != "before")  # nothing is spent on what would not be kept
        assert (await running.storage.reports.page(None)).total == 0


async def test_a_login_is_good_for_its_own_account_alone(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        await running.person("ann")
        await running.person("eve")
        for login_id in (await login(running, "eve"), "none at all"):
            with pytest.raises(ApiError, match="login"):
                await analyse(running, picture(), "ann", login_id=login_id)


async def as_coroutine(done: Awaitable[object]) -> object:
    return await done


async def test_every_failure_has_its_code_and_no_cause_is_shown(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(data: Content, on_stage: Callable[[str], None]) -> ExaminedStill:
        if data == b"bug":
            raise RuntimeError("a secret path")
        return examined(data, on_stage)

    async with service(settings, tmp_path, broken) as running:
        await running.person("ann")
        for content, user_id, code in (
            (b"no picture", "ann", "not_an_image"),
            (b"bug", "ann", "internal_error"),
            (b"", "eve", "account_gone"),
        ):
            with pytest.raises(ApiError) as failure:
                await analyse(running, content, user_id)
            assert failure.value.code == code
            assert "secret" not in failure.value.sentence


async def test_an_upload_for_a_live_session_is_told_to_it(settings: Settings, tmp_path: Path) -> None:
    asked: list[tuple[str, str, str | None]] = []
    sessions = [Live(), Live(), Live()]

    def begin(session_id: str, capture_id: str, user_id: str | None) -> LiveCapture:
        asked.append((session_id, capture_id, user_id))
        return sessions[len(asked) - 1]

    async with service(settings, tmp_path, begin_capture=begin) as running:
        ann = await running.person("ann")
        bodies = []
        for data in (picture(), picture(), b"no picture"):
            upload = form(data, session_id="s", capture_id="c")
            answer = await running.client.post("/upload-image/", data=upload, headers=ann)
            bodies.append((answer.status, await answer.json()))
        assert asked == [("s", "c", "ann")] * 3
        assert [status for status, _ in bodies] == [201, 201, 422]
        assert bodies[0][1]["report_id"] == bodies[1][1]["report_id"] == sessions[0].fields["report_id"]
        assert bodies[0][1]["data"]["request_type"] == "capture"
        assert sessions[0].fields["source"] == "still"
        assert [session.told for session in sessions] == [["done"], ["done"], ["idempotency_key_reused"]]


async def test_an_upload_whose_client_goes_away_does_not_leave_its_session_waiting(
    settings: Settings, tmp_path: Path
) -> None:
    live = Live()

    async with service(settings, tmp_path, begin_capture=lambda *capture: live) as running:
        release = asyncio.Event()
        loop = asyncio.get_running_loop()

        def occupy() -> None:
            asyncio.run_coroutine_threadsafe(release.wait(), loop).result(30)

        occupied = asyncio.create_task(running.still.queue.run(occupy))
        upload = form(picture(), session_id="s", capture_id="c")
        headers = {"Accept": "text/event-stream"}
        async with running.client.post("/upload-image/", data=upload, headers=headers) as answer:
            await answer.content.readline()
        async with asyncio.timeout(20):
            await live.heard.wait()
        release.set()
        await occupied
        assert live.told == ["broken_off"]


async def test_a_session_and_a_capture_belong_together(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        wrong: list[dict[str, str]] = [
            {"session_id": "s"},
            {"capture_id": "c"},
            {"session_id": "s", "capture_id": "a b"},
        ]
        for fields in wrong:
            answer = await running.client.post("/upload-image/", data=form(picture(), **fields))
            assert (answer.status, (await answer.json())["code"]) == (422, "invalid_request")
        answer = await running.client.post("/upload-image/", data=form(picture(), session_id="s", capture_id="c"))
        assert (answer.status, (await answer.json())["code"]) == (404, "no_such_session")
