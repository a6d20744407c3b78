"""Numbers as people read them: with units, with the right signs, and always in the same way.

A narrow no-break space stands between a number and its unit and between groups of three digits, so that no line break
falls there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from pathlib import Path

from studio.events import Progress
from studio.formatting.numbers import figures
from studio.spec import BUNDLED_BACKBONE
from studio.system.names import escaped, escaped_lines
from studio.workbench.state import JobState

NARROW = "\u202f"
"""Narrow no-break space."""

STOP_KEY = "Shift+F5"
"""Stops the training, or else the work under way; F5 trains."""

TITLES = {
    "scan": "Looking through the folder",
    "sample": "Writing the sample photos",
    "preview": "Preparing the preview",
    "augmented": "Changing the photo",
    "warm_up": "Starting…",
    "inspect": "Loading the backbone",
    "outputs": "Computing the layer's output",
    "cache": "Looking into the cache",
    "train": "Training",
    "export": "Exporting the head",
    "runs": "Listing runs",
    "open_run": "Opening the run",
    "discard": "Moving the run to the trash",
}
"""What a job does, until its first stage says it better."""


def count(number: float) -> str:
    """A large number in three figures: 4700000 is "4.7 M"."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "K")):
        if abs(number) >= limit * 0.9995:
            value = number / limit
            digits = 1 if abs(value) < 9.95 else 0
            return f"{value:.{digits}f}{NARROW}{unit}"
    return f"{number:.0f}"


def exact(number: float) -> str:
    """A whole number in groups of three: 2562 is "2 562"."""
    return f"{round(number):,}".replace(",", NARROW)


def number(value: float, digits: int = 3) -> str:
    """A number of unknown size and unit in so many figures: "3.21", "12 300", "−0.0421"."""
    return figures(value, digits).replace(",", NARROW)


def percent(share: float, digits: int = 1) -> str:
    """A share of one as percent: 0.948 is "94.8 %"."""
    return f"{share * 100:.{digits}f}{NARROW}%"


def seconds(time: float) -> str:
    """A duration: "0.02 s", "4 s", "2 min 5 s", "1 h 12 min"."""
    if time < 0.0095:
        return f"{max(time, 0.0):.3f}{NARROW}s"
    if time < 0.95:
        return f"{time:.2f}{NARROW}s"
    if time < 9.95:
        return f"{time:.1f}".removesuffix(".0") + f"{NARROW}s"
    whole = round(time)
    if whole < 60:
        return f"{whole}{NARROW}s"
    if whole < 3600:
        return f"{whole // 60}{NARROW}min" + (f" {whole % 60}{NARROW}s" if whole % 60 else "")
    minutes = round(time / 60)
    return f"{minutes // 60}{NARROW}h" + (f" {minutes % 60}{NARROW}min" if minutes % 60 else "")


def shape(sizes: Iterable[int]) -> str:
    """A tensor's shape: (112, 14, 14) is "112 × 14 × 14"; "–" where there is none."""
    return " × ".join(str(size) for size in sizes) or "–"


def megabytes(size: float) -> str:
    """A number of bytes: "0.4 MB", "44.7 MB", "1.2 GB"."""
    if size >= 999.5e6:
        return f"{size / 1e9:.1f}{NARROW}GB"
    if size >= 99.5e6:
        return f"{size / 1e6:.0f}{NARROW}MB"
    return f"{size / 1e6:.1f}{NARROW}MB" if size >= 50_000 else f"{size / 1e3:.0f}{NARROW}KB"


def download_size(size: float) -> str:
    """How much must be downloaded, from megabytes: "47 MB", "size unknown"."""
    return megabytes(size * 1e6) if size > 0 else "size unknown"


def tip(text: str) -> str:
    """`text` as a tooltip that shows it as it is: Qt would take a file called “<b>x” for formatted text."""
    text = escaped_lines(text.replace("\u200b", ""))  # places where a label may break, see `breakable`
    return f"<span>{html.escape(text)}</span>".replace("\n", "<br>") if "<" in text else text


def one_line(text: str) -> str:
    """A name on one line: the file system allows line ends and other control characters in it."""
    return escaped(text)


def kept(text: str) -> str:
    """`text` for a label of several lines: long names may break, numbers and their units not.

    Qt ends lines at a narrow no-break space as at any other; only the wide one holds.
    """
    return breakable(text).replace(NARROW, "\u00a0")


def breakable(text: str, longest: int = 16) -> str:
    """`text` with places where a line may end inside of its long words: class and file names often have no space."""

    def cut(found: re.Match[str]) -> str:
        parts = re.split(r"(?<=[_/.\\-])", found.group())
        pieces = (part[start : start + longest] for part in parts for start in range(0, len(part), longest))
        return "\u200b".join(pieces)

    return re.sub(rf"\S{{{longest + 1},}}", cut, escaped_lines(text))


def backbone(name: str) -> str:
    """What a backbone is called on the screen."""
    return "EfficientNet-Lite0" if name == BUNDLED_BACKBONE else name


def short_backbone(name: str) -> str:
    """The same where there is little room: "Lite0"."""
    return backbone(name).removeprefix("EfficientNet-")


def many(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 photo", "397 photos"."""
    return f"{exact(number)} {noun if number == 1 else plural or noun + 's'}"


def title_of(job: JobState) -> str:
    """What a job does now."""
    if job.stopping:
        return "Stopping…"
    return job.stage.title if job.stage is not None else TITLES.get(job.name, job.name)


def figures_of(job: JobState, planned: str = "") -> str:
    """How far a job is: "120 of 397 photos · 96 photos/s · 3 s left"; "" before it has said so."""
    far = job.progress
    if job.waiting is not None and not job.stopping:
        file = one_line(Path(job.waiting.path).name)
        return f"still reading {file} ({seconds(job.waiting.seconds)})"
    if far is None or job.stopping:
        return ""
    parts = [_position(far, planned)]
    if far.detail and far.rate < 1:  # where epochs fly by, batches would only flicker
        parts.append(far.detail)
    if far.rate > 0:
        parts.append(rate(far.rate, far.unit))
    if far.seconds_left is not None:
        left = far.seconds_left
        parts.append(f"{seconds(max(1, round(left)))} left" if left >= 0.5 else "nearly done")
    return " · ".join(parts)


def _position(far: Progress, planned: str) -> str:
    """How much is done: "120 of 397 photos", "12.5 of 46.8 MB", "epoch 3 of 15"."""
    if far.unit == "epochs" and far.total and far.done < far.total:
        return f"epoch {int(far.done) + 1} of {planned or exact(far.total)}"
    done, total = (f"{one:.1f}" if far.unit == "MB" else exact(one) for one in (far.done, far.total))
    return f"{done} of {total} {far.unit}" if far.total else f"{done} {far.unit}"


def rate(value: float, unit: str) -> str:
    """How fast it goes: "96 photos/s", "1.4 epochs/s", and where it is slow the other way round: "10 s/epoch"."""
    if value < 0.95 and unit != "MB":
        return f"{seconds(1 / value)}/{unit.removesuffix('s')}"
    return f"{exact(value) if value >= 9.5 else f'{value:.1f}'} {unit}/s"


def progress_line(job: JobState, planned: str = "") -> str:
    """The job in one line: "Computing features · 120 of 397 photos · 96 photos/s · 3 s left"."""
    return " · ".join(filter(None, (title_of(job), figures_of(job, planned))))
