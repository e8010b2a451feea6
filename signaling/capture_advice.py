"""What a person is to do when no picture of the last second is good enough for a report."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from media_pipeline.types import Issue
from signaling.errors import CaptureRefused

__all__ = ["nothing_good"]

WHAT_TO_DO: Final[Mapping[Issue, str]] = MappingProxyType(
    {
        Issue.NO_FACE: "No face is in the picture: bring yours into it, and try again.",
        Issue.SEVERAL_FACES: "More than one face is in the picture: be in it alone, and try again.",
        Issue.TOO_DARK: "It is too dark: get more light on your face, and try again.",
        Issue.TOO_BRIGHT: "It is too bright: turn away from the light, and try again.",
        Issue.BLURRED: "The picture is blurred: hold still, let the camera focus, and try again.",
    }
)
NO_VIDEO: Final = "No good picture has come in the last moments: hold still, and try again."


def nothing_good(issues: Iterable[Issue]) -> CaptureRefused:
    """The refusal; issues: what the camera gate says of the newest frame."""
    issue = next((issue for issue in issues if issue in WHAT_TO_DO), None)
    if issue is None:
        return CaptureRefused("no_good_face", NO_VIDEO, 422)
    return CaptureRefused("no_good_face", WHAT_TO_DO[issue], 422, issue=issue.value)
