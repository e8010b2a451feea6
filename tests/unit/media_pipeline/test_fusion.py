"""Inspections vote: what is seen again grows sure under one id, what was noise goes, what is not in sight is kept."""

from dataclasses import replace

import numpy as np
import pytest

from media_pipeline.fusion import FusedFace, Fusion
from media_pipeline.types import Condition, Finding, Measure, RegionName, SkinTone, Status
from tests.unit.media_pipeline.looks import disc_face, look, patch, spot

ACNE = Condition.ACNE
EVERY_S = 0.5


def findings(known: FusedFace, condition: Condition = ACNE) -> tuple[Finding, ...]:
    return known.conditions[condition].findings


def after(fusion: Fusion, looks: int, *seen: Finding, start: float = 0.0) -> FusedFace:
    """What is known after so many looks that all saw the same."""
    for number in range(looks):
        known = fusion.add(look(start + number * EVERY_S, seen))
    return known


def test_what_is_seen_again_keeps_its_id_and_grows_sure() -> None:
    fusion = Fusion()
    seen = [findings(fusion.add(look(n * EVERY_S, [spot(10, 20), spot(-40, 5)])))[0] for n in range(6)]
    assert len({one.id for one in seen}) == 1
    confidences = [one.confidence for one in seen]
    assert confidences == sorted(confidences)
    assert confidences[0] < 0.6 < 0.7 < confidences[-1] <= 0.8
    assert seen[-1].seen_at == 5 * EVERY_S


def test_what_is_not_seen_again_fades_and_goes() -> None:
    fusion = Fusion()
    after(fusion, 6, spot(10, 20))
    gone = [findings(fusion.add(look((6 + n) * EVERY_S))) for n in range(10)]
    shown = [one[0].confidence for one in gone if one]
    assert shown == sorted(shown, reverse=True)
    assert 2 <= len(shown) < 8
    assert gone[-1] == ()


def test_what_was_seen_once_after_the_first_look_is_not_shown() -> None:
    fusion = Fusion()
    after(fusion, 2, spot(10, 20))
    assert len(findings(fusion.add(look(1.0, [spot(10, 20), spot(-50, 0)])))) == 1
    assert len(findings(fusion.add(look(1.5, [spot(10, 20)])))) == 1


def test_a_first_sight_that_the_second_look_denies_goes_at_once() -> None:
    fusion = Fusion()
    assert len(findings(fusion.add(look(0.0, [spot(10, 20)])))) == 1
    assert findings(fusion.add(look(0.5))) == ()


def test_what_is_found_two_times_in_three_is_always_shown() -> None:
    fusion = Fusion()
    after(fusion, 2, spot(10, 20))
    for number in range(2, 30):
        seen = [] if number % 3 == 0 else [spot(10, 20)]
        assert len(findings(fusion.add(look(number * EVERY_S, seen)))) == 1


@pytest.mark.parametrize(
    ("condition", "shown"),
    [(Condition.WRINKLES, False), (Condition.DARK_SPOTS, False), (Condition.ECZEMA, False), (Condition.ACNE, True)],
)
def test_what_every_second_look_misses_is_not_shown_where_that_is_noise(condition: Condition, shown: bool) -> None:
    fusion = Fusion()
    fusion.add(look(0.0, condition=condition))
    for number in range(1, 20):
        seen = [patch(10, 20, 40, 4, condition=condition)] if number % 2 else []
        known = fusion.add(look(number * EVERY_S, seen, condition=condition))
    assert bool(findings(known, condition)) is shown
    for number in range(20, 26):
        seen = [patch(10, 20, 40, 4, condition=condition)]
        known = fusion.add(look(number * EVERY_S, seen, condition=condition))
    assert len(findings(known, condition)) == 1


def test_findings_are_followed_over_a_face_that_moves_and_grows() -> None:
    fusion = Fusion()
    ids = set()
    for number in range(8):
        face = disc_face(200 + 30 * number, 240 - 4 * number, 1 + 0.1 * number)
        known = fusion.add(look(number * EVERY_S, [spot(10, 20), spot(30, 20)], face=face))
        ids.add(tuple(one.id for one in findings(known)))
    assert len(ids) == 1
    (first, _) = known.conditions_on(face)[ACNE].findings
    assert first.box.centre == pytest.approx((410 + 17, 212 + 34), abs=1.0)


@pytest.mark.parametrize(
    "unseen",
    [
        {"withheld": "the face is turned too far from the camera"},
        {"visible": [RegionName.NOSE]},
        {"bare": False},
    ],
    ids=["withheld", "turned_away", "covered"],
)
def test_what_cannot_be_seen_keeps_what_it_had_with_its_age_and_comes_back_as_itself(unseen: dict[str, object]) -> None:
    fusion = Fusion()
    (before,) = findings(after(fusion, 5, spot(10, 20)))
    for number in range(5, 25):
        known = fusion.add(look(number * EVERY_S, **unseen))  # type: ignore[arg-type]
        (kept,) = findings(known)
        assert (kept.id, kept.confidence, kept.seen_at) == (before.id, before.confidence, before.seen_at)
        assert known.conditions[ACNE].status is Status.OK
    (back,) = findings(fusion.add(look(25 * EVERY_S, [spot(11, 20)])))
    assert back.id == before.id
    assert back.seen_at == 25 * EVERY_S


