"""Loading of weights into a network: bundled, from a file, from the hubs' caches, downloaded, or random.

Weights are random only if the spec says `none`. No code from a file is run. A file must hold exactly this network:
every tensor of the network comes from it.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from studio.catalog import catalog, image_sizes
from studio.catalog.catalog import BackboneInfo
from studio.engine.backbones import builders, conversions, downloads, mismatch, readout, suspicious_numbers
from studio.engine.backbones.conversions import Tensors
from studio.engine.backbones.own import source as own_source
from studio.engine.backbones.sources import SOURCES
from studio.engine.device import random_state
from studio.engine.network import last_linear
from studio.engine.weight_files import file_kinds, fitting, reading
from studio.engine.weight_files.contents import StoredTensor
from studio.engine.weight_files.fitting import Fit
from studio.engine.weight_files.pickle_objects import DamagedFileError
from studio.events import Event, Stage, Warned
from studio.jobs.job import is_out_of_memory
from studio.jobs.protocol import Stop
from studio.spec import BackboneSpec, UserError
from studio.system import paths
from studio.system.failures import first_line

Weights = dict[str, Tensor]


def load(info: BackboneInfo, spec: BackboneSpec, stop: Stop, seed: int = 0) -> Generator[Event, None, nn.Module]:
    """Build the network of `spec` with its weights; return it in eval mode on the CPU.

    Args:
        info: Its entry in the catalog.
        spec: Backbone, weights and image size.
        stop: Called while downloading.
        seed: Seed of random weights.

    Raises:
        UserError: The weights are missing, cannot be downloaded, are not finite, or belong to another network.
    """
    yield Stage("weights", f"Loading {info.name}")
    size = spec.image_size or info.input_size[1]
    if info.source == catalog.OWN and spec.weights in ("default", "none"):
        return (yield from _own(info, spec, size, seed))
    if spec.weights == "none":
        with random_state.fork(seed):
            return build(info, size).eval()
    if spec.weights == "default":
        packaged = catalog.packaged_file(info.name)
        file = packaged or catalog.cached_file(info)
        if file is None:
            file = yield from downloads.fetch(info, stop)
        try:
            with random_state.fork(seed):
                network = from_file(info, file, size)[0] if packaged else _from_hub(info, file, size)
            require_valid(network, file)
        except UserError as error:
            if packaged or isinstance(error, ImageSizeError):
                raise
            raise UserError(error.title, f"Delete {file} and try again: it will be downloaded again.", file) from error
        return network.eval()
    file = paths.expanded(spec.weights)
    with random_state.fork(seed):
        network, notes = from_file(info, file, size)
    yield Stage("weights", f"Read {info.name} from {file.name}{notes.where}")
    for title in notes.warnings:
        yield Warned(f"{file}: {title}.")
    return network.eval()


def _own(info: BackboneInfo, spec: BackboneSpec, size: int, seed: int) -> Generator[Event, None, nn.Module]:
    """Build a user's own network with the weights of its file, or with random ones."""
    if spec.weights == "none" and not own_source.can_be_random(info.arch):
        raise UserError(
            f"{info.name} is an exported program, which cannot draw random weights.",
            "Train from scratch with the code of the network (FILE.py:factory).",
        )
    with random_state.fork(seed):
        network = build(info, size)
    with random_state.fork(seed + 1):
        random = own_source.is_random(network, info.arch)
    if spec.weights == "none" and not random:
        with random_state.fork(seed):
            rest = own_source.randomize(network)
        if rest:
            yield Warned(f"{info.name}: {len(rest)} parameters keep their values from its file (first: {rest[0]}).")
    elif spec.weights == "default" and random:
        yield Warned(
            f"The weights of {info.name} are random: nothing in them was learned from photos.",
            "Choose a file with its pretrained weights, or train all of its layers.",
        )
    require_valid(network, Path(info.name))
    return network.eval()


@dataclass(frozen=True)
class Notes:
    """Description of how the weights of a file were used.

    Attributes:
        where: Prefix of the weights in the file, and the unused parts of the file; "" if the whole file was used.
        warnings: Conversions and suspicious values.
    """

    where: str = ""
    warnings: tuple[str, ...] = ()


def from_file(info: BackboneInfo, file: Path, size: int) -> tuple[nn.Module, Notes]:
    """Build the network with the weights of a file: `.safetensors`, or a state dict or checkpoint saved by torch.

    Raises:
        UserError: The file holds no weights, those of another network, or some that are not finite.
    """
    contents = reading.read(file)
    network = build(replace(info, readout=""), size)  # the whole one, whose tensors the file has
    stored, match, warnings = conversions.convert(info, network, contents.tensors, size)
    if not match.fits:
        raise mismatch.error(info, file, contents, match)
    state = network.state_dict()
    warnings += _precision_warnings(file, match, stored, state)
    with torch.no_grad():
        for name, stored_name in match.names.items():
            if not fitting.is_index(name, state[name]):  # the built network's own index tables are correct
                state[name].copy_(_read_tensor(file, name, stored[stored_name]))
    require_valid(network, file)
    head = last_linear.path_of(network) or info.classifier
    head_words = _head_in_words(head, match, stored)
    where, several = _describe(match, head if head_words else "")
    where += head_words
    readout.apply(network, info.readout)
    warnings += [*several, *suspicious_numbers.huge(state), *suspicious_numbers.zeros(state)]
    return network, Notes(where, tuple(warnings))


def read(file: Path) -> Weights:
    """Read all tensors of a weights file by name. No code from the file is run.

    Raises:
        UserError: The file is missing, is not a weights file, or would run code in another reader.
    """
    return {name: _read_tensor(file, name, stored) for name, stored in reading.read(file).tensors.items()}


