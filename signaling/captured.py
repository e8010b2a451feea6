"""What a capture is made of: a still that the client took, or the best pictures of a second of its video."""

from collections.abc import Sequence
from dataclasses import dataclass

from media_pipeline.best_frame import Snapshot, digest
from media_pipeline.types import Image

__all__ = ["CapturedBurst", "CapturedStill"]


@dataclass(frozen=True, slots=True, eq=False)
class CapturedStill:
    """An encoded file. sha256: of its bytes, hexadecimal."""

    content: bytes
    sha256: str

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)

    def read(self) -> bytes:
        """The file."""
        return self.content


class CapturedBurst:
    """Pictures of the video, the best first; held as they were decoded until they are read. Making one takes some
    milliseconds: not on the event loop."""

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        self._snapshots = tuple(snapshots)
        self.sha256 = digest(self._snapshots)

    @property
    def size(self) -> int:
        """Bytes of their pixels."""
        return sum(3 * one.picture.width * one.picture.height for one in self._snapshots)

    def read(self) -> tuple[Image, ...]:
        """Each (H, W, 3) uint8 RGB."""
        return tuple(one.rgb() for one in self._snapshots)
