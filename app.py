"""The composition root: the one place that knows every part and wires them together.

`create_app(settings)` makes the application; `main()` reads the settings, says on one screen what is on, and serves
until SIGINT or SIGTERM.
"""

import asyncio
import gc
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import uvloop
from aiohttp import web
from pydantic import SecretStr

import api.application
import signaling.routes
import signaling.whip
from api.account_routes import account_operations
from api.accounts import running_accounts
from api.auth import find_account, identify, require_account
from api.captures import CAPTURES, Captures
from api.client_address import ClientAddresses
from api.error_rules import ERROR_RULES
from api.errors import ApiError
from api.examiner import Examiner
from api.first_request import FIRST_REQUESTS
from api.logs import set_up_logging
from api.media_links import public_base
from api.metrics import METRICS, Metrics
from api.recommendations.engine import Advisor
from api.recommendations.rule_file import BUILT_IN, RuleFileError, load
from api.routing import Answer, Operation, add_operations
from api.service import add_service, running_service
from media_pipeline.detectors.registry import DetectorChoice, Hosted, build_detectors, local_only
from media_pipeline.detectors.resting import RestingDetector
from media_pipeline.errors import ModelError
from media_pipeline.face_models import ModelPool
from media_pipeline.inspection import Inspector
from media_pipeline.inspection_lane import InspectionLane
from media_pipeline.inspection_process import InspectorChoice, InspectorProcess
from media_pipeline.live import LiveResult
from media_pipeline.scheduler import Scheduler
from media_pipeline.skin_mask import SkinSegmenter
from media_pipeline.still import StillAnalyser
from media_pipeline.types import Detector
from settings import Settings, SettingsError, load_settings
from signaling.admission import Admission, AdmissionLimits, OfferRate
from signaling.budget import BudgetDesk
from signaling.capture_desk import AnalyseCapture, CaptureDesk, CaptureFailed, CaptureJob
from signaling.endpoints import endpoints
from signaling.errors import SignallingError
from signaling.freed_memory import FreedMemory
from signaling.ice import IceServers
from signaling.live_metrics import LiveCollector
from signaling.load import LoadMeter
from signaling.local_ice import LocalIce
from signaling.registry import SessionRegistry
from signaling.resume import ResumeTokens
from signaling.session_context import SESSION
from signaling.session_list import SESSION_READER, Reader
from signaling.session_parts import SessionLimits, SessionParts
from signaling.tally import Tally
from signaling.visitor import Visitor
from storage import Storage
from storage.errors import StorageUnavailable, UnreadableCatalogue
from storage.secret_key import secret_key

__all__ = ["create_app", "main"]

logger = logging.getLogger(__name__)

DETECTOR_THREADS = 2  # detectors of a still run side by side; more than the cores at hand would only wait
SWITCH_INTERVAL_S = 0.0005  # how long a thread may keep the interpreter from the event loop: Python's own 5 ms are seen
RESUME_SPARE_S = 60.0  # tokens are renewed at a third of their life: the newest outlives the grace time
ADDRESS_MAX = 64 * 1024  # bytes of a request's first line: a long query reaches the handler, which says what is wrong
KEEPALIVE_S = 75.0  # between two requests of one connection; proxies keep theirs for 60 s
LAG_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # seconds
STAGE_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
MOST_HUNG = 4  # analysis threads given up, each with models of its own, until the process says that it is not ready
LINGERING_S = 1.0  # how long the rest of a refused body is read before the connection is closed
INSPECTIONS = web.AppKey("INSPECTIONS", InspectionLane)
STATIC_ROOT = Path(__file__).resolve().parent / "static"