def require_valid(network: nn.Module, file: Path) -> None:
    """Check that weights are finite, variances are not negative, and not all weights are zero.

    Raises:
        UserError: The check failed; the message names the tensor.
    """
    zero = True
    for name, tensor in network.state_dict().items():
        if not tensor.is_floating_point() or not tensor.numel():
            continue
        low, high = (float(value) for value in torch.aminmax(tensor))
        if not (low > -torch.inf and high < torch.inf):  # False for NaN, too
            bad = int((~torch.isfinite(tensor)).sum())
            what = "NaN" if torch.isnan(tensor).any() else "infinity"
            raise UserError(
                f"{file} holds {what} in {name} ({bad:,} of {tensor.numel():,} values).",
                "Choose a checkpoint from before its training diverged, or download the file again.",
                file,
            )
        if name.endswith("running_var") and low < 0:
            raise UserError(
                f"{file} holds a negative variance in {name} ({low:g}), which BatchNorm cannot have.",
                "The file is damaged, or its tensors have the wrong names: choose another one.",
                file,
            )
        zero = zero and (tensor.ndim < 2 or low == high == 0)
    if zero:
        raise UserError(
            f"{file} holds only zeros.", "Choose another file: with these weights all features would be equal.", file
        )


class ImageSizeError(UserError):
    """The network cannot be built for photos of the chosen size; another file of weights would not help."""


def build(info: BackboneInfo, size: int) -> nn.Module:
    """Build the network with random weights.

    Raises:
        ImageSizeError: It cannot be built for photos of `size` pixels.
    """
    try:
        return builders.build(info.source, info.arch, size, info.readout)[0]
    except Exception as error:
        if size == info.input_size[1] or isinstance(error, UserError) or is_out_of_memory(error):
            raise
        hint = f"Leave the image size out: its weights expect {info.input_size[1]}. {image_sizes.fitting(info, size)}"
        raise ImageSizeError(
            f"“{info.name}” cannot take photos of {size} × {size} pixels ({first_line(error)}).", hint.strip()
        ) from error


def _from_hub(info: BackboneInfo, file: Path, size: int) -> nn.Module:
    """Build the network with a file from the hubs' caches."""
    try:
        network = SOURCES[info.source].from_hub(info, file, size if size != info.input_size[1] else None)
    except Exception as error:  # the library may raise anything for a file of another network
        if is_out_of_memory(error):
            raise
        build(info, size)  # raises a better error if the size is the reason
        raise UserError(
            f"{file} does not hold the weights of “{info.name}” ({first_line(error)}).",
            "Delete it and try again.",
            file,
        ) from error
    if network is None:
        return from_file(info, file, size)[0]
    readout.apply(network, info.readout)
    return network


def _read_tensor(file: Path, name: str, stored: StoredTensor | Tensor) -> Tensor:
    """Read a tensor of a file.

    Raises:
        UserError: It is missing or damaged.
    """
    try:
        return conversions.read_tensor(stored)
    except (DamagedFileError, SafetensorError, OSError, ValueError, TypeError, RuntimeError) as error:
        raise UserError(
            f"{file} is cut off or damaged: {name} cannot be read ({first_line(error)}).",
            file_kinds.DOWNLOAD_HINT,
            file,
        ) from error


def _precision_warnings(file: Path, match: Fit, stored: Tensors, state: Weights) -> list[str]:
    """Return a warning about a number type other than float32 in the file.

    Raises:
        UserError: The weights are complex or integers (quantized).
    """
    others: set[str] = set()
    for name, stored_name in match.names.items():
        if state[name].is_floating_point():
            dtype = stored[stored_name].dtype
            if dtype.is_complex:
                raise UserError(
                    f"{file} holds {name} as complex numbers; the weights of this backbone are real.",
                    "Choose another file.",
                    file,
                )
            if not dtype.is_floating_point:
                kind = str(dtype).removeprefix("torch.")
                raise UserError(
                    f"{file} holds {name} as {kind}: its weights are quantized.",
                    "Choose the file from before they were quantized.",
                    file,
                )
            others.add(str(dtype).removeprefix("torch."))
    others.discard("float32")
    return [f"its weights are {' and '.join(sorted(others))}; they were converted to float32"] if others else []


def _describe(match: Fit, head: str) -> tuple[str, list[str]]:
    """Return the prefix and the unused parts of the file, but `head`, in words; and a warning if several fit."""
    under = match.prefix.removesuffix(".")
    where = f", under “{under}”" if under else ""
    unused = [f"{part} ({count} {'tensor' if count == 1 else 'tensors'})" for part, count in match.unused.items()]
    unused = [words for words, part in zip(unused, match.unused, strict=True) if part != head]
    more = f" and {len(unused) - 4} others" if len(unused) > 4 else ""
    rest = f"; not used: {', '.join(unused[:4])}{more}" if unused else ""
    several = [f"the weights under “{under}” were used; those under {_quoted(match.others)} would fit as well"]
    return where + rest, several if match.others else []


def _head_in_words(head: str, match: Fit, stored: Tensors) -> str:
    """Note on the head in the file, which is not used; "" if the file has none at this path."""
    weight = stored.get(f"{match.prefix}{head}.weight") if head else None
    if weight is None:
        return ""
    return f"; its head for {weight.shape[0]:,} classes is left out, a new one for your classes is trained"


def _quoted(prefixes: tuple[str, ...]) -> str:
    return ", ".join(f"“{prefix.removesuffix('.')}”" if prefix else "no prefix" for prefix in prefixes)
