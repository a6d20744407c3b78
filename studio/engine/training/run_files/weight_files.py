"""The files beside the record of a run: the head, the trained layers of the backbone, the list of photos."""

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
from studio.engine.training.run_files.photo_changes import Known
from studio.events import Dataset, Photo
from studio.events.runs import Which
from studio.jobs.job import is_out_of_memory
from studio.runs import folder as runs
from studio.spec import UserError
from studio.system import atomic_files


def save(
    folder: Path, head: dict[str, Tensor], moved: dict[str, Tensor], epoch: int, outcome: Tensor | None = None
) -> None:
    """Write `head.safetensors` and, where something of the backbone moved, `thawed.safetensors`; also the outcome.

    Each is whole or not there at all, and both are ready before the first takes its place. Both say of which epoch
    they are, so that a pair that was cut apart is found out; a run that goes on writes it anew from its checkpoint.
    """
    folder.mkdir(exist_ok=True)  # not its parents: a run that was moved away meanwhile must not begin anew here
    parts = {HEAD: head}
    if moved:
        parts[THAWED] = {name: value.detach().cpu().contiguous().clone() for name, value in moved.items()}
    if outcome is not None:
        parts[OUTCOME] = {"outcome": outcome}
    with atomic_files.atomic_write_all(*(folder / name for name in parts)) as besides:
        for tensors, beside in zip(parts.values(), besides, strict=True):
            save_file(tensors, beside, {ABOUT: json.dumps({"epoch": str(epoch), CHECKSUM: checksum(tensors)})})


def checksum(tensors: Mapping[str, Tensor]) -> str:
    """CRC-32 over all bytes, in the order of the names."""
    total = 0
    for name in sorted(tensors):
        content = tensors[name].detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
        total = zlib.crc32(content.data, zlib.crc32(name.encode(), total))
    return f"{total:08x}"


def read(file: Path) -> dict[str, Tensor]:
    """The tensors of a file that was written here.

    Raises:
        UserError: They are not what was written.
        OSError, SafetensorError: It cannot be read.
    """
    with safe_open(file, framework="pt") as opened:
        said = about(opened.metadata()).get(CHECKSUM)
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  # no mapping
    if said is not None and said != checksum(tensors):
        raise UserError(
            f"{file} is damaged: its content is not what was written.",
            "Put back a copy of it. A run's own file is written anew when the run goes on (“thaw resume”), an exported "
            "one when it is exported again.",
            file,
        )
    return tensors


def keep_photos(run: Path, dataset: Dataset, digests: Sequence[bytes], expected: str) -> str:
    """Write down which photos a run is made from, or make sure that a run goes on with the same ones.

    Args:
        run: Its folder.
        dataset: Its photos.
        digests: Of their content.
        expected: Fingerprint from the checkpoint; "" for a run that begins.

    Returns:
        Their fingerprint.

    Raises:
        UserError: Photos are gone, new or changed; names some.
    """
    lines = [
        [photo.path, photo.split, str(photo.label), repr(photo.target), digest.hex()]
        for photo, digest in zip(dataset.photos, digests, strict=True)
    ]
    fingerprint = hashlib.blake2b(repr(lines).encode(), digest_size=16).hexdigest()
    if expected and expected != fingerprint:
        now = {
            photo.path: Known(_kind(dataset, photo), photo.split, digest.hex())
            for photo, digest in zip(dataset.photos, digests, strict=True)
        }
        raise photo_changes.fault(run.name, dataset.folder, _then(run), now, target=bool(dataset.target))
    run.mkdir(parents=True, exist_ok=True)
    with atomic_files.atomic_write(run / PHOTOS) as beside, beside.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(["path", "split", "label", "target", "content"])
        table.writerows(lines)
    return fingerprint


def require_listed(run: Path, dataset: Dataset) -> None:
    """Make sure, before anything is written, that a run would go on with the photos and classes it began with.

    Their content is looked at when they are read, by `keep_photos`.

    Args:
        run: Its folder.
        dataset: The photos that are listed now and trained or validated on.

    Raises:
        UserError: Classes or photos came, went, or are used otherwise; names them.
    """
    then = _then(run)
    if not then:
        return
    left_out = {skipped.path for skipped in runs.read(run).skipped}
    now = {
        photo.path: Known(_kind(dataset, photo), photo.split, then[photo.path].content if photo.path in then else "")
        for photo in dataset.photos
        if photo.path in then or photo.path not in left_out
    }
    if now != then:
        raise photo_changes.fault(run.name, dataset.folder, then, now, target=bool(dataset.target))


