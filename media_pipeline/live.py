"""One live face from encoded frames to results: the track stage on every analysed frame, the inspect stage at a
cadence.

The track stage runs on the scheduler's threads: it drains the mailbox, decodes all, analyses the newest, and offers
good frames to the inspect stage. That looks at the skin of the newest of them when this face's turn has come in the
inspection lane, which has its own threads.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from av.video.frame import VideoFrame

from media_pipeline.best_frame import NOT_WORTH_INSPECTING, BestFrames
from media_pipeline.continuity import Continuity
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.face_models import ModelPool
from media_pipeline.fusion import FusedFace, Fusion
from media_pipeline.guidance import Guide, Instruction
from media_pipeline.inspection import Inspection, InspectionRequest
from media_pipeline.inspection_lane import InspectionLane
from media_pipeline.mailbox import Mailbox
from media_pipeline.novelty import Novelty
from media_pipeline.quality import assess
from media_pipeline.regions import regions_of
from media_pipeline.registration import SkinRegistration
from media_pipeline.scheduler import Scheduler
from media_pipeline.steadiness import Steadiness
from media_pipeline.types import Condition, ConditionResult, Face, Frame, Quality, Region, RegionName, SkinTone
from media_pipeline.video_decoder import DecodeError, VideoDecoder, VideoTooLarge

__all__ = ["LiveAnalyser", "LiveOptions", "LiveResult"]

EARLY = 0.1  # of the time between two analysed frames: how much sooner one may come
FRAME_JITTER_S = 0.05  # how late a camera's frame may come without the next one being put off

LONGEST_REST_S = 0.25  # for which frames may wait undecoded: 15 at 60 a second, and a broken one is noticed soon

FROZEN_S = 2.0  # of one and the same picture, until that is told: a network's hiccup is shorter

HOPELESS_FAILURES = 100  # analysed frames in a row: some seconds of video


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What the client asked for. conditions: what to inspect; max_fps: analysed frames a second at most, 0 for all;
    outlines: whether findings keep their outlines, which cost time on every frame."""

    conditions: frozenset[Condition] = frozenset(Condition)
    max_fps: float = 0.0
    outlines: bool = False


@dataclass(frozen=True, slots=True)
class LiveResult:
    """What is known when a frame has been analysed. All coordinates are px of a picture of width x height; received_at,
    inspected_at: seconds, monotonic; steady_s: seconds for which the face has been held still in front of a content
    camera gate; frozen_s: seconds for which every picture that was compared has been the same one, as a paused sender
    repeats it and no living face is; analysed, skipped: frames since the start of the session."""

    frame_id: int
    rtp_timestamp: int
    received_at: float
    width: int
    height: int
    face: Face | None
    quality: Quality
    instruction: Instruction
    regions: tuple[Region, ...]
    skin_tones: Mapping[RegionName, SkinTone] = field(default_factory=dict)
    conditions: Mapping[Condition, ConditionResult] = field(default_factory=dict)
    inspected_at: float | None = None
    steady_s: float = 0.0
    frozen_s: float = 0.0
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    analysed: int = 0
    skipped: int = 0
    degraded: tuple[str, ...] = ()

    @property
    def frozen(self) -> bool:
        """Whether the camera hangs or the sender pauses, by now surely."""
        return self.frozen_s >= FROZEN_S


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A frame worth inspecting. on_skin: its face as the skin lies; number: which of the session's faces it shows."""

    frame: Frame
    face: Face
    on_skin: Face
    quality: Quality
    number: int


