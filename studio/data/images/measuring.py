"""Estimation of one value range for all photos of a data set whose files state none.

It is estimated when the first such photo is read, from photos chosen by a hash of their path: the same folder gives the
same range, in whatever order its photos are read. Folders of 8-bit photos are not examined.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from studio.data.bit_depth import deep, deep_png, value_range
from studio.data.bit_depth.reading import Reading
from studio.data.bit_depth.value_range import Extremes
from studio.data.formats import pixel_budget, tiff_tags
from studio.data.formats.unreadable import Unreadable
from studio.data.images import decode
from studio.events import EstimatedRange, Photo, ValueRanges, Warned
from studio.jobs.workers import map_ordered
from studio.spec import SampleKind, ValueRange
from studio.system import remote

MAX_PHOTOS = 64
"""Number of photos in the sample."""

MAX_PIXELS = 300_000_000
"""Largest number of pixels in the sample, so that large photos do not take minutes; one photo is always read."""


class DataSetReading(Reading):
    """Rule for one data set that estimates ranges when they are first needed. Thread-safe.

    Args:
        folder: Folder of the data set.
        photos: All photos; the sample is drawn from those for training, or from others where none of those needs a
            range.
        ranges: Ranges that are known already, for instance of a run that is resumed.
    """

    def __init__(self, folder: str, photos: Iterable[Photo], ranges: ValueRanges) -> None:
        super().__init__(ranges.chosen, by_photo=ranges.by_photo)
        self._folder, self._photos = folder, photos
        self._estimated: dict[SampleKind, EstimatedRange | None] = {one.kind: one for one in ranges.estimated}
        self._lock = threading.Lock()

    def range_for(self, kind: SampleKind) -> ValueRange | None:
        """The range for photos whose file states none; estimated on the first call."""
        with self._lock:
            if kind not in self._estimated:
                steps = measure(self._folder, self._photos, kind)
                while True:
                    try:
                        self.photos_read = next(steps)
                    except StopIteration as end:
                        self._estimated[kind] = end.value
                        break
            estimate = self._estimated[kind]
        return None if estimate is None else ValueRange(estimate.low, estimate.high)

    def add(self, ranges: ValueRanges) -> None:
        """Take over ranges that another process estimated from the same photos."""
        with self._lock:
            for one in ranges.estimated:
                self._estimated.setdefault(one.kind, one)

    def ranges(self) -> ValueRanges:
        """The ranges known so far."""
        estimates = (one for _, one in sorted(self._estimated.items()) if one is not None)
        return ValueRanges(self.chosen, tuple(estimates), self.by_photo)


def warnings(ranges: ValueRanges) -> Iterator[Warned]:
    """Warnings about ranges that were estimated from photos of more than one bit depth."""
    for one in ranges.estimated:
        if one.faint and ranges.chosen is None:
            shown = value_range.between(ValueRange(one.low, one.high))
            yield Warned(
                f"{one.faint:,} of {one.photos:,} photos use less than 1/{value_range.FAINT_DIVISOR} of the estimated "
                f"range, {shown}: they are nearly black, and may be of fewer bits than the others.",
                "Convert all photos to one value range; “thaw scan” in the terminal lists them.",
            )


def is_deep(path: Path) -> bool:
    """True for a readable photo of more than 8 bits."""
    return _deep_header(path) is not None


def reading_of(ranges: ValueRanges) -> Reading:
    """The rule of a run, which also applies to photos outside its data set."""
    estimates = {one.kind: ValueRange(one.low, one.high) for one in ranges.estimated}
    return Reading(ranges.chosen, estimates, ranges.by_photo)


def measure(folder: str, photos: Iterable[Photo], kind: SampleKind) -> Generator[int, None, EstimatedRange | None]:
    """Estimate the range for one number format; yields the number of photos read, returns None without a photo."""
    photos = list(photos)
    for split in ("train", "val", "test"):
        part = sorted((photo.path for photo in photos if photo.split == split), key=_rank)
        extremes = yield from _measured(folder, part, kind)
        if extremes:
            estimate = value_range.estimate(extremes)
            faint = sum(value_range.is_faint(photo, estimate) for photo in extremes)
            return EstimatedRange(kind, estimate.low, estimate.high, len(extremes), faint)
    return None


def _rank(path: str) -> bytes:
    return hashlib.blake2b(path.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _measured(folder: str, paths: list[str], kind: SampleKind) -> Generator[int, None, list[Extremes]]:
    """Extremes of the first decodable photos of this kind that state no range."""
    candidates = _Candidates(folder, paths, kind)
    extremes: list[Extremes] = []
    pixels = 0

    def measure_one(candidate: _Candidate) -> tuple[Extremes | None, int]:
        return _extremes(Path(folder, candidate.path), kind), candidate.pixels

    # A damaged photo is replaced by another one. Otherwise the same data set would get another range once its damaged
    # photos are known and left out.
    while candidates.following is not None and _fits(len(extremes), pixels, candidates.following):
        with closing(map_ordered(measure_one, candidates.up_to(len(extremes), pixels))) as results:
            for result in results:
                if result is not None and result[0] is not None:
                    extremes.append(result[0])
                    pixels += result[1]
                yield len(extremes)
    return extremes


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A photo that needs an estimate: its path relative to the data set, and its size."""

    path: str
    pixels: int


class _Candidates:
    """Candidates for the sample, in the order of `paths`; `following` is the next one, None after the last."""

    def __init__(self, folder: str, paths: list[str], kind: SampleKind) -> None:
        sizes = ((path, _size(Path(folder, path), kind)) for path in paths)
        self._rest = (_Candidate(path, size) for path, size in sizes if size is not None)
        self.following = next(self._rest, None)

    def up_to(self, photos: int, pixels: int) -> Iterator[_Candidate]:
        """The next photos, until the limits are reached; `photos` and `pixels` are the sizes of the sample so far."""
        while self.following is not None and _fits(photos, pixels, self.following):
            candidate = self.following
            photos, pixels = photos + 1, pixels + candidate.pixels
            self.following = next(self._rest, None)
            yield candidate


def _fits(photos: int, pixels: int, candidate: _Candidate) -> bool:
    return not photos or (photos < MAX_PHOTOS and pixels + candidate.pixels <= MAX_PIXELS)


def _deep_header(path: Path) -> deep.Header | None:
    """Properties of a photo of more than 8 bits; None for others. For most, the first bytes are enough."""
    try:
        if remote.url_of(path):  # a second request takes longer than the rest of the file
            header = deep.header(decode.contents(path))
            return header if header is not None and header.deep else None
        with path.open("rb") as file:
            start = file.read(33)
        if not start.startswith((deep_png.MAGIC, *tiff_tags.MAGICS)):
            return None
        if start.startswith(deep_png.MAGIC) and deep_png.header(start) is None:
            return None
        header = deep.header(decode.contents(path))
    except (OSError, Unreadable):
        return None
    return header if header is not None and header.deep else None


def _size(path: Path, kind: SampleKind) -> int | None:
    """Pixels of a photo that needs an estimate; None for others."""
    header = _deep_header(path)
    if header is None or header.states or header.kind != kind:
        return None
    return header.size[0] * header.size[1]


def _extremes(path: Path, kind: SampleKind) -> Extremes | None:
    """Extremes of a photo; None where it has none."""
    try:
        data = decode.contents(path)
        header = deep.header(data)
        with pixel_budget.SHARED.use():
            return deep.read(data, header).extremes() if header is not None and header.kind == kind else None
    except Unreadable:
        return None
