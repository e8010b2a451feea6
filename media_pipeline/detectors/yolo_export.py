"""Ultralytics checkpoints to ONNX, once each.

The conversion runs in a process of its own, so that the server never imports torch, and is kept under the SHA-256 of
the checkpoint. A checkpoint is a pickle: like any program, take it only from whom you trust.

    python -m media_pipeline.detectors.yolo_export CHECKPOINT.pt MODEL.onnx
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from media_pipeline.errors import ModelError

__all__ = ["IMAGE_SIDE", "onnx_of"]

IMAGE_SIDE = 640  # px; the exported model also takes other multiples of 32
CONVERSION_TIMEOUT_S = 180.0


def onnx_of(checkpoint: Path, cache: Path) -> Path:
    """The ONNX file made of an Ultralytics checkpoint (.pt), converted now or taken from the folder `cache`.

    Raises ModelError with a sentence where the file is missing or no Ultralytics detector.
    """
    try:
        with checkpoint.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"The acne model {checkpoint} cannot be read: {error.strerror}.") from error
    made = cache / f"{digest}.onnx"
    if made.is_file():
        return made
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="converting-") as folder:
        # Ultralytics writes beside the checkpoint; a link keeps that inside the temporary folder.
        work = Path(folder)
        link = work / "model.pt"
        link.symlink_to(checkpoint.resolve())
        command = [sys.executable, "-m", "media_pipeline.detectors.yolo_export", str(link), str(work / "model.onnx")]
        environment = {**os.environ, "YOLO_AUTOINSTALL": "false", "YOLO_CONFIG_DIR": folder, "YOLO_OFFLINE": "true"}
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=CONVERSION_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise ModelError(
                f"Converting {checkpoint} to ONNX took over {CONVERSION_TIMEOUT_S:.0f} seconds."
            ) from error
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise ModelError(f"{checkpoint} is not an Ultralytics detector that can be converted: {reason}")
        (work / "model.onnx").replace(made)  # atomic: another process sees the whole file or none
    return made


def convert(checkpoint: Path, target: Path) -> None:
    """Convert here and now; imports torch. Raises ValueError where the checkpoint is no detector."""
    from ultralytics.models import YOLO

    model = YOLO(str(checkpoint))
    if model.task != "detect":
        raise ValueError(f"its task is {model.task}, not detect")
    made = Path(model.export(format="onnx", imgsz=IMAGE_SIDE, dynamic=True, simplify=False, device="cpu"))
    if made != target:
        made.replace(target)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
