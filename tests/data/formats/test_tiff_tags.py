from __future__ import annotations

import struct

import pytest

from studio.data.formats import tiff_tags


def tiff(**short: int) -> bytes:
    """A TIFF whose first directory has these tags (`t256`) of one 16-bit number."""
    entries = b"".join(struct.pack("<HHIHH", int(tag[1:]), 3, 1, value, 0) for tag, value in sorted(short.items()))
    return b"II*\0" + struct.pack("<IH", 8, len(short)) + entries + bytes(4)


def test_missing_tags_have_the_defaults_of_the_format():
    tags = tiff_tags.read(tiff(t270=1))
    assert tags is not None
    assert (tags.width, tags.height, tags.bits, tags.formats) == (0, 0, (1,), (tiff_tags.UNSIGNED,))
    assert (tags.photometric, tags.compression, tags.planar, tags.extra) == (-1, 1, False, ())
    assert (tags.min_sample, tags.max_sample, tags.no_data) == (None, None, None)
    assert not tags.narrow_palette
    assert not tags.big_endian_big


def test_the_last_number_of_bits_holds_for_further_bands_which_are_separate_only_if_there_are_several():
    tags = tiff_tags.read(tiff(t258=16, t277=3, t284=2))
    assert tags is not None
    assert (tags.bits, tags.planar, tags.bands) == ((16, 16, 16), True, 3)
    alone = tiff_tags.read(tiff(t284=2))
    assert alone is not None
    assert not alone.planar


@pytest.mark.parametrize(("bits", "is_read"), [(64, True), (65, False)])
def test_samples_have_at_most_64_bits(bits, is_read):
    assert (tiff_tags.read(tiff(t258=bits)) is not None) == is_read


@pytest.mark.parametrize(("most", "is_narrow"), [(0, False), (1, True), (255, True), (256, False)])
def test_a_palette_is_narrow_where_no_color_needs_more_than_8_bits(most, is_narrow):
    tags = tiff_tags.read(tiff(t320=most))
    assert tags is not None
    assert tags.narrow_palette == is_narrow


Entry = tuple[int, int, int, bytes]
"""Tag, type, number of values, and the values."""


def built(*entries: Entry, order: str = "<", big: bool = False) -> bytes:
    """A TIFF with these entries; values that do not fit into theirs are at the end of the file."""
    inline = 8 if big else 4
    start = (b"II" if order == "<" else b"MM") + struct.pack(
        order + ("HHHQ" if big else "HI"), *([43, 8, 0, 16] if big else [42, 8])
    )
    at = len(start) + (8 if big else 2) + (12 + inline - 4 + (4 if big else 0)) * len(entries) + inline
    body, pool = struct.pack(order + ("Q" if big else "H"), len(entries)), b""
    for tag, kind, count, values in entries:
        body += struct.pack(order + ("HHQ" if big else "HHI"), tag, kind, count)
        if len(values) <= inline:
            body += values.ljust(inline, b"\0")
        else:
            body += struct.pack(order + ("Q" if big else "I"), at + len(pool))
            pool += values
    return start + body + bytes(inline) + pool


FORMS = [(order, big) for order in "<>" for big in (False, True)]


@pytest.mark.parametrize(("order", "big"), FORMS)
def test_all_tags_are_read_in_either_byte_order_and_in_large_files(order, big):
    def shorts(tag: int, *numbers: int) -> Entry:
        return tag, 3, len(numbers), struct.pack(f"{order}{len(numbers)}H", *numbers)

    tags = tiff_tags.read(
        built(
            shorts(256, 640), shorts(257, 480), shorts(258, 16, 12, 10, 8, 8), shorts(259, 5), shorts(262, 2),
            (270, 2, 12, b"description\0"), shorts(277, 5), shorts(280, 7, 3, 4), shorts(281, 9, 30, 4),
            shorts(284, 2), shorts(320, 0, 255, 3), shorts(338, 0, 2), shorts(339, 1, 2, 3), (42113, 2, 6, b"-9999\0"),
            order=order, big=big,
        )
    )  # fmt: skip
    assert tags is not None
    assert (tags.width, tags.height, tags.bits, tags.bands) == (640, 480, (16, 12, 10, 8, 8), 5)
    assert (tags.compression, tags.photometric, tags.description) == (5, tiff_tags.RGB, "description")
    assert (tags.min_sample, tags.max_sample, tags.planar, tags.narrow_palette) == (3, 30, True, True)
    assert (tags.extra, tags.formats, tags.no_data) == ((0, 2), (1, 2, 3, 3, 3), -9999)
    assert tags.big_endian_big == (order == ">" and big)


TYPES = [
    (1, "B", 5), (3, "H", 5), (4, "I", 5), (6, "b", -5), (8, "h", -5),
    (9, "i", -5), (11, "f", -0.5), (12, "d", -0.5), (16, "Q", 5), (17, "q", -5),
]  # fmt: skip


@pytest.mark.parametrize(("order", "big"), FORMS)
def test_numbers_of_every_type_are_read(order, big):
    for kind, code, value in TYPES:
        values = struct.pack(f"{order}2{code}", value, 9)
        others = [(tag, 3, 1, struct.pack(f"{order}H", 99)) for tag in (280, 281)]
        tags = tiff_tags.read(built(*others, (340, kind, 2, values), (341, kind, 2, values), order=order, big=big))
        assert tags is not None
        assert (tags.min_sample, tags.max_sample) == (value, 9), "before MinSampleValue and MaxSampleValue"


@pytest.mark.parametrize(("order", "big"), FORMS)
def test_a_text_in_the_entry_or_elsewhere_is_read_if_the_file_has_all_of_it(order, big):
    for size in (1, 4, 5, 8, 9, 300):
        data = built((270, 2, size, b"x" * size), order=order, big=big)
        tags = tiff_tags.read(data)
        assert tags is not None
        assert tags.description == "x" * size
        if size > (8 if big else 4):
            cut = tiff_tags.read(data[:-1])
            assert cut is not None
            assert cut.description == ""


def test_at_most_64_kibibytes_of_a_text_are_read():
    tags = tiff_tags.read(built((270, 2, 65_600, b"x" * 65_600)))
    assert tags is not None
    assert len(tags.description) == 65_536
    assert tags.no_data is None


@pytest.mark.parametrize(("bands", "is_read"), [(0, False), (1, True), (65_536, True), (65_537, False)])
def test_a_photo_has_1_to_65536_bands(bands, is_read):
    assert (tiff_tags.read(built((277, 4, 1, struct.pack("<I", bands)))) is not None) == is_read


def test_the_first_of_two_equal_tags_counts_and_texts_are_no_numbers():
    width = [(256, 3, 1, struct.pack("<H", number)) for number in (3, 4)]
    tags = tiff_tags.read(
        built((257, 2, 2, b"9\0"), (258, 2, 2, b"9\0"), (338, 2, 2, b"9\0"), (256, 3, 0, b""), *width)
    )
    assert tags is not None
    assert (tags.width, tags.height, tags.bits, tags.extra) == (3, 0, (1,), ())
    assert tiff_tags.read(b"II*\0") is None
    assert tiff_tags.read(b"JJ*\0" + bytes(40)) is None
