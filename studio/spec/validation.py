"""Checks of settings before work begins, so that errors are reported at once.

The bounds of each field are in its definition (`studio.spec.settings`); this module checks combinations of fields.
"""

from __future__ import annotations

import math

from studio.spec import DatasetSpec, RunSpec, UserError
from studio.spec.settings import mistakes


def check(spec: RunSpec) -> None:
    """Check the settings of a run.

    Raises:
        UserError: A value is not allowed; the error names the setting and its allowed values.
    """
    check_value_range(spec.dataset)
    # The validation share is checked where a split is made: it has no effect on a folder with its own split.
    for part in (spec.freeze, spec.train, spec.head, spec.augment):
        for title, hint in mistakes(part):
            raise UserError(title, hint)
    train = spec.train
    if list(train.extended) != sorted({end for end in train.extended if 0 < end < train.epochs}):
        raise UserError("A run can only be extended by more epochs.", "Ask for more epochs than it has.")
    if spec.augment.views and not spec.augment.steps:
        raise UserError("Fixed views need augmentation of the photos.", "Add augmentation, or set views to 0.")


def check_value_range(spec: DatasetSpec) -> None:
    """Check that photos can be scaled by the chosen value range.

    Raises:
        UserError: Black and white are not finite, or not in this order.
    """
    chosen = spec.value_range
    if chosen is not None and not (math.isfinite(chosen.high - chosen.low) and chosen.low < chosen.high):
        raise UserError(
            f"The value range cannot go from {chosen.low:g} to {chosen.high:g}.",
            "Give black first and then white, for instance 0 and 4095.",
        )
