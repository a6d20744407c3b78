"""`thaw export --format`: the whole model of a run, with its certificate."""

from __future__ import annotations

import argparse
from typing import TypeGuard

import msgspec

from studio.cli import progress
from studio.commands import results
from studio.events import Certificate, CertificatesFound, CertifiedFile, Event, FileState, ModelExported
from studio.formatting.numbers import figures, many
from studio.system import output
from studio.system.output import say, say_json

STATES: dict[FileState, str] = {
    "same": "the file is unchanged since",
    "changed": "THE FILE HAS CHANGED SINCE, so this proves nothing about it",
    "gone": "the file is gone",
}


def export(options: argparse.Namespace) -> int:
    """Export the whole model of a run; exit status 4 if the file is not verified."""
    data = str(options.data) if options.data else ""
    work = results.export_model(options.run, options.out, options.format, options.precision, options.epoch, data)
    result = next(event for event in progress.drain(work) if isinstance(event, ModelExported))
    certificate = result.certificate
    if options.json:
        document = {"file": result.file, "bytes": certificate.bytes, "files": list(result.files)}
        say_json({**document, "certificate": msgspec.to_builtins(certificate)})
    else:
        for line in words(result.file, certificate):
            say(line)
    return output.DONE if certificate.passed else output.UNPROVED


def exported(options: argparse.Namespace) -> int:
    """List the exported files of a run with their certificates; exit status 4 if one has changed since."""
    more = () if options.list is True else (str(options.list),)
    found = next(event for event in progress.drain(results.exported(options.run, more)) if is_found(event))
    if options.json:
        say_json({"run": found.run, "files": [document(one) for one in found.files]})
    for one in () if options.json else found.files:
        for line in words(one.file, one.certificate):
            say(line)
        say(f"Certificate of {one.certificate.made}: {STATES[one.state]}")
    if not options.json and not found.files:
        say("No exported file of this run has a certificate here. Give the folder of the files: --list FOLDER")
    return output.UNPROVED if any(one.state == "changed" for one in found.files) else output.DONE


def is_found(event: Event) -> TypeGuard[CertificatesFound]:
    """True for the event with the files."""
    return isinstance(event, CertificatesFound)


def document(one: CertifiedFile) -> dict[str, object]:
    """A file as JSON."""
    return {"file": one.file, "state": one.state, "certificate": msgspec.to_builtins(one.certificate)}


def words(file: str, certificate: Certificate) -> list[str]:
    """A certificate as lines of text."""
    state = "verified" if certificate.passed else "NOT VERIFIED"
    same = f"{certificate.same_class:,} of {certificate.photos:,} photos the same"
    largest = f"largest difference {figures(certificate.largest_difference, 3)}"
    speed = f"{figures(certificate.photos_per_second, 3)} photos/s"
    lines = [
        f"{file}: {certificate.format}, {certificate.precision}, {certificate.bytes / 1e6:,.1f} MB, epoch "
        f"{certificate.epoch}, written with {certificate.writer}",
        f"{state} with {certificate.runtime}: {same}, {largest}, {speed}",
    ]
    if certificate.thresholds_same is not None:
        lines.append(f"Answers by thresholds: {certificate.thresholds_same:,} of {certificate.photos:,} the same")
    if certificate.unlike_same is not None:
        lines.append(f"“Unlike the training photos”: {certificate.unlike_same:,} of {certificate.photos:,} the same")
    elif certificate.format == "model":
        lines.append("“Unlike the training photos”: not in this file, which gives scores alone; in onnx, openvino, pt2")
    if certificate.known_difference:
        lines.append(certificate.known_difference)
    if certificate.left_out:
        lines.append(f"Not compared: {many(certificate.left_out, 'validation photo')} that could not be read")
    if (first := certificate.first_difference) is not None and not certificate.passed:
        by = figures(first.difference, 3)
        lines.append(f"First on {first.photo}: {first.why} ({first.expected} → {first.got}), by {by}")
    if certificate.passed and certificate.format not in ("features", "head"):
        lines.append(f"Predict photos with it, without the studio: python {file}.predict.py PHOTO")
    return lines
