"""The pictures that go with a still result, encoded: what is stored, sent and written to disk."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2

from media_pipeline.drawing import annotated_picture, condition_map, finding_crop
from media_pipeline.still import StillResult
from media_pipeline.types import Condition, Image

__all__ = ["StillPictures", "encode_jpeg", "still_pictures"]

QUALITY = 90  # of the JPEGs, 0-100; fine lines survive it


@dataclass(frozen=True, slots=True)
class StillPictures:
    """JPEG files without metadata. original: the decoded picture; annotated: the head with the findings and a legend;
    face: the aligned face; crops: by the finding's id; maps: by condition, those with a result."""

    original: bytes
    annotated: bytes
    face: bytes
    crops: Mapping[str, bytes]
    maps: Mapping[Condition, bytes]


def still_pictures(result: StillResult, *, most_crops: int | None = None, maps: bool = True) -> StillPictures:
    """Draw and encode. most_crops: crops of the surest findings alone; maps False leaves those out."""
    face = result.analysis.face
    width = face.box.width if face is not None else float(result.analysis.width)
    findings = [finding for one in result.analysis.conditions.values() for finding in one.findings]
    findings.sort(key=lambda finding: -finding.confidence)
    return StillPictures(
        original=encode_jpeg(result.rgb),
        annotated=encode_jpeg(annotated_picture(result.rgb, result.analysis)),
        face=encode_jpeg(result.aligned.rgb),
        crops={finding.id: encode_jpeg(finding_crop(result.rgb, finding, width)) for finding in findings[:most_crops]},
        maps={
            condition: encode_jpeg(condition_map(result.aligned, one, result.maps.get(condition)))
            for condition, one in result.analysis.conditions.items()
            if maps and one.score is not None
        },
    )


def encode_jpeg(rgb: Image) -> bytes:
    """(H, W, 3) RGB as a JPEG file, nothing in it but the picture."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    if not done:
        raise ValueError(f"a picture of {rgb.shape} cannot be written as JPEG")
    return data.tobytes()
