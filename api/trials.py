"""/trials/: trying a product for one condition, from a date on, and what came of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from aiohttp import web

from api.callers import FindCaller, caller_or_401
from api.consent import VERSION, require_consent
from api.errors import ApiError
from api.free_text import find_product
from api.language import VARIES, LanguageQuery, direction_of, language_of
from api.recommendations.phrases import phrase
from api.recommendations.rulebook import Language, Rulebook
from api.recommendations.wording import Wording
from api.requests import read_json, read_path
from api.routing import Answer, Operation, answer
from api.trial_models import OneTrialAnswer, StopBody, TrialAnswer, TrialBody, TrialPath, TrialsAnswer
from api.trial_verdict import ends_on, judge, start_of, windows_of
from api.trial_wording import outcome_answer
from storage import Storage
from storage.personal.records import NewTrial, Trial
from storage.records import Account

__all__ = ["TRIALS", "Trials", "trial_operations"]

AHEAD: Final = timedelta(days=1)  # it may be tomorrow already where the person is
BACK: Final = timedelta(days=366)  # what began longer ago is not remembered to the day
POINTS: Final = 500


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
