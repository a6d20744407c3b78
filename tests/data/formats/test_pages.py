from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from mutations import FILES, encoded, picture
from PIL import Image

from studio.data import scan
from studio.data.formats import pages, png_chunks
from studio.events import DatasetScanned, PhotoNote
from studio.spec import DatasetSpec

Build = Callable[..., Path]


def stack(kind: str, number: int, **options: object) -> bytes:
    return encoded(kind, save_all=True, append_images=[picture(seed) for seed in range(1, number)], **options)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("TIFF", "first of 5 pages used"),
        ("GIF", "first of 5 frames used"),
        ("PNG", "first of 5 frames used"),
        ("WEBP", "first of 5 frames used"),
        ("MPO", "first of 5 pictures used"),
    ],
)
def test_files_of_several_pictures_are_counted(kind: str, words: str) -> None:
    assert pages.note(stack(kind, 5)) == words


def test_a_big_tiff_and_one_of_the_other_byte_order() -> None:
    assert pages.note(stack("TIFF", 3, big_tiff=True)) == "first of 3 pages used"
    image = Image.new("I;16B", (4, 4))
    assert pages.note(encoded("TIFF", image, save_all=True, append_images=[image])) == "first of 2 pages used"


def test_a_stack_of_imagej_may_have_one_page() -> None:
    for count, words in ((7, "first of 7 pages used"), (1, "")):
        description = f"ImageJ=1.54f\nimages={count}\nslices={count}\n"
        assert pages.note(encoded("TIFF", picture(), description=description)) == words
    assert pages.note(encoded("TIFF", picture(), description="images=7")) == ""


def test_smaller_copies_of_a_page_are_not_counted() -> None:
    stream = io.BytesIO()
    small = picture().resize((10, 7))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    picture().save(stream, "TIFF", save_all=True, append_images=[small])
    assert pages.note(stream.getvalue()) == ""


def test_a_photo_with_a_gain_map_is_one_picture() -> None:
    data = stack("MPO", 2)
    assert pages.note(data[:2] + b"\xff\xe1\0\x20hdrgm:Version=1.0 " + b" " * 13 + data[2:]) == ""


@pytest.mark.parametrize(
    "kind", [kind for kind in FILES if not kind.startswith(("mpo", "apng")) and " anim" not in kind]
)
def test_files_of_one_picture_have_no_note(kind: str) -> None:
    assert (pages.note(FILES[kind]()) == "") == (kind != "tiff pages")


def test_a_scan_lists_them_and_uses_them(build: Build) -> None:
    root = build("ants/a.png", "bees/a.png", "bees/b.png")
    (root / "ants" / "b.tif").write_bytes(stack("TIFF", 4))
    dataset = [event.dataset for event in scan.scan(DatasetSpec(str(root))) if isinstance(event, DatasetScanned)][-1]
    assert len(dataset.photos) == 4
    assert dataset.notes == (PhotoNote("ants/b.tif", "first of 4 pages used"),)


def tiff_pages(*kinds: int | None, order: str = "<", big: bool = False, last: int = 0, more: int = 0) -> bytes:
    """The directories of a TIFF, each with its SubfileType (None: without) and `more` other tags."""
    offset, count = ("Q", "Q") if big else ("I", "H")
    data = (b"II" if order == "<" else b"MM") + (
        struct.pack(f"{order}HHHQ", 43, 8, 0, 16) if big else struct.pack(f"{order}HI", 42, 8)
    )
    inline = 8 if big else 4
    for number, kind in enumerate(kinds, 1):
        tags = [(300 + other, 7) for other in range(more)]
        tags = [(254, kind), *tags] if kind is not None else [(256, 5), *tags]
        data += struct.pack(order + count, len(tags))
        for tag, value in tags:
            data += struct.pack(order + ("HHQI" if big else "HHII"), tag, 4, 1, value) + bytes(inline - 4)
        data += struct.pack(order + offset, len(data) + inline if number < len(kinds) else last)
    return data


PAGES = [
    ((None,), 1),
    ((None, None, None), 3),
    ((0, 2, 2), 3),  # pages of a document
    ((0, 1, 0, 5), 2),  # copies of lower resolution
    ((0, 4, 2, 6), 2),  # masks
    ((1,), 1),  # the first one is used, whatever it is
    ((1, 0), 2),
]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_pages_of_a_tiff_are_counted_without_copies_and_masks(order: str, big: bool) -> None:
    for more in (0, 2, 70):
        for kinds, number in PAGES:
            assert pages.count(tiff_pages(*kinds, order=order, big=big, more=more)) == (number, "pages"), kinds


