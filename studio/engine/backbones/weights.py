"""Puts pretrained weights into a network: bundled, from a file, from the hubs' caches, or downloaded.

Nothing is ever random unless `none` was asked for, nothing that a file brings is run, and every tensor of a network
comes from the file: from one that holds this network and no other.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from studio.catalogue import catalogue
from studio.catalogue.catalogue import BackboneInfo
from studio.engine.backbones import builders, conversions, downloads, identify, odd_numbers
from studio.engine.backbones.conversions import Tensors
from studio.engine.backbones.sources import SOURCES
from studio.engine.device import random_state
from studio.engine.weight_files import file_kinds, fitting, reading
from studio.engine.weight_files.contents import Contents, Stored
from studio.engine.weight_files.fitting import Fit
from studio.engine.weight_files.pickle_objects import Damaged
from studio.events import Event, Stage, Warned
from studio.jobs.job import is_out_of_memory
from studio.jobs.protocol import Stop
from studio.spec import BUNDLED_BACKBONE, BackboneSpec, UserError
from studio.system import paths

Weights = dict[str, Tensor]


def load(info: BackboneInfo, spec: BackboneSpec, stop: Stop, seed: int = 0) -> Generator[Event, None, nn.Module]:
    """Build the network of `spec` with its weights; returns it in eval mode on the CPU.

    Args:
        info: Its entry in the catalogue.
        spec: Which one.
        stop: Asked while downloading.
        seed: Of weights that are random.

    Raises:
        UserError: The weights are missing, cannot be fetched, are no numbers, or belong to another network.
    """
    yield Stage("weights", f"Loading {info.name}")
    size = spec.image_size or info.input_size[1]
    if spec.weights == "none":
        with random_state.restored(seed):
            return built(info, size).eval()
    if spec.weights == "default":
        file = catalogue.bundled_file() if info.name == BUNDLED_BACKBONE else catalogue.cached_file(info)
        if file is None:
            file = yield from downloads.fetch(info, stop)
        try:
            with random_state.restored(seed):
                bundled = info.name == BUNDLED_BACKBONE
                network = from_file(info, file, size)[0] if bundled else _from_hub(info, file, size)
            require_numbers(network, file)
        except UserError as fault:
            if info.name == BUNDLED_BACKBONE or "pixels" in fault.title:
                raise
            raise UserError(fault.title, f"Delete {file} and try again: it is downloaded anew.", file) from fault
        return network.eval()
    file = paths.expanded(spec.weights)
    with random_state.restored(seed):
        network, notes = from_file(info, file, size)
    yield Stage("weights", f"Read {info.name} from {file.name}{notes.where}")
    for title in notes.warnings:
        yield Warned(f"{file}: {title}.")
    return network.eval()


@dataclass(frozen=True)
class Notes:
    """Describe the conversions of the weights of a file, in words.

    Attributes:
        where: Where in the file they were and what was not used; "" where it held nothing else.
        warnings: What a user should know.
    """

    where: str = ""
    warnings: tuple[str, ...] = ()


def from_file(info: BackboneInfo, file: Path, size: int) -> tuple[nn.Module, Notes]:
    """The network with the weights of a file, `.safetensors` or saved by torch, alone or in a checkpoint.

    Raises:
        UserError: The file holds no weights, those of another network, or what are no numbers.
    """
    contents = reading.read(file)
    network = built(info, size)
    stored, found, warnings = conversions.fitted(info, network, contents.tensors, size)
    if not found.fits:
        raise _of_another(info, file, contents, found)
    wanted = network.state_dict()
    warnings += _precisions(file, found, stored, wanted)
    with torch.no_grad():
        for name, there in found.names.items():
            if not fitting.is_index(name, wanted[name]):  # what the network was made with is right
                wanted[name].copy_(_numbers(file, name, stored[there]))
    require_numbers(network, file)
    where, several = _words(found)
    return network, Notes(where, tuple(warnings + several + odd_numbers.huge(wanted) + odd_numbers.zeros(wanted)))


def read(file: Path) -> Weights:
    """All tensors of a weights file by name, without ever running code that the file brings.

    Raises:
        UserError: No such file, not a weights file, or one that would run code elsewhere.
    """
    return {name: _numbers(file, name, stored) for name, stored in reading.read(file).tensors.items()}


def require_numbers(network: nn.Module, file: Path) -> None:
    """Raise where weights are NaN or infinite, a variance is negative, or all are zero.

    Raises:
        UserError: They are; names the tensor.
    """
    zero = True
    for name, tensor in network.state_dict().items():
        if not tensor.is_floating_point() or not tensor.numel():
            continue
        low, high = (float(value) for value in torch.aminmax(tensor))
        if not (low > -torch.inf and high < torch.inf):  # NaN is neither
            bad = int((~torch.isfinite(tensor)).sum())
            what = "NaN" if torch.isnan(tensor).any() else "infinity"
            raise UserError(
                f"{file} holds {what} in {name} ({bad:,} of {tensor.numel():,} numbers).",
                "Choose a checkpoint from before its training diverged, or download the file again.",
                file,
            )
        if name.endswith("running_var") and low < 0:
            raise UserError(
                f"{file} holds a negative variance in {name} ({low:g}); no BatchNorm has that.",
                "The file is damaged, or its tensors were mixed up: choose another one.",
                file,
            )
        zero = zero and (tensor.ndim < 2 or low == high == 0)
    if zero:
        raise UserError(
            f"{file} holds nothing but zeros.", "Choose another file: these weights see nothing in a photo.", file
        )


def built(info: BackboneInfo, size: int) -> nn.Module:
    """The network with random weights; a size it cannot be made for is a `UserError`."""
    try:
        return builders.build(info.source, info.arch, size)[0]
    except Exception as error:
        if size == info.input_size[1] or is_out_of_memory(error):
            raise
        raise UserError(
            f"“{info.name}” cannot take photos of {size} × {size} pixels ({_first_line(error)}).",
            f"Leave the image size out: its weights expect {info.input_size[1]}.",
        ) from error


def _from_hub(info: BackboneInfo, file: Path, size: int) -> nn.Module:
    """The network with a file of the hubs' caches."""
    try:
        network = SOURCES[info.source].from_hub(info, file, size if size != info.input_size[1] else None)
    except Exception as error:  # a file of another network fails anywhere in a library's renaming
        if is_out_of_memory(error):
            raise
        built(info, size)  # raises where it is the size
        raise UserError(
            f"{file} does not hold the weights of “{info.name}” ({_first_line(error)}).",
            "Delete it and try again.",
            file,
        ) from error
    return from_file(info, file, size)[0] if network is None else network


