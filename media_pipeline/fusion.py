"""What all inspections of one face say together: findings that keep their id, grow sure and fade.

Each inspection votes. A finding that is seen again where it was is the same one (`sameness`): its id stays, its
confidence rises towards the detector's; one that is looked for and not seen fades, and goes when too few of the last
looks saw it. What an inspection cannot see (turned away, behind a hand, outside the picture, too dark) it does not vote
on: that keeps what it had, with its age. Only what enough of the looks saw is shown (SHARES), so what noise made once
is not, and what is often just missed is.

Severity and score are the consensus of the last looks that carry the condition.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from media_pipeline.alignment import FACE_WIDTH_MM, face_width_px
from media_pipeline.anchoring import Anchors
from media_pipeline.consensus import consensus
from media_pipeline.inspection import Inspection
from media_pipeline.sameness import pair
from media_pipeline.severity import acne_measures
from media_pipeline.types import (
    Box,
    Condition,
    ConditionResult,
    Face,
    Finding,
    RegionName,
    SkinTone,
)

__all__ = ["FusedFace", "Fusion"]

MEMORY = 8.0  # looks that a vote counts for: 4 s at two a second
UNSURE = 0.5  # looks that are taken to have seen nothing before the first: one sighting alone is no certainty
LEAST_VOTES = 2  # of a finding that was not there at first sight
# Of the looks at its place: the share that must have seen a finding before it is shown, and the share below which one
# that is shown goes. False lines, spots and red patches come anew with every look: these shares keep 0.26 to 0.41 of a
# single look's, where 0.5 and 0.3 kept 0.77 to 1.2, and still show more of the planted ones than a single look. False
# redness few looks make, and all at once: more stays than a look has, and a third of what 0.5 and 0.3 kept.
SHARES = (0.5, 0.3)
SHARES_OF: Mapping[Condition, tuple[float, float]] = MappingProxyType(
    {
        Condition.WRINKLES: (0.7, 0.4),
        Condition.DARK_SPOTS: (0.7, 0.4),
        Condition.ECZEMA: (0.8, 0.6),
        Condition.ROSACEA: (0.8, 0.6),
    }
)
FORGOTTEN_SHARE = 0.05
MOST_TRACKED = 120  # findings of one condition, shown or not: a face full of spots has half of that
SETTLING_S = 2.0  # from the first look on; until then whatever is new is shown at once
STEADY_S = 1.0  # then what is shown of a condition changes once in so long
LOOKS_KEPT = 10  # of which severity and score are the consensus
FOLLOW = 0.6  # how far a spot's place moves to where it was seen last: part of the detector's jitter goes
SPOT_MM = 8.0  # what is smaller both ways; larger outlines are taken from the look that saw them best


@dataclass(frozen=True, slots=True, eq=False)
class FusedFace:
    """What is known of one face at some moment. face: which of the session's faces it is, counted from 1; conditions:
    findings in px of the frame they were last seen on, in the order of anchors'."""

    face: int
    inspected_at: float
    skin_tones: Mapping[RegionName, SkinTone]
    conditions: Mapping[Condition, ConditionResult]
    anchors: Anchors

    def conditions_on(self, face: Face) -> Mapping[Condition, ConditionResult]:
        """The conditions with their findings where they are on a later mesh of the same face."""
        moved = self.anchors.on(face)
        placed: dict[Condition, ConditionResult] = {}
        start = 0
        for condition, result in self.conditions.items():
            stop = start + len(result.findings)
            placed[condition] = replace(result, findings=moved[start:stop]) if stop > start else result
            start = stop
        return placed


