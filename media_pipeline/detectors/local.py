"""What the local detectors have in common: each looks for one condition on the maps that all share."""

from typing import ClassVar

from media_pipeline.detectors.maps import SharedMaps
from media_pipeline.types import Condition, Detection, DetectorInfo, Status

__all__ = ["LocalDetector"]


class LocalDetector:
    """Base of the detectors by classical vision; maps None makes maps for this detector alone."""

    name: ClassVar[str]
    version: ClassVar[str] = "1.0.0"
    condition: ClassVar[Condition]

    def __init__(self, maps: SharedMaps | None = None) -> None:
        self._maps = maps or SharedMaps()

    @property
    def info(self) -> DetectorInfo:
        return DetectorInfo(self.name, self.version, "opencv")

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return (self.condition,)

    def withheld(self, reason: str) -> tuple[Detection, ...]:
        """The answer where the face does not carry this condition."""
        return (Detection(self.condition, status=Status.WITHHELD, reason=reason),)
