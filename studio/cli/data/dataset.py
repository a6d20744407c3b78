"""Output of `thaw scan` and `thaw extract`: the photos of a folder, and their features."""

from __future__ import annotations

import argparse
from typing import Any

from studio.catalog import catalog
from studio.cli import progress, workers
from studio.cli.data import findings
from studio.cli.options.specs import backbone_of, dataset_of
from studio.commands import dataset as jobs
from studio.commands import results
from studio.data.bit_depth import range_words
from studio.data.images import framing
from studio.data.journal.apply import EXCLUDED
from studio.data.journal.words import summary
from studio.events import (
    AppliedChoices,
    Dataset,
    DatasetScanned,
    PhotoChoice,
    RangesEstimated,
    Saved,
    ValueRanges,
)
from studio.formatting.numbers import figures, plain_percent
from studio.spec import BUNDLED_BACKBONE, BackboneSpec, DatasetSpec, UserError, ValueRange
from studio.spec.backbone import CropPolicy
from studio.spec.structs import asdict
from studio.system import worker_place
from studio.system.failures import message_of
from studio.system.output import error_document, say, say_json, say_table

POLICIES: tuple[CropPolicy, ...] = ("center", "squash", "fit")
MOST_NOTES = 20
"""Largest number of notes that are printed."""


def scan(options: argparse.Namespace) -> int:
    """Print the classes, counts and left-out files of a folder."""
    spec = dataset_of(options)
    events = [event for event in progress.drain(jobs.scan(spec)) if isinstance(event, DatasetScanned)]
    dataset = events[-1].dataset
    fault = None
    if dataset.problems:
        fault = UserError(dataset.problems[0].title, dataset.problems[0].hint, dataset.folder)
    if options.json:
        error = error_document(message_of(fault)) if fault else {}
        findings_document = findings.document(dataset.findings, dataset.choices.accepted)
        split_by = None if dataset.split_found else spec.split_by
        near = None if dataset.split_found else spec.split_near
        document = {**_dataset_document(dataset, spec.value_range), "split_by": split_by, "split_near": near}
        say_json({**document, "findings": findings_document, **error})
    else:
        _say_dataset(dataset, spec)
        findings.say_findings(dataset.findings, dataset.choices.accepted)
    if fault is not None:
        raise fault
    return 0


def extract(options: argparse.Namespace) -> int:
    """Write feature vectors to a file."""
    work = results.extract(dataset_of(options), backbone_of(options), options.out, options.device)
    if worker_place.is_assistant():
        return workers.assist(work)
    events = progress.drain(work)
    dataset = next(event.dataset for event in events if isinstance(event, DatasetScanned))
    saved = next(event for event in events if isinstance(event, Saved))
    ranges = next(event.ranges for event in events if isinstance(event, RangesEstimated))
    if options.json:
        used = asdict(ranges) if ranges.chosen or ranges.estimated else None
        say_json({"out": saved.path, **_dataset_document(dataset, None), "value_range": used})
    else:
        say(f"{len(dataset.photos)} feature vectors written to {saved.path}")
        say_choices(dataset.choices.photos)
        say_ranges(ranges)
    return 0


def _dataset_document(dataset: Dataset, chosen: ValueRange | None) -> dict[str, Any]:
    numbers: dict[str, Any] = {}
    if dataset.target:
        numbers = {"target": dataset.target, **_range(dataset)}
    return {
        "folder": dataset.folder,
        **numbers,
        "classes": list(dataset.classes),
        "counts": {split: dict(zip(dataset.classes, row, strict=True)) for split, row in dataset.counts().items()},
        "split": "found" if dataset.split_found else "made",
        "photos": len(dataset.photos),
        "crop": crop_document(dataset),
        "value_range": _ranges_document(dataset, chosen),
        "skipped": [asdict(skipped) for skipped in dataset.skipped],
        "choices": choices_document(dataset.choices),
        "notes": [asdict(note) for note in dataset.notes],
        "problems": [asdict(problem) for problem in dataset.problems],
    }


def crop_document(dataset: Dataset) -> dict[str, Any] | None:
    """Effect of each crop policy on the photos with the bundled backbone, as JSON; None before the data check."""
    if not dataset.sizes:
        return None
    document: dict[str, Any] = {}
    for policy in POLICIES:
        steps = catalog.preprocess_for(BackboneSpec(crop=policy))
        measures = zip(("cut_away", "border", "stretch"), framing.of_photos(dataset.sizes, steps), strict=True)
        document[policy] = {name: {"median": one.median, "most": one.most} for name, one in measures}
    return document


