"""The tensors of a network without its code, for runs that need nothing else of it: torchvision and timm stay out.

A run on features that were computed already needs the layers, the weights to prove that they stand still, and no pass.
When a network is loaded for the first time, what its code alone can tell (layers, which tensor of the file stands
where) is kept in the cache. From then on the tensors are read from their file, put in their places and hashed: they are
taken only where the hash is that of the whole network's. Code joins them (`whole`) where photos have to be computed.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from studio.catalogue import catalogue
from studio.engine.backbones import conversions, notes_of_weights, weights
from studio.engine.backbones.backbone import Backbone, required
from studio.engine.backbones.sources import SOURCES
from studio.engine.cache import artifacts
from studio.engine.network.fingerprints import fingerprint, fingerprints
from studio.engine.network.layers import leaf_tensors
from studio.engine.weight_files import reading
from studio.events import Event, Layer, LayerTable, Stage
from studio.jobs import libraries
from studio.jobs.job import is_out_of_memory
from studio.spec import BackboneSpec, UserError
from studio.system import log, paths

VERSION = 1
"""Raised when a record of before would be read wrongly."""


class Skeleton(nn.Module):
    """Parameters and buffers by their paths in a network; it computes nothing.

    Args:
        tensors: In the order of the network's state, with True for a parameter.
        layers: Paths of layers without tensors, which have their place, too.
    """

    def __init__(self, tensors: Mapping[str, tuple[Tensor, bool]], layers: Iterable[str]) -> None:
        super().__init__()
        for name, (tensor, learns) in tensors.items():
            path, _, own = name.rpartition(".")
            if learns:
                _place(self, path).register_parameter(own, nn.Parameter(tensor))
            else:
                _place(self, path).register_buffer(own, tensor)
        for path in layers:
            _place(self, path)


@dataclass(frozen=True)
class _Tensor:
    """The source of a tensor of a network.

    Attributes:
        name: In the network.
        stored: In the file; "" for a counter that is not in it.
        shape: In the network.
        dtype: In the network, without `torch.`.
        learns: True for a parameter.
        number: Of the counter.
    """

    name: str
    stored: str
    shape: tuple[int, ...]
    dtype: str
    learns: bool
    number: int = 0


def load(
    spec: BackboneSpec, cache: Path | None, wanted: Callable[[LayerTable], bool]
) -> Generator[Event, None, Backbone | None]:
    """The backbone of `spec` with its tensors alone; None where its code is needed.

    Args:
        spec: Which one.
        cache: Folder of the cache; None for the user's.
        wanted: True for layers of which a run needs the tensors alone.
    """
    info, preprocess = required(spec)
    recalled = _recalled(spec, cache)
    if recalled is None:
        return None
    record, file = recalled
    try:
        table = _table(record["table"])
        if not wanted(table):
            return None
        network = _read(file, [_Tensor(**row) for row in record["tensors"]], table)
    except Exception as error:  # whatever is wrong with it, the usual way says so
        if is_out_of_memory(error):
            raise
        return None
    if fingerprint(network) != record["fingerprint"]:
        return None
    yield Stage("weights", f"Loading {info.name}")
    yield from notes_of_weights.as_events(record["notes"])
    return Backbone(info, network.eval(), preprocess, table, record["fingerprint"])


def keep(base: Backbone, spec: BackboneSpec, notes: Iterable[Event], cache: Path | None) -> None:
    """Write down what `load` needs the next time, where the tensors alone are all that layers hold.

    Args:
        base: As it was loaded, before anything was trained.
        spec: What was asked for.
        notes: What was told while it was loaded.
        cache: Folder of the cache; None for the user's.
    """
    file = catalogue.weights_file(spec)
    if file is None or isinstance(base.network, Skeleton):
        return
    try:
        name = _key(spec, file)
        tensors = _places(base.network, file)
        if tensors is None or not _same(_read(file, tensors, base.table), base):
            return
        record = {
            "table": asdict(base.table),
            "fingerprint": base.fingerprint,
            "tensors": [asdict(one) for one in tensors],
            "notes": notes_of_weights.written(notes, base.info.name),
        }
        about: dict[str, object] = {"backbone": base.info.name, "cut": "layers"}
        artifacts.write(cache or paths.cache_folder(), name, json.dumps(record).encode(), about)
    except (OSError, UserError):
        return
    except Exception as error:  # a run must not fail for what would only make the next one quicker
        log.defect(error)


def whole(base: Backbone) -> Backbone:
    """The backbone with the code of its network, on the same tensors."""
    if not isinstance(base.network, Skeleton):
        return base
    for name in SOURCES[base.info.source].libraries:
        libraries.import_quickly(name)
    network = weights.built(base.info, base.preprocess.size[0])
    network.load_state_dict(base.network.state_dict(), assign=True)
    network.requires_grad_(False).eval()
    network.to(next(base.network.parameters()).device)
    return replace(base, network=network)


def _key(spec: BackboneSpec, file: Path) -> str:
    return artifacts.key(
        "skeleton", form=VERSION, name=spec.name, image_size=spec.image_size, file=artifacts.digest_of(file)
    )


def _recalled(spec: BackboneSpec, cache: Path | None) -> tuple[dict[str, Any], Path] | None:
    """The stored record of a backbone, with its file as it is now."""
    file = catalogue.weights_file(spec)
    if file is None:
        return None
    with contextlib.suppress(OSError, ValueError):
        content = artifacts.read(cache or paths.cache_folder(), _key(spec, file))
        if content is not None:
            return json.loads(content), file
    return None


def _read(file: Path, tensors: list[_Tensor], table: LayerTable) -> Skeleton:
    stored = reading.read(file).tensors
    found: dict[str, tuple[Tensor, bool]] = {}
    for one in tensors:
        dtype: torch.dtype = getattr(torch, one.dtype)
        if one.stored:
            # A copy: what is read may be a map of the file.
            tensor = conversions.numbers(stored[one.stored]).to(dtype).clone().reshape(tuple(one.shape))
        else:
            tensor = torch.full(tuple(one.shape), one.number, dtype=dtype)
        found[one.name] = tensor, one.learns
    return Skeleton(found, [layer.path for layer in table.layers if layer.type != "Parameter"])


def _places(network: nn.Module, file: Path) -> list[_Tensor] | None:
    """The place of each tensor of a network in its file; None where one has none."""
    stored = reading.read(file).tensors
    parameters = {name for name, _ in network.named_parameters(remove_duplicate=False)}
    by_shape: dict[tuple[int, ...], list[str]] = {}
    for name, tensor in stored.items():
        by_shape.setdefault(tuple(tensor.shape), []).append(name)
    found: list[_Tensor] = []
    for name, tensor in network.state_dict().items():
        shape, dtype = tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")
        candidates = by_shape.get(shape, [])
        candidates = [name] * (name in candidates) + [one for one in candidates if one != name]
        place = next((one for one in candidates if _equal(conversions.numbers(stored[one]), tensor)), "")
        if not place and (tensor.numel() != 1 or tensor.is_floating_point()):
            return None
        number = 0 if place else int(tensor.item())
        if place:  # the last to be tried next: what has the same shape mostly stands in the same order
            by_shape[shape].remove(place)
            by_shape[shape].append(place)
        found.append(_Tensor(name, place, shape, dtype, name in parameters, number))
    return found


def _equal(stored: Tensor, tensor: Tensor) -> bool:
    return torch.equal(stored.to(tensor.dtype).reshape(-1).view(torch.uint8), tensor.reshape(-1).view(torch.uint8))


def _same(skeleton: Skeleton, base: Backbone) -> bool:
    """True where nothing can tell the tensors in their places from the network, neither hashes nor names."""
    network = base.network
    leaves = [layer.path for layer in base.table.layers if layer.leaf and leaf_tensors(network, layer.path)]
    return (
        fingerprint(skeleton) == base.fingerprint
        and fingerprints(skeleton, leaves) == fingerprints(network, leaves)
        and [name for name, _ in skeleton.named_parameters()] == [name for name, _ in network.named_parameters()]
        and [name for name, _ in skeleton.named_buffers()] == [name for name, _ in network.named_buffers()]
    )


def _table(record: dict[str, Any]) -> LayerTable:
    def layer(row: dict[str, Any]) -> Layer:
        fields: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in row.items()}
        return Layer(**fields)

    layers = tuple(map(layer, record["layers"]))
    return LayerTable(**{**record, "layers": layers, "image_size": tuple(record["image_size"])})


def _place(root: nn.Module, path: str) -> nn.Module:
    """The module at a path, made where there is none."""
    module = root
    for name in path.split(".") if path else ():
        if name not in module._modules:
            module.add_module(name, nn.Module())
        child = module._modules[name]
        assert child is not None
        module = child
    return module
