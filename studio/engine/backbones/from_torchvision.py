"""Backbones of torchvision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from studio.catalogue.catalogue import BackboneInfo


class Torchvision:
    """See `sources.Source`."""

    libraries: tuple[str, ...] = ("torchvision",)

    def build(self, arch: str, image_size: int | None) -> tuple[nn.Module, str]:
        """See `sources.Source`."""
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

    def from_hub(self, info: BackboneInfo, file: Path, image_size: int | None) -> None:  # noqa: ARG002
        """Nothing: its files are plain tensors."""
        return

    def renaming(self, network: nn.Module) -> Callable[[dict[str, Tensor]], dict[str, Tensor] | None] | None:  # noqa: ARG002
        """None: its files have its own names."""
        return None

    def stretched(self, network: nn.Module, arch: str, tensors: dict[str, Tensor], size: int) -> dict[str, Tensor]:
        """See `sources.Source`."""
        if not arch.startswith("vit_"):
            return tensors
        from torchvision.models.vision_transformer import interpolate_embeddings

        try:
            return dict(interpolate_embeddings(size, int(network.patch_size), dict(tensors)))  # type: ignore[arg-type]
        except ValueError:  # a sequence that is no square
            return tensors
