"""Checkpoints: one file, replaced atomically, from which a run resumes as if it had never stopped.

It contains the trained weights, the optimizer's state, the position and sums of the current epoch, and the past epochs.
Random states are not in it: the order of photos, their augmentation and every dropout mask follow from the seed and the
number of the step. It has only tensors and JSON, so that reading it never unpickles anything.

A checkpoint is written before the weights for use, which can be written again from it. On cached features an epoch is
shorter than the time that a disk takes to sync a file, so not every checkpoint is synced
(`atomic_files.atomic_write_lazy_sync`): a power cut costs a few seconds of work, a killed process none. A checksum
detects a file that a power cut damaged.
"""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save, save_file
from torch import Tensor, nn

from studio.engine.network.lora import Adapters
from studio.engine.training.run_files import weight_files
from studio.evaluate.epochs.epoch_records import from_record, to_record
from studio.events import Epoch
from studio.spec import UserError
from studio.system import lazy_compiler
from studio.system.files import atomic_files, json_text

FILE = "checkpoint.safetensors"
VERSION = 1


@dataclass(frozen=True)
class State:
    """Content of a checkpoint.

    Attributes:
        epochs: Finished epochs of both phases.
        batch: Number of finished batches of the current epoch.
        step: Number of optimizer steps in this phase.
        micro: Number of photos that fit into one pass; 0 if a whole batch does.
        seconds: Time spent in the current epoch.
        photos: Fingerprint of the photos of the run.
        threads: Number of CPU threads that computed the steps.
        tensors: Tensors by name, with the prefixes `head.`, `network.`, `optimizer.`, `sums.` and `scaler.`.
        workers: Number of workers that computed the steps.
    """

    epochs: tuple[Epoch, ...]
    batch: int
    step: int
    micro: int
    seconds: float
    photos: str
    threads: int
    tensors: dict[str, Tensor] = field(repr=False)
    workers: int = 1

    def of(self, part: str) -> dict[str, Tensor]:
        """Tensors of one part, without its prefix in their names."""
        return {name.removeprefix(part): value for name, value in self.tensors.items() if name.startswith(part)}


def write(run: Path, state: State) -> float:
    """Write the checkpoint of `run`; returns the seconds it took.

    Raises:
        OSError: The disk is full, or the folder is gone.
    """
    start = time.perf_counter()
    # Weights of earlier epochs first: once this checkpoint is synced, no other can restore them.
    if atomic_files.sync_due(run / FILE):
        atomic_files.fsync_all(*_weights(run))
    tensors = _plain(state.tensors)
    with atomic_files.atomic_write_lazy_sync(run / FILE) as temporary:
        save_file(
            tensors,
            temporary,
            metadata={"thaw": json.dumps(_about(state)), weight_files.CHECKSUM: weight_files.checksum(tensors)},
        )
    return time.perf_counter() - start


def to_bytes(state: State) -> tuple[bytes, bytes]:
    """A state as JSON and as the content of a file of tensors, for other workers."""
    return json.dumps(_about(state)).encode(), save(_plain(state.tensors))


def from_bytes(about: bytes, tensors: bytes) -> State:
    """The state that `to_bytes` converted."""
    return _state(json_text.loads(about), load(tensors))


def _about(state: State) -> dict[str, Any]:
    """Everything but the tensors, as JSON."""
    about = {item.name: getattr(state, item.name) for item in fields(state) if item.name != "tensors"}
    if state.workers == 1:  # so that earlier versions can read it
        del about["workers"]
    return about | {"version": VERSION, "epochs": [to_record(epoch) for epoch in state.epochs]}


def _plain(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}


def _state(about: dict[str, Any], tensors: dict[str, Tensor]) -> State:
    about.pop("version", None)
    epochs = tuple(from_record(epoch) for epoch in about.pop("epochs"))
    return State(epochs=epochs, tensors=tensors, **about)


def sync(run: Path) -> None:
    """Sync checkpoint and weights of a run to the disk; called at its end, failed or not."""
    with contextlib.suppress(OSError):  # a full disk or a missing folder is reported by the next write
        atomic_files.fsync_all(run / FILE, *_weights(run))


def _weights(run: Path) -> list[Path]:
    """Paths of the weights and predictions of the last and the best epoch."""
    both = [
        folder / name for folder in (run, run / weight_files.BEST) for name in (weight_files.HEAD, weight_files.THAWED)
    ]
    return [*both, run / weight_files.BEST / weight_files.OUTCOME]


def read(run: Path) -> State | None:
    """Read the newest undamaged checkpoint of `run`; None if there is none.

    Raises:
        UserError: There are checkpoints, but none can be read.
    """
    return latest(run)[0]


def version(run: Path) -> tuple[int, int] | None:
    """Modification time and inode of the newest checkpoint, which identify it; None if there is no checkpoint."""
    try:
        about = (run / FILE).stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_ino


def latest(run: Path) -> tuple[State | None, str]:
    """Like `read`, with the error of the newest checkpoint if the one before it was read instead; "" otherwise."""
    file, before = run / FILE, atomic_files.backup_path(run / FILE)
    if not file.is_file():
        if not before.is_file():
            return None, ""
        file = before
    try:
        return _read(file), ""
    except _UNREADABLE as error:
        problem = str(error)
        with contextlib.suppress(*_UNREADABLE, FileNotFoundError):
            return _read(before), problem
        raise UserError(
            f"The checkpoint {file} cannot be read ({problem}).",
            "Restore a copy of it, or train again with the same settings; computed features are used again, "
            "and the weights of the last epoch can still be exported.",
            file,
        ) from error


_UNREADABLE = (OSError, SafetensorError, ValueError, KeyError, TypeError)


def _read(file: Path) -> State:
    with safe_open(file, framework="pt") as opened:
        header = opened.metadata() or {}
        about: dict[str, Any] = json_text.loads(header["thaw"])
        if about.pop("version") != VERSION:
            raise UserError(
                f"The checkpoint {file} was written by another version of Thaw Studio.", "Update the program.", file
            )
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  # no mapping
    if header.get(weight_files.CHECKSUM) not in (None, weight_files.checksum(tensors)):
        raise ValueError("its checksum does not match")
    return _state(about, tensors)


def restore_network(network: nn.Module, state: State, adapters: Adapters | None = None) -> None:
    """Load the network's tensors of a checkpoint into it, and those of its adapters.

    Raises:
        UserError: The checkpoint belongs to another network, or has other adapters.
    """
    tensors = state.of("network.")
    if adapters is not None:
        adapters.restore(tensors)
        restored = adapters.tensors()
        tensors = {name: tensor for name, tensor in tensors.items() if name not in restored}
    unknown = network.load_state_dict(tensors, strict=False).unexpected_keys
    if unknown:
        raise UserError(f"The checkpoint belongs to another network ({unknown[0]}).", "Train again.")


@lazy_compiler.placeholder()
def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimizer's state by index of the parameter and name, as `0.exp_avg`."""
    return {
        f"{number}.{name}": value
        for number, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
        if isinstance(value, Tensor)
    }


@lazy_compiler.placeholder()
def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Load the state of a checkpoint into an optimizer over the same parameters.

    Raises:
        ValueError: The optimizer has other parameters.
    """
    content = optimizer.state_dict()
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        number, _, key = name.partition(".")
        state.setdefault(int(number), {})[key] = value
    content["state"] = state
    optimizer.load_state_dict(content)