def test_a_broken_chain_of_pages_is_counted_up_to_its_end() -> None:
    assert pages.count(tiff_pages(0, 0, last=8))[0] == 2, "the last page is followed by the first"
    assert pages.count(tiff_pages(0, 0, last=10_000))[0] == 2
    assert pages.count(b"II*\0\0\0\0\0") == (1, "pages")
    assert pages.count(b"II*\0") == (1, "")


def gif(frames: int, table: int | None = None, own: int | None = None, end: bytes = b";") -> bytes:
    """A GIF with color tables of 2 << `table` and 2 << `own` colors, and an extension before each frame."""
    data = b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0 if table is None else 0x80 | table, 0, 0)
    data += bytes(3 << (table + 1)) if table is not None else b""
    image = b"," + struct.pack("<HHHHB", 0, 0, 4, 4, 0 if own is None else 0x80 | own)
    image += (b"," * (3 << (own + 1)) if own is not None else b"") + b"\2" + b"\3,,," + b"\1," + b"\0"
    return data + (b"!\xf9\4,,,,\0" + image) * frames + end


def test_frames_of_a_gif_are_counted_past_its_color_tables() -> None:
    for table in (None, 0, 3, 7):
        for own in (None, 0, 3, 7):
            assert pages.count(gif(3, table, own)) == (3, "frames"), (table, own)
            assert pages.count(gif(1, table, own, end=b"")) == (1, "frames"), (table, own)


def test_frames_after_the_end_of_a_gif_and_damaged_ones_are_not_counted() -> None:
    assert pages.count(gif(2) + gif(2)[13:]) == (2, "frames")
    assert pages.count(gif(2)[:-4]) == (1, "")
    assert pages.count(b"GIF89a") == (1, "")