def _ranges_document(dataset: Dataset, chosen: ValueRange | None) -> dict[str, Any] | None:
    """Value ranges of photos of more than 8 bits as JSON; None without such photos."""
    if dataset.deep is None:
        return None
    return {
        "photos": dataset.deep.photos,
        "chosen": None if chosen is None else asdict(chosen),
        "stated": [asdict(one) for one in dataset.deep.stated],
        "estimated": [asdict(one) for one in dataset.deep.estimated],
        "words": list(range_words.describe(dataset.deep, chosen)),
    }


def _say_dataset(dataset: Dataset, spec: DatasetSpec) -> None:
    counts = dataset.counts()
    rows = [["NUMBER" if dataset.target else "CLASS", *(split.upper() for split in counts)]]
    rows += [[name, *(str(row[index]) for row in counts.values())] for index, name in enumerate(dataset.classes)]
    say_table(rows, right=set(range(1, len(counts) + 1)))
    split = "split found in the folder" if dataset.split_found else "split made here"
    if not dataset.split_found and spec.split_by != "photo":
        split += f" by {spec.split_by}"
    if not dataset.split_found and spec.split_near:
        split += ", near duplicates on one side"
    if dataset.target and dataset.photos:
        spread = ", ".join(f"{name} {figures(value)}" for name, value in _range(dataset).items())
        say(f"{len(dataset.photos):,} photos with a number, {spread}, {split}")
    else:
        say(f"{len(dataset.photos):,} photos, {len(dataset.classes):,} classes, {split}")
    if dataset.sizes:
        cut = framing.of_photos(dataset.sizes, catalog.find(BUNDLED_BACKBONE).preprocess)[0]
        half, most = (plain_percent(share, 0) for share in cut)
        shares = half if half == most else f"{half} (median, at most {most})"
        say(f"Crop: the center crop cuts away {shares} of each photo; --crop squash or fit keeps all")
    if dataset.deep is not None:
        for line in range_words.describe(dataset.deep, spec.value_range):
            say(f"Value range of photos of more than 8 bits: {line}")
    if dataset.notes:
        say(f"Notes ({len(dataset.notes):,}):")
        say_table([[f"  {note.path}", note.text] for note in dataset.notes[:MOST_NOTES]])
        if len(dataset.notes) > MOST_NOTES:
            say(f"  and {len(dataset.notes) - MOST_NOTES:,} more; --json lists all")
    say_choices(dataset.choices.photos)
    if dataset.choices.taken_over:
        say(f"{dataset.choices.taken_over} (“thaw journal FOLDER undo” takes this back)")
    if dataset.choices.moved_from:
        say(f"These choices were made when the folder was {dataset.choices.moved_from}")
    if skipped := [item for item in dataset.skipped if item.reason != EXCLUDED]:
        say(f"Left out ({sum(item.count for item in skipped):,}):")
        say_table([[f"  {item.path}", item.reason] for item in skipped])


def _range(dataset: Dataset) -> dict[str, float]:
    """Lowest, mean and highest target."""
    numbers = [photo.target for photo in dataset.photos] or [0.0]
    return {"lowest": min(numbers), "mean": sum(numbers) / len(numbers), "highest": max(numbers)}


def choices_document(choices: AppliedChoices) -> dict[str, Any]:
    """The user's choices that apply to a data set as JSON."""
    excluded, relabeled, moved = choices.counts()
    return {
        "excluded": excluded,
        "relabeled": relabeled,
        "moved": moved,
        "gone": choices.missing,  # scripts read this key
        "moved_from": choices.moved_from or None,
        "taken_over": choices.taken_over or None,
        "fingerprint": choices.fingerprint,
        "photos": [asdict(one) for one in choices.photos],
        "accepted": [asdict(one) for one in choices.accepted],
    }


def say_choices(choices: tuple[PhotoChoice, ...]) -> None:
    """Print how many photos the user's choices concern, if there are any."""
    if words := summary(choices):
        say(f"{words} (“thaw journal FOLDER show” lists them)")


def say_ranges(ranges: ValueRanges) -> None:
    """Print the value ranges of photos of more than 8 bits, if there are any."""
    for line in range_words.of_run(ranges):
        say(f"Value range of photos of more than 8 bits: {line}")
