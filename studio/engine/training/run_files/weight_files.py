"""Reads and writes the files of a run besides its record: head, trained layers of the backbone, list of photos."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from studio.engine.training.run_files import photo_changes
from studio.engine.training.run_files.file_names import ABOUT as ABOUT
from studio.engine.training.run_files.file_names import BACKBONE as BACKBONE
from studio.engine.training.run_files.file_names import BEST as BEST
from studio.engine.training.run_files.file_names import CHECKSUM as CHECKSUM
from studio.engine.training.run_files.file_names import HEAD as HEAD
from studio.engine.training.run_files.file_names import OUTCOME as OUTCOME
from studio.engine.training.run_files.file_names import PHOTOS as PHOTOS
from studio.engine.training.run_files.file_names import THAWED as THAWED
from studio.engine.training.run_files.file_names import about
from studio.engine.training.run_files.photo_changes import PhotoEntry
from studio.events import Dataset, Photo
from studio.events.runs import WeightsChoice
from studio.jobs.job import is_out_of_memory
from studio.jobs.worker_pauses import unhurried
from studio.runs import folder as runs
from studio.spec import UserError
from studio.system.files import atomic_files


def save(
    folder: Path, head: dict[str, Tensor], moved: dict[str, Tensor], epoch: int, outcome: Tensor | None = None
) -> None:
    """Write the head, the changed tensors of the backbone if there are any, and the predictions.

    Args:
        folder: Folder of the run, or that of its best epoch.
        head: Folded weights of the head.
        moved: Changed tensors of the backbone, by name.
        epoch: Number of the epoch.
        outcome: Predictions (N, K) of the validation photos; None to write none.
    """
    # Each file is replaced atomically, and all are written before the first is replaced. Each has the number of its
    # epoch, so that files of different epochs are detected; a resumed run writes them again from its checkpoint.
    folder.mkdir(exist_ok=True)  # without parents: the folder of a run that was moved away must not be created again
    parts = {HEAD: head}
    if moved:
        parts[THAWED] = {name: value.detach().cpu().contiguous().clone() for name, value in moved.items()}
    if outcome is not None:
        parts[OUTCOME] = {"outcome": outcome}
    with atomic_files.atomic_write_all(*(folder / name for name in parts)) as temporary_files:
        for tensors, temporary in zip(parts.values(), temporary_files, strict=True):
            save_file(tensors, temporary, {ABOUT: json.dumps({"epoch": str(epoch), CHECKSUM: checksum(tensors)})})


def checksum(tensors: Mapping[str, Tensor]) -> str:
    """CRC-32 of all names and values, in the order of the names, as 8 hexadecimal digits."""
    total = 0
    for name in sorted(tensors):
        content = tensors[name].detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
        total = zlib.crc32(content.data, zlib.crc32(name.encode(), total))
    return f"{total:08x}"


def read(file: Path) -> dict[str, Tensor]:
    """Read the tensors of a file, and verify its checksum if it has one.

    Raises:
        UserError: The checksum does not match.
        OSError, SafetensorError: The file cannot be read.
    """
    with safe_open(file, framework="pt") as opened:
        expected = about(opened.metadata()).get(CHECKSUM)
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  # no mapping
    if expected is not None and expected != checksum(tensors):
        raise UserError(
            f"{file} is damaged: its checksum does not match.",
            "Restore a copy of it. The file of a run is written again when the run is resumed (“thaw resume”), an "
            "exported one when it is exported again.",
            file,
        )
    return tensors


def record_photos(run: Path, dataset: Dataset, digests: Sequence[bytes], expected: str) -> str:
    """Write the list of a run's photos, after checking for a resumed run that they are the same.

    Args:
        run: Folder of the run.
        dataset: Data set of its photos.
        digests: Hash of each photo's content.
        expected: Fingerprint from the checkpoint; "" for a new run.

    Returns:
        Fingerprint of the photos.

    Raises:
        UserError: Photos are gone, new or changed; the message names some.
    """
    lines = [
        [photo.path, photo.split, str(photo.label), repr(photo.target), digest.hex()]
        for photo, digest in unhurried(zip(dataset.photos, digests, strict=True))
    ]
    fingerprint = _fingerprint(lines)
    if expected and expected != fingerprint:
        now = {
            photo.path: PhotoEntry(_kind(dataset, photo), photo.split, digest.hex())
            for photo, digest in zip(dataset.photos, digests, strict=True)
        }
        raise photo_changes.changed_photos_error(run.name, dataset.folder, _then(run), now, target=bool(dataset.target))
    run.mkdir(parents=True, exist_ok=True)
    with atomic_files.atomic_write(run / PHOTOS) as temporary, temporary.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(["path", "split", "label", "target", "content"])
        table.writerows(unhurried(lines))
    return fingerprint


def _fingerprint(lines: Sequence[list[str]]) -> str:
    """Hash of the text `repr(lines)`, made line by line: for 50,000 lines, one call would block other threads."""
    digest = hashlib.blake2b(b"[", digest_size=16)
    for number, line in enumerate(unhurried(lines)):
        digest.update(f"{', ' if number else ''}{line!r}".encode())
    digest.update(b"]")
    return digest.hexdigest()


def require_listed(run: Path, dataset: Dataset) -> None:
    """Check that the paths, classes and splits of a run's photos are those that it began with.

    `record_photos` compares their content later, when they have been read.

    Args:
        run: Folder of the run.
        dataset: Data set of the training and validation photos that are listed now.

    Raises:
        UserError: Classes or photos are new or gone, or are in another split; the message names them.
    """
    then = _then(run)
    if not then:
        return
    left_out = {skipped.path for skipped in runs.read(run).skipped}
    now = {
        photo.path: PhotoEntry(
            _kind(dataset, photo), photo.split, then[photo.path].content if photo.path in then else ""
        )
        for photo in dataset.photos
        if photo.path in then or photo.path not in left_out
    }
    if now != then:
        raise photo_changes.changed_photos_error(run.name, dataset.folder, then, now, target=bool(dataset.target))


def _then(run: Path) -> dict[str, PhotoEntry]:
    """The photos that a run began with; empty if their list is lost."""
    with contextlib.suppress(OSError, ValueError, IndexError, UserError):
        with (run / PHOTOS).open(newline="", encoding="utf-8") as table:
            lines = list(csv.reader(table))[1:]
        record = runs.read(run)
        return {
            path: PhotoEntry(target if record.target else record.classes[int(label)], split, content)
            for path, split, label, target, content in lines
        }
    return {}


def _kind(dataset: Dataset, photo: Photo) -> str:
    """Class name, or target as text."""
    # The name, because the number of a class depends on the other classes.
    return repr(photo.target) if dataset.target else dataset.classes[photo.label]


def load(folder: Path) -> dict[str, Tensor]:
    """Read the head of a run or of its best epoch, with the changed tensors of the backbone under `BACKBONE`.

    Raises:
        UserError: There is no head, or the two files belong to different epochs.
    """
    tensors = load_head(folder / HEAD)
    thawed = load_thawed(folder)
    if thawed and _epoch_of(folder / HEAD) != _epoch_of(folder / THAWED):
        raise UserError(
            f"{folder / HEAD} and {THAWED} belong to different epochs: the program was killed while it wrote them.",
            "Resume the run (“thaw resume”), which first writes both again.",
            folder / HEAD,
        )
    return tensors | {f"{BACKBONE}{name}": tensor for name, tensor in thawed.items()}


def outcome_of(run: Path, epoch: int, photos: int) -> NDArray[np.float32] | None:
    """Read the predictions (N, K) of the validation photos after the best epoch; None if they are missing or damaged.

    Args:
        run: Folder of the run.
        epoch: Number of its best epoch.
        photos: Number of validation photos N.
    """
    file = run / BEST / OUTCOME
    try:
        if not file.is_file() or _epoch_of(file) != str(epoch):
            return None
        outcome: NDArray[np.float32] = read(file)["outcome"].numpy()
    except (OSError, SafetensorError, KeyError, UserError):
        return None
    return outcome if len(outcome) == photos else None


def of_epoch(run: Path, which: WeightsChoice) -> tuple[dict[str, Tensor], int]:
    """Like `load`, for the last or the best epoch of a run, with the number of that epoch; 0 if the file lacks it.

    Raises:
        UserError: There are no such weights.
    """
    folder = run if which == "last" else run / BEST
    if which == "best" and not (folder / HEAD).is_file() and (run / HEAD).is_file():
        raise UserError(
            f"The weights of the best epoch are not in {folder}.",
            "Use those of the last epoch (--epoch last on the command line).",
            folder,
        )
    tensors = load(folder)
    epoch = _epoch_of(folder / HEAD)
    return tensors, int(epoch) if epoch.isdecimal() else 0


def _epoch_of(file: Path) -> str:
    """Number of the epoch in the header of a file, as text; "" if it is missing."""
    with safe_open(file, framework="pt") as opened:
        return about(opened.metadata()).get("epoch", "")


def load_head(file: Path) -> dict[str, Tensor]:
    """Read `weight` (K, D), `bias` (K,) and the other tensors of a file that holds a head.

    Raises:
        UserError: The file cannot be read or holds no head.
    """
    try:
        tensors = read(file)
    except UserError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise
        raise UserError(
            f"There is no trained head in {file} ({error}).", "Choose a run that has finished an epoch.", file
        ) from error
    return require_head(tensors, file)


def require_head(tensors: dict[str, Tensor], file: Path) -> dict[str, Tensor]:
    """Check that the tensors of `file` include a head, and return them.

    Raises:
        UserError: They include none.
    """
    if "weight" not in tensors or "bias" not in tensors or tensors["weight"].ndim != 2:
        raise UserError(f"{file} holds no head.", "Choose a file that Thaw Studio exported.", file)
    return tensors


def load_thawed(run: Path) -> dict[str, Tensor]:
    """Read the changed tensors of the backbone; empty if all layers were frozen.

    Raises:
        UserError: The file cannot be read.
    """
    file = run / THAWED
    try:
        return dict(read(file)) if file.is_file() else {}
    except SafetensorError as error:
        raise UserError(f"The trained layers in {file} cannot be read ({error}).", "Train again.", file) from error
