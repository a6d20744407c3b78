"""Comparison of an exported head, read by plain safetensors or torch, with the head of the run on validation photos."""

from __future__ import annotations

import importlib.metadata
import tempfile
import time
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from studio.data.images import measuring
from studio.engine.export import golden, publishing
from studio.engine.predict import head_arrays, novelty_file, predict, run_features
from studio.engine.predict.predict import Rows
from studio.evaluate.probabilities import decisions
from studio.events import Certificate, Difference, Event, GoldenPhoto, ImageSkipped, Stage, Warned
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop
from studio.runs import decision_file, head_card, judged_photos
from studio.runs import folder as runs
from studio.runs.files.record import RunRecord
from studio.spec import UserError
from studio.spec.decision import DecisionRule

CRITERION = (
    "every value in the file is that of the run, and the head gives the same class or value for all photos from their "
    "features"
)


def prove(
    run: Path, file: Path, out: Path, written: Mapping[str, Tensor], epoch: int, which: WeightsChoice, stop: Stop
) -> Generator[Event, None, Certificate | None]:
    """Compare an exported head; returns its certificate, or None after a warning if it cannot be compared.

    The features are those of the run: from the cache if the whole backbone is frozen, else computed.

    Args:
        run: Folder of the run.
        file: The exported head, before it is moved to its final path. Its card and other files are in the same folder.
        out: Its final path.
        written: The tensors that were to be written.
        epoch: Epoch of the weights.
        which: The last or the best epoch.
        stop: Checked before each photo.
    """
    if file.suffix not in (".safetensors", ".pt"):
        yield Warned(f"{out.name} was written, but not compared with its run: nothing here reads such a file.")
        return None
    record, saved = runs.read(run), head_arrays.read(run, which)
    try:
        features, left_out = yield from _features(run, record, which, bool(saved and saved.moved), stop)
    except UserError as error:
        yield Warned(f"{out.name} was written, but not compared with its run: {error.title}", error.hint)
        return None
    start = time.perf_counter()
    library, tensors = _plain(file)
    head = {name: value for name, value in tensors.items() if not name.startswith("backbone.")}
    ours = {name: value.numpy() for name, value in written.items() if not name.startswith("backbone.")}
    same, largest, first = _compared(record, features, ours, head)
    seconds = time.perf_counter() - start
    unequal = _unequal(written, tensors)
    answered = _same_answers(run, record, file, features, ours, head)
    known = _same_unlike(run, file, which, features, ours)
    passed = not unequal and same == len(features) > 0 and {answered, known} <= {None, len(features)}
    golden_photo = yield from _golden(run, record, which, ours, head, stop)
    place = publishing.place_of(out, passed)
    if not passed:
        words = f"{unequal} does not read back as written" if unequal else f"{len(features) - same:,} photos differ"
        yield Warned(f"{place} is not verified: {words}.", "Export it again; check the disk.")
    digests = {one.name: publishing.sha256(one) for one in sorted(file.parent.iterdir())}
    return Certificate(
        file=place.name,
        format="head",
        precision="float32",
        writer=library,
        runtime=f"{library} {importlib.metadata.version(library)}",
        run=str(run),
        epoch=epoch,
        photos=len(features),
        same_class=same,
        largest_difference=largest,
        tolerance=0.0,
        thresholds_same=answered,
        unlike_same=known,
        photos_per_second=len(features) / seconds if seconds else 0.0,
        bytes=file.stat().st_size,
        passed=passed,
        criterion=CRITERION,
        compared=f"the head in the file, read by {library}, with that of the run, on the run's features of the "
        "validation photos",
        first_difference=first,
        golden=golden_photo,
        left_out=left_out,
        sha256=digests.pop(file.name),
        sha256_of_others=digests,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={
            "thaw-studio": importlib.metadata.version("thaw-studio"),
            library: importlib.metadata.version(library),
        },
    )


def _features(
    run: Path, record: RunRecord, which: WeightsChoice, moved: bool, stop: Stop
) -> Generator[Event, None, tuple[list[tuple[str, NDArray[np.float32]]], int]]:
    """Path and features (D,) of each validation photo, and the number of those that cannot be read.

    Raises:
        UserError: None can be read.
    """
    listed = judged_photos.listed(run, record, record.spec.dataset.folder)
    judged_photos.require_split(listed, "val")
    photos = tuple(photo for photo in listed.photos if photo.split == "val")
    if not moved:
        found = yield from run_features.of_photos(record, replace(listed, photos=photos), "auto", stop)
        names = [photo.path for photo in found.dataset.photos]
        return list(zip(names, found.rows, strict=True)), len(photos) - len(names)
    rows: list[tuple[str, NDArray[np.float32]]] = []
    left_out = 0
    for event in predict.features(run, [str(Path(listed.folder, one.path)) for one in photos], "auto", stop, which):
        if isinstance(event, Rows):
            rows.extend(event.pairs)
        elif isinstance(event, ImageSkipped):
            left_out += 1
        else:
            yield event
    if not rows:
        raise UserError(f"None of the validation photos in {listed.folder} can be read.", "Put them back.")
    return rows, left_out


