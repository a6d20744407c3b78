"""Backbones of timm."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from studio.catalogue.catalogue import BackboneInfo
from studio.engine.network import features

FILTERS = ("checkpoint_filter_fn", "_filter_fn", "_filter_torchvision_pretrained")
"""Names of the functions of timm's modules that rename the tensors of the networks' first authors."""


class Timm:
    """See `sources.Source`."""

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
        """The network with a file of the hub's cache: timm's own loader knows how to rename.

        The network is made with its own last layer and loses it after: asked for one without, timm loads whatever fits
        and leaves the rest random without a word.
        """
        import timm

        # `custom_load` is for the numpy files some networks came from; the hub holds plain tensors.
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

    def renaming(self, network: nn.Module) -> Callable[[dict[str, Tensor]], dict[str, Tensor] | None] | None:
        """See `sources.Source`."""
        module = sys.modules[type(network).__module__]
        rename = next((getattr(module, name) for name in FILTERS if callable(getattr(module, name, None))), None)
        return None if rename is None else functools.partial(_filtered, rename, network)

    def stretched(self, network: nn.Module, arch: str, tensors: dict[str, Tensor], size: int) -> dict[str, Tensor]:  # noqa: ARG002
        """See `sources.Source`."""
        rename = self.renaming(network)
        filtered = rename(dict(tensors)) if rename is not None else None
        return _with_positions(network, filtered if filtered is not None else tensors)


def _build(make: Callable[[dict[str, Any]], nn.Module], image_size: int | None) -> nn.Module:
    """Call `make` with the options of an image size; networks that do not care about the size do not take it."""
    if image_size is None:
        return make({})
    try:
        return make({"img_size": image_size})
    except TypeError as error:
        if "img_size" not in str(error):
            raise
        return make({})


def _with_positions(network: nn.Module, given: dict[str, Tensor]) -> dict[str, Tensor]:
    """Absolute positions interpolated where timm's function for a network does not do it."""
    from timm.layers import resample_abs_pos_embed

    wanted = network.state_dict().get("pos_embed")
    there = given.get("pos_embed")
    grid = getattr(getattr(network, "patch_embed", None), "grid_size", None)
    if wanted is None or there is None or there.shape == wanted.shape or there.ndim != 3 or grid is None:
        return given
    before = wanted.shape[1] - grid[0] * grid[1]
    try:
        return {**given, "pos_embed": resample_abs_pos_embed(there, list(grid), num_prefix_tokens=before)}
    except (RuntimeError, AssertionError, ValueError):  # a sequence that is no square
        return given


def _filtered(rename: Callable[..., Any], network: nn.Module, tensors: dict[str, Tensor]) -> dict[str, Tensor] | None:
    """Convert tensors by timm's function; None where it cannot work with them."""
    for args in ((tensors, network), (tensors,)):
        try:
            with features.quiet(), torch.no_grad():
                result = rename(*args)
        except TypeError:
            continue
        except Exception:  # it is made for files of these networks, and fails anywhere with others
            return None
        return {name: tensor for name, tensor in result.items() if isinstance(tensor, Tensor)}
    return None
