"""The service on a real socket with a real database and real files; only the detectors' work is stood in for, by a
function that takes no time and finds the same two spots in every picture."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer

from api.application import setup
from api.captures import BeginCapture, LiveCapture
from api.consent import VERSION
from api.error_rules import ERROR_RULES
from api.errors import ApiError
from api.recommendations.engine import Advisor
from api.recommendations.rule_file import load
from api.service import add_service, running_service
from api.still_report import Content, ExaminedStill
from api.still_service import Examine, StillService
from media_pipeline.decode import decode
from media_pipeline.types import (
    Analysis,
    Box,
    Condition,
    ConditionResult,
    DetectorInfo,
    Finding,
    Measure,
    Quality,
    RegionName,
    Score,
    Severity,
    Status,
)
from settings import Settings
from storage import Storage, open_storage
from storage.records import (
    Account,
    ConditionRecord,
    FileKind,
    NewFile,
    Report,
    ReportDraft,
    ScoreRecord,
    SeverityRecord,
)
from tests.unit.api.conftest import Client

SECRET = "a secret of thirty-two characters"
DETECTOR = DetectorInfo("stand-in", "1", "numpy")


def picture(seed: int = 0, side: int = 160) -> bytes:
    """A small JPEG, another one for each seed."""
    noise = np.random.default_rng(seed).integers(0, 255, (side, side, 3), np.uint8)
    return cv2.imencode(".jpg", noise)[1].tobytes()


def examined(data: Content, on_stage: Callable[[str], None]) -> ExaminedStill:
    """Decodes for real; two spots of acne, wrinkles withheld."""
    first = data[0] if isinstance(data, tuple) else data
    rgb = decode(first) if isinstance(first, bytes) else first
    on_stage("face")
    small = cv2.imencode(".jpg", rgb[:64, :64])[1].tobytes()
    findings = tuple(
        Finding(
            f"acne-{number}",
            Condition.ACNE,
            RegionName.CHIN,
            Box(10 * number, 20, 8, 6),
            0.75,
            (Measure("diameter", 2.04, "mm"),),
            kind="papule",
        )
        for number in (1, 2)
    )
    acne = ConditionResult(
        Condition.ACNE,
        findings,
        DETECTOR,
        Severity(1, "mild", "test-1"),
        Score(80, 76, 84, "acne-test-1"),
        (Measure("inflammatory_lesions", 2, "lesions"),),
    )
    wrinkles = ConditionResult(
        Condition.WRINKLES, (), DETECTOR, status=Status.WITHHELD, reason="the picture is blurred"
    )
    analysis = Analysis(
        rgb.shape[1],
        rgb.shape[0],
        None,
        Quality((), {"sharpness": 0.5}),
        conditions={Condition.ACNE: acne, Condition.WRINKLES: wrinkles},
        stages_ms={"decode": 1.0},
    )
    on_stage("detectors")
    return ExaminedStill(
        analysis,
        original=data if isinstance(data, bytes) else small,
        processed=small,
        face=small,
        face_size=(640, 640),
        to_face=np.array([[2.0, 0, 5], [0, 2.0, 7]]),
        crops={finding.id: small for finding in findings},
    )


@dataclass
class Running:
    """A service at work. As `client` calls, `Authorization: Bearer NAME` is the person of that name."""

    client: Client
    storage: Storage
    still: StillService
    settings: Settings
    people: dict[str, Account] = field(default_factory=dict)

    async def person(self, name: str, consent: bool = True) -> dict[str, str]:
        """An account, and the headers with which it calls."""
        account = await self.storage.accounts.create(name, name.title(), None, VERSION if consent else None)
        self.people[name] = account
        return {"Authorization": f"Bearer {name}"}

    async def report(
        self,
        name: str,
        at: datetime,
        score: float | None,
        count: int = 1,
        formula: str = "acne-test-1",
        measures: Mapping[str, float] | None = None,
    ) -> Report:
        """A stored report of the past with one word on acne; measures: of its quality."""
        record = ConditionRecord(
            "acne",
            count,
            "ok" if score is not None else "withheld",
            reason=None if score is not None else "blurred",
            severity=SeverityRecord(1, "mild", "test-1") if score is not None else None,
            score=ScoreRecord(score, max(0, score - 3), min(100, score + 3), formula) if score is not None else None,
        )
        draft = ReportDraft(
            at, "upload", "past", "normal", {"ok": True, "issues": [], "measures": measures or {}}, (record,)
        )
        file = NewFile(FileKind.FACE, "image/jpeg", b"face")
        return await self.storage.saver.save(self.people[name].id, draft, [file])


def form(data: bytes, **fields: str) -> FormData:
    """An upload's body."""
    made = FormData()
    for name, value in fields.items():
        made.add_field(name, value)
    made.add_field("file", data, filename="me.jpg", content_type="image/jpeg")
    return made


def day(number: int) -> datetime:
    """Noon of a day in January 2026."""
    return datetime(2026, 1, number, 12, tzinfo=UTC)


def no_session(session_id: str, capture_id: str, user_id: str | None) -> LiveCapture:
    """Nobody is live."""
    raise ApiError(404, "no_such_session", "There is no such live session.")


@asynccontextmanager
async def service(
    settings: Settings,
    root: Path,
    examine: Examine = examined,
    database_url: str = "",
    begin_capture: BeginCapture = no_session,
) -> AsyncIterator[Running]:
    """The whole thing, on a free port; its database is an SQLite file in root where no other is named. begin_capture:
    what the live sessions' side would do."""
    settings = settings.model_copy(update={"media_root": root})
    app = web.Application()
    setup(app, settings, error_rules=ERROR_RULES)
    add_service(app)
    started: list[Running] = []

    async def find_caller(request: web.Request) -> Account | None:
        scheme, _, name = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        account = await started[0].storage.accounts.find(name)
        if account is None:
            raise ApiError(401, "token_invalid", "This access token is not valid.")
        return account

    async with open_storage(database_url or f"sqlite://{root}/test.sqlite3", root) as storage:
        async with running_service(
            app,
            settings,
            secret=SECRET,
            storage=storage,
            find_caller=find_caller,
            examine=examine,
            advisor=Advisor(load()),
            rules=ERROR_RULES,
            begin_capture=begin_capture,
        ) as still:
            async with TestClient(TestServer(app, access_log=None)) as client:
                started.append(Running(client, storage, still, settings))
                yield started[0]
