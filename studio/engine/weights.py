"""Puts pretrained weights into a network: bundled, from a file, from the hubs' caches, or downloaded.

Nothing is ever random unless `none` was asked for, and no file is unpickled into anything but tensors.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Generator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from studio import catalogue, places
from studio.catalogue import BackboneInfo
from studio.engine import downloads, networks
from studio.events import Event, Stage
from studio.spec import BUNDLED_BACKBONE, BackboneSpec, Fault
from studio.workbench.jobs import Stop

Weights = dict[str, Tensor]

CODE = ("Unsupported global", "Unsupported class", "unrecognized function")
"""What torch says of a file that would call something; of one that is merely damaged it says other things."""

CHECKPOINT_KEYS = ("state_dict_ema", "state_dict", "model_ema", "model")
"""Where trainings keep the state in their checkpoints; the averaged weights first."""


def load(info: BackboneInfo, spec: BackboneSpec, stop: Stop) -> Generator[Event, None, nn.Module]:
    """Build the network of `spec` with its weights; returns it in eval mode on the CPU.

    Raises:
        Fault: The weights are missing, cannot be fetched, or belong to another network.
    """
    yield Stage("weights", f"Loading {info.name}")
    size = spec.image_size or info.input_size[1]
    if spec.weights == "none":
        network = _built(info, size)
    elif spec.weights == "default":
        file = catalogue.bundled_file() if info.name == BUNDLED_BACKBONE else catalogue.cached_file(info)
        if file is None:
            file = yield from downloads.fetch(info, stop)
        network = _from_hub(info, file, size) if info.name != BUNDLED_BACKBONE else from_file(info, file, size)
    else:
        network = from_file(info, places.expanded(spec.weights), size)
    return network.eval()


def from_file(info: BackboneInfo, file: Path, size: int) -> nn.Module:
    """The network with the weights of a file, `.safetensors` or a state dict saved by torch."""
    weights = read(file)
    network = _built(info, size)
    wanted = network.state_dict()
    if info.name == BUNDLED_BACKBONE and not wanted.keys() <= weights.keys():
        # The bundled file has its author's names, in the same order as timm's: 4 tensors a layer, tensor by tensor.
        values = list(weights.values())[: len(wanted)]
        if [value.shape for value in values] == [value.shape for value in wanted.values()]:
            weights = dict(zip(wanted, values, strict=True))
    weights = _resized(network, info, weights, size)
    _require_fit(info, file, wanted, weights)
    network.load_state_dict({name: weights[name] for name in wanted})
    return network


def read(file: Path) -> Weights:
    """The tensors of a weights file by name, without ever running code that the file brings.

    Raises:
        Fault: No such file, not a weights file, or one that holds pickled code.
    """
    if not file.is_file():
        raise Fault(f"There is no weights file at {file}.", "Check the path, or use “default”.")
    try:
        found: Any
        if file.suffix == ".safetensors":
            found = load_file(file)
        else:
            found = torch.load(file, map_location="cpu", weights_only=True)
    except SafetensorError as error:
        raise Fault(f"{file} is not a safetensors file ({error}).", "Download or save it again.") from error
    except Exception as error:  # a damaged file fails anywhere in the reader
        if isinstance(error, pickle.UnpicklingError) and any(words in str(error) for words in CODE):
            raise Fault(
                f"{file} holds more than weights: opening it would run code from the file, so it was not opened.",
                "Ask for the weights alone: a state dict (.pt) or, better, .safetensors.",
            ) from error
        reason = "it is damaged or of another kind" if isinstance(error, pickle.UnpicklingError) else _first_line(error)
        raise Fault(f"{file} cannot be read as weights ({reason}).", "Download or save it again.") from error
    for _ in range(4):  # checkpoints of trainings hold the state among other things
        if not isinstance(found, dict):
            break
        inner = [found[key] for key in CHECKPOINT_KEYS if isinstance(found.get(key), dict)]
        if not inner:
            break
        found = inner[0]
    if not isinstance(found, dict) or not _is_state(found):
        raise Fault(f"{file} holds no state dict.", "Save it with torch.save(model.state_dict(), file).")
    return {_plain(name): value for name, value in found.items() if isinstance(value, Tensor)}


def fingerprint(network: nn.Module) -> str:
    """Hash of every parameter and buffer with name, shape and type: the identity of these weights, 32 hex digits."""
    digest = hashlib.blake2b(digest_size=16)
    for name, tensor in network.state_dict().items():
        update(digest, name, tensor)
    return digest.hexdigest()


def update(digest: hashlib.blake2b, name: str, tensor: Tensor) -> None:
    """Add one tensor to a hash, bit for bit."""
    digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
    digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)


def _built(info: BackboneInfo, size: int) -> nn.Module:
    """The network with random weights; a size it cannot be made for is a `Fault`."""
    try:
        return networks.build(info.source, info.arch, size)[0]
    except Exception as error:
        if size == info.input_size[1]:
            raise
        raise Fault(
            f"“{info.name}” cannot take photos of {size} × {size} pixels ({_first_line(error)}).",
            f"Leave the image size out: its weights expect {info.input_size[1]}.",
        ) from error


def _from_hub(info: BackboneInfo, file: Path, size: int) -> nn.Module:
    """The network with a file of the hubs' caches: torchvision's are plain, timm's own loader knows how to rename.

    The network is made with its own last layer and loses it after: asked for one without, timm loads whatever fits
    and leaves the rest random without a word.
    """
    if info.source != "timm":
        return from_file(info, file, size)
    import timm

    # `custom_load` is for the numpy files some networks came from; the hub holds plain tensors.
    overlay = {"file": str(file), "hf_hub_id": None, "url": "", "custom_load": file.suffix == ".npz"}
    try:
        with networks.quiet():
            network = networks.timm_model(
                lambda options: timm.create_model(
                    info.arch, pretrained=True, pretrained_cfg_overlay=overlay, **options
                ),
                size if size != info.input_size[1] else None,
            )
    except Exception as error:  # a file of another network fails anywhere in timm's renaming
        _built(info, size)  # raises where it is the size
        raise Fault(
            f"{file} does not hold the weights of “{info.name}” ({_first_line(error)}).", "Delete it and try again."
        ) from error
    network.reset_classifier(0)  # type: ignore[operator]  # every timm classifier has it
    return network


def _first_line(error: Exception) -> str:
    words = str(error).strip()
    return words.splitlines()[0].rstrip(".:") if words else type(error).__name__


def _plain(name: str) -> str:
    """A tensor's name without what wrappers for several devices and compilers put in front."""
    return name.removeprefix("_orig_mod.").removeprefix("module.").removeprefix("_orig_mod.")


