"""Builds the network of a catalogue entry with its last layer taken off, whatever that layer is called.

The result maps (N, 3, H, W) to flat features (N, D), or to something `flatten` makes flat. The module tree keeps the
library's own names; the place of the last layer holds an `Identity`.
"""

from __future__ import annotations

import warnings
from typing import Any

from torch import Tensor, nn

AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")
"""Prefixes of GoogLeNet's and Inception's side classifiers: only their own training uses them, so they are left out."""


def build(source: str, arch: str, image_size: int | None = None) -> tuple[nn.Module, str]:
    """The network without its last layer, weights random, and the path where that layer stood.

    Args:
        source: `torchvision` or `timm`.
        arch: The library's name.
        image_size: Side of the input where it differs from the network's own; only used by networks that must know.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # libraries warn about their own old names while they build
        return _from_torchvision(arch, image_size) if source == "torchvision" else _from_timm(arch, image_size)


def flatten(features: Tensor) -> Tensor:
    """Features as (N, D): maps still standing as (N, C, H, W) are averaged over H and W, (N, C, 1, 1) included."""
    if features.ndim == 4:
        features = features.mean(dim=(2, 3))
    return features.flatten(1)


def _from_torchvision(arch: str, image_size: int | None) -> tuple[nn.Module, str]:
    from torchvision import models

    make = models.get_model_builder(arch)
    options: dict[str, Any] = {"weights": None}
    if arch in ("googlenet", "inception_v3"):
        # The published weights expect their own second normalisation, which the builder only adds with weights.
        options |= {"aux_logits": False, "init_weights": False, "transform_input": True}
    if image_size is not None and arch.startswith("vit_"):
        options["image_size"] = image_size
    network: nn.Module = make(**options)
    last = [path for path, module in network.named_modules() if isinstance(module, nn.Linear | nn.Conv2d)][-1]
    network.set_submodule(last, nn.Identity())
    return network, last


def _from_timm(arch: str, image_size: int | None) -> tuple[nn.Module, str]:
    import timm

    network: nn.Module
    try:
        network = timm.create_model(arch, pretrained=False, **({"img_size": image_size} if image_size else {}))
    except TypeError:  # networks that do not care about the size do not take it
        network = timm.create_model(arch, pretrained=False)
    classifier = getattr(network, "pretrained_cfg", {}).get("classifier") or "head"
    path = classifier if isinstance(classifier, str) else classifier[0]
    network.reset_classifier(0)  # type: ignore[operator]  # every timm classifier has it
    return network, path