class LiveAnalyser:
    """The analysis of one session. publish gets each LiveResult, refuse a VideoTooLarge, want_keyframe nothing; all are
    called on a worker thread and must return at once."""

    def __init__(
        self,
        scheduler: Scheduler,
        inspections: InspectionLane,
        models: ModelPool,
        *,
        publish: Callable[[LiveResult], None],
        refuse: Callable[[VideoTooLarge], None],
        want_keyframe: Callable[[], None],
        preset: str = "moderate",
    ) -> None:
        self.mailbox = Mailbox()
        self.options = LiveOptions()
        self.pace_fps = 0.0  # analysed frames a second that the server can afford, 0 for all
        self.best_frames = BestFrames()
        self._steadiness = Steadiness()
        self._publish = publish
        self._refuse = refuse
        self._want_keyframe = want_keyframe
        self._preset = preset
        self._guide = Guide(preset)
        self._decoder = VideoDecoder()
        self._tracker = FaceTracker(models=models)
        self._frame_id = 0
        self._analysed = 0
        self._failures = 0  # of analyses, in a row
        self._skipped = 0
        self._next_frame_at = float("-inf")
        self._continuity = Continuity()
        self._registration = SkinRegistration()
        self._candidate_number = 0
        self._followed_at = float("-inf")
        self._gap_ends_at: float | None = None
        # passed between the lanes; swapped whole, so that the other lane always reads one state
        self._candidate: _Candidate | None = None
        self._known: FusedFace | None = None
        # the inspect stage's own
        self._inspecting = LiveOptions()
        self._inspected_face: Face | None = None
        self._fusion = Fusion(0)
        self._novelty = Novelty()
        self._novelty_for: LiveOptions | None = None
        self._new_at = float("inf")
        self._frozen_s = 0.0  # read by the track stage
        self._track_slot = scheduler.add(self._track)
        self._inspect_place = inspections.add(self._request, self._inspected)

    def frame_arrived(self) -> None:
        """The mailbox has something. From any thread. While it is too soon for another analysis nobody is woken: what
        comes meanwhile is decoded with the frame that will be analysed."""
        rest_s = self._next_frame_at - time.monotonic()
        if not self._early_s() < rest_s < LONGEST_REST_S:
            self._track_slot.ready()

    def excuse_gap(self, ends_at: float) -> None:
        """The time without frames before `ends_at` (seconds, monotonic) is the network's fault: what was known before
        it stays known of the face after it. From any thread."""
        self._gap_ends_at = ends_at

    @property
    def trouble(self) -> str | None:
        """Why nothing more is to be expected: a run has hung, or a hundred in a row have failed; None while all is
        well."""
        if self._track_slot.hung:
            return "analysis_hung"
        return "analysis_failed" if self._failures >= HOPELESS_FAILURES else None

    def close(self) -> None:
        """End both stages and free the models' state. Blocks for a run that is under way; not on the event loop."""
        if self._track_slot.close():
            self._tracker.close()
            self._decoder.close()
        self._inspect_place.close()
        self._candidate = self._known = None
        self.best_frames.forget()

    # --- track stage --------------------------------------------------------------------------------------------------

    def _track(self) -> None:
        started = time.monotonic()
        encoded = self.mailbox.drain()
        if not encoded:
            return
        picture = None
        newest = encoded[-1]
        try:
            for one in encoded:
                decoded = self._decoder.decode(one)
                if decoded is not None:
                    if picture is not None:
                        self._skipped += 1
                    picture, newest = decoded, one
        except DecodeError:
            self.mailbox.break_chain()
            self._want_keyframe()
        except VideoTooLarge as error:
            self.mailbox.break_chain()
            self._refuse(error)
            return
        if picture is None:
            return
        if self._too_soon(started):
            self._skipped += 1
            return
        decoded_at = time.monotonic()
        self._frame_id += 1
        self._failures += 1  # until it has gone well
        frame = Frame(self._decoder.to_rgb(picture), self._frame_id, newest.rtp_timestamp, newest.received_at)
        converted_at = time.monotonic()
        self._analyse(
            picture,
            frame,
            {
                "wait": (started - newest.received_at) * 1e3,
                "decode": (decoded_at - started) * 1e3,
                "convert": (converted_at - decoded_at) * 1e3,
            },
        )

    @property
    def _most_fps(self) -> float:
        """Analysed frames a second that are wanted and can be afforded; 0 for all."""
        return min((rate for rate in (self.options.max_fps, self.pace_fps) if rate), default=0.0)

    def _early_s(self) -> float:
        """How much sooner than its time a frame may come."""
        fps = self._most_fps
        return EARLY / fps if fps else math.inf

    def _too_soon(self, now: float) -> bool:
        fps = self._most_fps
        if not fps:
            return False
        # a frame that comes later than it might does not put off the next one, so the rate holds on average
        if now < self._next_frame_at - self._early_s():
            return True
        self._next_frame_at = max(self._next_frame_at, now - min(0.5 / fps, FRAME_JITTER_S)) + 1 / fps
        return False

    def _analyse(self, picture: VideoFrame, frame: Frame, stages_ms: dict[str, float]) -> None:
        before_mesh = time.monotonic()
        if self._gap_ends_at is not None and frame.received_at >= self._gap_ends_at:
            self._gap_ends_at = None
            self._continuity.excuse(frame.received_at - self._followed_at)
        self._followed_at = frame.received_at
        faces = self._continuity.follow(frame, self._tracker.track(frame))
        after_mesh = time.monotonic()
        quality = assess(frame, faces, self._preset)
        face = faces[0] if faces else None
        regions = regions_of(face) if face is not None else ()
        after_quality = time.monotonic()
        stages_ms["mesh"] = (after_mesh - before_mesh) * 1e3
        stages_ms["quality"] = (after_quality - after_mesh) * 1e3
        self._analysed += 1
        self._failures = 0
        on_skin = self._follow(face, frame, quality)
        self.best_frames.offer(picture, face, quality, after_quality)
        steady_s = self._steadiness.update(face, quality, frame.received_at)
        known = self._known
        if face is None or (known is not None and known.face != self._continuity.number):
            known = None  # nothing of somebody else
        degraded = (
            *(("inspect_interval",) if self._inspect_place.late else ()),
            *(("frame_rate",) if self.pace_fps else ()),
        )
        self._publish(
            LiveResult(
                frame_id=frame.id,
                rtp_timestamp=frame.rtp_timestamp or 0,
                received_at=frame.received_at,
                width=frame.width,
                height=frame.height,
                face=face,
                quality=quality,
                instruction=self._guide.update(quality, face, frame.received_at),
                regions=regions,
                skin_tones=known.skin_tones if known is not None else {},
                conditions=known.conditions_on(on_skin) if known is not None and on_skin is not None else {},
                inspected_at=known.inspected_at if known is not None else None,
                steady_s=steady_s,
                frozen_s=self._frozen_s if face is not None else 0.0,
                stages_ms=stages_ms,
                analysed=self._analysed,
                skipped=self._skipped,
                degraded=degraded if face is not None else (),
            )
        )

    def _follow(self, face: Face | None, frame: Frame, quality: Quality) -> Face | None:
        """The face as its skin lies, which findings are drawn by. Offer good frames to the inspect stage; of a face
        that is new at once."""
        if face is None:
            return None
        number = self._continuity.number
        if self._candidate_number != number:
            self._candidate_number = number
            self._candidate = self._known = None
            self._registration = SkinRegistration()
            self.best_frames.forget()
            self._steadiness = Steadiness()
            self._inspect_place.begin_anew()
        clear = not NOT_WORTH_INSPECTING.intersection(quality.issues)
        # a server that can not afford every frame does without, and findings follow the mesh alone
        measure = bool(self.options.conditions) and not self.pace_fps
        on_skin = self._registration.on_skin(frame, face, clear=clear, measure=measure)
        if clear:
            self._candidate = _Candidate(frame, face, on_skin, quality, number)
            self._inspect_place.ready()
        else:
            self._frozen_s = 0.0  # nothing is compared
        return on_skin

    # --- inspect stage ------------------------------------------------------------------------------------------------

    def _request(self) -> InspectionRequest | None:
        """The newest good frame, where looking at it tells something new."""
        candidate, self._candidate = self._candidate, None
        if candidate is None:
            return None
        options = self.options
        if not self._worth_another_look(candidate, options):
            return None
        self._inspecting, self._inspected_face = options, candidate.on_skin
        return InspectionRequest(candidate.frame, candidate.face, candidate.quality, options.conditions)

    def _inspected(self, inspection: Inspection) -> None:
        asked = self._inspecting
        if self._inspected_face is not None:
            inspection = replace(inspection, face=self._inspected_face)
        self._known = self._fusion.add(inspection, asked.conditions, outlines=asked.outlines)

    def _worth_another_look(self, candidate: _Candidate, options: LiveOptions) -> bool:
        """Not when it shows what was inspected last: one picture has one vote, however often it is sent."""
        if candidate.number != self._fusion.face:
            self._fusion, self._novelty = Fusion(candidate.number), Novelty()
        new = self._novelty.is_new(candidate.frame, candidate.face)
        if new:
            self._new_at = candidate.frame.received_at
        self._frozen_s = max(0.0, candidate.frame.received_at - self._new_at)
        asked_anew, self._novelty_for = options != self._novelty_for, options
        return new or asked_anew
