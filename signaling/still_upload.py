"""Puts a still picture together from the chunks in which a client sends it over `control`.

Knows no network: each binary message is four bytes, the offset of its first byte in the picture (unsigned, big-endian),
and then the bytes themselves. They must come in order, each once, and be in the end what was announced: as many bytes,
with that SHA-256. Anything else ends the upload; nothing is ever guessed or mended.
"""

import hashlib
from typing import Final

__all__ = ["HEADER_BYTES", "StillRefused", "StillUpload"]

HEADER_BYTES: Final = 4
LEAST_CHUNK: Final = 4096  # bytes, on average: an upload in crumbs costs more to read than it is worth
SPARE_CHUNKS: Final = 16


class StillRefused(Exception):
    """The upload is over; code for machines, the text for a person."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class StillUpload:
    """One picture on its way. size: bytes announced; sha256: hexadecimal, of all of them."""

    def __init__(self, size: int, sha256: str) -> None:
        self.size: Final = size
        self.sha256: Final = sha256.lower()
        self._data = bytearray()
        self._digest = hashlib.sha256()
        self._chunks_left = SPARE_CHUNKS + -(-size // LEAST_CHUNK)

    @property
    def received(self) -> int:
        """Bytes that have come so far."""
        return len(self._data)

    def add(self, message: bytes) -> None:
        """The next binary message. Raises StillRefused: still_malformed, still_out_of_order, still_too_long,
        still_in_crumbs."""
        if len(message) <= HEADER_BYTES:
            raise StillRefused("still_malformed", "A piece of the picture holds nothing.")
        self._chunks_left -= 1
        if self._chunks_left < 0:
            raise StillRefused("still_in_crumbs", "The picture came in too many pieces.")
        offset = int.from_bytes(message[:HEADER_BYTES], "big")
        if offset != len(self._data):
            raise StillRefused(
                "still_out_of_order", f"A piece of the picture begins at {offset}; {len(self._data)} was expected."
            )
        chunk = memoryview(message)[HEADER_BYTES:]
        if len(self._data) + len(chunk) > self.size:
            raise StillRefused("still_too_long", f"More came than the {self.size} bytes that were announced.")
        self._data += chunk
        self._digest.update(chunk)

    def finish(self) -> bytes:
        """The whole picture. Raises StillRefused: still_incomplete, still_damaged."""
        if len(self._data) < self.size:
            raise StillRefused("still_incomplete", f"Only {len(self._data)} of {self.size} bytes have come.")
        if self._digest.hexdigest() != self.sha256:
            raise StillRefused("still_damaged", "The picture is not the one that was announced: its SHA-256 differs.")
        return bytes(self._data)