@dataclass(slots=True, eq=False)
class _Track:
    """One finding through time. looks, votes and evidence (votes times the detector's confidence) fade with MEMORY."""

    finding: Finding
    anchors: Anchors
    first_sight: bool  # seen at the first look at its condition
    clarity: float  # of the look that the outline is from
    looks: float = 0.0
    votes: float = 0.0
    evidence: float = 0.0
    sightings: int = 0
    shown: bool = False

    @property
    def share(self) -> float:
        return self.votes / self.looks if self.looks else 0.0

    @property
    def confidence(self) -> float:
        return min(1.0, self.evidence / (self.looks + UNSURE))

    def vote(self, confidence: float | None) -> None:
        """confidence: the detector's; None: looked for and not seen."""
        keep = 1 - 1 / MEMORY
        self.looks = self.looks * keep + 1
        self.votes = self.votes * keep + (confidence is not None)
        self.evidence = self.evidence * keep + (confidence or 0.0)
        self.sightings += confidence is not None

    def worth_showing(self) -> bool:
        if self.sightings < LEAST_VOTES:
            return self.first_sight and self.share == 1
        appears, goes = SHARES_OF.get(self.finding.condition, SHARES)
        return self.share >= (goes if self.shown else appears)


@dataclass(slots=True, eq=False)
class _Memory:
    """What is known of one condition."""

    latest: ConditionResult
    judged: deque[ConditionResult] = field(default_factory=lambda: deque(maxlen=LOOKS_KEPT))
    tracks: list[_Track] = field(default_factory=list)
    first_judged_at: float = 0.0
    judged_at: float = 0.0
    changed_at: float = float("-inf")
    named: int = 0


class Fusion:
    """Gathers the inspections of one face. Not for two threads at once."""

    def __init__(self, face: int = 1) -> None:
        """face: which of the session's faces this is; goes into the findings' ids, so that no two faces share one."""
        self.face = face
        self._memories: dict[Condition, _Memory] = {}
        self._tones: dict[RegionName, SkinTone] = {}

    def add(
        self, inspection: Inspection, wanted: Iterable[Condition] = frozenset(Condition), *, outlines: bool = True
    ) -> FusedFace:
        """Count one inspection's votes. Conditions that are not wanted any more are forgotten; outlines: whether what
        is known afterwards has them, which costs time on every frame."""
        kept = frozenset(wanted)
        self._memories = {condition: memory for condition, memory in self._memories.items() if condition in kept}
        for condition, result in inspection.conditions.items():
            memory = self._memories.setdefault(condition, _Memory(result))
            memory.latest = result
            if result.score is not None:
                self._judge(memory, result, inspection)
        unseen = {name: tone for name, tone in self._tones.items() if tone.ita_degrees is not None}
        self._tones = unseen | {
            name: tone
            for name, tone in inspection.skin_tones.items()
            if tone.ita_degrees is not None or name not in unseen
        }
        return self._fused(inspection, outlines)

    def _judge(self, memory: _Memory, result: ConditionResult, inspection: Inspection) -> None:
        now = inspection.frame_received_at
        first = not memory.judged
        if first:
            memory.first_judged_at = now
        memory.judged_at = now
        memory.judged.append(replace(result, findings=()))
        px_per_mm = face_width_px(inspection.face) / FACE_WIDTH_MM
        known = Anchors.joined([track.anchors for track in memory.tracks]).on(inspection.face)
        pairing = pair(known, result.findings, px_per_mm)
        seen: dict[int, int] = dict(pairing.pairs)
        also_seen = {k for k, _ in pairing.parts} - set(seen)
        accounted = set(seen.values()) | {n for _, n in pairing.parts}
        observed = inspection.can_see(known)
        placed: list[_Track] = []
        for number, track in enumerate(memory.tracks):
            if number in seen:
                if self._see(track, known[number], result.findings[seen[number]], inspection, px_per_mm):
                    placed.append(track)
            elif number in also_seen:
                track.vote(track.finding.confidence)  # it is there, as a part of something larger
                track.finding = replace(track.finding, seen_at=now)
            elif observed[number]:
                track.vote(None)
        new = [self._named(finding, memory, now) for n, finding in enumerate(result.findings) if n not in accounted]
        anchors = Anchors.each([*(track.finding for track in placed), *new], inspection.face)
        for track in placed:
            track.anchors = anchors.pop(0)
        for finding, tied in zip(new, anchors, strict=True):
            track = _Track(finding, tied, first, _clarity(finding, inspection))
            track.vote(finding.confidence)
            memory.tracks.append(track)
        memory.tracks = _worth_keeping(memory.tracks)
        self._show(memory, now)

    def _named(self, finding: Finding, memory: _Memory, now: float) -> Finding:
        memory.named += 1
        return replace(finding, id=f"{finding.condition}-{self.face}-{memory.named}", seen_at=now)

    def _see(self, track: _Track, known: Finding, found: Finding, inspection: Inspection, px_per_mm: float) -> bool:
        """The finding again: a spot is drawn towards where it is seen now, a larger shape is kept until a clearer look
        shows it. Whether it has a new place on this look's frame, to be anchored there."""
        track.vote(found.confidence)
        clarity = _clarity(found, inspection)
        now = inspection.frame_received_at
        if max(found.box.width, found.box.height) < SPOT_MM * px_per_mm:
            placed = _between(known, found, max(FOLLOW, 1 / track.sightings))
        elif clarity >= track.clarity:
            placed = found
        else:
            track.clarity *= 1 - 1 / MEMORY  # no look is the best for ever
            track.finding = replace(track.finding, kind=found.kind, measures=found.measures, seen_at=now)
            track.anchors = track.anchors.carrying([track.finding])
            return False
        track.clarity = clarity
        track.finding = replace(placed, id=track.finding.id, seen_at=now)
        return True

    def _show(self, memory: _Memory, now: float) -> None:
        """Decide what is shown, as seldom as promised."""
        settled = now - memory.first_judged_at > SETTLING_S
        if settled and now - memory.changed_at < STEADY_S:
            return
        for track in memory.tracks:
            worth = track.worth_showing()
            if worth is not track.shown:
                track.shown = worth
                memory.changed_at = now

    def _fused(self, inspection: Inspection, outlines: bool) -> FusedFace:
        conditions: dict[Condition, ConditionResult] = {}
        anchors: list[Anchors] = []
        for condition, memory in self._memories.items():
            shown = [track for track in memory.tracks if track.shown]
            findings = tuple(replace(track.finding, confidence=track.confidence) for track in shown)
            conditions[condition] = _result(memory, findings, inspection.face)
            anchors += [track.anchors.carrying([finding]) for track, finding in zip(shown, findings, strict=True)]
        placed = Anchors.joined(anchors, outlines=outlines)
        return FusedFace(self.face, inspection.frame_received_at, dict(self._tones), conditions, placed)


