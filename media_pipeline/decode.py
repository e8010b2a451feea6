"""Bytes of an uploaded picture -> checked RGB pixels, with everything but the pixels dropped.

The type is told by the content, never by a name; sizes are checked on what the header declares, before a pixel is
decoded. What is refused is refused as a PictureError with one of the codes

    empty, too_large, too_small, unsupported_format, not_an_image, truncated

Limits: floating-point pictures are refused, and of several frames or pages only the first is read.
"""

import re
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image as Pillow
from PIL import ImageCms
from PIL.Image import DecompressionBombError, DecompressionBombWarning, Transpose

from media_pipeline.errors import PictureError
from media_pipeline.types import Image

__all__ = ["DecodeLimits", "decode"]

# An aligned face has about 3 px per mm; at half this side a face that fills a fifth of the picture still has that.
ANALYSED_LONG_SIDE_PX = 2000
# Transparent parts become mid grey: neutral for white balance, and neither dark nor bright for the exposure checks.
BACKDROP = (128, 128, 128)
EXIF_ORIENTATION = 0x0112
# What the Exif standard's eight orientations ask a viewer to do; 1 is nothing.
ORIENTATIONS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)
ISO_BRANDS = {  # ISO base media files name their kind in bytes 8 to 12
    b"heic": "HEIC",
    b"heix": "HEIC",
    b"heim": "HEIC",
    b"heis": "HEIC",
    b"hevc": "HEIC",
    b"hevx": "HEIC",
    b"mif1": "HEIC",
    b"msf1": "HEIC",
    b"avif": "AVIF",
    b"avis": "AVIF",
}
JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # not stuffing, not a restart, not fill
JPEG_END = 0xD9
# What Pillow's parsers are known to let through on broken files, beside its own OSErrors.
BROKEN_FILE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    AttributeError,
    ArithmeticError,
    EOFError,
    AssertionError,
    NotImplementedError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """max_bytes of the file; max_pixels it may declare (50 MP: today's largest phone pictures but the 108 and 200 MP
    modes); min_side_px: a face in less than 128 px has under 1 px per mm, so nothing of its skin can be seen."""

    max_bytes: int = 20 * 1024 * 1024
    max_pixels: int = 50_000_000
    min_side_px: int = 128


def decode(data: bytes, limits: DecodeLimits | None = None) -> Image:
    """The picture as a person sees it: (H, W, 3) uint8 sRGB, upright, contiguous, without metadata.

    JPEG, MPO, PNG, WebP, GIF, BMP and TIFF are read. A picture whose long side is at least twice
    ANALYSED_LONG_SIDE_PX comes back reduced by a whole factor, its long side then at least that. Raises PictureError.
    """
    limits = limits or DecodeLimits()
    if not data:
        raise PictureError("empty", "The file is empty.")
    if len(data) > limits.max_bytes:
        raise PictureError(
            "too_large", f"The file is larger than the {limits.max_bytes / 1024 / 1024:.0f} MB that are accepted."
        )
    kind = _kind_of(data)
    picture = _open(data, kind, limits)
    with picture:
        if kind == "JPEG":
            if not _jpeg_has_end(data):
                raise _truncated()
            long_side = max(picture.size)
            wanted = ANALYSED_LONG_SIDE_PX / long_side
            if wanted < 1:  # libjpeg then decodes at 1/2, 1/4 or 1/8, never below what is asked
                picture.draft(None, (int(picture.width * wanted), int(picture.height * wanted)))
        try:
            picture.load()
            turn = ORIENTATIONS.get(_orientation(picture))
            profile = picture.info.get("icc_profile")
            plain = _to_srgb(_reduce(_flatten(picture)), profile if isinstance(profile, bytes) else None)
        except BROKEN_FILE_ERRORS:
            raise _truncated() from None
        except MemoryError:
            raise PictureError("too_large", "The picture is too large to be decoded.") from None
        if turn is not None:
            plain = plain.transpose(turn)
        return np.array(plain, dtype=np.uint8, order="C")


