"""Backbones from timm."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from studio.catalog.catalog import BackboneInfo
from studio.engine.network import features

FILTERS = ("checkpoint_filter_fn", "_filter_fn", "_filter_torchvision_pretrained")
"""Functions in timm's modules that convert the tensor names of a network's original authors."""


class Timm:
    """The source of timm's networks; see `sources.Source`."""

    libraries: tuple[str, ...] = ("torchvision", "timm")

    def build(self, arch: str, image_size: int | None) -> tuple[nn.Module, str]:
        """See `sources.Source`."""
        import timm

        network = _build(lambda options: timm.create_model(arch, pretrained=False, **options), image_size)
        classifier = getattr(network, "pretrained_cfg", {}).get("classifier") or "head"
        path = classifier if isinstance(classifier, str) else classifier[0]
        network.reset_classifier(0)  # type: ignore[operator]  # every timm classifier has it
        return network, path

    def from_hub(self, info: BackboneInfo, file: Path, image_size: int | None) -> nn.Module:
        """Build the network with a file from the hub's cache, by timm's own loader, which renames tensors."""
        # With its last layer, which is removed afterwards: without one, timm loads the tensors that fit and silently
        # leaves the others random.
        import timm

        # `custom_load` reads the NumPy files of some networks' authors; files from the hub hold plain tensors.
        overlay = {"file": str(file), "hf_hub_id": None, "url": "", "custom_load": file.suffix == ".npz"}
        with features.quiet():
            network = _build(
                lambda options: timm.create_model(
                    info.arch, pretrained=True, pretrained_cfg_overlay=overlay, **options
                ),
                image_size,
            )
        network.reset_classifier(0)  # type: ignore[operator]  # every timm classifier has it
        return network

    def renamer(self, network: nn.Module) -> Callable[[dict[str, Tensor]], dict[str, Tensor] | None] | None:
        """See `sources.Source`."""
        module = sys.modules[type(network).__module__]
        rename = next((getattr(module, name) for name in FILTERS if callable(getattr(module, name, None))), None)
        return None if rename is None else functools.partial(_apply_filter, rename, network)

    def interpolate_positions(
        self,
        network: nn.Module,
        arch: str,  # noqa: ARG002
        tensors: dict[str, Tensor],
        size: int,  # noqa: ARG002
    ) -> dict[str, Tensor]:
        """See `sources.Source`."""
        rename = self.renamer(network)
        filtered = rename(dict(tensors)) if rename is not None else None
        return _interpolate_positions(network, filtered if filtered is not None else tensors)


def _build(make: Callable[[dict[str, Any]], nn.Module], image_size: int | None) -> nn.Module:
    """Call `make` with the option of an image size, or without it for networks that do not have that option."""
    if image_size is None:
        return make({})
    try:
        return make({"img_size": image_size})
    except TypeError as error:
        if "img_size" not in str(error):
            raise
        return make({})


def _interpolate_positions(network: nn.Module, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Interpolate absolute position embeddings where timm's function for the network does not."""
    from timm.layers import resample_abs_pos_embed

    own = network.state_dict().get("pos_embed")
    stored = tensors.get("pos_embed")
    grid = getattr(getattr(network, "patch_embed", None), "grid_size", None)
    if own is None or stored is None or stored.shape == own.shape or stored.ndim != 3 or grid is None:
        return tensors
    prefix_tokens = own.shape[1] - grid[0] * grid[1]
    try:
        return {**tensors, "pos_embed": resample_abs_pos_embed(stored, list(grid), num_prefix_tokens=prefix_tokens)}
    except (RuntimeError, AssertionError, ValueError):  # the stored positions do not form a square
        return tensors


def _apply_filter(
    rename: Callable[..., Any], network: nn.Module, tensors: dict[str, Tensor]
) -> dict[str, Tensor] | None:
    """Rename tensors with timm's function; None if it fails."""
    for args in ((tensors, network), (tensors,)):
        try:
            with features.quiet(), torch.no_grad():
                result = rename(*args)
        except TypeError:
            continue
        except Exception:  # timm's functions do not check their input: other networks' tensors may raise anything
            return None
        return {name: tensor for name, tensor in result.items() if isinstance(tensor, Tensor)}
    return None
