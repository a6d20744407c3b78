"""Differences between a run and its replay other than settings: versions, processor, threads, device."""

from __future__ import annotations

from collections.abc import Iterator

from studio.events import Machine
from studio.runs.files.record import RunRecord

LABELS = {"python": "Python", "thaw-studio": "Thaw Studio", "system": "operating system"}


def differences(then: RunRecord, now: RunRecord) -> Iterator[str]:
    """Sentences about what was different, the most likely cause of different results first."""
    if then.device and then.device != now.device:
        yield f"The run computed on {then.device}, the replay on {now.device}."
    if then.precision != now.precision:
        yield f"The run computed in {then.precision}, the replay in {now.precision}."
    if then.machine is not None and now.machine is not None:
        yield from _machines(then.machine, now.machine)
    parts = [
        f"{LABELS.get(name, name)} {version} then, {now.versions[name]} now"
        for name, version in then.versions.items()
        if name in now.versions and version != now.versions[name]
    ]
    if parts:
        yield f"{'; '.join(parts)}."
    if then.cut != now.cut:
        yield f"The network was cut at “{then.cut}” then, and at “{now.cut}” now."


def unrecorded(then: RunRecord, threads: int) -> Iterator[str]:
    """What is unknown, because an earlier version wrote the record without it: a clause for each item.

    Args:
        then: The record.
        threads: Number of threads by the run's checkpoint; 0 if that is unknown, too.
    """
    if not then.weights_hash:
        yield "Whether the pretrained weights are the same: the record has no fingerprint of them."
    if then.machine is None:
        known = "processor" if threads else "processor and number of threads"
        yield f"Whether {known} are the same: the record does not name them."
    if not then.versions:
        yield "Whether the versions of the libraries are the same: the record does not name them."


def history(then: RunRecord) -> Iterator[str]:
    """Sentences about the history of the run that may explain different results."""
    if then.resumed:
        times = "once" if len(then.resumed) == 1 else f"{len(then.resumed)} times"
        yield f"The run was resumed {times}; its record describes the computer of the last time."
    if then.features is not None and then.features.reused:
        yield (
            f"The run took the features of {then.features.reused:,} photos from the cache, where an earlier run "
            "had put them."
        )
    yield from then.differences


def _machines(then: Machine, now: Machine) -> Iterator[str]:
    if then.threads and then.threads != now.threads:
        yield f"The run computed with {_threads(then.threads)}, the replay with {_threads(now.threads)}."
    if then.workers != now.workers:
        yield f"The run computed with {then.workers} workers, the replay with {now.workers}."
    if then.accelerator != now.accelerator:
        yield f"The GPU was {then.accelerator or 'not used'} then, and is {now.accelerator or 'not used'} now."
    processors = tuple(filter(None, (then.processor, now.processor)))
    if len(set(processors)) == 2:
        yield f"The processor was {then.processor} then, and is {now.processor} now."
    if then.instructions and then.instructions != now.instructions:
        yield f"torch used {then.instructions} instructions then, and uses {now.instructions} now."


def _threads(number: int) -> str:
    return "1 thread" if number == 1 else f"{number} threads"
