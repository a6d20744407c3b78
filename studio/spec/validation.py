"""Checks of settings before work begins, so that errors are reported at once.

The bounds of each field are in its definition (`studio.spec.settings`); this module checks combinations of fields.
"""

from __future__ import annotations

import math
import re

from studio.spec import DatasetSpec, RunSpec, UserError
from studio.spec.settings import mistakes


def check(spec: RunSpec) -> None:
    """Check the settings of a run.

    Raises:
        UserError: A value is not allowed, or settings contradict each other; the error names the setting.
    """
    check_value_range(spec.dataset)
    # The validation share is checked where a split is made: it has no effect on a folder with its own split.
    for part in (spec.freeze, spec.train, spec.head, spec.augment):
        for title, hint in mistakes(part):
            raise UserError(title, hint)
    train = spec.train
    if list(train.extended) != sorted({end for end in train.extended if 0 < end < train.epochs}):
        raise UserError("A run can only be extended to more epochs than it has.", "Choose a larger number of epochs.")
    if spec.augment.views and not spec.augment.steps:
        raise UserError("Fixed views need augmentation of the photos.", "Add augmentation, or set views to 0.")


def check_split(spec: DatasetSpec) -> None:
    """Check the settings of a split that the program makes.

    Raises:
        UserError: A value is not allowed, the shares leave no photos for training, the table of groups is missing, or
            the pattern of groups is missing or invalid.
    """
    for title, hint in mistakes(spec):
        raise UserError(title, hint)
    if spec.val_fraction + spec.test_fraction >= 1:
        raise UserError(
            f"Validation share {spec.val_fraction:g} and test share {spec.test_fraction:g} leave no photos for "
            "training.",
            "Choose shares with a sum of less than 1.",
        )
    if spec.split_by == "name":
        if not spec.split_pattern:
            raise UserError("A split by name needs a pattern.", "Give a regular expression that finds the group.")
        try:
            re.compile(spec.split_pattern)
        except re.error as error:
            raise UserError(
                f"The pattern “{spec.split_pattern}” is not a regular expression: {error}.",
                "Example: “^([^_]+)_” finds the part before the first underscore.",
            ) from error
    if spec.split_by == "table" and not spec.split_table:
        raise UserError("A split by table needs a table.", "Give a CSV file with the group of each photo.")


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
