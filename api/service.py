"""Pictures in, history out: what `app.py` adds to the application, and what it runs while the application does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import web

from api.analysis_queue import AnalysisQueue
from api.answer_links import AnswerLinks
from api.answers import ANSWERS, AnswersCalls, answer_operations
from api.callers import FindCaller
from api.captures import CAPTURES, BeginCapture, Captures
from api.comparison import COMPARISON, Comparison, comparison_operations
from api.errors import ErrorRules
from api.history import HISTORY, History, history_operations
from api.media import MEDIA, Media, media_operations
from api.media_links import MediaLinks
from api.metrics import METRICS
from api.picture_upload import UploadLimits
from api.plots import Plotter
from api.products import PRODUCT_SEARCH, product_operations
from api.recommendations.engine import Advisor
from api.recommendations.recommender import Recommender
from api.recommendations.routes import RECOMMENDATIONS, Recommendations, recommendation_operations
from api.routing import add_operations
from api.shelf import SHELF, Shelf, shelf_operations
from api.still_service import Examine, StillService
from api.trials import TRIALS, Trials, trial_operations
from api.uploads import UPLOADS, Uploads, upload_operations
from settings import Settings
from storage import Storage

__all__ = ["add_service", "running_service"]

SPOOL: Final = Path("Project_Folder", "spool")  # nameless files only: nothing is ever seen in it


def add_service(app: web.Application) -> None:
    """Register the addresses; they answer while `running_service` runs."""
    add_operations(app, (*upload_operations(), *history_operations(), *comparison_operations(), *media_operations()))
    add_operations(app, product_operations())
    add_operations(app, (*recommendation_operations(), *answer_operations(), *shelf_operations(), *trial_operations()))


@asynccontextmanager
async def running_service(
    app: web.Application,
    settings: Settings,
    *,
    secret: str,
    storage: Storage,
    find_caller: FindCaller,
    examine: Examine,
    advisor: Advisor,
    rules: ErrorRules,
    begin_capture: BeginCapture,
) -> AsyncIterator[StillService]:
    """The service at work; what a live session's captures go through is under CAPTURES.

    begin_capture: finds the live session that an upload belongs to; secret: SECRET_KEY, 32 characters at least;
    examine: the still path; advisor: the rules by which is recommended.
    """
    links = MediaLinks(secret, settings.media_link_s)
    answers = AnswerLinks(links, settings.public_url, settings.host)
    plotter = Plotter()
    queue = AnalysisQueue(settings.still_threads, settings.still_queue)
    metrics = app[METRICS]
    metrics.gauge("stills_in_line", "pictures being analysed or waiting for it", lambda: queue.taken)
    service = StillService(storage, queue, examine, links.expires_at)
    limits = UploadLimits(settings.upload_max_bytes, settings.media_root / SPOOL)
    recommender = Recommender(storage, advisor)
    captures = app[CAPTURES] = Captures(service, answers, storage.accounts.find, storage.sessions.find, rules)
    app[UPLOADS] = Uploads(find_caller, service, answers, limits, recommender, rules, captures, begin_capture)
    app[HISTORY] = History(find_caller, storage, answers, recommender)
    app[COMPARISON] = Comparison(find_caller, storage, answers, recommender)
    app[PRODUCT_SEARCH] = storage.search
    app[RECOMMENDATIONS] = Recommendations(find_caller, storage, recommender)
    app[ANSWERS] = AnswersCalls(find_caller, storage, advisor.book)
    app[SHELF] = Shelf(find_caller, storage, recommender)
    app[TRIALS] = Trials(find_caller, storage, advisor.book)
    app[MEDIA] = Media(storage, links, plotter)
    try:
        yield service
    finally:
        await asyncio.to_thread(queue.close)
        await asyncio.to_thread(plotter.close)
