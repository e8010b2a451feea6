import json
from dataclasses import replace
from pathlib import Path

import pytest

from media_pipeline.evaluation.bench import Readings
from media_pipeline.evaluation.examiner import Reading, Result
from media_pipeline.evaluation.floors import Broken, figures_of
from media_pipeline.evaluation.matching import Outcome
from media_pipeline.evaluation.real_faces import RealFace
from media_pipeline.evaluation.report import noise_floors, report
from media_pipeline.evaluation.subjects import TONES
from media_pipeline.types import Condition, Status

PIPELINE = Path(__file__).resolve().parents[3] / "media_pipeline"


def _result(score: float, count: int = 0) -> Result:
    return Result(Status.OK, count, score, (score - 1, score + 1), {"wrinkle_density": (100 - score) / 100})


def _tone_readings() -> list[Reading]:
    """Everything planted is found in every tone but the dark one, where nothing is."""
    readings = []
    for tone in TONES:
        bare = {condition: _result(100) for condition in Condition}
        readings.append(Reading("head", False, tone, "plain", None, 0, None, bare))
        for planted in Condition:
            for severity in (1, 2, 3):
                found = 0 if tone == "dark" else 2
                said = bare | {planted: _result(100 - 10 * severity * (found > 0), found)}
                outcome = Outcome(2, 0, found, found, found, 0.8 if found else None)
                readings.append(Reading("head", False, tone, "plain", planted, severity, None, said, outcome))
    return readings


def _readings() -> Readings:
    bare = {condition: _result(90) for condition in Condition}
    repeats = [
        Reading("head", False, None, shot, None, 0, None, {condition: _result(score) for condition in Condition})
        for shot, score in (("plain", 90), ("again", 91), ("shifted", 89))
    ]
    portraits = [
        RealFace(f"portrait_{n}", None, {Condition.WRINKLES: _result(95 - n)}, 1980 - n, 0.1 + 0.01 * n)
        for n in range(6)
    ]
    return Readings(
        tones=_tone_readings(),
        disturbed=[Reading("head", False, "tan", "dim", Condition.ACNE, 2, "too_dark", {})],
        repeats=repeats,
        clear=[RealFace("clear", None, bare)],
        portraits=portraits,
        acne=[RealFace("one", None, {Condition.ACNE: _result(40, 17)}), RealFace("two", "no_face", {})],
        seconds=1.0,
    )


@pytest.fixture(scope="module")
def text() -> str:
    return report(_readings(), [], 3)


def test_the_report_says_what_it_cannot_show_before_any_figure(text: str) -> None:
    assert text.index("No clinical validation") < text.index("## All tones together")
    assert "{" not in text, "a placeholder is left"


def test_a_tone_that_does_poorly_is_seen_in_its_column(text: str) -> None:
    recall = text[text.index("### Recall") : text.index("### Precision")]
    (row,) = [line for line in recall.splitlines() if line.startswith("| acne")]
    cells = [cell.strip().split(" ")[0] for cell in row.strip("|").split("|")][1:]
    assert cells == ["1.00"] * 5 + ["0.00"]
    figures = figures_of(_readings())
    assert figures["recall_by_tone/acne/dark"] == 0
    assert figures["recall_by_tone/acne/tan"] == 1
    assert 0.8 < figures["recall/acne"] < 0.85


def test_tables_have_as_many_cells_as_their_head(text: str) -> None:
    width = 0
    for line in text.splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        width = width or line.count("|")
        assert line.count("|") == width, line


def test_older_portraits_are_ranked_without_a_name(text: str) -> None:
    readings = _readings()
    assert figures_of(readings)["age_rank/wrinkles"] > 0.99
    assert "portrait_" not in text
    assert "n = 6" in text


def test_broken_floors_are_told_and_kept_ones_counted(text: str) -> None:
    assert "All are kept" in text
    worse = report(_readings(), [Broken("recall/acne", 0.5, 0.6)], 3)
    assert "1 are broken" in worse
    assert "| recall/acne | 0.500 | 0.600 |" in worse


def test_acne_is_told_apart_on_heads_that_training_did_not_draw_on() -> None:
    readings = _readings()
    unseen = [replace(one, subject="0016_f1") for one in readings.tones if one.tone != "dark"]
    told = report(replace(readings, tones=readings.tones + unseen), [], 3)
    assert "(0016_f1) against the others: recall 1.00 against 0.83" in told


def test_acne_pictures_are_listed_with_their_refusals(text: str) -> None:
    assert "| one | - | - | 17 | 40 |" in text
    assert "| two | - | - | no_face | - |" in text


def test_acne_pictures_with_marks_tell_how_many_were_found() -> None:
    readings = _readings()
    marked = [replace(face, marks=(20, 12, 15)) for face in readings.acne[:1]]
    told = report(replace(readings, acne=marked), [], 3)
    assert "recall 0.60 of 20 marks" in told and "0.80 of the findings" in told
    assert "| one | 20 | 12 | 17 | 40 |" in told


def test_noise_floors_are_written_for_every_condition_that_was_repeated() -> None:
    noise = json.loads(noise_floors(_readings()))
    assert set(noise["conditions"]) == set(map(str, Condition))
    acne = noise["conditions"]["acne"]
    assert acne["score_points"] == 2.77  # 1.96 x sqrt 2 x 1 point
    assert acne["measures"]["wrinkle_density"]["noise"] == 0.0196


def test_the_written_files_are_there_and_speak_of_every_condition() -> None:
    text = (PIPELINE / "EVALUATION.md").read_text()
    noise = json.loads((PIPELINE / "noise_floor.json").read_text())["conditions"]
    for condition in Condition:
        assert f"| {str(condition).replace('_', ' ')} |" in text
        assert noise[condition]["score_points"] >= 0
