from __future__ import annotations

import math

import pytest

from studio.formatting import numbers


def plain(text: str) -> str:
    """Replace special spaces by ordinary ones, for readable tests."""
    assert " " not in text.replace(" × ", "×").replace("min ", "min").replace("h ", "h"), "a unit may break off"
    return text.replace(numbers.NARROW, " ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "−0"), (math.inf, "inf"), (-math.inf, "−inf"), (math.nan, "nan"),
        (3.21, "3.21"), (12300, "12,300"), (0.00042, "0.000420"), (6.02e23, "6.02e+23"), (-0.0421, "−0.0421"),
        (1e-5, "0.0000100"), (9.99e-6, "9.99e−06"), (999_999_999, "999,999,999"), (1e9, "1.00e+09"), (100, "100"),
    ],
)  # fmt: skip
def test_a_number_of_unknown_size_in_three_figures(value, text):
    assert numbers.figures(value) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0.0, "0"), (0.001, "1e-3"), (0.0025, "2.5e-3"), (0.00949, "9.49e-3"), (0.0095, "0.0095"), (0.01, "0.01"),
        (1.0, "1"), (99999.0, "99999"), (1e5, "1e5"), (-1e-5, "-1e-5"), (1e-10, "1e-10"),
    ],
)  # fmt: skip
def test_a_rate_in_its_shortest_form(rate, text):
    assert numbers.compact(rate) == text


@pytest.mark.parametrize(("rate", "text"), [(3.4549e-4, "3.5e-4"), (0.0123, "0.012"), (0.5, "0.5"), (1e-3, "1e-3")])
def test_a_learning_rate_has_two_digits(rate, text):
    assert numbers.learning_rate(rate) == text


def test_a_number_has_the_requested_number_of_digits():
    assert numbers.figures(math.pi, 5) == "3.1416"
    assert numbers.figures(123456, 2) == "123,456"
    assert numbers.figures(1.5e12, 2) == "1.5e+12"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"), (999, "999"), (999.4, "999"), (999.5, "1.0 K"), (1000, "1.0 K"), (9940, "9.9 K"), (9950, "10 K"),
        (999_499, "999 K"), (999_500, "1.0 M"), (4_700_000, "4.7 M"), (25_600_000, "26 M"), (1.2e9, "1.2 G"),
        (-4_700_000, "-4.7 M"),
    ],
)  # fmt: skip
def test_a_large_number_in_few_figures(number, text):
    assert plain(numbers.count(number)) == text


def test_a_whole_number_in_groups_of_three():
    assert [plain(numbers.exact(number)) for number in (0, 999, 2562, 1234567.6)] == ["0", "999", "2,562", "1,234,568"]


def test_a_share_as_percent():
    assert plain(numbers.percent(0.948)) == "94.8 %"
    assert plain(numbers.percent(1.0, 0)) == "100 %"
    assert numbers.plain_percent(0.9484, 2) == "94.84 %"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0.0 %"), (0.0004, "under 0.1 %"), (0.0006, "0.1 %"), (0.5, "50.0 %"), (0.9994, "99.9 %"),
        (0.9996, "over 99.9 %"), (1.0, "100.0 %"),
    ],
)  # fmt: skip
def test_only_none_and_all_are_written_as_0_and_100_percent(share, text):
    assert numbers.plain(numbers.strict_percent(share)) == text


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (-1, "0.000 s"), (0.004, "0.004 s"), (0.0095, "0.01 s"), (0.02, "0.02 s"), (0.94, "0.94 s"), (0.95, "0.9 s"),
        (0.96, "1 s"), (4.0, "4 s"), (4.25, "4.2 s"), (9.94, "9.9 s"), (9.95, "10 s"), (59.4, "59 s"), (59.5, "1 min"),
        (60, "1 min"), (125, "2 min 5 s"), (3599.4, "59 min 59 s"), (3599.5, "1 h"), (3600, "1 h"),
        (4320, "1 h 12 min"), (7200, "2 h"), (90000, "25 h"),
    ],
)  # fmt: skip
def test_durations_in_words(time, text):
    assert plain(numbers.seconds(time)) == text


def test_shapes_in_words():
    assert numbers.shape((112, 14, 14)) == "112 × 14 × 14"
    assert numbers.shape(()) == "–"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 KB"), (49_999, "50 KB"), (50_000, "0.1 MB"), (400_000, "0.4 MB"), (44.7e6, "44.7 MB"),
        (99.4e6, "99.4 MB"), (99.5e6, "100 MB"), (999e6, "999 MB"), (999.5e6, "1.0 GB"), (1.2e9, "1.2 GB"),
    ],
)  # fmt: skip
def test_a_number_of_bytes(size, text):
    assert plain(numbers.megabytes(size)) == text


def test_bytes_below_a_kilobyte_are_exact():
    assert plain(numbers.small_bytes(999)) == "999 B"
    assert plain(numbers.small_bytes(1000)) == "1 KB"


def test_the_size_of_a_download_in_words():
    assert plain(numbers.download_size(0.4)) == "0.4 MB"
    assert numbers.download_size(0) == "size unknown"


def test_a_number_with_its_noun():
    assert numbers.many(1, "photo") == "1 photo"
    assert numbers.many(0, "photo") == "0 photos"
    assert numbers.many(2397, "class", "classes") == "2,397 classes"
    assert numbers.many(1, "class", "classes") == "1 class"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (96.4, "photos", "96 photos/s"), (9.5, "photos", "10 photos/s"), (9.4, "photos", "9.4 photos/s"),
        (1.44, "epochs", "1.4 epochs/s"), (0.95, "epochs", "0.9 epochs/s"), (0.1, "epochs", "10 s/epoch"),
        (0.5, "epochs", "2 s/epoch"), (0.1, "MB", "0.1 MB/s"),
    ],
)  # fmt: skip
def test_rates_per_second_and_their_inverse_in_words(value, unit, text):
    assert numbers.rate(value, unit).replace(numbers.NARROW, " ") == text
