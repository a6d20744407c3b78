"""The lines that make a network of plain timm or torchvision for a run's state dict, and the network that they make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.catalog import catalog
from studio.catalog.catalog import BackboneInfo
from studio.runs.model_card import ModelCard
from studio.spec import UserError

if TYPE_CHECKING:
    from torch import nn

Sizes = tuple[tuple[int, int], ...]
"""Inputs and outputs of each linear layer of a head."""

MAX_WIDTH = 1 << 20
"""Largest width of a layer in a card: a larger one is refused before memory is allocated."""


def ways(info: BackboneInfo, head: Sizes, side: int) -> Iterator[tuple[list[str], tuple[str, str]]]:
    """Lines that make a network and load its `FILE`, with the prefixes of the backbone's and of the head's tensors.

    Args:
        info: The backbone.
        head: The linear layers of the head.
        side: Side of the network's input in pixels.
    """
    outputs = head[-1][1]
    size = "" if side == info.preprocess.size[0] else f", {_size_option(info)}={side}"
    load = "model.load_state_dict(load_file(FILE)); model.eval()"
    layers = [f"torch.nn.Linear({before}, {after})" for before, after in head]
    stacked = ", torch.nn.ReLU(), ".join(layers)
    imports = f"import torch, {info.source}; from safetensors.torch import load_file"
    if info.source == "timm":
        plain = f"model = timm.create_model({info.arch!r}, num_classes={{count}}{{size}})"
        sizes = (size, "") if size else ("",)
        for one in sizes:
            if len(layers) == 1:
                yield [imports, plain.format(count=outputs, size=one), load], ("", f"{info.classifier}.")
            before = plain.format(count=0, size=one).removeprefix("model = ")
            for between in ("torch.nn.Flatten()", "torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()"):
                place = len(between.split("), "))
                made = f"model = torch.nn.Sequential({before}, {between}, {stacked})"
                yield [imports, made, load], ("0.", f"{place + 1}.")
        return
    extra = ", aux_logits=False, init_weights=False, transform_input=True"
    options = extra if info.arch in ("googlenet", "inception_v3") else ""
    options += size if info.arch.startswith("vit_") else ""
    made = f"model = torchvision.models.get_model({info.arch!r}{options})"
    whole = f"torch.nn.Sequential({stacked})" if len(layers) > 1 else stacked
    yield [imports, f"{made}; model.set_submodule({info.classifier!r}, {whole})", load], ("", f"{info.classifier}.")
    without = f"{made}; model.set_submodule({info.classifier!r}, torch.nn.Identity())"
    yield (
        [imports, f"{without}; model = torch.nn.Sequential(model, torch.nn.Flatten(), {stacked})", load],
        ("0.", "2."),
    )


def _size_option(info: BackboneInfo) -> str:
    return "img_size" if info.source == "timm" else "image_size"


def build(lines: list[str]) -> nn.Module:
    """The network that lines of `ways` make, in eval mode, with random weights."""
    names: dict[str, Any] = {}
    exec("\n".join(lines[:-1]), names)  # made here from a name in the catalog and integers
    network: nn.Module = names["model"]
    return network.eval()


def read(file: Path, card: ModelCard) -> nn.Module:
    """The network of a state dict, by the lines in its card.

    The card only chooses among the lines that `ways` makes; no other line is run.

    Raises:
        UserError: The card has other lines, or the file does not fit the network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    lines = [line.replace("load_file(file)", "load_file(FILE)") for line in card.load]
    text = "\n".join(lines)
    linear = re.findall(r"torch\.nn\.Linear\((\d{1,7}), (\d{1,7})\)", text)
    counts = re.findall(r", num_classes=(\d{1,7})", text)
    head = tuple((int(before), int(after)) for before, after in linear) or tuple((1, int(one)) for one in counts[:1])
    wanted = 1 if card.target else len(card.classes)
    if head and head[-1][1] != wanted:
        raise UserError(
            f"The card of {file.name} names {'one number' if card.target else f'{wanted:,} classes'}, and its network "
            f"has {head[-1][1]:,} scores.",
            "Export the model again, and do not edit the card.",
            file,
        )
    info = catalog.find(card.backbone.name)
    known = info.source in ("timm", "torchvision") and head and max(max(one) for one in head) <= MAX_WIDTH
    if not known or lines not in [one for one, _ in ways(info, head, card.preprocess.size[0])]:
        raise UserError(
            f"The card of {file.name} has lines to load it that this program does not write; they were not run.",
            "Export the model again, and do not edit the card.",
            file,
        )
    try:
        network = build(lines)
        network.load_state_dict(load_file(file))
    except (SafetensorError, OSError) as error:
        raise UserError(
            f"{file} is damaged, cut off or not a safetensors file ({error}).", "Export the model again.", file
        ) from error
    except (RuntimeError, TypeError, AttributeError, ValueError, AssertionError, KeyError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[-1].strip()
        raise UserError(
            f"{file} does not fit the network in its card ({reason[:200]}).",
            "Export the model again, and keep the two files together.",
            file,
        ) from error
    return network
