"""Charts as inline SVG: curves over epochs, confusion matrices, the reliability diagram.

Colors are classes of the page's style sheet, so that one file works in light and dark, and on paper.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from studio.evaluate.metrics import Metric
from studio.formatting import numbers
from studio.system.names import escaped, escaped_lines

WIDTH, HEIGHT = 560, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 124, 12, 34
MOST_POINTS = 400
"""Largest number of points of a line; of more, evenly chosen ones are drawn."""

LONGEST_NAME = 22

Place = Callable[[float, float], tuple[float, float]]
"""Function from epoch and value to the position in the picture."""


@dataclass(frozen=True)
class Curve:
    """One line of a chart.

    Attributes:
        name: Text at the end of the line.
        style: CSS class of the line.
        points: Epoch and value; values that are not finite interrupt the line.
        best: Point that is marked; None for none.
    """

    name: str
    style: str
    points: Sequence[tuple[float, float]]
    best: tuple[float, float] | None = None


def short(name: str, longest: int = LONGEST_NAME) -> str:
    """A name on one line, shortened in its middle."""
    text = escaped(name)
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[: longest - 1 - half]}…{text[-half:]}"


def curves(metric: Metric, lines: Sequence[Curve]) -> Markup:
    """Draw curves over epochs; shares are shown in percent."""
    lines = [line for line in lines if any(math.isfinite(y) for _, y in line.points)]
    if not lines:
        return Markup("")
    scale = metric.scale
    ys = [y * scale for line in lines for _, y in line.points if math.isfinite(y)]
    last = max(x for line in lines for x, _ in line.points)
    low, high = _range(min(ys), max(ys), metric.format == "percent")
    step = _step(high - low)

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - 1) / max(last - 1, 1)
        up = (y * scale - low) / (high - low)
        return LEFT + across * (WIDTH - LEFT - RIGHT), TOP + (1 - up) * (HEIGHT - TOP - BOTTOM)

    parts = []
    tick = math.ceil(low / step) * step
    while tick <= high + step * 1e-6:
        _, y = place(1, tick / scale)
        words = f"{round(tick, 10):g}".replace("-", "−")
        parts.append(
            Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(LEFT, WIDTH - RIGHT, y, y)
        )
        parts.append(Markup('<text class="tick end" x="{}" y="{:.1f}">{}</text>').format(LEFT - 6, y + 4, words))
        tick += step
    for epoch in _epochs(last):
        x, _ = place(epoch, low / scale)
        parts.append(Markup('<text class="tick middle" x="{:.1f}" y="{}">{}</text>').format(x, HEIGHT - 16, epoch))
    unit = f"{metric.title}, {metric.unit}" if metric.unit else metric.title
    parts.append(Markup('<text class="tick" x="{}" y="{}">{} over epochs</text>').format(LEFT, HEIGHT - 2, unit))
    ends = []
    for line in lines:
        parts.append(_line(line, place))
        x, y = next(point for point in reversed(line.points) if math.isfinite(point[1]))
        ends.append((place(x, y)[1], f"{line.name} {metric.text(y)}", line.style))
    for y, words, style in _apart(ends):
        parts.append(
            Markup('<text class="label {}" x="{}" y="{:.1f}">{}</text>').format(style, WIDTH - RIGHT + 6, y + 4, words)
        )
    spoken = f"{metric.title} over {numbers.many(int(last), 'epoch')}"
    return drawing(WIDTH, HEIGHT, spoken, parts)


def _line(line: Curve, place: Place) -> Markup:
    step = max(1, math.ceil(len(line.points) / MOST_POINTS))
    points = [*line.points[::step], *([line.points[-1]] if (len(line.points) - 1) % step else [])]
    path, pen = [], "M"
    for x, y in points:
        if not math.isfinite(y):
            pen = "M"
            continue
        across, down = place(x, y)
        path.append(f"{pen}{across:.1f} {down:.1f}")
        pen = "L"
    drawn = Markup('<path class="line {}" d="{}"/>').format(line.style, " ".join(path))
    if len(path) == 1:
        drawn += _dot(*place(*next(point for point in points if math.isfinite(point[1]))), line.style)
    if line.best is not None and math.isfinite(line.best[1]):
        drawn += _dot(*place(*line.best), line.style)
    return drawn


def _dot(x: float, y: float, style: str) -> Markup:
    return Markup('<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="4"/>').format(style, x, y)


def _apart(ends: Sequence[tuple[float, str, str]], gap: float = 15.0) -> list[tuple[float, str, str]]:
    """Move labels apart so that none overlaps another."""
    placed: list[tuple[float, str, str]] = []
    for y, words, style in sorted(ends):
        placed.append((max(y, placed[-1][0] + gap) if placed else y, words, style))
    below = (placed[-1][0] if placed else 0.0) - (HEIGHT - BOTTOM)
    return [(y - max(below, 0.0), words, style) for y, words, style in placed]


def _range(low: float, high: float, percent: bool) -> tuple[float, float]:
    room = (high - low) * 0.08 or max(abs(high) * 0.1, 0.01)
    top = min(high + room, 100.0) if percent else high + room
    bottom = max(low - room, 0.0) if low >= 0 else low - room
    return (bottom, top) if top > bottom else (bottom - 1, bottom + 1)


def _step(span: float) -> float:
    """Distance of ticks so that about five fit."""
    rough = span / 5
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * base for base in (1, 2, 5, 10) if power * base >= rough)


def _epochs(last: float) -> list[int]:
    step = max(1, round(_step(max(last, 5))))
    ticks = list(range(step, int(last) + 1, step))
    return ticks if step <= 2 and ticks else [1, *ticks]


def reliability(bins: Sequence[dict[str, float]]) -> Markup:
    """The reliability diagram: accuracy of the photos in each bin of confidence, beside the diagonal."""
    side, left, top = 220, 44, 8
    filled = [one for one in bins if one["count"]]
    most = max((one["count"] for one in filled), default=1)
    parts = [
        Markup('<rect class="frame" x="{}" y="{}" width="{}" height="{}"/>').format(left, top, side, side),
        Markup('<line class="grid strong" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
            left, top + side, left + side, top
        ),
    ]
    for one in filled:
        x, y = left + one["confidence"] * side, top + (1 - one["accuracy"]) * side
        radius = 3 + 6 * math.sqrt(one["count"] / most)
        words = (
            f"confidence {one['confidence']:.2f}: {numbers.many(int(one['count']), 'photo')}, "
            f"{numbers.percent(one['accuracy'])} right"
        )
        parts.append(
            Markup('<circle class="dot accent" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"><title>{}</title></circle>').format(
                x, y, radius, words
            )
        )
    for share in (0.0, 0.5, 1.0):
        parts.append(
            Markup('<text class="tick middle" x="{}" y="{}">{:g}</text>').format(
                left + share * side, top + side + 16, share
            )
        )
        parts.append(
            Markup('<text class="tick end" x="{}" y="{}">{:g}</text>').format(
                left - 6, top + (1 - share) * side + 4, share
            )
        )
    parts.append(
        Markup('<text class="tick middle" x="{}" y="{}">confidence</text>').format(left + side / 2, top + side + 32)
    )
    parts.append(
        Markup('<text class="tick middle" transform="translate({} {}) rotate(-90)">accuracy</text>').format(
            12, top + side / 2
        )
    )
    return drawing(left + side + 12, top + side + 38, "Reliability diagram", parts)


def whisker(value: float, low: float | None, high: float | None) -> Markup:
    """A share with its interval on a scale from 0 to 1; empty if a value is missing."""
    if low is None or high is None or not 0 <= low <= value <= high <= 1:
        return Markup("")
    width = 120
    parts = [
        Markup('<line class="grid" x1="0" x2="{}" y1="7" y2="7"/>').format(width),
        Markup('<line class="reach" x1="{:.1f}" x2="{:.1f}" y1="7" y2="7"/>').format(low * width, high * width),
        Markup('<line class="mark" x1="{0:.1f}" x2="{0:.1f}" y1="1" y2="13"/>').format(value * width),
    ]
    return Markup('<svg class="whisker" viewBox="0 0 {} 14" width="{}" height="14" aria-hidden="true">{}</svg>').format(
        width, width, Markup("").join(parts)
    )


def drawing(width: float, height: float, spoken: str, parts: Sequence[Markup]) -> Markup:
    """Combine parts to one picture; `spoken` is its name for screen readers."""
    form = Markup('<svg viewBox="0 0 {0:g} {1:g}" style="max-width:{0:g}px" role="img" aria-label="{2}">{3}</svg>')
    text = form.format(width, height, spoken, Markup("\n").join(parts))
    return Markup(escaped_lines(text))  # names of classes in tooltips may contain control characters
