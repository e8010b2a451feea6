"""POST /upload-image/ and POST /camera-stream/: a picture in, what it shows out."""

import asyncio
import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final, Self

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from api.answer_links import AnswerLinks
from api.callers import FindCaller, is_callers
from api.captures import CAPTURE_NAME, BeginCapture, Captures, LiveCapture, capture_key
from api.errors import SENTENCES, ApiError, ErrorRules, as_api_error
from api.event_stream import OnStage, answer_with_events, wants_events
from api.language import VARIES, LanguageQuery, language_of
from api.middlewares import timed
from api.picture_upload import ReceivedPicture, UploadLimits, receive_form, spool
from api.recommendations.recommender import Recommender
from api.recommendations.rulebook import Language
from api.report_answer import ReportAnswer, report_answer
from api.requests import JSON_MAX_BYTES, invalid, read_headers, read_json
from api.routing import Answer, Operation, answer
from api.still_service import Outcome, StillService
from storage.records import Account

__all__ = ["UPLOADS", "Uploads", "upload_operations"]

DATA_URL: Final = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w=.+-]+)*;base64,")
NAME_LENGTH: Final = 255
BLANKS: Final = str.maketrans("", "", " \t\r\n")

FORM_FIELDS: Final = frozenset({"name", "user_id", "session_id", "capture_id"})
EVENTS: Final = "text/event-stream"
DESCRIPTION: Final = """\
The picture is decoded, checked for one face that can be judged, and examined for every condition. With a token and with
consent the report is stored; guests and people who did not consent are answered the same way, and nothing outlives the
links. `Accept: text/event-stream` gets `progress` events before the `result`. `Idempotency-Key` makes a repeated
request give the first one's report (for a day; of no effect where nothing is kept). With `session_id` and `capture_id`
the picture is a capture of the caller's live session, which gets the `report` message; the pair is the key then."""


class UploadForm(BaseModel):
    """The parts of the form."""

    file: bytes = Field(description="the picture: JPEG, PNG or WebP", json_schema_extra={"format": "binary"})
    name: str | None = Field(None, max_length=NAME_LENGTH, description="what to call it; default: the file's name")
    user_id: str | None = Field(None, max_length=256, description="the caller's own; default_user for guests")
    session_id: str | None = Field(
        None,
        max_length=64,
        description="the caller's live session, which this picture is a capture of; it gets `report`",
    )
    capture_id: str | None = Field(
        None, pattern=r"^[A-Za-z0-9_-]{1,64}$", description="with session_id: the capture's id"
    )

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.session_id is None) != (self.capture_id is None):
            raise ValueError("session_id and capture_id belong together")
        return self


class CameraFrame(BaseModel):
    """One frame of a camera."""

    frame: str = Field(min_length=1, description="the picture in base64, or as a data URL")
    save: bool = Field(False, description="store a report, as an upload does")
    name: str | None = Field(None, max_length=NAME_LENGTH)
    user_id: str | None = Field(None, max_length=256)


class UploadHeaders(BaseModel):
    """Headers that mean something here."""

    model_config = ConfigDict(serialize_by_alias=True)

    idempotency_key: str | None = Field(
        None,
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,128}$",
        description="the same key with the same picture: one report, however often it is sent",
    )