def _then(run: Path) -> dict[str, Known]:
    """The photos a run began with; empty where their list is lost."""
    with contextlib.suppress(OSError, ValueError, IndexError, UserError):
        with (run / PHOTOS).open(newline="", encoding="utf-8") as table:
            lines = list(csv.reader(table))[1:]
        record = runs.read(run)
        return {
            path: Known(target if record.target else record.classes[int(label)], split, content)
            for path, split, label, target, content in lines
        }
    return {}


def _kind(dataset: Dataset, photo: Photo) -> str:
    """Class or target; a class by its name, because its number follows the other classes."""
    return repr(photo.target) if dataset.target else dataset.classes[photo.label]


def load(folder: Path) -> dict[str, Tensor]:
    """Head of a run (or of its best epoch), and under `BACKBONE` what of the backbone moved.

    Raises:
        UserError: There is no head, or the two files are of different epochs.
    """
    tensors = load_head(folder / HEAD)
    thawed = load_thawed(folder)
    if thawed and _epoch_of(folder / HEAD) != _epoch_of(folder / THAWED):
        raise UserError(
            f"{folder / HEAD} and {THAWED} are of different epochs: the program was killed between the two.",
            "Go on with the run (“thaw resume”); that writes both anew before anything else.",
            folder / HEAD,
        )
    return tensors | {f"{BACKBONE}{name}": tensor for name, tensor in thawed.items()}


def outcome_of(run: Path, epoch: int, photos: int) -> NDArray[np.float32] | None:
    """(N, K) what was said of the validation photos after the best epoch; None where it is not there.

    Args:
        run: Its folder.
        epoch: The best one.
        photos: N.
    """
    file = run / BEST / OUTCOME
    try:
        if not file.is_file() or _epoch_of(file) != str(epoch):
            return None
        outcome: NDArray[np.float32] = read(file)["outcome"].numpy()
    except (OSError, SafetensorError, KeyError, UserError):
        return None
    return outcome if len(outcome) == photos else None


def of_epoch(run: Path, which: Which) -> tuple[dict[str, Tensor], int]:
    """Like `load`, of the last or the best epoch of a run, and the number of that epoch; 0 where the file lacks it.

    Raises:
        UserError: There are no such weights.
    """
    folder = run if which == "last" else run / BEST
    if which == "best" and not (folder / HEAD).is_file() and (run / HEAD).is_file():
        raise UserError(
            f"The weights of the best epoch are not in {folder}.",
            "Take those of the last epoch (in the terminal --epoch last).",
            folder,
        )
    tensors = load(folder)
    told = _epoch_of(folder / HEAD)
    return tensors, int(told) if told.isdecimal() else 0


def _epoch_of(file: Path) -> str:
    with safe_open(file, framework="pt") as opened:
        return about(opened.metadata()).get("epoch", "")


def load_head(file: Path) -> dict[str, Tensor]:
    """`weight` (K, D) and `bias` (K,), with what else the file holds.

    Raises:
        UserError: There is no head there.
    """
    try:
        tensors = read(file)
    except UserError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise
        raise UserError(
            f"There is no trained head in {file} ({error}).", "Choose a run that finished an epoch.", file
        ) from error
    return require_head(tensors, file)


def require_head(tensors: dict[str, Tensor], file: Path) -> dict[str, Tensor]:
    """The tensors of `file`, if there is a head among them.

    Raises:
        UserError: There is none.
    """
    if "weight" not in tensors or "bias" not in tensors or tensors["weight"].ndim != 2:
        raise UserError(f"{file} holds no head.", "Choose a file that Thaw Studio exported.", file)
    return tensors


def load_thawed(run: Path) -> dict[str, Tensor]:
    """Tensors of the layers that were thawed; empty where all were frozen.

    Raises:
        UserError: They cannot be read.
    """
    file = run / THAWED
    try:
        return dict(read(file)) if file.is_file() else {}
    except SafetensorError as error:
        raise UserError(f"The trained layers in {file} cannot be read ({error}).", "Train again.", file) from error
