from media_pipeline.evaluation.examiner import Result
from media_pipeline.evaluation.real_faces import RealFace
from media_pipeline.evaluation.real_faces_report import acne_pictures, ages, clear_faces
from media_pipeline.types import Condition, Status


def _face(name: str, count: int, score: float, **more: object) -> RealFace:
    said = {condition: Result(Status.OK, count, score) for condition in Condition}
    return RealFace(name, None, said, **more)  # type: ignore[arg-type]


def test_without_real_faces_nothing_is_said_of_them() -> None:
    assert clear_faces([]) == ages([]) == acne_pictures([]) == ""


def test_clear_faces_tell_findings_scores_and_refusals() -> None:
    told = clear_faces([_face("a", 0, 100), _face("b", 2, 90), RealFace("c", "no_face", {})])
    (row,) = [line for line in told.splitlines() if line.startswith("| acne")]
    assert row.startswith("| acne | 1.0 (") and row.endswith("| 1 | 2 | 95 | 90 | 0.33 |")


def test_a_refused_picture_of_acne_counts_its_marks_as_missed() -> None:
    told = acne_pictures(
        [_face("seen", 15, 60, marks=(20, 12, 15)), RealFace("refused", "implausible_face", {}, marks=(10, 0, 0))]
    )
    assert "recall 0.40 of 30 marks" in told and "0.80 of the findings" in told
    assert "| refused | 10 | 0 | implausible_face | - |" in told


def test_ages_are_ranked_by_year_of_birth() -> None:
    told = ages([_face(str(n), n, 90 - n, birth_year=1990 - 8 * n, wrinkle_density=n / 10) for n in range(6)])
    assert "born between 1950 and 1990" in told and told.count("n = 6") == 2