def test_a_condition_that_was_never_judged_says_why() -> None:
    result = Fusion().add(look(0.0, withheld="the picture is too dark")).conditions[ACNE]
    assert (result.status, result.reason, result.score, result.judged_at) == (
        Status.WITHHELD,
        "the picture is too dark",
        None,
        None,
    )


def test_after_two_seconds_a_count_changes_at_most_once_a_second() -> None:
    rng = np.random.default_rng(3)
    places = [(x, y) for x in range(-80, 81, 40) for y in range(-80, 81, 40)]
    fusion = Fusion()
    shown = []
    for number in range(120):  # ten looks a second, each missing half of what is there
        seen = [spot(x, y) for x, y in places if rng.random() < 0.5]
        shown.append(tuple(one.id for one in findings(fusion.add(look(number / 10, seen)))))
    changes = [n / 10 for n in range(21, 120) if shown[n] != shown[n - 1]]
    assert len(changes) >= 3
    assert min(np.diff(changes)) >= 0.99


def test_a_patch_seen_in_pieces_stays_one_finding() -> None:
    fusion = Fusion()
    whole, pieces = [patch(0, 0, 60, 30)], [patch(0, 0, 28, 30), patch(34, 0, 26, 30)]
    for number in range(10):
        seen = whole if number % 2 == 0 else pieces
        known = fusion.add(look(number * EVERY_S, seen, condition=Condition.ECZEMA))
        assert len(findings(known, Condition.ECZEMA)) == 1


def test_a_larger_shape_is_that_of_the_clearest_look() -> None:
    fusion = Fusion()
    clear, vague = patch(0, 0, 60, 30, 0.9), patch(4, 0, 50, 30, 0.5)
    fusion.add(look(0.0, [vague], condition=Condition.ECZEMA))
    fusion.add(look(0.5, [clear], condition=Condition.ECZEMA))
    (kept,) = findings(fusion.add(look(1.0, [vague], condition=Condition.ECZEMA)), Condition.ECZEMA)
    assert kept.box.width == pytest.approx(60, abs=0.5)
    assert kept.seen_at == 1.0


def test_several_looks_narrow_the_scores_interval() -> None:
    fusion = Fusion()
    widths = []
    for number in range(8):
        measure = Measure("central_delta_a", 5.0 + 0.05 * (number % 2), "da*")
        result = fusion.add(look(number * EVERY_S, condition=Condition.ROSACEA, measure=measure)).conditions
        score = result[Condition.ROSACEA].score
        assert score is not None
        widths.append(score.high - score.low)
    assert widths[-1] < 0.5 * widths[0]


def test_acne_is_graded_by_the_lesions_that_are_shown() -> None:
    fusion = Fusion()
    known = after(fusion, 4, *(spot(x, -20) for x in range(-60, 61, 20)))
    measures = {measure.name: measure.value for measure in known.conditions[ACNE].measures}
    assert measures["inflammatory_lesions"] == len(findings(known)) == 7


def test_a_condition_that_is_not_wanted_any_more_is_forgotten() -> None:
    fusion = Fusion()
    after(fusion, 3, spot(10, 20))
    other = look(2.0, [patch(0, 0, 60, 30)], condition=Condition.ECZEMA)
    assert set(fusion.add(other, {Condition.ECZEMA}).conditions) == {Condition.ECZEMA}


def test_no_two_faces_share_an_id() -> None:
    first, second = (findings(after(Fusion(number), 2, spot(10, 20))) for number in (1, 2))
    assert first[0].id != second[0].id


def test_a_tone_once_measured_outlives_a_look_that_could_not() -> None:
    fusion = Fusion()
    measured, failed = SkinTone(35.0, "intermediate"), SkinTone(None, None, "not visible")
    fusion.add(replace(look(0.0), skin_tones={RegionName.CHIN: measured, RegionName.NOSE: failed}))
    tones = fusion.add(replace(look(0.5), skin_tones={RegionName.CHIN: failed, RegionName.NOSE: failed})).skin_tones
    assert tones == {RegionName.CHIN: measured, RegionName.NOSE: failed}


def test_outlines_are_left_out_for_who_does_not_draw_them() -> None:
    fusion = Fusion()
    seen = look(0.0, [patch(0, 0, 60, 30)], condition=Condition.ECZEMA)
    for outlines in (True, False):
        (one,) = fusion.add(seen, outlines=outlines).conditions_on(seen.face)[Condition.ECZEMA].findings
        assert (one.outline is not None) is outlines
        assert one.box.width == pytest.approx(60, abs=0.5)


def test_conditions_keep_the_order_in_which_they_came() -> None:
    fusion, orders = Fusion(), set()
    both = look(0.0, [spot(10, 20)])
    eczema = look(0.0, [patch(0, 0, 60, 30)], condition=Condition.ECZEMA)
    both = replace(both, conditions={**eczema.conditions, **both.conditions})
    for number in range(3):
        known = fusion.add(replace(both, frame_received_at=number * EVERY_S), frozenset(Condition))
        orders.add(tuple(known.conditions))
    assert orders == {(Condition.ECZEMA, ACNE)}
