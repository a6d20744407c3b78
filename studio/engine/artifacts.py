"""What a run leaves beside its record: the head, what of the backbone moved, and the list of its photos."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from studio import files
from studio.events import Dataset
from studio.events.runs import Which
from studio.spec import Fault

HEAD = "head.safetensors"
THAWED = "thawed.safetensors"
BEST = "best"
"""Folder inside a run's for the weights of its best epoch."""

OUTCOME = "outcome.safetensors"
"""What was said of the validation photos after the best epoch, for a run that goes on and finds no better one."""

BACKBONE = "backbone."
"""Prefix of the backbone's tensors where they stand beside the head's own."""

PHOTOS = "photos.csv"
"""Which photos the run is made from, with a hash of their content."""


def save(
    folder: Path, head: dict[str, Tensor], moved: dict[str, Tensor], epoch: int, outcome: Tensor | None = None
) -> None:
    """Write `head.safetensors` and, where something of the backbone moved, `thawed.safetensors`; also the outcome.

    Each is whole or not there at all, and both are ready before the first takes its place. Both say of which epoch
    they are, so that a pair that was cut apart is found out; a run that goes on writes it anew from its checkpoint.
    """
    folder.mkdir(exist_ok=True)  # not its parents: a run that was moved away meanwhile must not begin anew here
    about = {"epoch": str(epoch)}
    parts = {HEAD: head}
    if moved:
        parts[THAWED] = {name: value.detach().cpu().contiguous().clone() for name, value in moved.items()}
    if outcome is not None:
        parts[OUTCOME] = {"outcome": outcome}
    with files.together(*(folder / name for name in parts)) as besides:
        for tensors, beside in zip(parts.values(), besides, strict=True):
            save_file(tensors, beside, about)


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
        Fault: Photos are gone, new or changed; names some.
    """
    lines = [
        [photo.path, photo.split, str(photo.label), repr(photo.target), digest.hex()]
        for photo, digest in zip(dataset.photos, digests, strict=True)
    ]
    fingerprint = hashlib.blake2b(repr(lines).encode(), digest_size=16).hexdigest()
    if expected and expected != fingerprint:
        raise _other_photos(run, lines)
    run.mkdir(parents=True, exist_ok=True)
    with files.whole(run / PHOTOS) as beside, beside.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(["path", "split", "label", "target", "content"])
        table.writerows(lines)
    return fingerprint


def _other_photos(run: Path, now: list[list[str]]) -> Fault:
    """What differs from the photos the run began with."""
    try:
        with (run / PHOTOS).open(newline="", encoding="utf-8") as table:
            then = {line[0]: line for line in list(csv.reader(table))[1:]}
    except (OSError, ValueError, IndexError):
        then = {}
    here = {line[0]: line for line in now}
    differing = {
        "is gone": [path for path in then if path not in here],
        "is new": [path for path in here if path not in then] if then else [],
        "was changed": [path for path in then if path in here and then[path] != here[path]],
    }
    named = [f"{paths[0]} {what}{_others(len(paths) - 1)}" for what, paths in differing.items() if paths]
    return Fault(
        f"The photos are no longer those that the run began with: {'; '.join(named) or 'their list is lost'}.",
        "Put them back as they were, or train anew.",
    )


def _others(number: int) -> str:
    return f" (and {number} more)" if number else ""


def load(folder: Path) -> dict[str, Tensor]:
    """Head of a run (or of its best epoch), and under `BACKBONE` what of the backbone moved.

    Raises:
        Fault: There is no head, or the two files are of different epochs.
    """
    tensors = load_head(folder / HEAD)
    thawed = load_thawed(folder)
    if thawed and _epoch_of(folder / HEAD) != _epoch_of(folder / THAWED):
        raise Fault(
            f"{folder / HEAD} and {THAWED} are of different epochs: the program was killed between the two.",
            "Go on with the run (“thaw resume”); that writes both anew before anything else.",
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
        outcome: NDArray[np.float32] = load_file(file)["outcome"].numpy()
    except (OSError, SafetensorError, KeyError):
        return None
    return outcome if len(outcome) == photos else None


def of_epoch(run: Path, which: Which) -> tuple[dict[str, Tensor], int]:
    """Like `load`, of the last or the best epoch of a run, and the number of that epoch; 0 where the file lacks it.

    Raises:
        Fault: There are no such weights.
    """
    folder = run if which == "last" else run / BEST
    if which == "best" and not (folder / HEAD).is_file() and (run / HEAD).is_file():
        raise Fault(f"The weights of the best epoch are not in {folder}.", "Those of the last epoch are there.")
    tensors = load(folder)
    told = _epoch_of(folder / HEAD)
    return tensors, int(told) if told.isdecimal() else 0


def _epoch_of(file: Path) -> str:
    with safe_open(file, framework="pt") as opened:
        return str((opened.metadata() or {}).get("epoch", ""))


def load_head(file: Path) -> dict[str, Tensor]:
    """`weight` (K, D) and `bias` (K,), with what else the file holds.

    Raises:
        Fault: There is no head there.
    """
    try:
        tensors = dict(load_file(file))
    except Exception as error:
        raise Fault(f"There is no trained head in {file} ({error}).", "Choose a run that finished an epoch.") from error
    return require_head(tensors, file)


def require_head(tensors: dict[str, Tensor], file: Path) -> dict[str, Tensor]:
    """The tensors of `file`, if there is a head among them.

    Raises:
        Fault: There is none.
    """
    if "weight" not in tensors or "bias" not in tensors or tensors["weight"].ndim != 2:
        raise Fault(f"{file} holds no head.", "Choose a file that Thaw Studio exported.")
    return tensors


def load_thawed(run: Path) -> dict[str, Tensor]:
    """Tensors of the layers that were thawed; empty where all were frozen.

    Raises:
        Fault: They cannot be read.
    """
    file = run / THAWED
    try:
        return dict(load_file(file)) if file.is_file() else {}
    except SafetensorError as error:
        raise Fault(f"The trained layers in {file} cannot be read ({error}).", "Train again.") from error
