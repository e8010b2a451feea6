"""`python -m media_pipeline` as people run it: a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from media_pipeline.detectors.registry import build_detectors
from media_pipeline.scores import Receipt
from media_pipeline.types import Image

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "media_pipeline", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=55
    )


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory, hopper: Image) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    large = cv2.resize(hopper, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    Pillow.fromarray(np.asarray(large, np.uint8)).save(folder / "a face.jpg", quality=92)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    return folder


def test_a_burst_is_one_result_whose_receipts_hold_its_pictures_medians(pictures: Path, tmp_path: Path) -> None:
    first = cv2.imread(str(pictures / "a face.jpg"))
    assert first is not None
    cv2.imwrite(str(tmp_path / "second.png"), np.roll(first, 3, axis=1))
    names = (pictures / "a face.jpg", tmp_path / "second.png", pictures / "broken.jpg", pictures / "absent.jpg")
    done = run(*map(str, names), "--burst", "--json", "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert sorted(line.split(": ")[1] for line in done.stderr.splitlines()) == ["not_an_image", "unreadable"]
    (line,) = done.stdout.splitlines()
    said = json.loads(line)
    assert (said["picture"], said["burst"]) == (
        str(names[0]),
        {"used": 2, "repeated": 0, "refused": ["not_an_image"]},
    )
    assert json.loads((tmp_path / "out" / "a_face" / "result.json").read_text()) == said
    scored = [one for one in said["conditions"].values() if one["score"] is not None]
    assert scored
    for one in scored:
        again = Receipt.from_dict(one["receipt"]).score()
        assert (again.value, again.low) == pytest.approx((one["score"]["value"], one["score"]["low"]))
        for term in one["receipt"]["terms"]:
            assert term["value"] == pytest.approx(np.median(one["values"][term["measure"]]))


def test_it_writes_all_pictures_and_json_and_tells_bad_ones_in_one_line_each(pictures: Path, tmp_path: Path) -> None:
    done = run(
        str(pictures / "a face.jpg"),
        str(pictures / "broken.jpg"),
        str(pictures / "absent.jpg"),
        "--json",
        "--out",
        str(tmp_path / "out"),
        "--sheet",
        str(tmp_path / "sheet.jpg"),
    )
    assert done.returncode == 1
    bad = done.stderr.strip().splitlines()
    assert [line.split(": ")[1] for line in bad] == ["not_an_image", "unreadable"]
    (line,) = done.stdout.strip().splitlines()
    printed = json.loads(line)
    folder = tmp_path / "out" / "a_face"
    written = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert written == printed and printed["picture"].endswith("a face.jpg")
    assert set(written["conditions"]) == {condition.value for one in build_detectors() for condition in one.conditions}
    judged = {name: one for name, one in written["conditions"].items() if one["score"] is not None}
    assert judged
    for one in judged.values():
        assert Receipt.from_dict(one["receipt"]).score().value == one["score"]["value"]
    crops = {path.stem for path in (folder / "crops").glob("*.jpg")}
    assert crops == {finding["id"] for one in written["conditions"].values() for finding in one["findings"]}
    assert {path.stem for path in (folder / "maps").glob("*.jpg")} == set(judged)
    for name in ("annotated.jpg", "face.jpg"):
        with Pillow.open(folder / name) as picture:
            picture.load()
    with Pillow.open(tmp_path / "sheet.jpg") as sheet:
        assert sheet.width > 300


def test_a_good_picture_alone_is_summed_up_with_status_0(pictures: Path) -> None:
    done = run(str(pictures / "a face.jpg"))
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > len(build_detectors())


def test_wrong_weights_are_status_2_and_one_clear_line(tmp_path: Path) -> None:
    weights = tmp_path / "weights.onnx"
    weights.write_bytes(b"no network")
    done = run("x.jpg", "--acne-weights", str(weights))
    assert done.returncode == 2
    *chatter, line = done.stderr.strip().splitlines()  # the network's runtime may have its own say before
    assert line.startswith("error: ") and "weights.onnx" in line
    assert not any("Traceback" in one for one in chatter)