def box(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + bytes(4)


def test_frames_of_a_png_are_those_of_its_control_chunk_before_the_pixels() -> None:
    start, control = png_chunks.SIGNATURE + box(b"IHDR", bytes(13)), box(b"acTL", struct.pack(">II", 300, 0))
    for before in (b"", box(b"tEXt", b"a,b"), box(b"gAMA") * 2):
        assert pages.count(start + before + control + box(b"IDAT", b"x")) == (300, "frames")
        assert pages.count(start + before + box(b"IDAT", b"x") + control) == (1, "frames")
    assert pages.count(start + box(b"acTL", struct.pack(">I", 2))[:-4]) == (2, "frames")
    assert pages.count(start + box(b"acTL", struct.pack(">I", 2))[:-5]) == (1, "frames"), "cut off"


def test_frames_of_a_webp_are_its_chunks_of_frames_padded_to_even_lengths() -> None:
    def chunk(kind: bytes, length: int) -> bytes:
        return kind + struct.pack("<I", length) + b"ANMF" * (length // 4) + bytes(length % 4 + length % 2)

    frames = chunk(b"VP8X", 10) + chunk(b"ICCP", 7) + chunk(b"ANMF", 24) + chunk(b"EXIF", 9) + chunk(b"ANMF", 0)
    assert pages.count(b"RIFF" + bytes(4) + b"WEBP" + frames) == (2, "frames")
    assert pages.count(b"RIFF" + bytes(4) + b"WEBP" + chunk(b"VP8X", 10)) == (1, "frames")
    assert pages.count(b"RIFF" + bytes(4) + b"WEBP" + chunk(b"VP8L", 10)) == (1, "")


def mpf(*kinds: int, order: str = "<", before: bytes = b"", after: bytes = b"", directory: int = 8) -> bytes:
    """A JPEG in the multi-picture format with entries of these kinds."""
    where = directory + 2 + 3 * 12 + 4
    tags = [(0xB000, 7, 4, b"0100"), (0xB001, 4, 1, struct.pack(f"{order}I", len(kinds)))]
    tags.append((0xB002, 7, 16 * len(kinds), struct.pack(f"{order}I", where)))
    body = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", directory) + bytes(directory - 8)
    body += struct.pack(f"{order}H", len(tags))
    body += b"".join(struct.pack(f"{order}HHI", *tag[:3]) + tag[3] for tag in tags) + bytes(4)
    body += b"".join(struct.pack(f"{order}IIIHH", kind, 1, 1, 0, 0) for kind in kinds)
    return b"\xff\xd8" + before + segment(0xE2, b"MPF\0" + body) + after + b"\xff\xda" + b"\xff\xd9"


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", 2 + len(body)) + body


PRIMARY, STEREO, PANORAMA, PREVIEW = 0x030000, 0x020002, 0x020001, 0x010001


BEFORE = [b"", segment(0xE0, b"JFIF\0"), segment(0xE2, b"ICC_PROFILE\0") + segment(0xE1, b"")]
PICTURES = [
    ((PRIMARY,), 1),
    ((PRIMARY, STEREO), 2),
    ((PRIMARY, PREVIEW, 0x010002), 1),
    ((0x20030000, PANORAMA, PREVIEW, STEREO, 0x40020003), 4),
]


@pytest.mark.parametrize("order", ["<", ">"])
def test_pictures_of_a_stereo_camera_are_counted_without_previews(order: str) -> None:
    for before in BEFORE:
        for directory in (8, 12):
            for kinds, number in PICTURES:
                data = mpf(*kinds, order=order, before=before, directory=directory)
                assert pages.count(data) == (number, "pictures"), (before, directory, kinds)


@pytest.mark.parametrize("mark", [b"hdrgm:Version", b"HDRGainMap", b"urn:com:apple:photo:2020:aux:hdrgainmap"])
def test_a_gain_map_is_recognized_by_metadata_before_the_pixels(mark: bytes) -> None:
    kinds = (PRIMARY, STEREO)
    assert pages.count(mpf(*kinds, before=segment(0xE1, mark))) == (1, "pictures")
    assert pages.count(mpf(*kinds, after=segment(0xE1, mark))) == (1, "pictures")
    assert pages.count(mpf(*kinds) + mark) == (2, "pictures")
    assert pages.count(b"\xff\xd8" + segment(0xE0, b"MPF\0") + b"\xff\xd9") == (1, "pictures")


@pytest.mark.parametrize(
    ("number", "words"), [(1, ""), (2, "first of 2 pages used"), (1500, "first of 1,500 pages used")]
)
def test_the_note_states_the_number_of_pages(number: int, words: str) -> None:
    description = f"ImageJ=1.54f\nimages={number}\n"
    assert pages.note(encoded("TIFF", Image.new("L", (2, 2)), description=description)) == words


@pytest.mark.parametrize("first", [43, 42, 43 << 8, 8])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_big_tiff_is_recognized_by_its_version(first: int, order: str) -> None:
    second = first + 20
    page = struct.pack(order + "HHHII", 1, 256, 3, 1, 5)
    data = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, first)
    data = data.ljust(first, b"\0") + page + struct.pack(order + "I", second)
    assert pages.count(data.ljust(second, b"\0") + page + bytes(4)) == (2, "pages")


@pytest.mark.parametrize(
    ("tag", "kinds", "number"),
    [(0xB000, [0, 0], 1), (0xB002, [0, 0], 2), (0xB002, [0, 1 << 16, 2 << 16], 2), (0xB002, [0], 1)],
)
def test_thumbnails_are_not_counted_as_pictures(tag: int, kinds: list[int], number: int) -> None:
    index = b"II*\0" + struct.pack("<IHHHIII", 8, 1, tag, 7, 16 * len(kinds), 26, 0)
    body = b"MPF\0" + index + b"".join(struct.pack("<IIII", kind, 0, 0, 0) for kind in kinds)
    data = b"\xff\xd8\xff\xe2" + struct.pack(">H", len(body) + 2) + body + b"\xff\xd9"
    assert pages.count(data)[0] == number


def test_of_a_damaged_index_4096_pictures_are_counted_at_most() -> None:
    data = mpf(0, 0)
    damaged = data.replace(struct.pack("<HHI", 0xB002, 7, 32), struct.pack("<HHI", 0xB002, 7, 200_000))
    assert damaged != data
    assert pages.count(damaged + bytes(200_000)) == (4096, "pictures")
    assert pages.count(data + bytes(200_000)) == (2, "pictures")
