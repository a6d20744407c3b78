"""Backbones from torchvision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from studio.catalog.catalog import BackboneInfo


class Torchvision:
    """The source of torchvision's networks; see `sources.Source`."""

    libraries: tuple[str, ...] = ("torchvision",)

    def build(self, arch: str, image_size: int | None) -> tuple[nn.Module, str]:
        """See `sources.Source`."""
        from torchvision import models

        make = models.get_model_builder(arch)
        options: dict[str, Any] = {"weights": None}
        if arch in ("googlenet", "inception_v3"):
            # Auxiliary classifiers are for training the whole network only. The published weights expect a second
            # normalization, which the builder only adds together with weights.
            options |= {"aux_logits": False, "init_weights": False, "transform_input": True}
        if image_size is not None and arch.startswith("vit_"):
            options["image_size"] = image_size
        network: nn.Module = make(**options)
        last = [path for path, module in network.named_modules() if isinstance(module, nn.Linear | nn.Conv2d)][-1]
        network.set_submodule(last, nn.Identity())
        return network, last

    def from_hub(self, info: BackboneInfo, file: Path, image_size: int | None) -> None:  # noqa: ARG002
        """Return None: torchvision's files are plain state dicts."""
        return

    def renamer(self, network: nn.Module) -> Callable[[dict[str, Tensor]], dict[str, Tensor] | None] | None:  # noqa: ARG002
        """Return None: torchvision's files have its own names."""
        return None

    def interpolate_positions(
        self, network: nn.Module, arch: str, tensors: dict[str, Tensor], size: int
    ) -> dict[str, Tensor]:
        """See `sources.Source`."""
        if not arch.startswith("vit_"):
            return tensors
        from torchvision.models.vision_transformer import interpolate_embeddings

        try:
            return dict(interpolate_embeddings(size, int(network.patch_size), dict(tensors)))  # type: ignore[arg-type]
        except ValueError:  # the stored positions do not form a square
            return tensors
