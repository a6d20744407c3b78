"""Number formats of the window, the terminal and the notebook."""

from __future__ import annotations

import math
from collections.abc import Iterable


def figures(value: float, digits: int = 3) -> str:
    """Format a number with at least this many significant digits: “3.21”, “12,345”, “0.000420”, “6.02e+23”."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}".replace("-", "−")
    size = math.floor(math.log10(abs(value)))
    if not -5 <= size < 9:
        return f"{value:.{digits - 1}e}".replace("-", "−")
    places = max(0, digits - 1 - size)
    text = f"{value:,.{places}f}"
    return text.replace("-", "−")


NARROW = "\u202f"
"""Narrow no-break space."""


def count(number: float) -> str:
    """Format a large number with two or three digits and a prefix: 4700000 is "4.7 M"; without one below 1,000."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "K")):
        if abs(number) >= limit * 0.9995:
            value = number / limit
            digits = 1 if abs(value) < 9.95 else 0
            return f"{value:.{digits}f}{NARROW}{unit}"
    return f"{number:.0f}"


def exact(number: float) -> str:
    """Format an integer with digits in groups of three: 2562 is "2,562"."""
    return f"{round(number):,}"


def compact(value: float) -> str:
    """Format a learning rate in its shortest form: 0.001 is "1e-3", 0.01 is "0.01"."""
    if value and (abs(value) < 0.0095 or abs(value) >= 1e5):
        digits, power = f"{value:.10e}".split("e")
        return f"{digits.rstrip('0').rstrip('.')}e{int(power)}"
    return f"{value:g}"


def percent(share: float, digits: int = 1) -> str:
    """Format a proportion in percent: 0.948 is "94.8 %"."""
    return f"{share * 100:.{digits}f}{NARROW}%"


def strict_percent(share: float) -> str:
    """Like `percent`, but only exactly 0 and 1 are written as 0.0 % and 100.0 %, near values as “over 99.9 %”."""
    text = percent(share)
    if share < 1 and text == percent(1):
        return f"over 99.9{NARROW}%"
    if share > 0 and text == percent(0):
        return f"under 0.1{NARROW}%"
    return text


def plain_percent(share: float, digits: int = 1) -> str:
    """Like `percent`, with an ordinary space, for terminals and logs."""
    return plain(percent(share, digits))


def seconds(time: float) -> str:
    """Format a duration: "0.02 s", "4 s", "2 min 5 s", "1 h 12 min"."""
    if time < 0.0095:
        return f"{max(time, 0.0):.3f}{NARROW}s"
    if time < 0.95:
        return f"{time:.2f}{NARROW}s"
    if time < 9.95:
        return f"{time:.1f}".removesuffix(".0") + f"{NARROW}s"
    rounded = round(time)
    if rounded < 60:
        return f"{rounded}{NARROW}s"
    if rounded < 3600:
        return f"{rounded // 60}{NARROW}min" + (f" {rounded % 60}{NARROW}s" if rounded % 60 else "")
    minutes = round(time / 60)
    return f"{minutes // 60}{NARROW}h" + (f" {minutes % 60}{NARROW}min" if minutes % 60 else "")


def shape(sizes: Iterable[int]) -> str:
    """Format a tensor's shape: (112, 14, 14) is "112 × 14 × 14"; "–" for ()."""
    return " × ".join(str(size) for size in sizes) or "–"


def megabytes(size: float) -> str:
    """Format a number of bytes: "12 KB", "0.4 MB", "44.7 MB", "1.2 GB"."""
    if size >= 999.5e6:
        return f"{size / 1e9:.1f}{NARROW}GB"
    if size >= 99.5e6:
        return f"{size / 1e6:.0f}{NARROW}MB"
    return f"{size / 1e6:.1f}{NARROW}MB" if size >= 50_000 else f"{size / 1e3:.0f}{NARROW}KB"


def small_bytes(size: int) -> str:
    """Like `megabytes`, with bytes below one kilobyte: "512 B"."""
    return megabytes(size) if size >= 1000 else f"{size}{NARROW}B"


def plain(text: str) -> str:
    """Replace narrow spaces, which not every terminal shows, with ordinary ones."""
    return text.replace(NARROW, " ")


def download_size(size: float) -> str:
    """Format the size of a download in megabytes: "47.0 MB"; "size unknown" for 0."""
    return megabytes(size * 1e6) if size > 0 else "size unknown"


def many(number: int, noun: str, plural: str = "") -> str:
    """Format a number with its noun: "1 photo", "397 photos"."""
    return f"{exact(number)} {noun if number == 1 else plural or noun + 's'}"


def rate(value: float, unit: str) -> str:
    """Format a speed: "96 photos/s", "1.4 epochs/s", and below one unit per second its inverse: "10 s/epoch"."""
    if value < 0.95 and unit != "MB":
        return f"{seconds(1 / value)}/{unit.removesuffix('s')}"
    return f"{exact(value) if value >= 9.5 else f'{value:.1f}'} {unit}/s"


def learning_rate(value: float) -> str:
    """Format a learning rate with two significant digits: 3.4549e-4 is "3.5e-4"."""
    return compact(float(f"{value:.1e}"))
