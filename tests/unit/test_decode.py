"""Bytes become upright sRGB pixels, or one clear PictureError."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageCms
from PIL.Image import Transpose

from media_pipeline.decode import BACKDROP, DecodeLimits, decode
from media_pipeline.errors import PictureError

# Pillow warns about what is damaged; the server logs that and goes on, so the tests must see what happens then.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")

SIDE = 160


def scene(width: int = 200, height: int = SIDE) -> Pillow.Image:
    """A smooth picture without any symmetry: red grows to the right, green downwards, a blue corner at the top left."""
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[..., 0] = np.linspace(20, 220, width)[None, :]
    rgb[..., 1] = np.linspace(30, 200, height)[:, None]
    rgb[: height // 4, : width // 4, 2] = 200
    return Pillow.fromarray(rgb)


def encoded(picture: Pillow.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def mean_difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(np.int16) - other.astype(np.int16)).mean())


def refusal(data: bytes, limits: DecodeLimits | None = None) -> str:
    with pytest.raises(PictureError) as caught:
        decode(data, limits)
    sentence = str(caught.value)
    assert sentence[0].isupper() and sentence.endswith(".")
    return caught.value.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_accepted_format_gives_the_same_pixels(kind: str) -> None:
    rgb = decode(encoded(scene(), kind))
    assert rgb.dtype == np.uint8 and rgb.flags.c_contiguous and rgb.flags.writeable
    assert mean_difference(rgb, np.asarray(scene())) < 4


def test_the_type_is_told_by_content_not_by_a_name() -> None:
    assert refusal(b"PK\x03\x04" + b"\0" * 500) == "not_an_image"
    assert refusal(b"%PDF-1.7\n" + b"x" * 500) == "not_an_image"
    assert refusal(b"hello") == "not_an_image"
    assert refusal(b"BM are the first letters of this text") == "not_an_image"


def test_formats_that_are_pictures_but_not_read_are_named() -> None:
    assert refusal(b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>') == "unsupported_format"
    assert refusal(b"<svg onload='x'/>") == "unsupported_format"
    with pytest.raises(PictureError, match="HEIC"):
        decode(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100)


def test_an_empty_file_is_told_as_such() -> None:
    assert refusal(b"") == "empty"


def test_files_over_the_size_cap_are_refused_unread() -> None:
    assert refusal(encoded(scene(), "BMP"), DecodeLimits(max_bytes=1000)) == "too_large"


def declared_png(width: int, height: int) -> bytes:
    """A PNG that declares a size and has next to no data."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7_100, 10_000, 20_000, 2**31 - 1])
def test_a_declared_giant_is_refused_before_any_pixel_is_allocated(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("must not be decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", never)
    assert refusal(declared_png(side, side)) == "too_large"


@pytest.mark.parametrize("size", [(1, 1), (127, 4000), (4000, 127)])
def test_a_picture_without_room_for_a_face_is_too_small(size: tuple[int, int]) -> None:
    assert refusal(encoded(Pillow.new("RGB", size), "PNG")) == "too_small"


@pytest.mark.parametrize("kept", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"progressive": True}),
        ("JPEG", {"progressive": False}),
        ("PNG", {}),
        ("WEBP", {}),
        ("GIF", {}),
        ("BMP", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
    ],
)
def test_a_cut_off_file_is_refused_and_never_half_analysed(kind: str, options: dict[str, object], kept: float) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 300, 3), np.uint8)
    data = encoded(Pillow.fromarray(noise), kind, **options)
    assert refusal(data[: int(len(data) * kept)]) in ("truncated", "not_an_image")


