"""Which settings can train anything at all; asked before work begins, so that a mistake costs no waiting."""

from __future__ import annotations

import math

from studio.spec import DatasetSpec, RunSpec, TrainSpec, UserError

MOST_RATE = 1e6
"""No training survives a learning rate near it; far above, the optimizer's own numbers overflow."""


def check(spec: RunSpec) -> None:
    """Refuse numbers that cannot train anything.

    Raises:
        UserError: Names the setting and what it may be.
    """
    check_value_range(spec.dataset)
    _check_training(spec.train)
    _check_rates(spec.train)
    if spec.head.kind == "mlp" and not 1 <= spec.head.hidden <= 65536:
        raise UserError(f"A hidden layer cannot be {spec.head.hidden} wide.", "Use a width from 1 to 65536.")
    _share("dropout of the head", spec.head.dropout)
    if spec.augment.views < 0:
        raise UserError(
            f"{spec.augment.views} views of a photo cannot be made.", "Use 0 for random changes, or 1 and more."
        )
    if spec.augment.views and not spec.augment.steps:
        raise UserError("Fixed views need changes to be made to the photos.", "Add a change, or ask for no views.")
    for step in spec.augment.steps:
        if not (0 <= step.amount <= 1 and 0 <= step.chance <= 1):
            raise UserError(
                f"The change “{step.kind}” has a number outside 0 to 1.", "Use amounts and chances from 0 to 1."
            )


def check_value_range(spec: DatasetSpec) -> None:
    """Refuse a range of values that no photo can be scaled by.

    Raises:
        UserError: Says what it may be.
    """
    chosen = spec.value_range
    if chosen is not None and not (math.isfinite(chosen.high - chosen.low) and chosen.low < chosen.high):
        raise UserError(
            f"The range of values cannot go from {chosen.low:g} to {chosen.high:g}.",
            "Give black first and then white, for instance 0 and 4095.",
        )


def _check_training(spec: TrainSpec) -> None:
    if spec.epochs < 1:
        raise UserError(f"{spec.epochs} epochs train nothing.", "Ask for at least 1 epoch.")
    if spec.head_epochs < 0:
        raise UserError(f"The head alone cannot train for {spec.head_epochs} epochs.", "Use 0 for none.")
    if spec.batch_size < 1:
        raise UserError(f"A batch cannot hold {spec.batch_size} photos.", "Ask for a batch size of at least 1.")
    if not 0 <= spec.seed < 2**63:
        raise UserError(f"The seed cannot be {spec.seed}.", "Use a whole number from 0 up.")
    if spec.patience < 0:
        raise UserError(f"The patience cannot be {spec.patience} epochs.", "Use 0 to train to the last epoch.")
    if not 0 < spec.checkpoint_minutes < math.inf:
        raise UserError(f"Checkpoints cannot be {spec.checkpoint_minutes} minutes apart.", "Use a number above 0.")
    if list(spec.extended) != sorted({end for end in spec.extended if 0 < end < spec.epochs}):
        raise UserError("A run can only be extended by more epochs.", "Ask for more epochs than it has.")
    _share("label smoothing", spec.label_smoothing)


def _check_rates(spec: TrainSpec) -> None:
    rates = [("head", spec.lr), ("backbone", spec.backbone_lr), *((rate.name, rate.lr) for rate in spec.layer_rates)]
    for name, value in rates:
        if not 0 < value <= MOST_RATE:  # not a number is not
            raise UserError(
                f"The learning rate of the {name} cannot be {value}.", "Use a number above 0, for instance 0.001."
            )
    if not 0 < spec.layer_decay <= 1:
        raise UserError(f"The rates cannot fall by {spec.layer_decay} a block.", "Use a share above 0, up to 1.")
    if not math.isfinite(spec.weight_decay) or spec.weight_decay < 0:
        raise UserError(f"The weight decay cannot be {spec.weight_decay}.", "Use 0 or a number above it.")
    if not math.isfinite(spec.clip_norm) or spec.clip_norm < 0:
        raise UserError(
            f"Gradients cannot be clipped at {spec.clip_norm}.", "Use 0 for no limit, or a number above it."
        )
    if not 0 <= spec.warmup < math.inf:
        raise UserError(f"The warm-up cannot take {spec.warmup} epochs.", "Use 0 or a number above it.")
    if spec.optimizer not in ("adamw", "adam", "sgd"):
        raise UserError(f"There is no optimizer “{spec.optimizer}”.", "Choose adamw, adam or sgd.")


def _share(name: str, value: float) -> None:
    if not 0 <= value < 1:
        raise UserError(f"The {name} cannot be {value}.", "Use a share from 0 up to below 1.")
