"""Export of a whole model with proof: written, loaded without the studio, and compared on the validation photos.

The file has over 300 lines, because writing, proof and certificate of one file belong together.
"""

from __future__ import annotations

import contextlib
import errno
import importlib.metadata
import os
import tempfile
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from studio.data.images import measuring
from studio.data.scan import list_photos
from studio.engine.export import golden, publishing
from studio.engine.export.head import is_own
from studio.engine.export.model import about, conversion, model_registry, proof, script
from studio.engine.export.model.model_format import ModelFormat, Precision
from studio.engine.export.model.proof import Comparison, Limits
from studio.engine.predict.predict import predict
from studio.events import (
    Attempt,
    Certificate,
    Dataset,
    Event,
    Events,
    GoldenPhoto,
    ImagePrediction,
    ImageSkipped,
    ModelExported,
    Saved,
    Stage,
    Warned,
)
from studio.events.runs import WeightsChoice
from studio.formatting import numbers
from studio.jobs.protocol import Interrupted, Stop, never
from studio.runs import decision_file, head_card, judged_photos
from studio.runs import folder as runs
from studio.runs.files.record import RunRecord
from studio.spec import UserError
from studio.spec.decision import DecisionRule
from studio.system import remote
from studio.system.files import output_file

CALIBRATION = 128
"""Most training photos on which the ranges of activations for int8 are measured."""


@dataclass(frozen=True)
class _Expected:
    """The studio's own predictions.

    Attributes:
        rows: Predictions of the validation photos, and of the golden photo last.
        left_out: Number of photos that cannot be read.
        golden: The golden photo.
    """

    rows: list[ImagePrediction]
    left_out: int
    golden: GoldenPhoto


@dataclass(frozen=True)
class _Written:
    """A file that was written and compared.

    Attributes:
        folder: Folder of the file.
        writer: What wrote it.
        comparison: Its comparison with the studio.
        limits: The limits of the comparison.
        golden: The scores that it gives for the golden photo.
        unread: Number of validation photos that the stand-alone program cannot read.
        first_unread: The first of them, with the reason.
    """

    folder: Path
    writer: str
    comparison: Comparison
    limits: Limits
    golden: dict[str, float]
    unread: int
    first_unread: str


def export(
    run: Path,
    out: Path,
    name: str,
    precision: Precision = "float32",
    which: WeightsChoice | None = None,
    stop: Stop = never,
    data: str = "",
) -> Events:
    """Write the whole model of a run to `out`, and prove it; yields `ModelExported` last.

    Its certificate (`FILE.certificate.json`) and a program that predicts photos with it without the studio
    (`FILE.predict.py`) are written beside the file. If it does not pass, it is named `FILE.unproved`, and the file of
    an earlier export stays as it is.

    Args:
        run: Folder of a run with at least one finished epoch.
        out: File with the suffix of the format.
        name: Name of the format.
        precision: Number type of the weights.
        which: The last or the best epoch; None for the run's result.
        stop: Checked ten times a second.
        data: Current folder of the run's photos; "" if they were not moved.

    Raises:
        UserError: The run, its photos or a library are missing, or the file cannot be written.
    """
    one = model_registry.model_format(name)
    model_registry.check(one, precision, out)
    record = runs.read(run)
    which = which or record.result
    if is_own(run, out):
        raise UserError(f"{out.name} would replace a file of the run itself.", "Choose another folder.", out)
    card = head_card.path_of(out)
    if one.name == "model" and card.exists() and not head_card.is_card(card):
        raise UserError(f"{card} exists and is not a card of an exported model.", "Choose another name.", card)
    if one.name == "model":
        head_card.require_free(out, "")
    second = out.with_suffix(one.companion) if one.companion else out
    if second.exists() and not out.exists():
        raise UserError(f"{second} exists, and {out.name} would replace it.", "Choose another name.", second)
    with contextlib.suppress(OSError):
        out.parent.mkdir(parents=True, exist_ok=True)
    output_file.require_writable(out)
    folder = data or record.spec.dataset.folder
    if url := remote.url_of(folder):
        raise UserError(
            f"The photos of the run are on a server ({url}), and a whole model is verified by a program that reads "
            "files on this computer.",
            "Copy the folder to this computer, and give the copy with --data.",
            out,
        )
    dataset = yield from _photos(run, record, folder)
    _refuse_deep(record, dataset, stop)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent, ignore_cleanup_errors=True) as place:
            yield from _proved(run, record, one, precision, which, dataset, out, Path(place), stop)
    except OSError as error:
        raise output_file.unwritable(out, error) from error


