"""The image size of a backbone's weights in words, and the consequences of another one."""

from __future__ import annotations

import re

from studio.catalog.entry import OWN, BackboneInfo

PUBLISHED = ((re.compile(r"dinov2$"), 224),)
"""Image size of the published results, by the network's name, if the weights were last trained at another one.

DINOv2 was evaluated at 224, after a short training at 518 (arXiv 2304.07193, tables 4 and 8).
"""

INTERPOLATED = ("vit_", "deit_", "deit3_", "eva", "beit")
"""Prefixes of the names of networks whose position embeddings are interpolated for another image size."""

STEMS = ("convnext", "edgenext", "fasternet", "inception_next", "rdnet")
"""Prefixes of the names of networks that begin with patches of `STEM` pixels, determined by gradients of photos."""

STEM = 4

_PATCH = re.compile(r"patch(\d+)|^vit_[blh]_(\d+)$")


def takes_other(info: BackboneInfo) -> bool:
    """True for a network that accepts other image sizes than the one its weights were trained with."""
    return not info.fixed_size or info.arch.startswith(INTERPOLATED)


def words(info: BackboneInfo) -> str:
    """The image sizes of a backbone: “224 as published / 518 native”, or “224 native”; "" if none is known."""
    if info.source == OWN:
        return ""
    native = info.preprocess.size[0]
    published = next((side for name, side in PUBLISHED if name.search(info.arch)), native)
    return f"{published} as published / {native} native" if published != native else f"{native} native"


def change(info: BackboneInfo, side: int, measured_edge: str | None = None) -> str:
    """Consequences of another image size than that of the weights, in sentences: interpolated positions, unseen edge.

    Args:
        info: The backbone.
        side: The image size.
        measured_edge: The unseen edge in sentences, as measured at the network; None to derive it from its name.
    """
    native, at_edge = info.preprocess.size[0], edge(info, side) if measured_edge is None else measured_edge
    if info.source == OWN or side == native or not info.arch.startswith(INTERPOLATED):
        return at_edge
    patch = _patch_side(info)
    if patch and side // patch == native // patch:
        return at_edge
    grids = f" from {native // patch} × {native // patch} to {side // patch} × {side // patch} patches" if patch else ""
    words = f"Positions are interpolated{grids}: the weights were trained at {native} × {native}."
    return f"{words} {at_edge}".rstrip()


def edge(info: BackboneInfo, side: int) -> str:
    """The part of a photo that a network does not see, and the sizes that fit, in sentences; "" if it sees all."""
    words = unseen(info, side)
    return f"{words} {fitting(info, side)}" if words else ""


def unseen(info: BackboneInfo, side: int) -> str:
    """The part of a photo that a network's patches do not cover, as a sentence; "" for none."""
    patch = _patch_side(info)
    if not patch or not (left := side % patch):
        return ""
    pixels = "pixel" if left == 1 else f"{left} pixels"
    where = f"The network does not see the last {pixels} at the right and at the bottom"
    return f"{where}: {side} is not a multiple of its patches of {patch} × {patch}."


def fitting(info: BackboneInfo, side: int) -> str:
    """The nearest sizes that a network's patches cover: “224 and 240 fit.”; "" if its patches are not known."""
    patch = _patch_side(info)
    if not patch:
        return ""
    low = side - side % patch
    return f"{low} and {low + patch} fit." if low else f"{patch} fits."


def sentence(info: BackboneInfo, side: int, measured_edge: str | None = None) -> str:
    """The image sizes of a backbone, and the consequences of the chosen one, for the window; see `change`."""
    native = info.preprocess.size[0]
    sizes = words(info)
    if info.arch.startswith(INTERPOLATED) and (changed := change(info, side, measured_edge)):
        return f"{sizes}. {changed}"
    if "published" in sizes:
        return f"{sizes}. Positions are interpolated for other sizes than {native} × {native}."
    usual = f"The weights were trained at {native} × {native}. Other sizes work, but sizes far from it cost accuracy."
    return f"{usual} {edge(info, side) if measured_edge is None else measured_edge}".rstrip()


def _patch_side(info: BackboneInfo) -> int:
    """Side of a patch in pixels, from the network's name; 0 if the name does not say, or there are no patches."""
    if info.source == OWN:
        return 0
    if info.arch.startswith(STEMS):
        return STEM
    if not info.arch.startswith(INTERPOLATED):
        return 0
    match = _PATCH.search(info.arch)
    return int(match[1] or match[2]) if match is not None else 0