def _is_state(found: dict[Any, Any]) -> bool:
    return (
        bool(found)
        and all(isinstance(name, str) for name in found)
        and any(isinstance(value, Tensor) for value in found.values())
    )


def _resized(network: nn.Module, info: BackboneInfo, weights: Weights, size: int) -> Weights:
    """Position embeddings of torchvision's ViT, stretched to another image size the way torchvision does it."""
    if info.source != "torchvision" or not info.arch.startswith("vit_") or size == info.input_size[1]:
        return weights
    from torchvision.models.vision_transformer import interpolate_embeddings

    return dict(interpolate_embeddings(size, network.patch_size, dict(weights)))


def _require_fit(info: BackboneInfo, file: Path, wanted: Weights, weights: Weights) -> None:
    missing = [name for name in wanted if name not in weights]
    other = [name for name in wanted if name in weights and wanted[name].shape != weights[name].shape]
    if not missing and not other:
        return
    parts = []
    if missing:
        parts.append(f"{len(missing)} of {len(wanted)} tensors are missing, {missing[0]} first")
    if other:
        name = other[0]
        shapes = f"{tuple(weights[name].shape)} instead of {tuple(wanted[name].shape)}"
        parts.append(f"{len(other)} have another shape, {name} is {shapes}")
    raise Fault(
        f"{file} does not hold the weights of “{info.name}”: {'; '.join(parts)}.",
        "Choose the backbone that the file was made with.",
    )