def _result(memory: _Memory, findings: tuple[Finding, ...], face: Face) -> ConditionResult:
    """The condition as far as it was ever judged; the latest look's reason where it never was."""
    if not memory.judged:
        return memory.latest
    shown = replace(memory.judged[-1], findings=findings)
    instead: Mapping[str, float] = {}
    if shown.condition is Condition.ACNE:  # the scale counts lesions: those that are shown, no others
        instead = {measure.name: measure.value for measure in acne_measures(findings, face.points)}
    result, _ = consensus(shown, memory.judged, instead)
    return replace(result, judged_at=memory.judged_at)


def _worth_keeping(tracks: Sequence[_Track]) -> list[_Track]:
    kept = [track for track in tracks if track.shown or track.share >= FORGOTTEN_SHARE]
    if len(kept) > MOST_TRACKED:
        surest = sorted(kept, key=lambda track: (track.shown, track.evidence))[-MOST_TRACKED:]
        kept = [track for track in kept if track in surest]
    return kept


def _clarity(finding: Finding, inspection: Inspection) -> float:
    """How well a look shows a finding: the detector's confidence, less as the head is turned."""
    yaw, pitch = np.radians((inspection.face.pose.yaw, inspection.face.pose.pitch))
    return finding.confidence * float(np.cos(yaw) * np.cos(pitch))


def _between(known: Finding, found: Finding, share: float) -> Finding:
    """What was found, its place and size `share` of the way from the known one's."""
    was, now = known.box, found.box
    width, height = (a + share * (b - a) for a, b in ((was.width, now.width), (was.height, now.height)))
    x, y = (a + share * (b - a) for a, b in zip(was.centre, now.centre, strict=True))
    outline = found.outline
    if outline is not None:
        grown = (width / max(now.width, 1e-6), height / max(now.height, 1e-6))
        outline = ((outline - now.centre) * grown + (x, y)).astype(np.float32)
    return replace(found, box=Box(x - width / 2, y - height / 2, width, height), outline=outline)
