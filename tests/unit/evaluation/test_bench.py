"""A small run of the whole bench through the real still path: seeded, one head, a few pictures."""

from pathlib import Path

import pytest

from media_pipeline.evaluation.bench import Plan, full_plan, quick_plan, run
from media_pipeline.evaluation.camera import PLAIN, Shot
from media_pipeline.evaluation.scenes import DISTURBANCES, SMALL_CHANGES, Scene
from media_pipeline.evaluation.subjects import FRONTAL, HELD_OUT, TONES
from media_pipeline.types import Condition, Status

HEAD = "package portrait"
PLANTINGS = ((Condition.WRINKLES, 3), (Condition.ECZEMA, 3))


def test_the_full_plan_covers_tones_shots_and_small_changes(shared_data: Path) -> None:
    plan = full_plan(shared_data)
    assert {scene.tone for scene in plan.tones} == set(TONES)
    assert {scene.subject for scene in plan.tones} == set(FRONTAL)
    assert {scene.smooth for scene in plan.tones} == {False, True}
    assert {scene.shot for scene in plan.disturbed} == set(DISTURBANCES)
    assert {scene.tone for scene in plan.disturbed} == {"light", "brown"}
    assert {scene.shot for scene in plan.repeats} == {PLAIN, *SMALL_CHANGES}
    assert {scene.subject for scene in plan.repeats} == {HEAD, *FRONTAL}


def test_the_quick_plan_is_smaller_covers_the_same_and_keeps_to_held_out_heads(shared_data: Path) -> None:
    quick, full = quick_plan(shared_data), full_plan(shared_data)
    pictures = [sum(1 + len(scene.plantings) for scene in plan.tones) for plan in (quick, full)]
    assert pictures[0] < 0.5 * pictures[1]
    assert {scene.tone for scene in quick.tones} == set(TONES)
    assert {scene.subject for scene in quick.tones} == HELD_OUT
    assert {scene.shot for scene in quick.disturbed} == set(DISTURBANCES)


def test_without_the_real_inputs_the_plan_uses_the_package_portrait() -> None:
    plan = full_plan(None)
    for scenes in (plan.tones, plan.disturbed, plan.repeats):
        assert {scene.subject for scene in scenes} == {HEAD}


@pytest.mark.timeout(180)  # seconds; 5 to 10 on a quiet machine
def test_a_small_bench_finds_planted_lines_and_says_the_same_twice() -> None:
    plan = Plan(
        tones=(Scene(HEAD, "intermediate", PLAIN, PLANTINGS, smooth=True),),
        disturbed=(),
        repeats=(Scene(HEAD, None, PLAIN, ()), Scene(HEAD, None, Shot("again", noise=1.5), ())),
    )
    readings = run(plan, None, workers=1)
    assert (len(readings.tones), len(readings.disturbed), len(readings.repeats)) == (3, 0, 2)
    bare, lines, eczema = readings.tones
    assert (bare.refused, lines.refused, eczema.refused) == (None, None, None)
    assert set(bare.results) == set(Condition)
    assert lines.outcome is not None
    assert lines.outcome.found >= 2
    before, after = bare.results[Condition.WRINKLES], lines.results[Condition.WRINKLES]
    assert before.status in (Status.OK, Status.DEGRADED)
    assert before.score is not None
    assert after.score is not None
    assert after.score < before.score
    again = run(Plan((plan.tones[0],), (), ()), None, workers=0)
    assert [(one.outcome, {c: r.score for c, r in one.results.items()}) for one in again.tones] == [
        (one.outcome, {c: r.score for c, r in one.results.items()}) for one in readings.tones
    ]
