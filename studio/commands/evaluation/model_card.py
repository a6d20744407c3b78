"""Jobs that export a run, with a model card in Markdown beside the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.commands.evaluation import evaluation
from studio.events import Certificate, Event, Events, ModelExported, RunEvaluated, Saved, Stage, Warned
from studio.formatting import numbers, run_names
from studio.jobs.protocol import Stop, Work
from studio.runs import decision_file, head_card
from studio.runs import folder as runs
from studio.runs.files import description
from studio.spec import UserError
from studio.spec.decision import DecisionRule
from studio.system.files import output_file
from studio.system.names import command_word

SUFFIX = ".md"
"""Suffix that is appended to the name of a file for that of its card."""


def with_card(export: Work, run: Path, epoch: str | int | None = None, data: str = "") -> Work:
    """An export that also writes a model card beside its file, before the last event of the export.

    A file that is not verified gets no card. A file of the card's name that is not a card is not replaced.

    Args:
        export: Yields `Saved`, and for files with a certificate `ModelExported` last.
        run: Folder of the run.
        epoch: "best", "last", the number of one of them, or None for the result of the run.
        data: Current folder of the run's photos; "" if they were not moved.
    """

    def work(stop: Stop) -> Events:
        saved: Saved | None = None
        result: ModelExported | None = None
        for event in export(stop):
            if isinstance(event, ModelExported):
                result = event
            else:
                saved = event if isinstance(event, Saved) else saved
                yield event
        file = Path(result.file if result is not None else saved.path if saved is not None else "")
        written: list[str] = []
        if file.name and (result is None or result.certificate.passed):
            certificate = result.certificate if result is not None else None
            yield from _write(file, run, epoch, data, certificate, stop, written)
        if result is not None:
            yield ModelExported(result.file, (*result.files, *written), result.certificate)

    return work


def _write(
    file: Path,
    run: Path,
    epoch: str | int | None,
    data: str,
    certificate: Certificate | None,
    stop: Stop,
    written: list[str],
) -> Iterator[Event]:
    from studio.reports import markdown_card

    place = file.with_name(f"{file.name}{SUFFIX}")
    if place.exists() and not _is_card(place, markdown_card.MARK):
        yield Warned(
            f"{place} exists and is not a model card of this program, so it was not replaced: {file.name} has no card.",
            "Rename it, and export again.",
        )
        return
    yield Stage("card", "Writing the model card")
    document: dict[str, Any] | None = None
    missing = ""
    whole = certificate is not None and certificate.format not in ("head", "features")
    try:
        judging = evaluation.evaluate(run, "val", epoch, Path(data) if data else None, quick=True, sliced=whole)
        for event in judging(stop):
            if isinstance(event, RunEvaluated):
                document = dict(event.document)
            elif isinstance(event, Warned):
                yield event
    except UserError as error:
        missing = f"The validation photos could not be judged for this card: {error.title}"
    record = runs.read(run, only_known=False)
    rule = (decision_file.read(run, record.classes) if not record.target else None) or DecisionRule()
    about = description.read(run)
    number = certificate.epoch if certificate is not None else document["epoch"] if document is not None else 0
    title = about.title or run_names.dated(record.spec, record.started)
    facts = markdown_card.Facts(title, about.note, record, number or record.predicted_epoch, document, missing, rule)
    try:
        with output_file.written(place) as temporary:
            temporary.write_text(markdown_card.text(facts, _export(file, certificate, record.target)), encoding="utf-8")
    except UserError as error:
        yield Warned(f"The model card was not written: {error.title}", error.hint)
        return
    written.append(str(place))


def _is_card(file: Path, mark: str) -> bool:
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.readline().rstrip("\n") == mark
    except (OSError, ValueError):
        return False


def _export(file: Path, certificate: Certificate | None, target: str) -> Any:
    from studio.reports.markdown_card import Export

    size = certificate.bytes if certificate is not None else file.stat().st_size
    form = certificate.format if certificate is not None else "head"
    precision = certificate.precision if certificate is not None else "float32"
    proof = _proof(file.name, certificate) if certificate is not None else ""
    finds_unlike = (
        head_card.novelty_path_of(file).is_file()
        if form == "head"
        else certificate is not None and certificate.unlike_same is not None
    )
    words = f"{form}, {precision}, {size / 1e6:,.1f} MB"
    usage = _usage(file.name, form, target, finds_unlike)
    return Export(file.name, words, proof, usage, finds_unlike, form != "features")


def _proof(name: str, certificate: Certificate) -> str:
    """The comparison of a file with its run."""
    total = f"{certificate.photos:,}"
    parts = [
        f"{certificate.same_class:,} of {total} validation photos the same as by the run",
        f"largest difference {numbers.figures(certificate.largest_difference, 3)}",
    ]
    if certificate.thresholds_same is not None:
        parts.append(f"the same answer by the decision rule for {certificate.thresholds_same:,} of {total}")
    if certificate.unlike_same is not None:
        parts.append(f"the same “unlike” for {certificate.unlike_same:,} of {total}")
    words = f"{', '.join(parts)}, with {certificate.runtime} ({name}.certificate.json)"
    return f"{words}. {certificate.known_difference}" if certificate.known_difference else words


ONLY_SCORES = (
    "The file gives scores alone: it does not recognize photos unlike the training photos. Exports as `onnx`, "
    "`openvino` and `pt2` do where the run does."
)


def _usage(name: str, form: str, target: str = "", finds_unlike: bool = False) -> tuple[str, ...]:
    """How to use a file, as Markdown.

    Args:
        name: Name of the file.
        form: Name of its format.
        target: Name of the predicted number; "" for classes.
        finds_unlike: True if it says which photos are unlike the training photos.
    """
    predict = f"    thaw predict {command_word(name)} PHOTO"
    if form == "features":
        return ("The features of the training and validation photos, one row for each, with their paths and labels.",)
    if form == "head":
        card = Path(name).with_suffix(".json").name
        return ("With Thaw Studio:", predict, f"In other programs as `{card}` says; they need the backbone.")
    alone = f"    python {command_word(f'{name}.predict.py')} PHOTO"
    usage = ("Without Thaw Studio, with the program beside the file:", alone, "With it:", predict)
    if form == "model":
        return (*usage, f"In other programs as `{Path(name).with_suffix('.json').name}` says (`example`).", ONLY_SCORES)
    outputs = "`value`" if target else "`probabilities` (float32, N × classes)"
    outputs += ", `unlike` (true or false) and `distance` (1 is the limit)" if finds_unlike else ""
    graph = (
        "In other programs: input `image`, uint8, N × height × width × 3, RGB, upright, of any size; outputs "
        f"{outputs}. The preprocessing is in the graph."
    )
    rule = "" if target else (
        " The order of the classes, the thresholds and the least confidence are in the file's metadata; `answer` in "
        "the program beside the file applies them."
    )  # fmt: skip
    return (*usage, f"{graph}{rule}")
