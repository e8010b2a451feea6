"""/trials/: trying a product for one condition, from a date on, and what came of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, Field

from api.callers import FindCaller, caller_or_401
from api.consent import VERSION, require_consent
from api.errors import ApiError
from api.free_text import ProductOrName, find_product
from api.language import VARIES, Direction, LanguageQuery, direction_of, isolated, language_of
from api.recommendations.models import RuleAnswer
from api.recommendations.phrases import phrase
from api.recommendations.rulebook import Language, Rulebook
from api.recommendations.wording import Wording
from api.requests import read_json, read_path
from api.routing import Answer, Operation, answer
from api.trial_verdict import DAYS_LEAST, Verdict, judge, start_of, windows_of
from storage import Storage
from storage.personal.records import NewTrial, Trial
from storage.records import Account

__all__ = ["TRIALS", "Trials", "trial_operations"]

AHEAD: Final = timedelta(days=1)  # it may be tomorrow already where the person is
BACK: Final = timedelta(days=366)  # what began longer ago is not remembered to the day
POINTS: Final = 500

Conditions = Literal["acne", "wrinkles", "eyebags", "eczema", "rosacea", "hyperpigmentation", "dark_spots"]


def _date(value: object) -> object:
    """A date as 2026-11-26, and nothing that merely could be one."""
    return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else value


Day = Annotated[date, BeforeValidator(_date, json_schema_input_type=str), Field(examples=["2026-11-26"])]


class TrialBody(ProductOrName):
    """What is tried, and for what. One condition, said before the start: chance is not given seven tries."""

    condition: Conditions
    started_on: Day | None = Field(None, description="the first day of use; default: today")
    weeks: Annotated[int, Field(ge=2, le=52)] | None = Field(None, description="default: by rule, 6 to 12")


class StopBody(BaseModel):
    """When it was last used."""

    stopped_on: Day | None = Field(None, description="default: today")


class TrialPath(BaseModel):
    """One trial."""

    trial_id: str = Field(pattern="^[0-9a-f]{32}$")


class SideAnswer(BaseModel):
    """The scores of one side. since and until: its days, both included."""

    since: date
    until: date
    reports: int
    days: int
    mean: float | None


class OutcomeAnswer(BaseModel):
    """What came of it. change: score points, above zero is healthier, low to high its interval of 95 %; noise: half
    that interval, the least change that would have shown. unused: reports of those days that could not be compared."""

    outcome: Literal["too_early", "better", "worse", "cant_tell"]
    why: Literal["waiting", "noise", "few_before", "few_after", "stopped_early", "beyond_noise"]
    text: str
    change: float | None
    low: float | None
    high: float | None
    noise: float | None
    before: SideAnswer
    after: SideAnswer
    unused: int


class TrialAnswer(BaseModel):
    """One trial. name is text, never HTML. ends_on: the first day on which the outcome is told."""

    id: str
    name: str
    product_id: str | None
    condition: Conditions
    started_on: date
    weeks: int
    ends_on: date
    stopped_on: date | None
    outcome: OutcomeAnswer
    rule: RuleAnswer | None = Field(description="which says how long; null where the person chose, or it has changed")


class OneTrialAnswer(BaseModel):
    """One trial, in a language."""

    message: str
    lang: Language
    dir: Direction
    trial: TrialAnswer
    notice: str


class TrialsAnswer(BaseModel):
    """All trials, the latest start first."""

    message: str
    lang: Language
    dir: Direction
    trials: list[TrialAnswer]
    notice: str


@dataclass(frozen=True, slots=True)
class Trials:
    """What the calls need."""

    find_caller: FindCaller
    storage: Storage
    book: Rulebook

    async def list_all(self, request: web.Request) -> web.Response:
        """GET /trials/."""
        caller = await caller_or_401(self.find_caller, request)
        language = language_of(request)
        trials = await self.storage.trials.all(caller.id)
        made = TrialsAnswer(
            message=phrase("trials", language),
            lang=language,
            dir=direction_of(language),
            trials=[await self._trial(one, trials, caller, language) for one in trials],
            notice=phrase("notice", language),
        )
        return answer(made, headers=VARIES)

    async def show(self, request: web.Request) -> web.Response:
        """GET /trials/{id}."""
        caller = await caller_or_401(self.find_caller, request)
        language = language_of(request)
        trial = await self.storage.trials.get(caller.id, read_path(request, TrialPath).trial_id)
        return await self._one("trials", found(trial), caller, language)

    async def start(self, request: web.Request) -> web.Response:
        """POST /trials/. Raises ApiError 403 consent_required, 404 no_such_product, 409 too_many, 422 for a date beyond
        sense."""
        caller = await caller_or_401(self.find_caller, request)
        language = language_of(request)
        body = await read_json(request, TrialBody)
        started_on = sensible("started_on", body.started_on, today() - BACK)
        require_consent(caller)
        name = body.name or (await find_product(self.storage, body.product_id or "")).full_name[:300]
        rule = self.book.trial(body.condition)
        weeks, said = (rule.weeks, f"{rule.id}/{rule.version}") if body.weeks is None else (body.weeks, "")
        new = NewTrial(name, body.condition, started_on, weeks, said, body.product_id)
        trial = await self.storage.trials.start(caller.id, new, VERSION)
        return await self._one("trial_started", trial, caller, language, 201)

    async def stop(self, request: web.Request) -> web.Response:
        """POST /trials/{id}/stop/."""
        caller = await caller_or_401(self.find_caller, request)
        language = language_of(request)
        trial_id = read_path(request, TrialPath).trial_id
        trial = found(await self.storage.trials.get(caller.id, trial_id))
        body = await read_json(request, StopBody) if request.can_read_body else StopBody()
        on = sensible("stopped_on", body.stopped_on, trial.started_on)
        stopped = await self.storage.trials.stop(caller.id, trial_id, on)
        return await self._one("trial_stopped", found(stopped), caller, language)

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE /trials/{id}: the trial, not the reports."""
        caller = await caller_or_401(self.find_caller, request)
        if not await self.storage.trials.delete(caller.id, read_path(request, TrialPath).trial_id):
            raise no_such_trial()
        return web.Response(status=204)

    async def _one(
        self, message: str, trial: Trial, caller: Account, language: Language, status: int = 200
    ) -> web.Response:
        others = await self.storage.trials.all(caller.id)
        made = OneTrialAnswer(
            message=phrase(message, language),
            lang=language,
            dir=direction_of(language),
            trial=await self._trial(trial, others, caller, language),
            notice=phrase("notice", language),
        )
        return answer(made, status, headers=VARIES)

    async def _trial(self, trial: Trial, others: tuple[Trial, ...], caller: Account, language: Language) -> TrialAnswer:
        windows = windows_of(trial)
        points = await self.storage.reports.points(
            caller.id,
            condition=trial.condition,
            since=start_of(windows.before_from),
            until=start_of(max(windows.after_to, windows.before_to) + timedelta(days=1)),
            newest=POINTS,
        )
        verdict = judge(trial, points, today())
        rule = next((one for one in self.book.trials if f"{one.id}/{one.version}" == trial.rule), None)
        return TrialAnswer.model_validate(
            {
                "id": trial.id,
                "name": trial.name,
                "product_id": trial.product_id,
                "condition": trial.condition,
                "started_on": trial.started_on,
                "weeks": trial.weeks,
                "ends_on": ends_on(trial),
                "stopped_on": trial.stopped_on,
                "outcome": outcome_answer(verdict, trial, others, language),
                "rule": None if rule is None else Wording(self.book, language).rule(rule),
            }
        )


