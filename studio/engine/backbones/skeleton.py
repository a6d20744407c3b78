"""A network's tensors without its code, so that some runs need not import torchvision and timm.

A run on cached features needs the layer table and, for the freeze proof, the weights, but no forward pass. The first
load of a network caches the facts that only its code provides: its layers, and the name of each tensor in the weights
file. Later runs read the tensors from that file and hash them; they use them only if the hash is the network's.
`with_code` adds the code where features have to be computed after all.
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

from studio.catalog import catalog
from studio.engine.backbones import conversions, weight_notes, weights
from studio.engine.backbones.backbone import Backbone, resolve
from studio.engine.backbones.sources import SOURCES
from studio.engine.cache import artifacts
from studio.engine.network.fingerprints import fingerprint, fingerprints
from studio.engine.network.layers import leaf_tensors
from studio.engine.network.module_tree import module_at
from studio.engine.weight_files import reading
from studio.events import Event, Layer, LayerTable, Stage
from studio.jobs import libraries
from studio.jobs.job import is_out_of_memory
from studio.spec import BackboneSpec, UserError
from studio.system import log, paths
from studio.system.files import json_text

VERSION = 1
"""Version of the cached record; to be increased when earlier records would be misread."""


class Skeleton(nn.Module):
    """A module with the parameters and buffers of a network, at the same paths, but without a forward pass.

    Args:
        tensors: Tensors in the order of the network's state dict, with True for a parameter and False for a buffer.
        layers: Paths of all layers, because those without tensors need a module, too.
    """

    def __init__(self, tensors: Mapping[str, tuple[Tensor, bool]], layers: Iterable[str]) -> None:
        super().__init__()
        for name, (tensor, learns) in tensors.items():
            path, _, own = name.rpartition(".")
            if learns:
                module_at(self, path).register_parameter(own, nn.Parameter(tensor))
            else:
                module_at(self, path).register_buffer(own, tensor)
        for path in layers:
            module_at(self, path)


@dataclass(frozen=True)
class _Tensor:
    """Where a tensor of a network is in the weights file. The fields are keys of the cached record.

    Attributes:
        name: Name in the network.
        stored: Name in the file; "" for a counter that is not in it.
        shape: Shape in the network.
        dtype: Type in the network, without `torch.`.
        learns: True for a parameter.
        number: Value of the counter.
    """

    name: str
    stored: str
    shape: tuple[int, ...]
    dtype: str
    learns: bool
    number: int = 0


def load(
    spec: BackboneSpec, cache: Path | None, is_sufficient: Callable[[LayerTable], bool]
) -> Generator[Event, None, Backbone | None]:
    """Load the backbone of `spec` as a `Skeleton`; returns None if that is not possible.

    Args:
        spec: Backbone, weights and image size.
        cache: Folder of the cache; None for the user's.
        is_sufficient: Returns True if a run on a network with this layer table needs no forward pass.
    """
    info, preprocess = resolve(spec)
    cached = _read_record(spec, cache)
    if cached is None:
        return None
    record, file = cached
    try:
        table = _read_table(record["table"])
        if not is_sufficient(table):
            return None
        network = _read_skeleton(file, [_Tensor(**row) for row in record["tensors"]], table)
    except Exception as error:  # the caller then loads the whole network, which reports what is wrong with the file
        if is_out_of_memory(error):
            raise
        return None
    if fingerprint(network) != record["fingerprint"]:
        return None
    yield Stage("weights", f"Loading {info.name}")
    yield from weight_notes.as_events(record["notes"])
    return Backbone(info, network.eval(), preprocess, table, record["fingerprint"])


def save(base: Backbone, spec: BackboneSpec, notes: Iterable[Event], cache: Path | None) -> None:
    """Cache the record for `load`, if the network's state can be restored from its file.

    Args:
        base: The backbone as it was loaded, before any training.
        spec: Its spec.
        notes: Events of loading it.
        cache: Folder of the cache; None for the user's.
    """
    file = catalog.weights_file(spec)
    if file is None or isinstance(base.network, Skeleton):
        return
    try:
        name = _key(spec, file)
        tensors = _locate_tensors(base.network, file)
        if tensors is None or not _is_identical(_read_skeleton(file, tensors, base.table), base):
            return
        record = {
            "table": asdict(base.table),
            "fingerprint": base.fingerprint,
            "tensors": [asdict(one) for one in tensors],
            "notes": weight_notes.to_rows(notes, base.info.name),
        }
        about: dict[str, object] = {"backbone": base.info.name, "cut": "layers"}
        artifacts.write(cache or paths.cache_folder(), name, json.dumps(record).encode(), about)
    except (OSError, UserError):
        return
    except Exception as error:  # the record only makes later runs faster: it must not make this one fail
        log.defect(error)


def with_code(base: Backbone) -> Backbone:
    """Return the backbone with a complete network that shares the skeleton's tensors; unchanged if it has one."""
    if not isinstance(base.network, Skeleton):
        return base
    for name in SOURCES[base.info.source].libraries:
        libraries.import_quickly(name)
    network = weights.build(base.info, base.preprocess.size[0])
    network.load_state_dict(base.network.state_dict(), assign=True)
    network.requires_grad_(False).eval()
    network.to(next(base.network.parameters()).device)
    return replace(base, network=network)


