from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.data.formats import jpeg_ends
from studio.data.images import decode
from studio.data.images.decode import Unreadable

KINDS: list[dict[str, object]] = [
    {},
    {"progressive": True},
    {"optimize": True, "subsampling": 0},
    {"restart_marker_blocks": 2},
]
PICTURE = np.random.default_rng(6).integers(0, 256, (48, 64, 3), dtype=np.uint8)


def encoded(**options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(PICTURE).save(stream, "JPEG", **options)
    return stream.getvalue()


@pytest.mark.parametrize("options", KINDS)
def test_a_jpeg_without_an_end_marker_is_complete(options: dict[str, object], tmp_path: Path) -> None:
    whole = encoded(**options)
    expected = np.asarray(decode.from_bytes(whole))
    file = tmp_path / "a.jpg"
    for short in (whole[:-1], whole[:-2]):
        assert np.array_equal(np.asarray(decode.from_bytes(short)), expected)
        file.write_bytes(short)
        decode.check(file)
        assert decode.thumbnail(file, 16).shape == (12, 16, 3)


@pytest.mark.parametrize("options", KINDS)
def test_every_real_truncation_is_detected(options: dict[str, object]) -> None:
    whole = encoded(**options)
    expected = np.asarray(decode.from_bytes(whole))
    for end in (*range(100, len(whole) - 60, 211), *range(len(whole) - 60, len(whole) - 2)):
        try:
            assert np.array_equal(np.asarray(decode.from_bytes(whole[:end])), expected), end
        except Unreadable as error:
            assert "cut off" in error.reason  # noqa: PT017


def test_a_progressive_file_without_its_last_scans_is_cut_off() -> None:
    whole = encoded(progressive=True)
    scans = [place for place in range(len(whole) - 1) if whole[place : place + 2] == b"\xff\xda"]
    assert len(scans) > 4
    for place in scans[2:]:
        begin = whole.rindex(b"\xff\xc4", 0, place) if whole.rfind(b"\xff\xc4", place - 60, place) > 0 else place
        assert jpeg_ends.completed(whole[:begin]) is None


def test_zeros_at_the_end_are_a_lost_block() -> None:
    whole = encoded()
    with pytest.raises(Unreadable, match="cut off"):
        decode.from_bytes(whole[: len(whole) // 2] + b"\0" * (len(whole) // 2))
    assert decode.from_bytes(whole + b"\0" * 4096).size == (64, 48)
    assert decode.from_bytes(whole + b"SEFT" * 50 + b"\0" * 4096).size == (64, 48)


def test_kinds_of_jpeg_that_are_not_read_are_named() -> None:
    frame = struct.pack(">HH", 9, 12) + b"\1\1\x11\0" + b"\xff\xd9"
    deep, filled = b"\xc1\0\x0b\x0c", b"\xff\xc1\0\x0b\x0c"  # any number of 0xFF may stand before a marker
    for start, words in ((deep, "12 bits a sample"), (filled, "12 bits a sample"), (b"\xc3\0\x0b\x08", "lossless")):
        with pytest.raises(Unreadable, match=words):
            decode.from_bytes(b"\xff\xd8\xff" + start + frame)


def segment(marker: int, body: bytes = b"") -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", 2 + len(body)) + body


@pytest.mark.parametrize("marker", range(0xC0, 0xD0))
def test_every_process_of_the_standard_is_read_or_named(marker: int) -> None:
    data = b"\xff\xd8" + segment(0xE0, b"JFIF\0") + segment(marker, b"\x08rest")
    if marker in (0xC0, 0xC1, 0xC2) or marker in (0xC4, 0xC8, 0xCC):  # the latter begin no frame
        assert jpeg_ends.variant(data) == ""
    else:
        assert jpeg_ends.variant(data) == "a lossless or otherwise rare JPEG"


@pytest.mark.parametrize(
    ("bits", "words"), [(8, ""), (9, "a JPEG of 9 bits a sample"), (12, "a JPEG of 12 bits a sample")]
)
def test_more_than_8_bits_are_named(bits: int, words: str) -> None:
    assert jpeg_ends.variant(b"\xff\xd8" + segment(0xC0, bytes([bits, 0, 0]))) == words
    assert jpeg_ends.variant(b"\xff\xd8\xff\xff\xff" + segment(0xC1, bytes([bits]))) == words
    assert jpeg_ends.variant(b"\xff\xd8" + segment(0xC0)) == "", "too damaged to tell"
    assert jpeg_ends.variant(b"\xff\xd8\xff\xd9" + segment(0xC0, bytes([bits]))) == "", "behind the end"


@pytest.mark.parametrize("marker", [0x01, *range(0xD0, 0xD9), 0x00])
def test_markers_without_a_length_are_skipped(marker: int) -> None:
    """What follows them would be taken for a length that leaves the file."""
    data = b"\xff\xd8" + bytes([0xFF, marker]) + segment(0xC3, b"\x08")
    assert jpeg_ends.variant(data) == "a lossless or otherwise rare JPEG"


@pytest.mark.parametrize("marker", [0x02, 0xCF, 0xDB, 0xE0, 0xFE])
def test_other_markers_have_a_length(marker: int) -> None:
    data = b"\xff\xd8" + segment(marker, segment(0xC3, b"\x08")) + segment(0xC1, b"\x0c")
    assert jpeg_ends.variant(data) == (
        "a lossless or otherwise rare JPEG" if marker == 0xCF else "a JPEG of 12 bits a sample"
    )


@pytest.mark.parametrize(("zeros", "lost"), [(15, False), (16, True), (17, True)])
def test_sixteen_zeros_at_the_end_are_a_lost_block(zeros: int, lost: bool) -> None:
    data = b"\xff\xd8" + segment(0xDA, b"\1") + b"pixels"
    assert jpeg_ends.ends_in_zeros(data + bytes(zeros)) is lost
    assert not jpeg_ends.ends_in_zeros(data + b"\xff\xd9" + bytes(zeros))
    assert not jpeg_ends.ends_in_zeros(data + b"\xff\xd9" + b"text" + bytes(zeros))
    assert not jpeg_ends.ends_in_zeros(data + bytes(zeros) + b"x")


def restarting(
    restarts: int,
    interval: int = 2,
    high: int = 48,
    wide: int = 64,
    factors: str = "111111",
    frame: int = 0xC0,
    components: int = 3,
) -> bytes:
    """A JPEG with a number of restart markers, `interval` units apart, and sampling factors `factors`."""
    parts = b"".join(
        bytes([number, int(factors[2 * number : 2 * number + 2], 16), 0]) for number in range(len(factors) // 2)
    )
    start = struct.pack(">BHHB", 8, high, wide, len(factors) // 2) + parts
    data = b"\xff\xd8" + segment(0xDD, struct.pack(">H", interval)) + segment(frame, start)
    scan = b"".join(b"px" + bytes([0xFF, 0xD0 + number % 8]) for number in range(restarts)) + b"px"
    return data + b"\xff\xd3" + segment(0xDA, bytes([components])) + scan  # a marker before the scan does not count


@pytest.mark.parametrize(
    ("restarts", "options"),
    [
        (23, {}),  # 8 by 6 blocks
        (47, {"interval": 1}),
        (0, {"interval": 48}),
        (0, {"interval": 49}),
        (15, {"interval": 3}),
        (9, {"interval": 5}),  # the last interval is shorter
        (23, {"high": 41, "wide": 57}),  # the last blocks are cut
        (26, {"wide": 65}),
        (27, {"high": 49}),
        (5, {"factors": "221111"}),  # 4 by 3 units of 16 by 16
        (11, {"factors": "211111"}),
        (11, {"factors": "121111"}),
        (23, {"factors": "221111", "components": 1}),  # a scan of one component has its blocks as units
        (23, {"factors": "11", "components": 1}),
        (23, {"frame": 0xC1}),
        (5, {"factors": "112211"}),
        (5, {"factors": "111122"}),
    ],
)
def test_a_missing_last_restart_interval_is_detected(restarts: int, options: dict[str, Any]) -> None:
    assert jpeg_ends._has_all_restarts(restarting(restarts, **options))
    for other in (restarts - 1, restarts + 1):
        if other >= 0:
            assert not jpeg_ends._has_all_restarts(restarting(other, **options))


@pytest.mark.parametrize("options", [{"frame": 0xC2}, {"factors": ""}, {"factors": "01"}, {"factors": "10"}])
def test_a_jpeg_whose_intervals_cannot_be_counted_is_damaged(options: dict[str, Any]) -> None:
    assert not jpeg_ends._has_all_restarts(restarting(23, **options))
    assert jpeg_ends._has_all_restarts(restarting(0, interval=0, **options)), "without intervals nothing is missing"


def scans(*parts: tuple[bytes, int, int, int], frame: int = 0xC2, components: int = 2) -> bytes:
    """A JPEG with scans of components, from a first to a last coefficient, up to a bit."""
    data = b"\xff\xd8" + segment(frame, struct.pack(">BHHB", 8, 8, 8, components) + bytes(3 * components))
    for names, first, last, bits in parts:
        table = b"".join(bytes([name, 0]) for name in names)
        data += segment(0xDA, bytes([len(names)]) + table + bytes([first, last, bits])) + b"pixels"
    return data


@pytest.mark.parametrize(
    ("parts", "complete"),
    [
        ([(b"\1\2", 0, 0, 0), (b"\1", 1, 63, 0), (b"\2", 1, 63, 0)], True),
        ([(b"\1\2", 0, 0, 0), (b"\1", 1, 63, 0)], False),
        ([(b"\1\2", 0, 0, 0), (b"\1", 1, 63, 0), (b"\2", 1, 62, 0)], False),
        ([(b"\1\2", 0, 0, 0), (b"\1", 1, 63, 0), (b"\2", 2, 63, 0)], False),
        ([(b"\1\2", 0, 0, 1), (b"\1", 1, 63, 0), (b"\2", 1, 63, 0)], False),  # the last bit is missing
        ([(b"\1\2", 0, 0, 1), (b"\1\2", 0, 0, 0x10), (b"\1", 1, 63, 0), (b"\2", 1, 63, 0x10)], True),
        ([(b"\1", 0, 63, 0)], False),
        ([], False),
    ],
)
def test_a_progressive_file_has_all_bits_of_all_coefficients(parts: Any, complete: bool) -> None:
    assert jpeg_ends._has_all_scans(scans(*parts)) is complete


@pytest.mark.parametrize(
    ("parts", "complete"), [([(b"\1\2", 0, 0, 1)], True), ([(b"\1", 0, 63, 0)], False), ([], False)]
)
def test_other_files_have_a_scan_of_each_component(parts: Any, complete: bool) -> None:
    assert jpeg_ends._has_all_scans(scans(*parts, frame=0xC0, components=1)) is bool(parts)
    assert jpeg_ends._has_all_scans(scans(*parts, frame=0xC0)) is complete
    assert not jpeg_ends._has_all_scans(scans(*parts, frame=0xC0, components=0))