TRIALS = web.AppKey("TRIALS", Trials)


def trial_operations() -> tuple[Operation, ...]:
    """The calls, answered by whatever is under TRIALS by then."""

    async def list_all(request: web.Request) -> web.Response:
        return await request.app[TRIALS].list_all(request)

    async def show(request: web.Request) -> web.Response:
        return await request.app[TRIALS].show(request)

    async def start(request: web.Request) -> web.Response:
        return await request.app[TRIALS].start(request)

    async def stop(request: web.Request) -> web.Response:
        return await request.app[TRIALS].stop(request)

    async def delete(request: web.Request) -> web.Response:
        return await request.app[TRIALS].delete(request)

    shared: dict[str, Any] = {"query": LanguageQuery, "auth": "required"}
    return (
        Operation(
            "GET",
            "/trials/",
            list_all,
            "The caller's trials of products, and what came of them",
            "advice",
            (Answer(200, "The trials", TrialsAnswer),),
            **shared,
        ),
        Operation(
            "POST",
            "/trials/",
            start,
            "Start trying a product",
            "advice",
            (Answer(201, "Started", OneTrialAnswer),),
            errors=(403, 404, 409),
            description="The progress plot marks it. Before its weeks are over the outcome is `too_early`; then "
            "`better`, `worse` or `cant_tell`, against the person's own noise. Needs consent to the present text of "
            "`/consent/`.",
            body=TrialBody,
            **shared,
        ),
        Operation(
            "GET",
            "/trials/{trial_id}",
            show,
            "One trial",
            "advice",
            (Answer(200, "The trial", OneTrialAnswer),),
            path_params=TrialPath,
            **shared,
        ),
        Operation(
            "POST",
            "/trials/{trial_id}/stop/",
            stop,
            "Stop trying it",
            "advice",
            (Answer(200, "Stopped; one that had stopped before stays as it was", OneTrialAnswer),),
            path_params=TrialPath,
            body=StopBody,
            **shared,
        ),
        Operation(
            "DELETE",
            "/trials/{trial_id}",
            delete,
            "Delete a trial, not its reports",
            "advice",
            (Answer(204, "Deleted", content_type=""),),
            path_params=TrialPath,
            auth="required",
        ),
    )


