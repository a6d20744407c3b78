from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from studio.data.formats import png_chunks
from studio.data.images import decode
from studio.data.images.decode import Unreadable

RANDOM = np.random.default_rng(5)
PICTURE = RANDOM.integers(0, 256, (40, 60, 3), dtype=np.uint8)


def chunk(kind: bytes, body: bytes, crc: int | None = None) -> bytes:
    crc = zlib.crc32(kind + body) if crc is None else crc
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)


def encoded(**options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(PICTURE).save(stream, "PNG", **options)
    return stream.getvalue()


def test_damaged_or_huge_metadata_chunks_do_not_prevent_reading() -> None:
    plain = encoded()
    text = PngImagePlugin.PngInfo()
    for number in range(4):
        text.add_text(f"k{number}", "y" * 2_000_000, zip=True)
    wrong = [chunk(b"tEXt", b"a\0b", crc=1), chunk(b"iCCP", b"x\0\0" + zlib.compress(b"\0" * 5_000_000))]
    wrong += [chunk(b"iCCP", b"nonsense"), chunk(b"gAMA", b""), chunk(b"prIv", b"x" * 100, crc=2), chunk(b"tIME", b"")]
    for data in (encoded(pnginfo=text), *(plain[:33] + extra + plain[33:] for extra in wrong)):
        assert np.array_equal(np.asarray(decode.from_bytes(data)), PICTURE)


XMP = b"XML:com.adobe.xmp\0"
TURNED = b'<x tiff:Orientation="6"/>'
HISTORY = b"<h/>" * 500_000
"""XMP of image editors can have megabytes; Pillow refuses a file with more than one in a compressed text."""


def profile(size: int = 0) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    body = exif.tobytes() + b"\0" * size
    return b"\nexif\n%8d\n" % len(body) + body.hex().encode()


TEXTS = {
    "plain": chunk(b"iTXt", XMP + b"\0\0\0\0" + TURNED),
    "packed": chunk(b"iTXt", XMP + b"\1\0\0\0" + zlib.compress(TURNED)),
    "large": chunk(b"iTXt", XMP + b"\0\0\0\0" + TURNED + HISTORY),
    "large and packed": chunk(b"iTXt", XMP + b"\1\0\0\0" + zlib.compress(HISTORY + TURNED)),
    "a profile": chunk(b"tEXt", b"Raw profile type exif\0" + profile()),
    "a packed profile": chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile())),
    "a large profile": chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile(1_000_000))),
}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("deep", [False, True])
def test_a_photo_is_turned_as_its_text_says_however_it_is_written(text: str, deep: bool) -> None:
    stream = io.BytesIO()
    image = Image.fromarray(np.zeros((4, 6), np.uint16)) if deep else Image.new("RGB", (6, 4))
    image.save(stream, "PNG")
    data = stream.getvalue()
    assert decode.from_bytes(data[:33] + TEXTS[text] + data[33:]).size == (4, 6)


@pytest.mark.parametrize(
    "body", [b"", b"Exif", b"\n" * 3 + b"zz", b"\n" * 3 + "ä".encode(), b"\nexif\n 8\n4578", b"\0" * 90], ids=str
)
def test_malformed_text_chunks_are_ignored(body: bytes) -> None:
    plain = encoded()
    for kind in (b"tEXt", b"zTXt", b"iTXt"):
        for name in (XMP, b"Raw profile type exif\0"):
            data = plain[:33] + chunk(kind, name + body) * 20 + plain[33:]
            assert np.array_equal(np.asarray(decode.from_bytes(data)), PICTURE)


def test_a_png_may_lack_its_end_or_have_data_after_it() -> None:
    plain = encoded()
    for data in (plain[:-12], plain[:-5], plain + b"trailing" * 50):
        assert np.array_equal(np.asarray(decode.from_bytes(data)), PICTURE)


def test_an_undamaged_file_is_passed_on_as_it_is() -> None:
    plain = encoded()
    assert png_chunks.reduced(plain).data is plain


def test_a_wrong_checksum_of_correct_pixels_is_ignored() -> None:
    plain = encoded()
    place = plain.index(b"IDAT")
    end = place + 4 + struct.unpack(">I", plain[place - 4 : place])[0]
    data = plain[:end] + b"\0\0\0\0" + plain[end + 4 :]
    assert np.array_equal(np.asarray(decode.from_bytes(data)), PICTURE)


def test_a_correct_inner_checksum_does_not_replace_the_outer_one() -> None:
    plain = encoded()
    place = plain.index(b"IDAT")
    end = place + 4 + struct.unpack(">I", plain[place - 4 : place])[0]
    other = zlib.compress(b"".join(b"\0" + bytes(180) for _ in range(40)))
    data = plain[: place - 4] + chunk(b"IDAT", other, crc=1) + plain[end + 4 :]
    with pytest.raises(Unreadable, match="changed since it was written"):
        decode.from_bytes(data)


