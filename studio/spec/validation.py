"""Checks of settings, before work begins, so that a mistake costs no waiting.

Bounds stand in the rows of the specs (`studio.spec.settings`); here stands what concerns more than one field.
"""

from __future__ import annotations

import math

from studio.spec import DatasetSpec, RunSpec, UserError
from studio.spec.settings import mistakes


def check(spec: RunSpec) -> None:
    """Refuse settings that cannot train anything.

    Raises:
        UserError: Names the setting and what it may be.
    """
    check_value_range(spec.dataset)
    # The share of the validation is checked where a split is made: a folder that brings its own needs none.
    for part in (spec.freeze, spec.train, spec.head, spec.augment):
        for title, hint in mistakes(part):
            raise UserError(title, hint)
    train = spec.train
    if list(train.extended) != sorted({end for end in train.extended if 0 < end < train.epochs}):
        raise UserError("A run can only be extended by more epochs.", "Ask for more epochs than it has.")
    if spec.augment.views and not spec.augment.steps:
        raise UserError("Fixed views need augmentation of the photos.", "Add augmentation, or ask for no views.")


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
