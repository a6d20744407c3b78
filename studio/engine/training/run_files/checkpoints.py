"""Everything a run needs to go on as if it had never been stopped, in one file that is replaced whole.

Weights that train, what the optimizer remembers of them, the step and the sums of an epoch that is under way, and the
epochs so far. Random states are not in it, because there are none: the order of photos, their changes and every
dropout follow from the seed and the number of the step. Tensors and JSON only; nothing is ever unpickled.

It comes first: the weights for use are written after it and can be made again from it. An epoch on cached features
takes less time than a disk needs to take a file for sure, so quick epochs do not wait for it (`files.steady`): a power
cut costs a few seconds of work, a killed program nothing. A sum over the content finds out what a power cut tore.
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
from safetensors.torch import save_file
from torch import Tensor, nn

from studio.engine.training.run_files import weight_files
from studio.evaluate.epoch_records import from_record, to_record
from studio.events import Epoch
from studio.spec import UserError
from studio.system import atomic_files, lazy_compiler

FILE = "checkpoint.safetensors"
VERSION = 1


@dataclass(frozen=True)
class State:
    """The position of a run.

    Attributes:
        epochs: Finished ones, over both phases.
        batch: Batches done of the epoch under way.
        step: Optimizer steps done in this phase.
        micro: Photos that fit into one pass; 0 while all of a batch do.
        seconds: Spent in the epoch under way.
        photos: Fingerprint of the photos the run is made from.
        threads: CPU threads the steps were computed with.
        tensors: By name: `head.`, `network.`, `optimizer.`, `sums.`, `scaler.`.
    """

    epochs: tuple[Epoch, ...]
    batch: int
    step: int
    micro: int
    seconds: float
    photos: str
    threads: int
    tensors: dict[str, Tensor] = field(repr=False)

    def of(self, part: str) -> dict[str, Tensor]:
        """Tensors of one part, its prefix taken off."""
        return {name.removeprefix(part): value for name, value in self.tensors.items() if name.startswith(part)}


def write(run: Path, state: State) -> float:
    """Replace the checkpoint of `run`; returns the seconds it took.

    Raises:
        OSError: The disk is full, or the folder is gone.
    """
    began = time.perf_counter()
    if atomic_files.sync_due(run / FILE):  # of earlier epochs: once this checkpoint is safe they cannot be made again
        atomic_files.fsync_all(*_weights(run))
    about = {item.name: getattr(state, item.name) for item in fields(state) if item.name != "tensors"}
    about |= {"version": VERSION, "epochs": [to_record(epoch) for epoch in state.epochs]}
    tensors = {name: value.detach().cpu().contiguous().clone() for name, value in state.tensors.items()}
    with atomic_files.atomic_write_lazy_sync(run / FILE) as beside:
        save_file(
            tensors, beside, metadata={"thaw": json.dumps(about), weight_files.CHECKSUM: weight_files.checksum(tensors)}
        )
    return time.perf_counter() - began


def settle(run: Path) -> None:
    """Wait until all that a run wrote so far is safe on the disk; for its end, also where that is a failure."""
    with contextlib.suppress(OSError):  # the disk is full or the folder gone: that is told elsewhere
        atomic_files.fsync_all(run / FILE, *_weights(run))


def _weights(run: Path) -> list[Path]:
    both = [
        folder / name for folder in (run, run / weight_files.BEST) for name in (weight_files.HEAD, weight_files.THAWED)
    ]
    return [*both, run / weight_files.BEST / weight_files.OUTCOME]


def read(run: Path) -> State | None:
    """The last checkpoint of `run` that is whole; None where there is none.

    Raises:
        UserError: There is one, but it cannot be read.
    """
    return latest(run)[0]


def version(run: Path) -> tuple[int, int] | None:
    """A mark that differs between the newest checkpoint of `run` and the one before; None where there is none."""
    try:
        about = (run / FILE).stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_ino


def latest(run: Path) -> tuple[State | None, str]:
    """Like `read`, and what is wrong with the newest checkpoint where an older one had to do; "" where nothing is."""
    file, before = run / FILE, atomic_files.backup_path(run / FILE)
    try:
        if file.is_file():
            return _read(file), ""
        return (_read(before) if before.is_file() else None), ""
    except _UNREADABLE as error:
        wrong = str(error)
        with contextlib.suppress(*_UNREADABLE, FileNotFoundError):
            return _read(before), wrong
        raise UserError(
            f"The checkpoint {file} cannot be read ({wrong}).",
            "Put back a copy of it, or train again with the same settings; computed features are used again, "
            "and the weights of the last epoch can still be exported.",
            file,
        ) from error


_UNREADABLE = (OSError, SafetensorError, ValueError, KeyError, TypeError)


def _read(file: Path) -> State:
    with safe_open(file, framework="pt") as opened:
        header = opened.metadata() or {}
        about: dict[str, Any] = json.loads(header["thaw"])
        if about.pop("version") != VERSION:
            raise UserError(
                f"The checkpoint {file} was written by another version of Thaw Studio.", "Update the program.", file
            )
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  # no mapping
    if header.get(weight_files.CHECKSUM) not in (None, weight_files.checksum(tensors)):
        raise ValueError("its content is not what was written")
    epochs = tuple(from_record(epoch) for epoch in about.pop("epochs"))
    return State(epochs=epochs, tensors=tensors, **about)


def restore_network(network: nn.Module, state: State) -> None:
    """Put the network's own tensors of a checkpoint back.

    Raises:
        UserError: They are of another network.
    """
    unknown = network.load_state_dict(state.of("network."), strict=False).unexpected_keys
    if unknown:
        raise UserError(f"The checkpoint is of another network ({unknown[0]}).", "Train again.")


@lazy_compiler.placeholder()
def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimizer's state, keyed by the index of the parameter, as in `0.exp_avg`."""
    return {
        f"{number}.{name}": value
        for number, memory in optimizer.state_dict()["state"].items()
        for name, value in memory.items()
        if isinstance(value, Tensor)
    }


@lazy_compiler.placeholder()
def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Give an optimizer over the same parameters its memory back.

    Raises:
        ValueError: It is over other parameters.
    """
    whole = optimizer.state_dict()
    memory: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        number, _, key = name.partition(".")
        memory.setdefault(int(number), {})[key] = value
    whole["state"] = memory
    optimizer.load_state_dict(whole)