def test_a_cut_off_progressive_jpeg_with_its_header_is_truncated() -> None:
    data = encoded(scene(640, 480), "JPEG", progressive=True)
    assert refusal(data[: len(data) // 2]) == "truncated"


def test_a_jpeg_followed_by_a_film_is_read() -> None:
    film = b"\0\0\0\x18ftypmp42" + b"\xff\xda" + bytes(range(256)) * 50 + b"\xff\xda"
    assert decode(encoded(scene(), "JPEG") + film).shape == (SIDE, 200, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_out_upright(orientation: int, kind: str) -> None:
    undo = {
        1: None,
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_90,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_270,
    }[orientation]
    stored = scene() if undo is None else scene().transpose(undo)
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    rgb = decode(encoded(stored, kind, exif=exif))
    assert mean_difference(rgb, np.asarray(scene())) < 4


def test_broken_exif_does_not_harm_the_picture() -> None:
    data = encoded(scene(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f\x01\x02\x03")
    assert decode(data).shape == (SIDE, 200, 3)


def test_cmyk_becomes_rgb() -> None:
    rgb = decode(encoded(scene().convert("CMYK"), "JPEG", quality=95))
    assert mean_difference(rgb, np.asarray(scene())) < 6


@pytest.mark.parametrize("dtype", [np.uint16, np.int32])
def test_sixteen_bit_grey_keeps_its_shades(dtype: type[np.generic]) -> None:
    ramp = np.tile(np.linspace(0, 65_535, 256), (SIDE, 1)).astype(dtype)
    rgb = decode(encoded(Pillow.fromarray(ramp), "TIFF"))
    assert np.abs(rgb[0, :, 0].astype(int) - np.arange(256)).max() <= 1
    assert (rgb == rgb[..., :1]).all()


def test_sixteen_bit_colour_png_is_read() -> None:
    row = b"\0" + struct.pack(">HHH", 0x4000, 0x8000, 0xC000) * SIDE
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 16, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for name, body in ((b"IHDR", header), (b"IDAT", zlib.compress(row * SIDE)), (b"IEND", b"")):
        data += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    assert (decode(data) == (0x40, 0x80, 0xC0)).all()


def test_floating_point_pictures_are_refused() -> None:
    assert refusal(encoded(Pillow.new("F", (SIDE, SIDE)), "TIFF")) == "unsupported_format"


def half_clear() -> Pillow.Image:
    picture = scene().convert("RGBA")
    picture.putalpha(Pillow.fromarray(np.where(np.arange(200) < 100, 255, 0).astype(np.uint8)[None, :].repeat(SIDE, 0)))
    return picture


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        (half_clear, "PNG"),
        (half_clear, "WEBP"),
        (half_clear, "TIFF"),
        (lambda: half_clear().convert("LA"), "PNG"),
        (lambda: half_clear().quantize(255), "PNG"),
    ],
)
def test_what_is_transparent_becomes_neutral_grey(picture: Callable[[], Pillow.Image], kind: str) -> None:
    rgb = decode(encoded(picture(), kind, lossless=True))
    assert (rgb[:, 110:] == BACKDROP).all()
    assert rgb[:, :90].std() > 10


def test_the_transparent_colour_of_a_gif_becomes_neutral_grey() -> None:
    picture = Pillow.new("P", (SIDE, SIDE), 1)
    picture.putpalette([10, 20, 30, 200, 100, 50])
    picture.paste(0, (0, 0, 80, SIDE))
    rgb = decode(encoded(picture, "GIF", transparency=0))
    assert (rgb[:, :80] == BACKDROP).all() and (rgb[:, 80:] == (200, 100, 50)).all()


def test_palette_and_black_and_white_pictures_become_rgb() -> None:
    assert mean_difference(decode(encoded(scene().quantize(256), "PNG")), np.asarray(scene())) < 8
    assert set(np.unique(decode(encoded(scene().convert("1"), "PNG")))) == {0, 255}


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_only_the_first_frame_is_read(kind: str) -> None:
    first = Pillow.new("RGB", (SIDE, SIDE), (200, 120, 90))
    rest = [Pillow.new("RGB", (SIDE, SIDE), (0, 0, shade)) for shade in range(3)]
    rgb = decode(encoded(first, kind, save_all=True, append_images=rest))
    assert np.abs(rgb.astype(int) - (200, 120, 90)).max() < 12


def test_a_gif_of_a_thousand_frames_is_not_walked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [Pillow.new("L", (SIDE, SIDE), shade % 256) for shade in range(1000)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    with Pillow.open(BytesIO(data)) as picture:
        assert getattr(picture, "n_frames", 1) == 1000

    def never(*_: object) -> None:
        raise AssertionError("must not look at other frames")

    monkeypatch.setattr("PIL.GifImagePlugin.GifImageFile.seek", never)
    assert decode(data).shape == (SIDE, SIDE, 3)


def test_of_a_stereo_jpeg_the_first_view_is_read() -> None:
    data = encoded(scene(), "MPO", save_all=True, append_images=[Pillow.new("RGB", (200, SIDE))])
    assert mean_difference(decode(data), np.asarray(scene())) < 4


def swapped_primaries() -> bytes:
    """A real profile whose colours differ much from sRGB's: Lab is of no use in a JPEG, so XYZ as RGB serves."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    at = [profile.index(tag, 128) for tag in (b"rXYZ", b"gXYZ")]
    swapped = bytearray(profile)
    swapped[at[0] : at[0] + 4], swapped[at[1] : at[1] + 4] = b"gXYZ", b"rXYZ"
    return bytes(swapped).replace("sRGB".encode("utf-16-be"), "XXXX".encode("utf-16-be"))


def test_an_embedded_colour_profile_is_applied() -> None:
    red = Pillow.new("RGB", (SIDE, SIDE), (200, 30, 30))
    rgb = decode(encoded(red, "PNG", icc_profile=swapped_primaries()))
    assert rgb[0, 0, 1] > 150 > rgb[0, 0, 0]


@pytest.mark.parametrize("profile", [b"not a profile", b"\0" * 128])
def test_a_broken_colour_profile_is_taken_for_none(profile: bytes) -> None:
    assert (decode(encoded(Pillow.new("RGB", (SIDE, SIDE), (9, 8, 7)), "PNG", icc_profile=profile)) == (9, 8, 7)).all()


def test_a_profile_for_other_channels_is_taken_for_none() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert (decode(encoded(Pillow.new("L", (SIDE, SIDE), 77), "PNG", icc_profile=srgb)) == 77).all()


def test_lab_pictures_become_srgb() -> None:
    lab = Pillow.merge("LAB", [Pillow.new("L", (SIDE, SIDE), value) for value in (255, 128, 128)])
    assert decode(encoded(lab, "TIFF")).min() > 245


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_huge_picture_is_reduced_by_a_whole_factor(kind: str) -> None:
    rgb = decode(encoded(scene(6000, 3000), kind))
    assert max(rgb.shape) in range(2000, 4000) and rgb.shape[1] == 2 * rgb.shape[0]
    small = np.asarray(scene(6000, 3000).resize((rgb.shape[1], rgb.shape[0])))
    assert mean_difference(rgb, small) < 2


@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"]),
    changes=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=12),
)
@settings(max_examples=150, deadline=None)
def test_damaged_bytes_give_a_picture_or_a_picture_error(kind: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(encoded(scene(), kind))
    for at, value in changes:
        data[at % len(data)] = value
    try:
        rgb = decode(bytes(data))
    except PictureError:
        return
    assert rgb.ndim == 3 and rgb.shape[2] == 3 and rgb.dtype == np.uint8


@pytest.mark.parametrize(
    ("name", "expected"),
    [("truncated.jpg", "truncated"), ("not_an_image.jpg", "not_an_image"), ("empty.jpg", "empty")],
)
def test_the_bad_files_beside_the_project_are_refused(shared_data: Path, name: str, expected: str) -> None:
    assert refusal((shared_data / "faces" / "hard" / name).read_bytes()) == expected


def test_the_odd_files_beside_the_project_are_read(shared_data: Path) -> None:
    upright = {
        decode((shared_data / "faces/hard" / f"a_exif_orientation_{n}.jpg").read_bytes()).shape for n in (3, 6, 8)
    }
    assert upright == {(910, 728, 3)}
    assert max(decode((shared_data / "faces/hard/b_6000px.jpg").read_bytes()).shape) == 3000
    for name in ("b_cmyk.jpg", "c_rgba.png"):
        assert decode((shared_data / "faces/hard" / name).read_bytes()).shape[2] == 3
