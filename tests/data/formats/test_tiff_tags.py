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
