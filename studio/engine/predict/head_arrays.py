"""Reads the head of a run or an exported file as NumPy arrays; imports no torch.

For any invalid file it returns None, and the torch code, which then reads the file, reports the error.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from studio.engine.training.run_files import file_names
from studio.events.runs import WeightsChoice
from studio.runs import certificates, head_card
from studio.runs import folder as runs
from studio.runs.files.record import RunRecord
from studio.runs.head_card import HeadCard
from studio.system.failures import is_out_of_memory

Array = NDArray[np.float32]


@dataclass(frozen=True)
class SavedHead:
    """Weights of a trained run that are needed for predictions, without the backbone.

    Attributes:
        about: The run's record, or the exported head's card.
        head: Layers of the head by name.
        moved: Hash of the backbone's changed tensors; "" if there are none.
        epoch: Epoch of the weights; 0 if it is unknown.
    """

    about: RunRecord | HeadCard
    head: dict[str, Array]
    moved: str
    epoch: int


def read(source: Path, which: WeightsChoice | None) -> SavedHead | None:
    """Read the head of a run's folder or of an exported file with its card; None if it is not valid.

    Args:
        source: Folder or file.
        which: The last or the best epoch of a run; None for its result, and for an exported head.
    """
    try:
        if source.is_dir() or source.name == runs.RUN:
            return _of_run(source if source.is_dir() else source.parent, which)
        return _of_exported(source) if which is None else None
    except Exception as error:  # the torch code reports it
        if is_out_of_memory(error):
            raise
        return None


def scores(head: Mapping[str, Array], row: Array) -> Array:
    """Compute the scores (K,) of a head's layers for one photo's raw features (D,)."""
    if "hidden.weight" in head:
        row = np.maximum(head["hidden.weight"] @ row + head["hidden.bias"], np.float32(0))
    values: Array = head["weight"] @ row + head["bias"]
    return values


def softmax(values: Array) -> Array:
    """Softmax (K,) of scores."""
    exponentials = np.exp(values - values.max())
    probabilities: Array = exponentials / exponentials.sum()
    return probabilities


def _of_run(folder: Path, which: WeightsChoice | None) -> SavedHead | None:
    record = runs.read(folder)
    place = folder if (which or record.result) == "last" else folder / file_names.BEST
    tensors, about = _tensors(place / file_names.HEAD)
    epoch = about.get("epoch", "")
    moved: dict[str, NDArray[Any]] = {}
    if (place / file_names.THAWED).is_file():
        moved, other = _tensors(place / file_names.THAWED)
        if other.get("epoch", "") != epoch:
            return None
    return _saved_head(record, tensors, moved, int(epoch) if epoch.isdecimal() else 0)


def _of_exported(file: Path) -> SavedHead | None:
    if file.suffix != ".safetensors":
        return None
    card = head_card.read(file)
    if (certificate := certificates.require_unchanged(file, only=(".json",))) is not None:
        certificates.require_names(certificate, (card.target,) if card.target else card.classes, file)
    tensors, _ = _tensors(file)
    if card.crc32 not in (None, checksum(tensors)):
        return None
    if len(tensors["weight"]) != (1 if card.target else len(card.classes)):
        return None
    return _saved_head(card, tensors, {}, card.epoch)


def _saved_head(
    about: RunRecord | HeadCard, tensors: dict[str, NDArray[Any]], moved: dict[str, NDArray[Any]], epoch: int
) -> SavedHead | None:
    head = {name: value for name, value in tensors.items() if not name.startswith(file_names.BACKBONE)}
    moved = moved | {name: value for name, value in tensors.items() if name.startswith(file_names.BACKBONE)}
    if head["weight"].ndim != 2 or any(value.dtype != np.float32 for value in head.values()):
        return None
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(moved):
        digest.update(f"{name}{moved[name].shape}{moved[name].dtype}".encode())
        digest.update(_bytes(moved[name]))
    return SavedHead(about, head, digest.hexdigest() if moved else "", epoch)


def _tensors(file: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Read the tensors of a file, and the entries of its header.

    Raises:
        ValueError: The checksum is wrong.
    """
    with safe_open(file, framework="numpy") as opened:
        about = file_names.about(opened.metadata())
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  # no mapping
    if about.get(file_names.CHECKSUM) not in (None, checksum(tensors)):
        raise ValueError("its checksum does not match")
    return tensors, about


def checksum(tensors: Mapping[str, NDArray[Any]]) -> str:
    """Checksum as in `weight_files.checksum`."""
    total = 0
    for name in sorted(tensors):
        total = zlib.crc32(_bytes(tensors[name]), zlib.crc32(name.encode(), total))
    return f"{total:08x}"


def _bytes(array: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