def create_app(settings: Settings) -> web.Application:
    """The whole server as one aiohttp application. Threads, files and the database are opened when it starts and closed
    when it stops. Raises RuleFileError for a rule file with a mistake, ValueError for a DATABASE_URL that is none,
    OSError where MEDIA_ROOT cannot be made."""
    advisor = Advisor(load(settings.recommendation_rules or BUILT_IN))
    storage = Storage(settings.database_url.get_secret_value(), settings.media_root)
    app = web.Application(client_max_size=settings.upload_max_bytes)
    rules = {**ERROR_RULES, SignallingError: as_answer}

    async def admitting() -> None:
        registry = app.get(signaling.routes.REGISTRY)
        if registry is None or not registry.admitting:
            raise RuntimeError("no live session is taken")

    async def analysing() -> None:
        registry = app.get(signaling.routes.REGISTRY)
        if registry is not None and registry.hung_threads >= MOST_HUNG:
            raise RuntimeError("too many analyses have hung; only a restart brings their threads back")

    checks = {"database": storage.database.ping, "live": admitting, "analysis": analysing}
    api.application.setup(app, settings, error_rules=rules, checks=checks, problem_paths=("/whip", "/api/whip"))
    add_operations(app, account_operations())
    add_service(app)
    ice_servers = IceServers(
        settings.stun_urls,
        settings.turn_urls,
        settings.turn_secret.get_secret_value(),
        server_turn=settings.server_turn,
    )
    links_base = partial(public_base, public_url=settings.public_url, host=settings.host)
    address_of = ClientAddresses(settings.trusted_proxies).of
    signaling.routes.setup(app, find_visitor, address_of, ice_servers, links_base)
    signaling.whip.setup(app)
    app[SESSION_READER] = find_reader
    add_operations(app, live_operations())
    app.router.add_get("/", page)
    app.router.add_get("/products", products_page)
    app.router.add_static("/static", STATIC_ROOT, append_version=False)

    async def running(app: web.Application) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(storage.opened())
            await take_products(storage, settings.product_csv_path)
            secret = settings.secret_key.get_secret_value() or await asyncio.to_thread(secret_key, settings.media_root)
            await stack.enter_async_context(running_accounts(app, settings, secret=secret, storage=storage))
            models = ModelPool(settings.analysis_threads + settings.still_threads + MOST_HUNG)
            stack.callback(models.close)
            await asyncio.to_thread(models.warm)
            detectors = await asyncio.to_thread(build_detectors, detector_choice(settings))
            pool = stack.enter_context(ThreadPoolExecutor(DETECTOR_THREADS, thread_name_prefix="detector"))
            analyser = StillAnalyser(detectors, preset=settings.quality_preset, pool=pool, models=models)
            stack.callback(analyser.close)
            service = running_service(
                app,
                settings,
                secret=secret,
                storage=storage,
                find_caller=find_account,
                examine=Examiner(analyser),
                advisor=advisor,
                rules=rules,
                begin_capture=lambda *capture: app[signaling.routes.REGISTRY].still_by_rest(*capture),
            )
            await stack.enter_async_context(service)
            scheduler = stack.enter_context(Scheduler(settings.analysis_threads, settings.analysis_hang_s))
            inspections = await asyncio.to_thread(inspection_lane, settings, detectors)
            stack.callback(inspections.close)
            parts = SessionParts(
                scheduler=scheduler,
                inspections=inspections,
                budgets=BudgetDesk(scheduler, inspections),
                models=models,
                configuration=ice_servers.configuration,
                local_ice=LocalIce(
                    ports=settings.media_ports,
                    public_addresses=settings.public_addresses,
                    only=settings.ice_interfaces,
                    never=settings.ice_exclude,
                ),
                limits=SessionLimits(
                    settings.connect_timeout_s,
                    settings.session_idle_s,
                    settings.session_max_s,
                    settings.resume_grace_s,
                ),
                resume=ResumeTokens(secret, settings.resume_grace_s + RESUME_SPARE_S),
                captures=CaptureDesk(analysed_by(app[CAPTURES]), settings.upload_max_bytes),
                tally=Tally(),
                saw_result=stage_times(app[METRICS]),
                preset=settings.quality_preset,
            )
            lag = app[METRICS].histogram("event_loop_lag_seconds", "lateness of the event loop", buckets=LAG_BUCKETS)
            meter = LoadMeter(lambda: scheduler.statistics, settings.analysis_threads, lag.observe)
            await stack.enter_async_context(meter.running())
            await stack.enter_async_context(FreedMemory(parts.tally.ended.total).running())
            registry = session_registry(settings, parts, meter)
            app[signaling.routes.REGISTRY] = registry
            app[METRICS].registry.register(
                LiveCollector(
                    registry, lambda: meter.load, lambda: scheduler.statistics, lambda: inspections.statistics
                )
            )
            app[INSPECTIONS] = inspections
            yield

    async def say_bye(app: web.Application) -> None:
        await app[signaling.routes.REGISTRY].close(settings.shutdown_grace_s)

    app.cleanup_ctx.append(running)
    app.on_shutdown.append(say_bye)
    return app