def outcome_answer(verdict: Verdict, trial: Trial, others: tuple[Trial, ...], language: Language) -> OutcomeAnswer:
    """A verdict in numbers and in a sentence."""
    windows = verdict.windows
    sides = {
        "before": (windows.before_from, windows.before_to, verdict.before),
        "after": (windows.after_from, windows.after_to, verdict.after),
    }
    answers = {
        name: SideAnswer(
            since=since,
            until=max(until, since),
            reports=side.reports,
            days=side.days,
            mean=None if side.mean is None else round(side.mean, 1),
        )
        for name, (since, until, side) in sides.items()
    }

    def points(value: float | None) -> float | None:
        return None if value is None else round(value, 1)

    return OutcomeAnswer(
        outcome=verdict.outcome,
        why=verdict.why,
        text=_sentence(verdict, trial, others, language),
        change=points(verdict.change),
        low=points(verdict.low),
        high=points(verdict.high),
        noise=points(verdict.noise),
        before=answers["before"],
        after=answers["after"],
        unused=verdict.unused,
    )


def ends_on(trial: Trial) -> date:
    """The first day on which the outcome is told."""
    return trial.started_on + timedelta(weeks=trial.weeks)


def today() -> date:
    """Today, UTC."""
    return datetime.now(UTC).date()


def sensible(field: str, given: date | None, earliest: date) -> date:
    """The date, today by default. Raises ApiError 422 for one of the future, or before `earliest`."""
    now = today()
    if given is None:
        return max(now, earliest)
    if given > now + AHEAD:
        sentence = "this day has not come yet"
    elif given < earliest:
        sentence = f"this is before {earliest.isoformat()}"
    else:
        return given
    raise ApiError(422, "invalid_request", f"{field}: {sentence}.", {"fields": {field: sentence}})


def found(trial: Trial | None) -> Trial:
    """The trial. Raises ApiError 404."""
    if trial is None:
        raise no_such_trial()
    return trial


def no_such_trial() -> ApiError:
    """404, for other people's trials too."""
    return ApiError(404, "not_found", "There is no such trial.")


def _sentence(verdict: Verdict, trial: Trial, others: tuple[Trial, ...], language: Language) -> str:
    key = {
        "waiting": "trial_too_early",
        "few_before": "trial_few_before",
        "few_after": "trial_few_after",
        "stopped_early": "trial_stopped_early",
    }.get(verdict.why, f"trial_{verdict.outcome}")
    side = verdict.before if verdict.why == "few_before" else verdict.after
    date_told = ends_on(trial) if verdict.why == "waiting" else verdict.windows.after_from
    numbers = {
        "change": _number(
            abs(verdict.change) if verdict.outcome in ("better", "worse") and verdict.change else verdict.change
        ),
        "low": _number(verdict.low),
        "high": _number(verdict.high),
    }
    said = phrase(key, language, date=date_told.isoformat(), least=DAYS_LEAST, days=side.days, **numbers)
    if verdict.outcome in ("better", "worse"):
        beside = [isolated(one.name, language) for one in others if one.id != trial.id and _at_once(one, trial)]
        if beside:
            said += phrase("trial_others", language, names=phrase("and", language).join(beside[:5]))
    return said


def _number(value: float | None) -> str:
    """One decimal with its sign kept by its number, also in a sentence that runs from right to left."""
    return (
        ""
        if value is None
        else f"\N{LEFT-TO-RIGHT ISOLATE}{value:.1f}\N{POP DIRECTIONAL ISOLATE}"
        if value < 0
        else f"{value:.1f}"
    )


def _at_once(one: Trial, other: Trial) -> bool:
    def end(trial: Trial) -> date:
        return trial.stopped_on or windows_of(trial).after_to

    return one.started_on <= end(other) and other.started_on <= end(one)
