from media_pipeline.evaluation.scenes import DISTURBANCES, SMALL_CHANGES, disturbed_scenes, repeat_scenes, tone_scenes
from media_pipeline.evaluation.subjects import TONES
from media_pipeline.types import Condition


def test_every_condition_is_planted_in_every_tone_at_every_severity() -> None:
    scenes = tone_scenes(["a", "b"], smooth=["a"])
    assert len(scenes) == 3 * len(TONES)
    for scene in scenes:
        assert set(scene.plantings) == {(condition, severity) for condition in Condition for severity in (1, 2, 3)}


def test_things_are_planted_at_the_same_place_in_every_tone_and_under_every_shot() -> None:
    scenes = [*tone_scenes(["a"], smooth=[]), *disturbed_scenes(["a"], ["dark"], DISTURBANCES)]
    assert len({scene.rng(Condition.ACNE).integers(1 << 40) for scene in scenes}) == 1
    assert scenes[0].rng(Condition.ACNE).integers(1 << 40) != scenes[0].rng(Condition.ECZEMA).integers(1 << 40)
    other = tone_scenes(["b"], smooth=[])[0]
    assert scenes[0].rng(Condition.ACNE).integers(1 << 40) != other.rng(Condition.ACNE).integers(1 << 40)


def test_shots_have_names_of_their_own() -> None:
    for shots in (DISTURBANCES, SMALL_CHANGES):
        assert len({shot.name for shot in shots}) == len(shots)


def test_a_repeat_starts_from_the_plain_picture() -> None:
    scenes = repeat_scenes(["a", "b"], ["b"], SMALL_CHANGES)
    assert len(scenes) == 2 * (1 + len(SMALL_CHANGES))
    assert scenes[0].shot.name == "plain"
    assert {bool(scene.plantings) for scene in scenes if scene.subject == "a"} == {False}
    assert {len(scene.plantings) for scene in scenes if scene.subject == "b"} == {len(Condition)}