def _kind_of(data: bytes) -> str:
    """The format by content. Raises PictureError for anything that is not one of the accepted ones."""
    for magic, kind in MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        other = ISO_BRANDS.get(data[8:12])
        if other:
            raise PictureError(
                "unsupported_format", f"{other} pictures cannot be read here: send it as JPEG, PNG or WebP."
            )
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"<svg") or (head.startswith((b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in head):
        raise PictureError("unsupported_format", "An SVG is a drawing, not a photograph: send a JPEG, PNG or WebP.")
    raise PictureError("not_an_image", "The file is not a picture that can be read: send a JPEG, PNG or WebP.")


def _open(data: bytes, kind: str, limits: DecodeLimits) -> Pillow.Image:
    """The picture with its header read and its declared size checked, nothing decoded."""
    try:
        picture = Pillow.open(BytesIO(data), formats=("JPEG", "MPO") if kind == "JPEG" else (kind,))
    except (DecompressionBombError, DecompressionBombWarning):
        raise _too_many_pixels(limits) from None
    except BROKEN_FILE_ERRORS:
        raise PictureError("not_an_image", "The file starts like a picture but cannot be read as one.") from None
    width, height = picture.size
    if width * height > limits.max_pixels:
        picture.close()
        raise _too_many_pixels(limits)
    if min(width, height) < limits.min_side_px:
        picture.close()
        raise PictureError(
            "too_small",
            f"The picture has {width} x {height} pixels: at least {limits.min_side_px} on the short side are needed.",
        )
    return picture


def _orientation(picture: Pillow.Image) -> int:
    """The Exif orientation, 1-8. To be asked after load(): Pillow turns a TIFF itself then, and forgets the tag. Exif
    that cannot be parsed tells nothing, as in every viewer."""
    try:
        value = picture.getexif().get(EXIF_ORIENTATION, 1)
    except BROKEN_FILE_ERRORS:
        return 1
    return value if isinstance(value, int) else 1


def _flatten(picture: Pillow.Image) -> Pillow.Image:
    """Any mode -> L, RGB, CMYK or LAB with 8 bit a channel and no transparency."""
    mode = picture.mode
    if mode.startswith("I"):  # 16 bit grey, in Pillow's several names for it
        values = np.asarray(picture).astype(np.int64)
        shift = 8 if mode.startswith("I;16") or values.max(initial=0) > 255 else 0
        return Pillow.fromarray(np.clip(values >> shift, 0, 255).astype(np.uint8))
    if mode == "F":
        raise PictureError(
            "unsupported_format", "Floating-point pictures cannot be read here: send a JPEG, PNG or WebP."
        )
    if picture.has_transparency_data:
        with_alpha = picture.convert("RGBA")
        backdrop = Pillow.new("RGB", with_alpha.size, BACKDROP)
        backdrop.paste(with_alpha, mask=with_alpha.getchannel("A"))
        return backdrop
    if mode in ("L", "RGB", "CMYK", "LAB"):
        return picture
    return picture.convert("L" if mode == "1" else "RGB")


def _reduce(picture: Pillow.Image) -> Pillow.Image:
    """Box-averaged by a whole factor, so that the long side is less than twice ANALYSED_LONG_SIDE_PX."""
    factor = max(picture.size) // ANALYSED_LONG_SIDE_PX
    return picture.reduce(factor) if factor > 1 else picture


def _to_srgb(picture: Pillow.Image, profile: bytes | None) -> Pillow.Image:
    """RGB, by the embedded colour profile where there is a usable one; without one the pixels are taken for sRGB, and a
    profile that is broken or speaks of other channels is taken for none, as in every viewer."""
    source: ImageCms.ImageCmsProfile | None = None
    if picture.mode == "LAB":
        source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    elif profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            channels = source.profile.xcolor_space.strip()
            if channels != {"L": "GRAY"}.get(picture.mode, picture.mode):
                source = None
            elif "srgb" in ImageCms.getProfileDescription(source).lower():
                source = None
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            source = None
    if source is not None:
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        try:
            converted = ImageCms.profileToProfile(picture, source, srgb, outputMode="RGB")
        except ImageCms.PyCMSError:
            converted = None
        if converted is not None:
            return converted
    return picture.convert("RGB")


def _jpeg_has_end(data: bytes) -> bool:
    """Whether the first picture in a JPEG or MPO file reaches its end-of-image marker. libjpeg fills what is missing of
    a baseline picture with grey and only warns, so its word is not enough. What follows the end (a second view, a
    film) does not matter."""
    at = 2
    while (marker := JPEG_MARKER.search(data, at)) is not None:
        if data[marker.start() + 1] == JPEG_END:
            return True
        length_at = marker.end()
        at = length_at + int.from_bytes(data[length_at : length_at + 2], "big")
    return False


def _truncated() -> PictureError:
    return PictureError("truncated", "The picture is incomplete or damaged: send it again.")


def _too_many_pixels(limits: DecodeLimits) -> PictureError:
    return PictureError(
        "too_large", f"The picture has more than the {limits.max_pixels / 1e6:.0f} megapixels that are accepted."
    )