def _key(spec: BackboneSpec, file: Path) -> str:
    readout = resolve(spec)[0].readout
    return artifacts.key(
        "skeleton",
        form=VERSION,
        name=spec.name,
        image_size=spec.image_size,
        file=artifacts.digest_of(file),
        **({"readout": readout} if readout else {}),  # records of earlier versions stay valid
    )


def _read_record(spec: BackboneSpec, cache: Path | None) -> tuple[dict[str, Any], Path] | None:
    """Return the cached record of a backbone and its weights file; None if there is no record."""
    file = catalog.weights_file(spec)
    if file is None:
        return None
    with contextlib.suppress(OSError, ValueError):
        content = artifacts.read(cache or paths.cache_folder(), _key(spec, file))
        if content is not None:
            return json_text.loads(content), file
    return None


def _read_skeleton(file: Path, tensors: list[_Tensor], table: LayerTable) -> Skeleton:
    stored = reading.read(file).tensors
    loaded: dict[str, tuple[Tensor, bool]] = {}
    for one in tensors:
        dtype: torch.dtype = getattr(torch, one.dtype)
        if one.stored:
            # A copy, because the tensor may be a memory map of the file.
            tensor = conversions.read_tensor(stored[one.stored]).to(dtype).clone().reshape(tuple(one.shape))
        else:
            tensor = torch.full(tuple(one.shape), one.number, dtype=dtype)
        loaded[one.name] = tensor, one.learns
    return Skeleton(loaded, [layer.path for layer in table.layers if layer.type != "Parameter"])


def _locate_tensors(network: nn.Module, file: Path) -> list[_Tensor] | None:
    """Return the location of each tensor of a network in its file; None if one is not in it."""
    stored = reading.read(file).tensors
    parameters = {name for name, _ in network.named_parameters(remove_duplicate=False)}
    by_shape: dict[tuple[int, ...], list[str]] = {}
    for name, tensor in stored.items():
        by_shape.setdefault(tuple(tensor.shape), []).append(name)
    located: list[_Tensor] = []
    for name, tensor in network.state_dict().items():
        shape, dtype = tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")
        candidates = by_shape.get(shape, [])
        candidates = [name] * (name in candidates) + [one for one in candidates if one != name]
        source = next((one for one in candidates if _equal(conversions.read_tensor(stored[one]), tensor)), "")
        if not source and (tensor.numel() != 1 or tensor.is_floating_point()):
            return None
        number = 0 if source else int(tensor.item())
        if source:  # tried last for the next tensor: tensors of one shape are mostly in the same order in both
            by_shape[shape].remove(source)
            by_shape[shape].append(source)
        located.append(_Tensor(name, source, shape, dtype, name in parameters, number))
    return located


def _equal(stored: Tensor, tensor: Tensor) -> bool:
    return torch.equal(stored.to(tensor.dtype).reshape(-1).view(torch.uint8), tensor.reshape(-1).view(torch.uint8))


def _is_identical(skeleton: Skeleton, base: Backbone) -> bool:
    """True if the skeleton has the same hashes and names of tensors as the network."""
    network = base.network
    leaves = [layer.path for layer in base.table.layers if layer.leaf and leaf_tensors(network, layer.path)]
    return (
        fingerprint(skeleton) == base.fingerprint
        and fingerprints(skeleton, leaves) == fingerprints(network, leaves)
        and [name for name, _ in skeleton.named_parameters()] == [name for name, _ in network.named_parameters()]
        and [name for name, _ in skeleton.named_buffers()] == [name for name, _ in network.named_buffers()]
    )


def _read_table(record: dict[str, Any]) -> LayerTable:
    def layer(row: dict[str, Any]) -> Layer:
        fields: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in row.items()}
        return Layer(**fields)

    layers = tuple(map(layer, record["layers"]))
    return LayerTable(
        **{
            **record,
            "layers": layers,
            "image_size": tuple(record["image_size"]),
            "unused": tuple(record.get("unused", ())),
            "fitting": tuple(record.get("fitting", ())),
            "warnings": tuple(map(tuple, record.get("warnings", ()))),
        }
    )