def inspection_lane(settings: Settings, detectors: Sequence[Detector]) -> InspectionLane:
    """What inspects live faces: processes of their own, or a thread of this one."""
    live = local_only(detectors)
    inspectors: list[Inspector] | list[InspectorProcess]
    if settings.inspection_processes:
        choice = InspectorChoice(acne_weights=settings.acne_weights, acne_cache=settings.media_root / "models")
        inspectors = [InspectorProcess(choice) for _ in range(settings.inspection_processes)]
    else:
        inspectors = [Inspector([RestingDetector(detector) for detector in live], SkinSegmenter())]
    return InspectionLane(inspectors, Inspector(live).conditions, interval_s=settings.inspect_interval_s)


async def take_products(storage: Storage, path: Path | None) -> None:
    """Bring the catalogue up to date with PRODUCT_CSV_PATH; without one, a first start gets the sample. Raises
    SettingsError where the file is no list of products."""
    if path is None:
        await storage.catalogue.take_sample()
        return
    try:
        await storage.catalogue.take_if_changed(path)
    except UnreadableCatalogue as error:
        raise SettingsError(f"PRODUCT_CSV_PATH: {path} {error}") from error


def stage_times(metrics: Metrics) -> Callable[[LiveResult], None]:
    """What counts how long each analysed frame took, as a whole and by stage."""
    stages = metrics.histogram("live_stage_seconds", "a frame's way, by stage", ("stage",), buckets=STAGE_BUCKETS)
    whole = metrics.histogram("live_frame_seconds", "from a frame's last packet to its result", buckets=STAGE_BUCKETS)

    def saw(result: LiveResult) -> None:
        whole.observe(time.monotonic() - result.received_at)
        for stage, ms in result.stages_ms.items():
            stages.labels(stage).observe(ms / 1e3)

    return saw


def session_registry(settings: Settings, parts: SessionParts, meter: LoadMeter) -> SessionRegistry:
    """All live sessions, admitted as the settings say."""
    by_load = settings.admission == "measured"
    limits = AdmissionLimits(
        settings.max_sessions, settings.sessions_per_user, settings.sessions_per_address, by_load=by_load
    )
    offer_rate = OfferRate(settings.offers_per_address) if by_load else None
    return SessionRegistry(parts, Admission(limits), lambda: meter.load, offer_rate)


def detector_choice(settings: Settings) -> DetectorChoice:
    """Which detectors the settings ask for: a hosted model where its key is set."""

    def hosted(key: SecretStr, model_id: str) -> Hosted | None:
        return Hosted(key.get_secret_value(), model_id) if key.get_secret_value() else None

    return DetectorChoice(
        wrinkles=hosted(settings.roboflow_wrinkle_api_key, settings.roboflow_wrinkle_model),
        eyebags=hosted(settings.roboflow_eyebags_api_key, settings.roboflow_eyebags_model),
        eczema=hosted(settings.roboflow_eczema_api_key, settings.roboflow_eczema_model),
        api_url=settings.roboflow_api_url,
        timeout_s=settings.roboflow_timeout_s,
        acne_weights=settings.acne_weights,
        acne_cache=settings.media_root / "models",
    )


def live_operations() -> tuple[Operation, ...]:
    """The calls of signalling as REST registers and documents its own."""
    return tuple(
        Operation(
            one.method,
            one.path,
            one.handler,
            one.summary,
            one.tag,
            tuple(
                Answer(status, says, model, content_type, headers=headers)
                for status, says, model, content_type, headers in one.answers
            ),
            errors=one.errors,
            description=one.description,
            path_params=one.path_params,
            headers=one.headers,
            body=one.body,
            text_type=one.text_type,
            error_type=one.error_type,
            auth=one.auth,
        )
        for one in endpoints()
    )


async def find_reader(request: web.Request) -> Reader:
    """Who asks for live sessions. Raises ApiError 401 for guests."""
    account = await require_account(request)
    return Reader(account.user_id, account.is_admin)


async def find_visitor(request: web.Request) -> Visitor:
    """Whose live session it is. Raises ApiError 401."""
    caller = await identify(request)
    return Visitor(caller.user_id, caller.session_id)


def as_answer(error: SignallingError) -> ApiError:
    """A refused live session in the shape of every other error."""
    return ApiError(error.status, error.code, error.sentence, error.details, error.headers)


def analysed_by(captures: Captures) -> AnalyseCapture:
    """How the live sessions have their captures analysed."""

    async def analyse(job: CaptureJob) -> Mapping[str, Any]:
        owner = job.owner
        try:
            return await captures.analyse(
                job.picture,
                user_id=owner.visitor.user_id,
                login_id=owner.visitor.login_id,
                session_id=owner.session_id,
                capture_id=job.capture_id,
                base_url=owner.base_url,
                source=job.source,
            )
        except ApiError as error:
            raise CaptureFailed(error.code, error.sentence, error.details) from error

    return analyse


