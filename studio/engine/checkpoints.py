"""Everything a run needs to go on as if it had never been stopped, in one file that is replaced whole.

Weights that train, what the optimizer remembers of them, the step and the sums of an epoch that is under way, and the
epochs so far. Random states are not in it, because there are none: the order of photos, their changes and every
dropout follow from the seed and the number of the step. Tensors and JSON only; nothing is ever unpickled.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from studio import files
from studio.events import Epoch
from studio.spec import Fault

FILE = "checkpoint.safetensors"
VERSION = 1


@dataclass(frozen=True)
class State:
    """Where a run stands.

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
    about = {item.name: getattr(state, item.name) for item in fields(state) if item.name != "tensors"}
    about |= {"version": VERSION, "epochs": [asdict(epoch) for epoch in state.epochs]}
    tensors = {name: value.detach().cpu().contiguous().clone() for name, value in state.tensors.items()}
    with files.whole(run / FILE) as beside:
        save_file(tensors, beside, metadata={"thaw": json.dumps(about)})
    return time.perf_counter() - began


def read(run: Path) -> State | None:
    """The checkpoint of `run`; None where there is none.

    Raises:
        Fault: It cannot be read.
    """
    file = run / FILE
    if not file.is_file():
        return None
    try:
        with safe_open(file, framework="pt") as opened:
            about: dict[str, Any] = json.loads((opened.metadata() or {})["thaw"])
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  # no mapping
        if about.pop("version") != VERSION:
            raise ValueError("another version of the program wrote it")
        epochs = tuple(Epoch(**epoch) for epoch in about.pop("epochs"))
        return State(epochs=epochs, tensors=tensors, **about)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise Fault(
            f"The checkpoint {file} cannot be read ({error}).", "Train again; the weights of the last epoch are kept."
        ) from error


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """What the optimizer remembers, by the place of the parameter, as in `0.exp_avg`."""
    return {
        f"{number}.{name}": value
        for number, memory in optimizer.state_dict()["state"].items()
        for name, value in memory.items()
        if isinstance(value, Tensor)
    }


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
