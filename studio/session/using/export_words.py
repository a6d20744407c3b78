"""The exports of the Use page in words: the state of each format, and its certificate."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from studio.events import Certificate, CertifiedFile
from studio.formatting import numbers, typography
from studio.formatting.language import tr, translated
from studio.session.evaluation import judging
from studio.session.model_exports import ModelExports, ModelOffer
from studio.session.state import AppState

JOB = "export_models"

NOT_MADE = tr("not made")


@dataclass(frozen=True)
class ExportRow:
    """One format.

    Attributes:
        text: Its state in a few words.
        color_role: Color of the text.
        sign: Name of its icon.
        share: Progress of the comparison, 0 to 1; None while there is none.
        certificate: Lines of its certificate.
        file: The file; "" before it is made.
    """

    text: str
    color_role: str = "muted"
    sign: str = ""
    share: float | None = None
    certificate: tuple[str, ...] = ()
    file: str = ""


def exports_now(state: AppState) -> ModelExports:
    """The exports of the run and the weights shown; empty where the state's exports are of others."""
    exports = state.exports
    return exports if (exports.run, exports.weights) == (state.shown, judging.weights(state)) else ModelExports()


def row(state: AppState, offer: ModelOffer) -> ExportRow:
    """The state of a format."""
    exports, job = exports_now(state), state.jobs.get(JOB)
    if offer.why_not:
        return ExportRow(tr("Not offered: {reason}").format(reason=translated(offer.why_not)), "muted", "cancel")
    if exports.current == offer.name and job is not None:
        far = job.progress
        if far is not None and far.stage == "check" and far.total:
            text = tr("Checking {done} of {total}").format(done=numbers.exact(far.done), total=numbers.exact(far.total))
            return ExportRow(text, "accent", "progress-clock", far.done / far.total)
        stage = translated(job.stage.title) if job.stage is not None else tr("Beginning")
        return ExportRow(f"{stage}…", "accent", "progress-clock", 0.0)
    if offer.name in exports.waiting:
        return ExportRow(tr("waiting"), "muted", "clock-outline")
    if reason := exports.refusal_of(offer.name):
        return ExportRow(translated(reason), "bad", "alert-circle-outline")
    newest = _newest(state, exports, offer.name)
    if newest is None:
        return ExportRow(NOT_MADE)
    certificate, file = newest.certificate, newest.file
    said = (typography.one_line(Path(file).name), *lines(certificate))
    if newest.state == "gone":
        text = tr("{file} is gone from its folder.").format(file=typography.one_line(Path(file).name))
        return ExportRow(text, "muted", "alert-outline")
    if newest.state == "changed":
        text = tr("Not verified: the file has changed since its certificate of {when}.").format(when=_when(certificate))
        return ExportRow(text, "caution", "alert-outline", None, said, file)
    if certificate.passed:
        text = tr("Verified · {size}").format(size=numbers.megabytes(certificate.bytes))
        return ExportRow(text, "good", "check-circle-outline", None, said, file)
    return ExportRow(_failure(certificate), "bad", "alert-circle-outline", None, said, file)


def _newest(state: AppState, exports: ModelExports, name: str) -> CertifiedFile | None:
    """The file of a format that was written last, now or in an earlier session, for the run and the epoch shown.

    None for a file of an earlier session that no longer exists: the user may have deleted it long ago.
    """
    made, run, certified = exports.made_of(name), state.run, state.certified
    found = certified.files if certified is not None and certified.run == state.shown else ()
    if made is not None:
        there = next((one for one in found if one.file == made.file), None)
        if there is None or there.certificate.made < made.certificate.made:
            return CertifiedFile(made.file, made.certificate, "same")
        return there
    epoch = judging.epoch_of(run, judging.weights(state)) if run is not None else 0
    fitting = [one for one in found if one.certificate.format == name and one.certificate.epoch == epoch]
    return next((one for one in reversed(fitting) if one.state != "gone"), None)


def _failure(certificate: Certificate) -> str:
    counts = {"same": numbers.exact(certificate.same_class), "photos": numbers.exact(certificate.photos)}
    first = certificate.first_difference
    if first is None:
        text = tr("Not verified: {same} of {photos} the same. The file's name ends in “.unproved”.")
        return text.format(**counts)
    text = tr(
        "Not verified: {same} of {photos} the same. First difference: {file}, {expected} became {got}, by {by}. The "
        "file's name ends in “.unproved”."
    )
    photo = typography.one_line(Path(first.photo).name)
    return text.format(file=photo, expected=first.expected, got=first.got, by=f"{first.difference:.2g}", **counts)


def _when(certificate: Certificate) -> str:
    """When a file was compared, in the time of this computer: “2026-11-26, 14:12”; "" where it is not stated."""
    try:
        return datetime.datetime.fromisoformat(certificate.made).astimezone().strftime("%Y-%m-%d, %H:%M")
    except (ValueError, OverflowError, OSError):
        return ""


def lines(certificate: Certificate) -> tuple[str, ...]:
    """The content of a certificate, one line per fact."""
    total = numbers.exact(certificate.photos)
    found = [
        tr("same class {same_class} of {total}, largest difference {largest_difference:.2g}").format(
            same_class=numbers.exact(certificate.same_class),
            total=total,
            largest_difference=certificate.largest_difference,
        ),
    ]
    if certificate.thresholds_same is not None:
        found.append(
            tr("same by thresholds {thresholds_same} of {total}").format(
                thresholds_same=numbers.exact(certificate.thresholds_same), total=total
            )
        )
    if certificate.unlike_same is not None:
        found.append(
            tr("same “unlike” {unlike_same} of {total}").format(
                unlike_same=numbers.exact(certificate.unlike_same), total=total
            )
        )
    elif certificate.format == "model":
        found.append(tr("without “unlike anything seen”, which plain timm and torchvision lack"))
    if certificate.known_difference:
        found.append(certificate.known_difference.rstrip("."))
    if certificate.left_out:
        found.append(
            tr("not compared, because they could not be read: {left_out}").format(
                left_out=numbers.exact(certificate.left_out)
            )
        )
    found.append(
        tr("loaded by {runtime}, {photos_per_second:.3g} photos/s").format(
            runtime=certificate.runtime, photos_per_second=certificate.photos_per_second
        )
    )
    if certificate.golden is not None:
        found.append(tr("with a golden photo and its expected scores"))
    when = _when(certificate)
    found.append(
        tr("{precision}, epoch {epoch}{when}").format(
            precision=certificate.precision,
            epoch=certificate.epoch,
            when=tr(", compared on {when}").format(when=when) if when else "",
        )
    )
    return tuple(found)


def obstacle(state: AppState) -> str:
    """The reason why nothing can be exported now; "" where it can."""
    if state.run is None or not state.run.epochs:
        return tr("Open a run with at least one finished epoch first.")
    if state.run.status == "running":
        return tr("Training is in progress.")
    return tr("Files are being exported.") if JOB in state.jobs else ""