async def page(request: web.Request) -> web.FileResponse:
    """The demo page."""
    return web.FileResponse(STATIC_ROOT / "index.html")


async def products_page(request: web.Request) -> web.FileResponse:
    """The page on which products are searched."""
    return web.FileResponse(STATIC_ROOT / "products.html")


def banner(settings: Settings, address: str) -> str:
    """One screen: where the page is and what is on or off."""
    turn = ", ".join(settings.turn_urls) or "off (TURN_URLS)"
    guests = "welcome" if settings.guests_allowed else "off (GUEST_SESSIONS)"
    lines = [
        f"DermaAssist is live at {address}",
        "",
        f"  page       {address}/",
        f"  live       {settings.max_sessions} sessions at most, {settings.analysis_threads} analysis thread(s)",
        f"  detectors  {detectors_line(settings)}",
        f"  guests     {guests}",
        f"  database   {database_name(settings)}",
        f"  STUN       {', '.join(settings.stun_urls) or 'off (STUN_URLS)'}",
        f"  TURN       {turn}",
        "",
        "Information about appearance, not a diagnosis. Ctrl-C stops.",
    ]
    return "\n".join(lines)


def detectors_line(settings: Settings) -> str:
    """Which conditions are looked for by what."""
    choice = detector_choice(settings)
    hosted = [name for name in ("wrinkles", "eyebags", "eczema") if getattr(choice, name) is not None]
    acne = f"acne by {settings.acne_weights}" if settings.acne_weights else "acne by the built-in YOLOv8"
    return f"{acne}; {', '.join(hosted)} by Roboflow; the rest local" if hosted else f"{acne}; the rest local"


def database_name(settings: Settings) -> str:
    """The database's address without its password."""
    url = urlsplit(settings.database_url.get_secret_value())
    return f"{url.scheme}://{url.hostname}{url.path}" if url.hostname and url.password else url.geturl()


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM, then drain. A second signal ends at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(
        create_app(settings),
        access_log=None,
        shutdown_timeout=1.0,
        lingering_time=LINGERING_S,
        keepalive_timeout=KEEPALIVE_S,
        max_line_size=ADDRESS_MAX,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        await site.start()
        port = runner.addresses[0][1]
        address = settings.public_url or f"http://{'localhost' if settings.guests_allowed else settings.host}:{port}"
        # what start-up has made stays until the end: a collection need not look at it again, 0.1 s each time
        gc.collect()
        gc.freeze()
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        cv2.setNumThreads(1)  # frames are analysed side by side; splitting each one up only adds waiting
        sys.stdout.write(banner(settings, address) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(runner.app[INSPECTIONS].warm)
        server = runner.server
        assert server is not None
        async with runner.app[FIRST_REQUESTS].watching(server):
            await stop.wait()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        await drain(runner.app[signaling.routes.REGISTRY], settings)
    finally:
        await runner.cleanup()


async def drain(registry: SessionRegistry, settings: Settings) -> None:
    """Take no more live sessions and say so at /readyz, wait until load balancers have seen it, then end those that are
    here. HTTP is served meanwhile: uploads and the pictures of captures come to their end."""
    logger.info("stopping: %d live sessions are told to come back", len(registry))
    registry.stop_admitting()
    await asyncio.sleep(settings.drain_notice_s)
    await registry.close(settings.shutdown_grace_s)


def main() -> int:
    """The `make run` command. Exit status 2 when a setting or a rule is wrong, 1 when the port is taken."""
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"DermaAssist cannot start: a setting is wrong.\n{error}\n")
        return 2
    set_up_logging(settings.log_level, settings.log_format, {"session": SESSION})
    try:
        uvloop.run(serve(settings))
    except SettingsError as error:
        sys.stderr.write(f"DermaAssist cannot start: a setting is wrong.\n{error}\n")
        return 2
    except ModelError as error:
        sys.stderr.write(f"DermaAssist cannot use ACNE_WEIGHTS: {error}\n")
        return 1
    except RuleFileError as error:
        sys.stderr.write(f"DermaAssist cannot start: a recommendation rule is wrong.\n{error}\n")
        return 2
    except (StorageUnavailable, ValueError) as error:
        sys.stderr.write(f"DermaAssist cannot use its storage: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"DermaAssist cannot listen on {settings.host}:{settings.port}: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
