"""Exchange between the workers of an extraction: the keys of the photos that each of them read."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
import numpy as np

from studio.data.bit_depth.reading import DIGEST_BYTES, Reading
from studio.data.images.measuring import DataSetReading
from studio.engine.cache.store import FeatureStore, Rows
from studio.engine.workers.workers import Workers
from studio.events import ValueRanges
from studio.jobs.protocol import Interrupted, Stop
from studio.spec import UserError

VISIBLE_AFTER = 45.0
"""Seconds to wait for a file that another computer wrote: network file systems cache directory listings."""


class WorkerPart(msgspec.Struct, frozen=True):
    """Result of one worker.

    Attributes:
        digests: Keys of its readable photos, one after the other.
        skipped: Index in the data set of each photo that cannot be read, and the reason.
        computed: Number of rows that it computed.
        ranges: Value ranges of photos of more than 8 bits that it knows; None if the reading estimates none.
    """

    digests: bytes
    skipped: list[tuple[int, str]]
    computed: int
    ranges: ValueRanges | None


def exchanged(
    workers: Workers,
    photos: int,
    digests: list[bytes],
    skipped: list[tuple[int, str]],
    computed: int,
    reading: Reading,
    stop: Stop,
) -> tuple[list[bytes], list[tuple[int, str]], int]:
    """Exchange the results of all workers.

    Args:
        workers: The workers.
        photos: Number of photos of the data set.
        digests: Keys of this worker's readable photos, in order.
        skipped: Index and reason of each of its unreadable ones.
        computed: Number of rows that it computed.
        reading: Receives the value ranges that others estimated.
        stop: Checked while it waits.

    Returns:
        `digests`, `skipped` and `computed` for all photos, in the order of the data set.
    """
    ranges = reading.ranges() if isinstance(reading, DataSetReading) else None
    own = WorkerPart(b"".join(digests), skipped, computed, ranges)
    contents = workers.exchange_all("extracted", msgspec.msgpack.encode(own), stop)
    parts = [msgspec.msgpack.decode(content, type=WorkerPart) for content in contents]
    by_photo: list[bytes] = [b""] * photos
    for rank, part in enumerate(parts):
        bad = {index for index, _ in part.skipped}
        readable = [index for index in np.arange(rank, photos, workers.count).tolist() if index not in bad]
        for place, index in enumerate(readable):
            by_photo[index] = part.digests[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES]
        if isinstance(reading, DataSetReading) and part.ranges is not None:
            reading.add(part.ranges)
    reasons = sorted(one for part in parts for one in part.skipped)
    return [one for one in by_photo if one], reasons, sum(part.computed for part in parts)


def rows_of_all(workers: Workers, open_store: Callable[[], FeatureStore], digests: list[bytes], stop: Stop) -> Rows:
    """The rows of all photos, which other workers wrote to the same cache.

    Raises:
        UserError: Rows of other workers are not in this worker's cache.
    """
    until = time.monotonic() + VISIBLE_AFTER
    while True:
        store = open_store()
        try:
            return store.rows(digests)
        except KeyError:
            if stop():
                raise Interrupted from None
            if time.monotonic() > until:
                raise UserError(
                    f"Features that other workers computed are missing in the cache of worker {workers.rank + 1}.",
                    "All workers must use one cache: set XDG_CACHE_HOME to the same shared folder on each computer.",
                ) from None
        time.sleep(0.5)
