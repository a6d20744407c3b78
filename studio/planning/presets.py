"""Ways to train that have a name: settings as frozen data, changed where the way asks for it and nowhere else.

The buttons of the window and the options of the terminal are these functions.
"""

from __future__ import annotations

from dataclasses import replace

from studio.catalogue import catalogue
from studio.events import LayerTable
from studio.planning.blocks import last_block
from studio.spec import FreezePlan, RunSpec, UserError

HEAD_EPOCHS = 3
"""Passes of the head alone before a backbone thaws: enough that it no longer sends random gradients down."""

THAWED_RATE = 1e-5
"""For weights that are good already and should move little."""


def head_only(spec: RunSpec) -> RunSpec:
    """Everything frozen, the head learns on features that are computed once: feature extraction."""
    return replace(
        spec,
        freeze=FreezePlan("all", batch_norm=spec.freeze.batch_norm),
        train=replace(spec.train, head_epochs=0, schedule="constant"),
    )


def fine_tuned(spec: RunSpec, table: LayerTable) -> RunSpec:
    """The head alone first, then the last block thawed at a low rate that falls to 0: fastai's `fine_tune`.

    Args:
        spec: What is chosen now.
        table: Of the backbone in `spec`, to know its last block.
    """
    return replace(
        spec,
        freeze=replace(last_block(table), batch_norm=spec.freeze.batch_norm),
        train=replace(spec.train, head_epochs=HEAD_EPOCHS, backbone_lr=THAWED_RATE, schedule="cosine"),
    )


def from_scratch(spec: RunSpec) -> RunSpec:
    """The same photos, split, epochs and head, but random weights, all of which learn: the baseline of a transfer.

    BatchNorm statistics follow the photos, because random weights have none worth keeping. The backbone learns at the
    head's rate, because low rates are for weights that are good already; it learns in every epoch of the plan, those
    of the head alone included, so that both saw each photo as often.
    """
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
    """The settings with trained weights in place of random ones; as they are where there are none.

    What `from_scratch` set for random weights (statistics that follow the photos, the head's rate) is set back with
    them. Settings with trained weights stay as they are.

    Args:
        spec: What is chosen now.
        weights: `default` or a file.
    """
    if spec.backbone.weights != "none":
        return spec
    try:
        missing = weights == "default" and not catalogue.find(spec.backbone.name).weights
    except UserError:
        missing = True
    if missing:
        return spec
    asked = replace(spec, backbone=replace(spec.backbone, weights=weights))
    if spec != from_scratch(spec):
        return asked
    train = replace(spec.train, backbone_lr=THAWED_RATE)
    return replace(asked, freeze=replace(spec.freeze, batch_norm="keep"), train=train)
