"""One detector for each condition, hosted where a key is given."""

from concurrent.futures import ThreadPoolExecutor

from media_pipeline.detectors.registry import DetectorChoice, Hosted, build_detectors, local_only
from media_pipeline.types import AlignedFace, Condition, Status
from tests.unit.detectors.planting import plain

LOCAL = set(Condition) - {Condition.ACNE}


def test_every_condition_is_covered_once() -> None:
    covered = [condition for detector in build_detectors() for condition in detector.conditions]
    assert sorted(covered) == sorted(Condition)


def test_a_key_puts_a_hosted_model_before_the_local_detector_and_stays_unprinted() -> None:
    choice = DetectorChoice(eczema=Hosted("secret-key", "eczema/7"), api_url="http://127.0.0.1:9", timeout_s=1)
    names = {condition: detector.info for detector in build_detectors(choice) for condition in detector.conditions}
    assert names[Condition.ECZEMA].name == "roboflow" and names[Condition.ECZEMA].version == "eczema/7"
    assert names[Condition.WRINKLES].name.startswith("local")
    assert "secret-key" not in repr(choice)


def test_live_video_is_looked_at_by_local_detectors_alone() -> None:
    key = Hosted("secret-key")
    choice = DetectorChoice(wrinkles=key, eyebags=key, eczema=key, api_url="http://127.0.0.1:9")
    detectors = build_detectors(choice)
    local = local_only(detectors)
    assert "roboflow" in {one.info.name for one in detectors}
    assert "roboflow" not in {one.info.name for one in local}
    assert [one.conditions for one in local] == [one.conditions for one in detectors]


def test_detectors_run_side_by_side_on_one_face(face: AlignedFace) -> None:
    skin = plain(face, "tan")
    local = [detector for detector in build_detectors() if detector.info.name.startswith("local")]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda detector: detector.detect(skin), local))
    assert {detection.condition for detections in found for detection in detections} == LOCAL
    assert all(detection.status is Status.OK for detections in found for detection in detections)
