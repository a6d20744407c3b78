"""The range by which a photo of more than 8 bits is converted."""

from __future__ import annotations

import numpy as np
import pytest
from tiffs import chunk, png16

from studio.data.bit_depth import deep
from studio.data.bit_depth.reading import Reading
from studio.spec import ValueRange

FULL, NARROW = ValueRange(0, 65535), ValueRange(0, 255)
BRIGHT, DARK = (np.linspace(0, high, 400).reshape(20, 20).astype(np.uint16) for high in (60000, 200))
STATED = chunk(b"sBIT", b"\x08")


@pytest.mark.parametrize(
    ("reading", "data", "guess", "warning"),
    [
        (Reading(), png16(BRIGHT), FULL, ""),
        (Reading(), png16(DARK), NARROW, ""),
        (Reading(FULL), png16(DARK), None, ""),
        (Reading(ranges={"integer": FULL}), png16(BRIGHT), None, ""),
        (Reading(ranges={"integer": FULL}), png16(DARK), None, "nearly black"),
        (Reading(ranges={"integer": NARROW}), png16(BRIGHT), None, "above the estimated range"),
        (Reading(ranges={"float": NARROW}), png16(BRIGHT), FULL, ""),
        (Reading(ranges={"integer": FULL}), png16(DARK, STATED), None, ""),
        (Reading(FULL, {"integer": NARROW}), png16(BRIGHT), None, ""),
    ],
)
def test_a_range_is_estimated_only_where_none_is_known(
    reading: Reading, data: bytes, guess: ValueRange | None, warning: str
) -> None:
    header = deep.header(data)
    assert header is not None
    found = reading.convert(data, header)
    assert found.guess == guess
    assert (warning in found.cut_off) if warning else found.cut_off == ""
    assert np.array_equal(np.asarray(found.image), np.asarray(reading.image(data, header)))


@pytest.mark.parametrize(
    ("reading", "brightest"),
    [
        (Reading(), 200),
        (Reading(FULL), 1),
        (Reading(ranges={"integer": ValueRange(0, 400)}), 128),
        (Reading(NARROW), 200),
    ],
)
def test_the_range_determines_the_levels(reading: Reading, brightest: int) -> None:
    header = deep.header(data := png16(DARK))
    assert header is not None
    assert np.asarray(reading.image(data, header)).max() == brightest


def test_photos_scaled_by_themselves_are_not_converted() -> None:
    assert Reading(by_photo=True).header(png16(DARK)) is None
    assert Reading().header(png16(DARK)) is not None
    assert Reading(by_photo=True).words(png16(DARK)) == ""
    assert Reading().words(png16(DARK)) != ""
