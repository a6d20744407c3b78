"""The weights a run leaves: the head, and what of the backbone was thawed."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from studio import files
from studio.engine.layers import leaf_tensors
from studio.spec import Fault

HEAD = "head.safetensors"
THAWED = "thawed.safetensors"


def save(run: Path, head: dict[str, Tensor], network: nn.Module, thawed: tuple[str, ...]) -> None:
    """Write `head.safetensors` and, where layers were thawed, `thawed.safetensors`; each whole or not at all."""
    run.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: tensor.detach().cpu().contiguous().clone()
        for path in thawed
        for name, tensor in leaf_tensors(network, path).items()
    }
    if tensors:
        with files.whole(run / THAWED) as beside:
            save_file(tensors, beside)
    with files.whole(run / HEAD) as beside:
        save_file(head, beside)


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