@dataclass(frozen=True, slots=True)
class Uploads:
    """What the two calls need. begin_capture: finds the live session that an upload belongs to."""

    find_caller: FindCaller
    service: StillService
    links: AnswerLinks
    limits: UploadLimits
    recommender: Recommender
    rules: ErrorRules
    captures: Captures
    begin_capture: BeginCapture

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """POST /upload-image/."""
        account = await self.find_caller(request)
        language = language_of(request)
        key = read_headers(request, UploadHeaders).idempotency_key
        self.service.queue.check_room()
        with timed(request, "receive"):
            picture = await receive_form(request, self.limits)
        try:
            fields = {name: value for name, value in picture.fields.items() if name in FORM_FIELDS}
            try:
                form = UploadForm.model_validate({"file": b"", **fields})
            except ValidationError as error:
                raise invalid(error) from None
            check_owner(form.user_id, account)
            if form.session_id is not None and form.capture_id is not None:
                return await self._capture(request, picture, account, form.session_id, form.capture_id, key)
            name = shown_name(form.name or picture.fields.get("filename") or "picture")
            return await self._respond(request, picture, account, name, "upload", save=True, key=key, language=language)
        finally:
            picture.close()

    async def camera(self, request: web.Request) -> web.StreamResponse:
        """POST /camera-stream/."""
        account = await self.find_caller(request)
        language = language_of(request)
        key = read_headers(request, UploadHeaders).idempotency_key
        self.service.queue.check_room()
        with timed(request, "receive"):
            body = await read_json(
                request,
                CameraFrame,
                limit=self.limits.max_bytes * 4 // 3 + JSON_MAX_BYTES,
                timeout_s=self.limits.total_s,
            )
            check_owner(body.user_id, account)
            picture = await spool(await asyncio.to_thread(decoded, body.frame), {}, self.limits)
        try:
            name = shown_name(body.name or "camera frame")
            return await self._respond(
                request, picture, account, name, "camera", save=body.save, key=key, language=language
            )
        finally:
            picture.close()

    async def _capture(
        self,
        request: web.Request,
        picture: ReceivedPicture,
        account: Account | None,
        session_id: str,
        capture_id: str,
        key: str | None,
    ) -> web.StreamResponse:
        """A still of a live session, which hears of the outcome too."""
        user_id = account.user_id if account is not None else None
        live = self.begin_capture(session_id, capture_id, user_id)
        key = key or capture_key(session_id, capture_id)
        try:
            return await self._respond(
                request,
                picture,
                account,
                CAPTURE_NAME,
                "capture",
                save=True,
                key=key,
                language=language_of(request),
                live=live,
            )
        finally:  # of no effect where the session has been told already
            live.failed("broken_off", "The upload broke off before the report was made.")

    async def _respond(
        self,
        request: web.Request,
        picture: ReceivedPicture,
        account: Account | None,
        name: str,
        request_type: str,
        *,
        save: bool,
        key: str | None,
        language: Language,
        live: LiveCapture | None = None,
    ) -> web.StreamResponse:
        async def analysed(on_stage: OnStage) -> Outcome:
            return await self.service.answer(
                picture, account=account, name=name, request_type=request_type, save=save, key=key, on_stage=on_stage
            )

        async def outcome(on_stage: OnStage) -> Outcome:
            if live is None:
                return await analysed(on_stage)
            try:
                done = await analysed(on_stage)
            except Exception as error:
                known = as_api_error(error, self.rules) or ApiError(500, *SENTENCES[500])
                live.failed(known.code, known.sentence)
                raise
            live.done(self.captures.fields(done, account, self.links.base(request), "still"))
            return done

        async def worded(on_stage: OnStage) -> ReportAnswer:
            return await self._worded(request, await outcome(on_stage), account, language)

        if wants_events(request):
            return await answer_with_events(request, worded, self.rules)
        with timed(request, "analyse"):
            done = await outcome(lambda stage, details: None)
        headers = {"Idempotency-Replayed": "true"} if done.replayed else {}
        if done.kept:
            headers["Location"] = f"/reports/{done.report.id}"
        made = await self._worded(request, done, account, language)
        return answer(made, 201 if save else 200, headers | VARIES)

    async def _worded(
        self, request: web.Request, outcome: Outcome, account: Account | None, language: Language
    ) -> ReportAnswer:
        if outcome.kept and account is not None:
            links = self.links.kept(self.links.base(request), account.id)
        else:
            links = self.links.passing(self.links.base(request), outcome.report)
        recommendations = await self.recommender.for_report(outcome.report, account, language)
        return report_answer(outcome.report, links, recommendations, kept=outcome.kept)


UPLOADS = web.AppKey("UPLOADS", Uploads)


def upload_operations() -> tuple[Operation, ...]:
    """Both calls, made by whatever is under UPLOADS by then."""

    async def upload(request: web.Request) -> web.StreamResponse:
        return await request.app[UPLOADS].upload(request)

    async def camera(request: web.Request) -> web.StreamResponse:
        return await request.app[UPLOADS].camera(request)

    return (
        Operation(
            "POST",
            "/upload-image/",
            upload,
            "Analyse a picture",
            "pictures",
            (
                Answer(201, "What the picture shows", ReportAnswer, headers={"Location": "the stored report"}),
                Answer(200, "Progress, then the same answer as the event `result`", content_type=EVENTS),
            ),
            errors=(403, 404, 409, 429, 503, 507),
            description=DESCRIPTION,
            query=LanguageQuery,
            headers=UploadHeaders,
            body=UploadForm,
            body_type="multipart/form-data",
            auth="optional",
            aliases=("/api/upload/",),
        ),
        Operation(
            "POST",
            "/camera-stream/",
            camera,
            "Analyse one camera frame",
            "pictures",
            (
                Answer(200, "What the frame shows; nothing is kept", ReportAnswer),
                Answer(200, "Progress, then the answer as the event `result`", content_type=EVENTS),
                Answer(201, "The same, with `save`", ReportAnswer, headers={"Location": "the stored report"}),
            ),
            errors=(403, 409, 503, 507),
            description="The same analysis and answer as an upload's.",
            query=LanguageQuery,
            headers=UploadHeaders,
            body=CameraFrame,
            auth="optional",
        ),
    )


def check_owner(user_id: str | None, account: Account | None) -> None:
    """Raises ApiError 403 where the request names somebody else."""
    if not is_callers(user_id, account):
        raise ApiError(403, "not_yours", "The user_id is not the one that is logged in.")


def shown_name(text: str) -> str:
    """What a client called a picture, fit to be shown: printable, on one line, never a path."""
    last = text.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    printable = "".join(character for character in last if character.isprintable()).strip()
    return printable[:NAME_LENGTH] or "picture"


def decoded(frame: str) -> bytes:
    """The bytes of base64 text or of a data URL. Raises ApiError 422."""
    start = DATA_URL.match(frame[:200])
    text = frame[start.end() :] if start is not None else frame
    try:
        return base64.b64decode(text.translate(BLANKS), validate=True)
    except (binascii.Error, ValueError):
        raise ApiError(422, "invalid_request", "frame: neither base64 nor a data URL with base64.") from None
