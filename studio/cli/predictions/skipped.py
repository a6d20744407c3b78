"""Photos without a prediction, as JSON and as the error of the command."""

from __future__ import annotations

from typing import Any

from studio.events import ImageSkipped
from studio.jobs.event_lines import left_out_words
from studio.spec import UserError
from studio.system.failures import message_of
from studio.system.output import error_document


def skipped_document(skipped: list[ImageSkipped], fault: UserError | None) -> dict[str, Any]:
    """Left-out files as JSON, with the error where the exit status is one."""
    error = {} if fault is None else error_document(message_of(fault))
    return error | {
        "unreadable": [left_out_words(event) for event in skipped if not event.stray],
        "skipped": [{"path": event.path, "reason": event.reason, "count": event.count} for event in skipped],
    }


def without_prediction(skipped: list[ImageSkipped], number: int | None = None) -> UserError | None:
    """The error for requested photos and folders without a prediction; None where all have one.

    Args:
        skipped: The left-out files, or the first of them.
        number: How many photos have no prediction; None where `skipped` has all.
    """
    missing = [event for event in skipped if not event.stray]
    number = len(missing) if number is None else number
    if not missing:
        return None
    first = f"{missing[0].path}: {missing[0].reason}."
    if number == 1:
        return UserError(f"No prediction for {first}", "Check it, or leave it out.", missing[0].path)
    return UserError(
        f"No prediction for {number:,} photos or folders, the first {first}",
        "Check them, or leave them out.",
        missing[0].path,
    )