def _first_line(error: Exception) -> str:
    words = str(error).strip()
    return words.splitlines()[0].rstrip(".:") if words else type(error).__name__


def _numbers(file: Path, name: str, stored: Stored | Tensor) -> Tensor:
    """One tensor of a file.

    Raises:
        UserError: Its numbers are missing.
    """
    try:
        return conversions.numbers(stored)
    except (Damaged, SafetensorError, OSError, ValueError, TypeError, RuntimeError) as error:
        raise UserError(
            f"{file} is cut off or damaged: {name} cannot be read ({_first_line(error)}).", file_kinds.AGAIN, file
        ) from error


def _precisions(file: Path, found: Fit, stored: Tensors, wanted: Weights) -> list[str]:
    """Describe the number format that the file was converted from.

    Raises:
        UserError: They are integers (quantized).
    """
    others: set[str] = set()
    for name, there in found.names.items():
        if wanted[name].is_floating_point():
            dtype = stored[there].dtype
            if dtype.is_complex:
                raise UserError(
                    f"{file} holds {name} as complex numbers; those of this backbone are real.",
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
    return [f"its numbers are {' and '.join(sorted(others))}; they were converted to float32"] if others else []


def _words(found: Fit) -> tuple[str, list[str]]:
    """Describe the place of the weights in the file, the tensors not used, and odd numbers."""
    where = f", under “{found.prefix}”" if found.prefix else ""
    unused = [f"{place} ({count} {'tensor' if count == 1 else 'tensors'})" for place, count in found.unused.items()]
    more = f" and {len(unused) - 4} others" if len(unused) > 4 else ""
    left = f"; not used: {', '.join(unused[:4])}{more}" if unused else ""
    several = [f"the weights under “{found.prefix}” were used; those under {_quoted(found.others)} would fit as well"]
    return where + left, several if found.others else []


def _quoted(prefixes: tuple[str, ...]) -> str:
    return ", ".join(f"“{prefix}”" if prefix else "no prefix" for prefix in prefixes)


def _of_another(info: BackboneInfo, file: Path, contents: Contents, found: Fit) -> UserError:
    """The refusal of a file that does not hold a backbone, with the backbones it does hold."""
    channels = next((there[1] for there, here in found.shapes.values() if _is_first_layer(there, here)), 0)
    others = [name for name in found.shapes if not fitting.POSITIONS.search(name)]
    if channels and len(others) == 1 and not found.missing and not found.left:
        return UserError(
            f"{file} holds a “{info.name}” for images of {channels} {'channel' if channels == 1 else 'channels'}; "
            "photos have 3 (red, green, blue).",
            "Choose weights that were trained on color photos.",
            file,
        )
    fits = identify.that_fit(contents.tensors, info)
    if contents.whole and not found.names:
        hint = f"It also holds a whole pickled network ({contents.whole}), which is not opened. {file_kinds.SAVE}"
    elif fits:
        hint = f"They are those of {' or '.join(fits)}: choose that backbone."
    elif contents.form and found.missing:
        hint = f"It also holds tensors that are {contents.form}, which cannot be read. {file_kinds.SAVE}"
    else:
        hint = _without_another(found)
    return UserError(f"{file} does not hold the weights of “{info.name}”: {_differences(found)}.", hint, file)


def _without_another(found: Fit) -> str:
    """The hint for a file that belongs to no other backbone either."""
    if found.missing and not found.shapes and not found.left and found.names:
        if all(name.endswith((".running_mean", ".running_var")) for name in found.missing):
            return f"It lacks the statistics of BatchNorm. {file_kinds.SAVE}"
        return "No backbone of the catalog has only these tensors; choose a file that holds all of this one."
    if found.left and not found.shapes and not found.missing:
        return "No backbone of the catalog has these tensors. If only a head is left over, save the file without it."
    return "No backbone of the catalog has these tensors; choose the file that belongs to the backbone."


def _is_first_layer(there: tuple[int, ...], here: tuple[int, ...]) -> bool:
    return len(there) == len(here) == 4 and here[1] == 3 and there[1] != 3 and there[::2] == here[::2]


def _differences(found: Fit) -> str:
    parts = []
    if found.missing:
        there = sum(name.rsplit(".", 1)[-1] not in fitting.BOOKKEEPING for name in found.names)
        total = there + len(found.missing) + len(found.shapes)
        parts.append(f"{len(found.missing)} of {total} tensors {_are(found.missing)} missing, {found.missing[0]} first")
    if found.shapes:
        name, (given, wanted) = next(iter(found.shapes.items()))
        have = "has" if len(found.shapes) == 1 else "have"
        parts.append(f"{len(found.shapes)} {have} another shape, {name} is {given} instead of {wanted}")
    if found.left:
        parts.append(f"{len(found.left)} {_are(found.left)} left over outside the head, {found.left[0]} first")
    return "; ".join(parts)


def _are(names: tuple[str, ...]) -> str:
    return "is" if len(names) == 1 else "are"