def _proved(
    run: Path,
    record: RunRecord,
    one: ModelFormat,
    precision: Precision,
    which: WeightsChoice,
    dataset: Dataset,
    out: Path,
    place: Path,
    stop: Stop,
) -> Events:
    """Try the writers one after the other, and publish the first file that passes, or else the best one."""
    rule = (decision_file.read(run, record.classes) if not record.target else None) or DecisionRule()
    train = [str(Path(dataset.folder, photo.path)) for photo in dataset.photos if photo.split == "train"]
    chosen = train[:: max(1, len(train) // CALIBRATION)][:CALIBRATION] if precision == "int8" else []
    expected: _Expected | None = None
    tried: list[Attempt] = []
    best: _Written | None = None
    for number, writer in enumerate(one.writers):
        folder = place / str(number)
        folder.mkdir()
        file = folder / out.name
        request = conversion.Request(str(run), which, one.name, precision, writer, str(file), tuple(chosen))
        yield Stage("export", f"Writing {out.name}")
        try:
            yield from conversion.in_process(request, stop)
        except conversion.WriterFailedError as error:
            if os.strerror(errno.ENOSPC) in str(error):  # no other writer or format would help
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            tried.append(Attempt(writer, False, f"it wrote no file: {error}"))
            continue
        program = folder / f"{out.name}{script.SUFFIX}"
        program.write_text(script.source(one, out.name), encoding="utf-8")
        if expected is None:
            expected = yield from _expected(run, dataset, which, place, record, stop)
        yield Stage("check", f"Checking {out.name}")
        paths = [row.path for row in expected.rows]
        got = yield from proof.answers(program, paths, stop, len(paths) - 1)  # the last one is the golden photo
        limits = proof.limits(precision, expected.rows, record.target)
        least = {limit.name: limit.value for limit in rule.thresholds}
        # Without the golden photo, which is not a validation photo.
        rows = expected.rows
        read = proof.read_alone(got[:-1])
        comparison = proof.compare(
            [rows[place] for place in read],
            [got[place] for place in read],
            record.classes,
            limits,
            record.target,
            not rule.is_plain,
            least,
            rule.least_confidence,
        )
        other = proof.golden_difference(rows[-1], got[-1], record.classes, limits, record.target)
        if other is not None:  # the certificate states its scores
            comparison = replace(comparison, passed=False, first=comparison.first or other)
        refused = next((one for one in got[:-1] if one.get("unreadable")), {})
        written = _Written(
            folder,
            writer,
            comparison,
            limits,
            proof.scores(got[-1], record.target),
            len(rows) - 1 - len(read),
            f"{refused.get('photo')} ({refused.get('error')})",
        )
        if best is None or (comparison.passed, comparison.same_class) > (
            best.comparison.passed,
            best.comparison.same_class,
        ):
            best = written
        why = "" if comparison.passed else _why(comparison)
        tried.append(Attempt(writer, comparison.passed, why, comparison.largest_difference))
        if comparison.passed:
            break
    if best is None or expected is None:
        reasons = "; ".join(f"{attempt.writer}: {attempt.why}" for attempt in tried)
        raise UserError(
            f"{one.title} cannot be written for this run ({reasons}).", "Choose another format (--format).", out
        )
    certificate = _certificate(run, one, precision, best, expected, tried, out)
    yield from _publish(best, certificate, out)


def _photos(run: Path, record: RunRecord, folder: str) -> Generator[Event, None, Dataset]:
    """The training and validation photos of a run."""
    try:
        dataset = judged_photos.listed(run, record, folder)
    except UserError:  # a run of version 0.1 has no list
        dataset = yield from list_photos(record.spec.dataset.moved(folder), record.choices, record.classes)
    judged_photos.require_split(dataset, "val")
    return dataset


def _refuse_deep(record: RunRecord, dataset: Dataset, stop: Stop) -> None:
    """Refuse runs on photos of more than 8 bits: an exported model does not contain their value range.

    Raises:
        UserError: A validation photo has more than 8 bits, or the run estimated a value range.
    """
    deep = ""
    for photo in dataset.photos:
        if stop():
            raise Interrupted
        if photo.split == "val" and measuring.is_deep(Path(dataset.folder, photo.path)):
            deep = f", such as {photo.path}"
            break
    if deep or record.value_range.estimated:
        raise UserError(
            f"The run was trained on photos of more than 8 bits{deep}; an exported model has no value range for them.",
            "Predict with the run or its exported head (--format head), or convert the photos to 8 bits and train "
            "again.",
            dataset.folder,
        )


def _expected(
    run: Path, dataset: Dataset, which: WeightsChoice, place: Path, record: RunRecord, stop: Stop
) -> Generator[Event, None, _Expected]:
    """Predict the validation photos from their files, as `thaw predict` does, and a golden photo made of one of them.

    Raises:
        UserError: None of them can be read.
    """
    paths = [str(Path(dataset.folder, photo.path).absolute()) for photo in dataset.photos if photo.split == "val"]
    file = place / "golden.png"
    if not (made_from := golden.make(paths, measuring.reading_of(record.value_range), file)):
        raise UserError(
            f"None of the run's validation photos can be read in {dataset.folder}: the export could not be checked.",
            "If they were moved, give their current folder with --data.",
            dataset.folder,
        )
    rows: list[ImagePrediction] = []
    left_out = 0
    for event in predict(run, [*paths, str(file)], "cpu", stop, which):
        if isinstance(event, ImagePrediction):
            rows.append(event)
        elif isinstance(event, ImageSkipped):
            left_out += 1
        elif not isinstance(event, Warned):
            yield event
    last = rows[-1]
    scores = {record.target: last.number or 0.0} if record.target else dict(
        zip(record.classes, last.probabilities, strict=True)
    )  # fmt: skip
    return _Expected(rows, left_out, golden.described(file, made_from, scores))


def _why(comparison: Comparison) -> str:
    first = comparison.first
    if first is None:
        return "nothing was compared"
    same = f"{comparison.same_class:,} of {comparison.photos:,} photos have the same class or value"
    return f"{same}; first on {first.photo}: {first.why} ({first.expected} → {first.got}), by {first.difference:.3g}"


def _certificate(
    run: Path,
    one: ModelFormat,
    precision: Precision,
    best: _Written,
    expected: _Expected,
    tried: list[Attempt],
    out: Path,
) -> Certificate:
    comparison = best.comparison
    files = [file for file in best.folder.iterdir() if not file.name.endswith(script.SUFFIX)]
    digests = {file.name: publishing.sha256(file) for file in sorted(files)}
    return Certificate(
        file=publishing.place_of(out, comparison.passed).name,
        format=one.name,
        precision=precision,
        writer=best.writer,
        runtime=f"{one.runtime} {importlib.metadata.version(one.runtime)}",
        run=str(run),
        epoch=expected.rows[-1].epoch,
        photos=comparison.photos,
        same_class=comparison.same_class,
        largest_difference=comparison.largest_difference,
        tolerance=best.limits.tolerance,
        least_same=best.limits.least_same,
        thresholds_same=comparison.thresholds_same,
        unlike_same=comparison.unlike_same,
        photos_per_second=comparison.photos_per_second,
        bytes=sum(file.stat().st_size for file in files),
        passed=comparison.passed,
        criterion=best.limits.words,
        compared=f"the answers of {out.name}{script.SUFFIX}, run without the studio on the files of the validation "
        "photos, with those of the run in float32 on the CPU",
        known_difference=one.known_difference,
        first_difference=comparison.first,
        golden=msgspec.structs.replace(expected.golden, given=best.golden),
        left_out=expected.left_out + best.unread,
        attempts=tuple(tried),
        sha256=digests.pop(out.name),
        sha256_of_others=digests,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={
            "thaw-studio": about.version(),
            **{package: importlib.metadata.version(package) for package in one.libraries.values()},
        },
    )


def _publish(best: _Written, certificate: Certificate, out: Path) -> Events:
    """Move the files to their final paths; if this export did not pass, those of an earlier one that passed stay."""
    passed = certificate.passed
    if not passed:  # the script would look for the file without the suffix `.unproved`
        (best.folder / f"{out.name}{script.SUFFIX}").unlink()
    places = publishing.publish(best.folder, certificate, out)
    result = str(publishing.place_of(out, passed))
    if not passed:
        yield Warned(f"{result} is not verified: {_why(best.comparison)}.", "Choose another format or precision.")
    if best.unread:
        yield Warned(
            f"{numbers.many(best.unread, 'validation photo')} cannot be read by plain Pillow, as the program beside "
            f"the file reads photos, and not compared: first {best.first_unread}.",
            "Save such photos again in another program to have them compared.",
        )
    yield Saved(result, "model")
    yield ModelExported(result, tuple(map(str, places)), certificate)