def _same_answers(
    run: Path,
    record: RunRecord,
    file: Path,
    features: list[tuple[str, NDArray[np.float32]]],
    ours: Mapping[str, NDArray[np.float32]],
    theirs: Mapping[str, NDArray[np.float32]],
) -> int | None:
    """Photos with the same answer by the decision rule of the run and by that in the card; None without a rule."""
    rule = decision_file.read(run, record.classes) if not record.target else None
    if rule is None or rule.is_plain:
        return None
    pairs = ((ours, rule), (theirs, head_card.read_card(file).decision or DecisionRule()))
    rows = [row for _, row in features]
    one, other = (
        decisions.answers(
            np.stack([head_arrays.softmax(head_arrays.scores(head, row)) for row in rows]), own, record.classes
        )
        for head, own in pairs
    )
    return int(((one.labels == other.labels) & (one.sure == other.sure)).sum())


def _same_unlike(
    run: Path,
    file: Path,
    which: WeightsChoice,
    features: list[tuple[str, NDArray[np.float32]]],
    head: Mapping[str, NDArray[np.float32]],
) -> int | None:
    """Photos that the run and the file call unlike the training photos, or both do not; None if the file does not."""
    if not head_card.novelty_path_of(file).exists():
        return None
    share = (head_card.read_card(file).decision or DecisionRule()).known_kept
    ours, theirs = (novelty_file.of_source(one, of, head) for one, of in ((run, which), (file, None)))
    if ours is None or theirs is None:
        return 0
    return sum(ours.distance(row, share) == theirs.distance(row, share) for _, row in features)


def _golden(
    run: Path,
    record: RunRecord,
    which: WeightsChoice,
    ours: Mapping[str, NDArray[np.float32]],
    theirs: Mapping[str, NDArray[np.float32]],
    stop: Stop,
) -> Generator[Event, None, GoldenPhoto | None]:
    """The golden photo; None if its features cannot be computed here."""
    listed = judged_photos.listed(run, record, record.spec.dataset.folder)
    paths = [str(Path(listed.folder, photo.path)) for photo in listed.photos if photo.split == "val"]
    rule = (decision_file.read(run, record.classes) if not record.target else None) or DecisionRule()
    with tempfile.TemporaryDirectory(prefix="thaw-golden-", ignore_cleanup_errors=True) as place:
        file = Path(place, "golden.png")
        made_from = golden.make(paths, measuring.reading_of(record.value_range), file)
        row: NDArray[np.float32] | None = None
        try:
            for event in predict.features(run, [str(file)] if made_from else [], "cpu", stop, which):
                if isinstance(event, Rows) and event.pairs:
                    row = event.pairs[0][1]
                elif isinstance(event, Stage):
                    yield event
        except UserError:  # for instance without the weights of the backbone, which a head needs only to predict
            return None
        if row is None:
            return None
        found = []
        for head in (ours, theirs):
            scores = head_arrays.scores(head, row)
            if record.target:
                found.append({record.target: float(scores[0])})
                continue
            shares = decisions.with_temperature(head_arrays.softmax(scores)[None], rule)[0]
            found.append(dict(zip(record.classes, map(float, shares), strict=True)))
        return msgspec.structs.replace(golden.described(file, made_from, found[0]), given=found[1])


def _plain(file: Path) -> tuple[str, dict[str, NDArray[np.float32]]]:
    """The library that reads a head, and the tensors as it reads them, without the studio's code."""
    if file.suffix == ".safetensors":
        from safetensors.numpy import load_file

        return "safetensors", load_file(file)
    import torch

    state = torch.load(file, map_location="cpu", weights_only=True)
    return "torch", {name: value.numpy() for name, value in state.items()}


def _unequal(written: Mapping[str, Tensor], read: Mapping[str, NDArray[np.float32]]) -> str:
    """Name of the first tensor that is not read back bit for bit; "" if all are."""
    for name in sorted(set(written) | set(read)):
        if name not in written or name not in read:
            return name
        if not np.array_equal(written[name].numpy(), read[name], equal_nan=True):
            return name
    return ""


def _compared(
    record: RunRecord,
    features: list[tuple[str, NDArray[np.float32]]],
    ours: Mapping[str, NDArray[np.float32]],
    theirs: Mapping[str, NDArray[np.float32]],
) -> tuple[int, float, Difference | None]:
    """Photos with the same answer, the largest difference, and the first photo that differs."""
    same, largest = 0, 0.0
    first: Difference | None = None
    for path, row in features:
        one, other = (head_arrays.scores(head, row) for head in (ours, theirs))
        if not record.target:
            one, other = head_arrays.softmax(one), head_arrays.softmax(other)
        gap = float(np.abs(one - other).max())
        alike = gap == 0.0 if record.target else int(one.argmax()) == int(other.argmax())
        same, largest = same + alike, max(largest, gap)
        if not alike and first is None:
            words = [f"{float(v[0]):g}" if record.target else record.classes[int(v.argmax())] for v in (one, other)]
            first = Difference(path, gap, words[0], words[1], "another value" if record.target else "another class")
    return same, largest, first
