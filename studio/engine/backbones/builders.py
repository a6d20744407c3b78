"""Builds the network of a catalogue entry with its last layer taken off, whatever that layer is called.

The result maps (N, 3, H, W) to flat features (N, D), or to something `flatten` makes flat. The module tree keeps the
library's own names; the place of the last layer holds an `Identity`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from studio.engine.device import random_state
from studio.engine.network.features import quiet
from studio.system import lazy_compiler


def build(source: str, arch: str, image_size: int | None = None) -> tuple[nn.Module, str]:
    """The network without its last layer, weights random, and the path where that layer stood.

    Args:
        source: `torchvision` or `timm`.
        arch: The library's name.
        image_size: Side of the input where it differs from the network's own; only used by networks that must know.
    """
    with quiet(), random_state.restored(), lazy_compiler.placeholder():  # the library may be imported here
        return _from_torchvision(arch, image_size) if source == "torchvision" else _from_timm(arch, image_size)


def without_numbers(source: str, arch: str) -> nn.Module:
    """The network as `build` makes it, its tensors on torch's meta device where its builder can do without numbers."""
    import torch

    try:
        with torch.device("meta"):
            return build(source, arch)[0]
    except (NotImplementedError, RuntimeError):  # torchvision's RegNets compute their widths with tensors
        return build(source, arch)[0]


def timm_model(make: Callable[[dict[str, Any]], nn.Module], image_size: int | None) -> nn.Module:
    """What `make` gives for the options of an image size; networks that do not care about the size do not take it."""
    if image_size is None:
        return make({})
    try:
        return make({"img_size": image_size})
    except TypeError as error:
        if "img_size" not in str(error):
            raise
        return make({})


def _from_torchvision(arch: str, image_size: int | None) -> tuple[nn.Module, str]:
    from torchvision import models

    make = models.get_model_builder(arch)
    options: dict[str, Any] = {"weights": None}
    if arch in ("googlenet", "inception_v3"):
        # Side classifiers serve the network's own training only. The published weights expect their own second
        # normalization, which the builder only adds with weights.
        options |= {"aux_logits": False, "init_weights": False, "transform_input": True}
    if image_size is not None and arch.startswith("vit_"):
        options["image_size"] = image_size
    network: nn.Module = make(**options)
    last = [path for path, module in network.named_modules() if isinstance(module, nn.Linear | nn.Conv2d)][-1]
    network.set_submodule(last, nn.Identity())
    return network, last


def _from_timm(arch: str, image_size: int | None) -> tuple[nn.Module, str]:
    import timm

    network = timm_model(lambda options: timm.create_model(arch, pretrained=False, **options), image_size)
    classifier = getattr(network, "pretrained_cfg", {}).get("classifier") or "head"
    path = classifier if isinstance(classifier, str) else classifier[0]
    network.reset_classifier(0)  # type: ignore[operator]  # every timm classifier has it
    return network, path
