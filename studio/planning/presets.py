"""Presets: functions that change the settings of a run that belong to the preset, and no others.

The buttons of the window and the options of the command line call these functions.
"""

from __future__ import annotations

from studio.catalog import catalog
from studio.events import LayerTable
from studio.planning.blocks import last_block
from studio.spec import FreezePlan, RunSpec, UserError
from studio.spec.structs import replace

HEAD_EPOCHS = 3
"""Epochs of head warm-up, so that the backbone does not get the gradients of a random head."""

THAWED_RATE = 1e-5
"""Learning rate of thawed pretrained layers, which should change little."""


def head_only(spec: RunSpec) -> RunSpec:
    """The settings for feature extraction: all layers frozen, no adapters, and the head trains on cached features."""
    return replace(
        spec,
        freeze=FreezePlan("all", batch_norm=spec.freeze.batch_norm),
        train=replace(spec.train, head_epochs=0, schedule="constant"),
    )


def fine_tuned(spec: RunSpec, table: LayerTable) -> RunSpec:
    """The settings for fine-tuning: head warm-up, then the last block at a low rate that falls to 0.

    Like fastai's `fine_tune`. Adapters stay in the layers that remain frozen.

    Args:
        spec: The present settings.
        table: Layer table of the backbone in `spec`.
    """
    return replace(
        spec,
        freeze=last_block(table).with_policies_of(spec.freeze),
        train=replace(spec.train, head_epochs=HEAD_EPOCHS, backbone_lr=THAWED_RATE, schedule="cosine"),
    )


def from_scratch(spec: RunSpec) -> RunSpec:
    """The settings of the baseline: the same photos, split, epochs and head, but random weights, all of which train."""
    # BatchNorm statistics are updated, because those of random weights are useless. The backbone trains at the head's
    # rate, because low rates are for pretrained weights. It also trains in the epochs of the head warm-up, so that
    # both runs see each photo equally often.
    train = spec.train
    return replace(
        spec,
        backbone=replace(spec.backbone, weights="none"),
        freeze=FreezePlan("none", batch_norm="thawed"),
        train=replace(
            train,
            epochs=train.all_epochs,
            head_epochs=0,
            backbone_lr=train.lr,
            layer_decay=1.0,
            layer_rates=(),
            extended=(),
        ),
    )


def pretrained(spec: RunSpec, weights: str = "default") -> RunSpec:
    """The settings with pretrained instead of random weights; unchanged if they are pretrained already.

    If the settings are those of `from_scratch`, BatchNorm policy and backbone rate are reset, too.

    Args:
        spec: The present settings.
        weights: `default` or a file.
    """
    if spec.backbone.weights != "none":
        return spec
    try:
        missing = weights == "default" and not catalog.find(spec.backbone.name).weights
    except UserError:
        missing = True
    if missing:
        return spec
    changed = replace(spec, backbone=replace(spec.backbone, weights=weights))
    if spec != from_scratch(spec):
        return changed
    train = replace(spec.train, backbone_lr=THAWED_RATE)
    return replace(changed, freeze=replace(spec.freeze, batch_norm="keep"), train=train)
