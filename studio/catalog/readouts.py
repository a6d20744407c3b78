"""Readouts: what is taken from a network as the features of a photo, and which of them a backbone has.

`packaging/make_catalog.py` determines them from the networks. This module gives their names, their widths, and the
reasons why a backbone lacks one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from studio.catalog import catalog
from studio.catalog.entry import OWN, BackboneInfo
from studio.spec import BackboneSpec, UserError
from studio.spec.backbone import Readout
from studio.spec.settings import row_of
from studio.spec.structs import replace

TITLES: Mapping[str, str] = MappingProxyType(dict(row_of(BackboneSpec, "readout").choices))
"""Names of the readouts."""

MAPS = frozenset({"pooled", "average+maximum"})
TOKENS = frozenset({"class", "patches", "class+patches", "blocks"})


@dataclass(frozen=True)
class Choice:
    """A readout as a choice for a backbone.

    Attributes:
        readout: Its value in `BackboneSpec`.
        title: Its name; that of “as published” includes what it is.
        width: Width of the features.
        reason: Why the backbone does not have it; "" if it does.
    """

    readout: Readout
    title: str
    width: int
    reason: str


def choices(info: BackboneInfo, blocks: int) -> tuple[Choice, ...]:
    """All readouts, “as published” first.

    Args:
        info: Entry of the backbone.
        blocks: Number of blocks for the readout `blocks`.
    """
    result = []
    for readout in TITLES:
        title = f"As published ({published(info)})" if readout == "default" else TITLES[readout]
        reason = missing(info, readout)
        result.append(Choice(readout, title, 0 if reason else _width(info, readout, blocks), reason))  # type: ignore[arg-type]
    return tuple(result)


def published(info: BackboneInfo) -> str:
    """What the published last layer takes, in words that can stand inside a sentence."""
    if info.source == OWN:
        return "what its last layer takes"
    if not info.published:
        return "further layers after the pooled map" if "pooled" in info.readouts else "its own readout"
    return _lower_first(TITLES[info.published])


def missing(info: BackboneInfo, readout: str) -> str:
    """Reason why a backbone does not have a readout, as a sentence; "" if it does."""
    if readout == "default" or readout in info.readouts:
        return ""
    if info.source == OWN:
        return "Of a network of your own only what its last linear layer takes is known."
    if not info.readouts:
        return f"{info.name} has neither one last map nor tokens in a form that can be read."
    if readout == "attention":
        return f"{info.name} has learned no attention pool."
    if readout in MAPS:
        return f"{info.name} has tokens, no last map: choose the mean of the patch tokens."
    if "pooled" in info.readouts:
        return f"{info.name} has no tokens, but a map."
    if readout == "blocks" and "class" in info.readouts:
        return f"The class token of {info.name} is not in all of its blocks."
    return f"{info.name} has no class token."


def chosen(info: BackboneInfo, spec: BackboneSpec) -> BackboneInfo:
    """The entry with the readout of a spec and the width of its features.

    Raises:
        UserError: The backbone does not have the readout, or fewer blocks than requested.
    """
    if reason := missing(info, spec.readout):
        names = ", ".join(("default", *info.readouts))
        raise UserError(f"The readout “{spec.readout}” is not possible: {_lower_first(reason)}", f"It has: {names}.")
    if spec.readout == "blocks" and not 1 <= spec.readout_blocks <= info.blocks:
        raise UserError(
            f"{info.name} has {info.blocks} blocks, of which {spec.readout_blocks} cannot be read.",
            f"Choose 1 to {info.blocks} blocks for the readout.",
        )
    readout = f"blocks/{spec.readout_blocks}" if spec.readout == "blocks" else spec.readout
    if readout in ("default", info.published):
        return info
    return replace(info, readout=readout, features=_width(info, spec.readout, spec.readout_blocks))


def normalized(spec: BackboneSpec) -> BackboneSpec:
    """The spec with `default` for a readout that is the published one, so that equal readouts are equal.

    A spec of an unknown backbone is returned unchanged.
    """
    if spec.readout == "default":
        return spec
    try:
        info = catalog.find(spec.name)
    except UserError:
        return spec
    # The class token of the last block alone is the class token.
    last = spec.readout == "blocks" and spec.readout_blocks == 1 and "class" in info.readouts
    readout = "class" if last else spec.readout
    return replace(spec, readout="default" if readout == info.published else readout)


def words(info: BackboneInfo, spec: BackboneSpec) -> str:
    """The readout of a spec in words: “mean of the patch tokens”, “class token, as published”."""
    if spec.readout in ("default", info.published):
        return f"{published(info)}, as published"
    return named(f"blocks/{spec.readout_blocks}" if spec.readout == "blocks" else spec.readout)


def named(readout: str) -> str:
    """A readout of `BackboneInfo.readout` in words; "" for the published or an unknown one."""
    kind, _, blocks = readout.partition("/")
    if kind == "blocks":
        return f"class tokens of the last {'block' if blocks == '1' else f'{blocks} blocks'}"
    return _lower_first(TITLES[kind]) if kind in TITLES and kind != "default" else ""


def with_backbone(spec: BackboneSpec, info: BackboneInfo) -> BackboneSpec:
    """The spec with a readout that a newly chosen backbone has: the same one, or the published one."""
    kept = not missing(info, spec.readout) and (spec.readout != "blocks" or spec.readout_blocks <= info.blocks)
    default = BackboneSpec()
    return spec if kept else replace(spec, readout=default.readout, readout_blocks=default.readout_blocks)


def _width(info: BackboneInfo, readout: str, blocks: int) -> int:
    """Width of the features; 0 if only the network's code knows it."""
    if readout in ("default", info.published):
        return info.features
    return info.channels * {"class+patches": 2, "average+maximum": 2, "blocks": blocks}.get(readout, 1)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
