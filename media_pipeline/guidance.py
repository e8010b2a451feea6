"""The camera gate in one instruction at a time: what to do next, steady enough to be read and followed.

The gate looks at each frame by itself and names all that is wrong with it. Here that becomes one code, the most useful
first, in this order:

| instruction | why here |
|---|---|
| more_light, with no face found | in the dark nothing else can be judged |
| show_face, one_face | all the rest is about the one face |
| turn_upright | left and right, up and down mean something else on a picture that lies on its side |
| come_closer, move_back | every other measure changes with the distance |
| move_left, move_right, move_up, move_down | a face cut off by the edge cannot be judged |
| turn_left, turn_right, chin_up, chin_down, head_upright | light is judged on a face that looks ahead |
| more_light, less_light, face_light | a dark room makes the camera blur |
| hold_still | |
| larger_video | nothing the person can mend at once, and the encoder needs seconds to reach its size |

left and right are the person's own. An instruction is told when its reason has lasted, stays long enough to be read,
and goes only when the reason is gone by a margin: at the very limit it does not flicker.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from media_pipeline.quality import PRESETS, Limits, issues_of
from media_pipeline.types import Face, Issue, Pose, Quality

__all__ = ["Guide", "Instruction", "InstructionCode"]


class InstructionCode(StrEnum):
    """What to do, in the order in which it is worth telling."""

    SHOW_FACE = "show_face"
    ONE_FACE = "one_face"
    TURN_UPRIGHT = "turn_upright"
    COME_CLOSER = "come_closer"
    MOVE_BACK = "move_back"
    MOVE_LEFT = "move_left"
    MOVE_RIGHT = "move_right"
    MOVE_UP = "move_up"
    MOVE_DOWN = "move_down"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    CHIN_UP = "chin_up"
    CHIN_DOWN = "chin_down"
    HEAD_UPRIGHT = "head_upright"
    MORE_LIGHT = "more_light"
    LESS_LIGHT = "less_light"
    FACE_LIGHT = "face_light"
    HOLD_STILL = "hold_still"
    LARGER_VIDEO = "larger_video"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Instruction:
    """code: what to do; since: when it was told first, seconds, monotonic."""

    code: InstructionCode
    since: float


APPEAR_S = 0.25  # a reason must last so long before it is told
SLOW_TO_APPEAR_S = {
    InstructionCode.SHOW_FACE: 0.7,  # a face that is lost for a blink is not gone
    InstructionCode.HOLD_STILL: 0.5,  # every movement blurs a frame or two
    InstructionCode.LARGER_VIDEO: 2.0,  # encoders step down for a second now and then
    InstructionCode.GOOD: 0.4,
}
STAY_S = 1.2  # an instruction is told at least so long
RAMP_UP_S = 4.0  # of a session, before the size that arrives says anything about the size that will
MARGIN = 0.06  # of its limit by which a measure must be better before the instruction goes
ON_ITS_SIDE = 45.0  # degrees of roll


class Guide:
    """The instructions of one session. preset is that of the gate; raises ValueError for any other."""

    def __init__(self, preset: str = "moderate") -> None:
        if preset not in PRESETS:
            raise ValueError(f"preset must be one of {', '.join(PRESETS)}, not {preset!r}")
        self._clear_of = _by_a_margin(PRESETS[preset])
        self._began_at: float | None = None
        self._told: Instruction | None = None
        self._next = InstructionCode.GOOD
        self._next_since = 0.0

    def update(self, quality: Quality, face: Face | None, at: float) -> Instruction:
        """The instruction that holds with this frame, which came at `at` (seconds, monotonic)."""
        if self._began_at is None:
            self._began_at = at
        told = self._told
        wanted = self._wanted(quality, face, at)
        if wanted is not self._next:
            self._next, self._next_since = wanted, at
        if told is None:
            self._told = told = Instruction(wanted, at)
        elif wanted is not told.code:
            lasted = at - self._next_since >= SLOW_TO_APPEAR_S.get(wanted, APPEAR_S)
            if lasted and at - told.since >= STAY_S:
                self._told = told = Instruction(wanted, at)
        return told

    def _wanted(self, quality: Quality, face: Face | None, at: float) -> InstructionCode:
        issues = set(quality.issues)
        if face is None or Issue.NO_FACE in issues:
            return InstructionCode.MORE_LIGHT if Issue.TOO_DARK in issues else InstructionCode.SHOW_FACE
        reason = None if self._told is None else _REASONS.get(self._told.code)
        if reason is not None and reason not in issues and reason in issues_of(quality.measures, self._clear_of):
            issues.add(reason)
        if Issue.SEVERAL_FACES in issues:
            return InstructionCode.ONE_FACE
        if abs(face.pose.roll) > ON_ITS_SIDE:
            return InstructionCode.TURN_UPRIGHT
        if Issue.VIDEO_TOO_SMALL in issues and self._began_at is not None and at - self._began_at < RAMP_UP_S:
            issues.discard(Issue.VIDEO_TOO_SMALL)
        first = next((issue for issue in _ORDER if issue in issues), None)
        return InstructionCode.GOOD if first is None else _code_for(first, face, quality.measures)


_ORDER = (
    Issue.TOO_FAR,
    Issue.TOO_CLOSE,
    Issue.OFF_CENTRE,
    Issue.LOOK_STRAIGHT,
    Issue.TOO_DARK,
    Issue.TOO_BRIGHT,
    Issue.UNEVEN_LIGHT,
    Issue.BLURRED,
    Issue.VIDEO_TOO_SMALL,
)
_PLAIN = {
    Issue.TOO_FAR: InstructionCode.COME_CLOSER,
    Issue.TOO_CLOSE: InstructionCode.MOVE_BACK,
    Issue.TOO_DARK: InstructionCode.MORE_LIGHT,
    Issue.TOO_BRIGHT: InstructionCode.LESS_LIGHT,
    Issue.UNEVEN_LIGHT: InstructionCode.FACE_LIGHT,
    Issue.BLURRED: InstructionCode.HOLD_STILL,
    Issue.VIDEO_TOO_SMALL: InstructionCode.LARGER_VIDEO,
}
_MOVES = (InstructionCode.MOVE_LEFT, InstructionCode.MOVE_RIGHT, InstructionCode.MOVE_UP, InstructionCode.MOVE_DOWN)
_TURNS = (
    *(InstructionCode.TURN_LEFT, InstructionCode.TURN_RIGHT, InstructionCode.CHIN_UP, InstructionCode.CHIN_DOWN),
    InstructionCode.HEAD_UPRIGHT,
)
_REASONS = (
    {code: issue for issue, code in _PLAIN.items()}
    | dict.fromkeys(_MOVES, Issue.OFF_CENTRE)
    | dict.fromkeys(_TURNS, Issue.LOOK_STRAIGHT)
)


def _code_for(issue: Issue, face: Face, measures: Mapping[str, float]) -> InstructionCode:
    if issue is Issue.OFF_CENTRE:
        return _move(face, measures)
    if issue is Issue.LOOK_STRAIGHT:
        return _turn(face.pose)
    return _PLAIN[issue]


def _move(face: Face, measures: Mapping[str, float]) -> InstructionCode:
    """On a picture as the camera sees it the person's own left is on its right."""
    x, y = face.box.centre
    right, down = x / measures["width"] - 0.5, y / measures["height"] - 0.5
    if abs(right) >= abs(down):
        return InstructionCode.MOVE_LEFT if right < 0 else InstructionCode.MOVE_RIGHT
    return InstructionCode.MOVE_DOWN if down < 0 else InstructionCode.MOVE_UP


def _turn(pose: Pose) -> InstructionCode:
    most = max(abs(pose.yaw), abs(pose.pitch), abs(pose.roll))
    if most == abs(pose.yaw):
        return InstructionCode.TURN_RIGHT if pose.yaw > 0 else InstructionCode.TURN_LEFT
    if most == abs(pose.pitch):
        return InstructionCode.CHIN_DOWN if pose.pitch > 0 else InstructionCode.CHIN_UP
    return InstructionCode.HEAD_UPRIGHT


def _by_a_margin(limits: Limits) -> Limits:
    """Stricter limits: a measure that keeps them is clear of the real ones."""
    values = {field.name: getattr(limits, field.name) for field in fields(limits)}
    return Limits(
        **{name: value * (1 + MARGIN if name.startswith("least") else 1 - MARGIN) for name, value in values.items()}
    )