@pytest.mark.parametrize("colors", [None, 16])
def test_every_changed_byte_is_detected_or_has_no_effect(colors: int | None) -> None:
    image = Image.fromarray(PICTURE[:12, :14])
    image = image if colors is None else image.quantize(colors)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    plain = stream.getvalue()
    expected = np.asarray(decode.from_bytes(plain))
    refused = 0
    for place in range(8, len(plain)):
        harmed = plain[:place] + bytes((plain[place] ^ 0x11,)) + plain[place + 1 :]
        try:
            assert np.array_equal(np.asarray(decode.from_bytes(harmed)), expected), place
        except Unreadable:
            refused += 1
    assert refused > len(plain) * 0.7


def test_every_truncation_is_detected_or_has_no_effect() -> None:
    plain = encoded()
    for end in (*range(8, len(plain), 97), *range(len(plain) - 40, len(plain))):
        try:
            assert np.array_equal(np.asarray(decode.from_bytes(plain[:end])), PICTURE), end
        except Unreadable as error:
            assert error.reason == "cut off: the file ends early"  # noqa: PT017


def test_a_transparent_color_with_a_wrong_checksum_is_not_used() -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([9, 9, 9, 200, 0, 0])
    stream = io.BytesIO()
    image.save(stream, "PNG", transparency=1)
    data = stream.getvalue()
    end = data.index(b"tRNS") + 4 + 2
    with pytest.raises(Unreadable, match="changed since it was written"):
        decode.from_bytes(data[:end] + b"\0\0\0\0" + data[end + 4 :])


def test_a_png_in_apples_format_is_refused_by_name() -> None:
    plain = encoded()
    with pytest.raises(Unreadable, match="Apple"):
        decode.from_bytes(plain[:8] + chunk(b"CgBI", b"\x50\0\x20\6") + plain[8:])


def test_an_animation_is_read_as_its_first_picture() -> None:
    frames = [Image.fromarray(PICTURE), Image.fromarray(255 - PICTURE), Image.fromarray(PICTURE)]
    stream = io.BytesIO()
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:])
    assert np.array_equal(np.asarray(decode.from_bytes(stream.getvalue())), PICTURE)


def with_text(kind: bytes, body: bytes, count: int = 1) -> bytes:
    plain = encoded()
    return plain[:33] + chunk(kind, body) * count + plain[33:]


@pytest.mark.parametrize(("size", "same"), [(65_536, True), (65_537, False)])
def test_a_text_of_more_than_64_kibibytes_is_reduced_to_its_orientation(size: int, same: bool) -> None:
    plain = (XMP + b"\0\0\0\0" + TURNED).ljust(size)
    packed = XMP + b"\1\0\0\0" + zlib.compress(TURNED.ljust(size))
    for body in (plain, packed):
        data = with_text(b"iTXt", body)
        found = png_chunks.reduced(data).data
        assert (found is data) is same
        assert same or (len(found) < len(encoded()) + 100 and b'tiff:Orientation="6"' in found)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_of_a_large_text_only_the_orientation_is_used(orientation: int) -> None:
    body = XMP + b'\0\0\0\0<x tiff:Orientation="%d"/>' % orientation
    found = png_chunks.reduced(with_text(b"iTXt", body.ljust(70_000))).data
    assert (b'tiff:Orientation="%d"' % orientation in found) == (orientation > 1)
    assert png_chunks.text_orientation(b"iTXt", body.replace(b'="', b">")) == orientation
    assert png_chunks.text_orientation(b"iTXt", b"Other\0" + body) == 1


@pytest.mark.parametrize(("count", "left"), [(16, 16), (17, 16)])
def test_at_most_16_texts_are_passed_on(count: int, left: int) -> None:
    data = with_text(b"iTXt", XMP + b"\0\0\0\0" + TURNED, count)
    found = png_chunks.reduced(data).data
    assert found.count(b"iTXt") == left
    assert (found is data) == (count == left)


def test_a_file_ends_with_its_last_chunk_or_in_it() -> None:
    plain = encoded()
    pixels = plain.index(b"IDAT") - 4
    assert png_chunks.reduced(plain[:pixels]).wrong == png_chunks.CUT
    assert png_chunks.reduced(plain[:pixels] + plain[-12:]).wrong == png_chunks.CHANGED
    assert png_chunks.reduced(plain[:-12]).wrong == ""
    assert png_chunks.reduced(plain[: pixels + 40]).wrong == png_chunks.CUT
    assert png_chunks.reduced(plain[:-12] + chunk(b"IEND", b"", crc=1)).wrong == ""
    assert png_chunks.reduced(plain[:33] + b"\0\0\0\0\1\2\3\4" + plain[33:]).wrong == png_chunks.CUT


@pytest.mark.parametrize("turn", [1, 3, 8])
def test_an_orientation_is_read_with_its_mark_or_without(turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    block = exif.tobytes()
    assert png_chunks.exif_orientation(block) == turn
    assert png_chunks.exif_orientation(block.removeprefix(b"Exif\0\0")) == turn
    for damaged in (block[:9], b"no tags", b"", b"Exif\0\0"):
        assert png_chunks.exif_orientation(damaged) == 1
