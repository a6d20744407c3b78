"""Rules of the verdict on the split: which photos were judged, and which of them the model was trained on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studio.evaluate.verdict_facts import Facts, Reason
from studio.formatting.numbers import many
from studio.formatting.numbers import strict_percent as percent

TRAINED_ON = "Trained on"
TRAINED_ON_TEXT = "The model was trained on these photos: validation or test photos show how it judges others."
TESTED_BEFORE = "Tested before"
LEAKAGE = "Leakage"

MANY_LEAKED = 0.05
"""If this share of the judged photos has a copy among the training photos, the numbers mean little."""

TRAINING_PHOTOS = "training photos"
"""The words for photos that the model was trained on."""


def trained_on(facts: Facts) -> Reason | None:
    """Photos that the model was trained on."""
    if facts.photos != TRAINING_PHOTOS:
        return None
    return Reason(TRAINED_ON, "caution", TRAINED_ON_TEXT)


def tested_before(facts: Facts) -> Reason | None:
    """Test photos that were judged before: the best of several looks better than it is, and so does what is changed."""
    number = facts.test_judgments
    if facts.test_repeats and not number:
        often = {1: "once", 2: "twice"}.get(facts.test_repeats, f"{facts.test_repeats:,} times")
        text = (
            f"This run and epoch were judged on these test photos {often} before. A run that is changed because of "
            "their result looks better here than it is: choose by the validation photos."
        )
        return Reason(TESTED_BEFORE, "caution", text)
    if not number:
        return None
    others = "Another run or epoch was" if number == 1 else f"{number:,} other runs or epochs were"
    text = (
        f"{others} judged on these test photos before. A run or epoch that is chosen by its result here looks better "
        "than it is: choose by the validation photos."
    )
    return Reason(TESTED_BEFORE, "caution", text)


def leakage(facts: Facts) -> Reason | None:
    """So many judged photos of which the training photos have a copy that the numbers mean little."""
    reason = _leaked(facts)
    return replace(reason, severity="bad") if reason and _is_severe(facts) else None


def some_leakage(facts: Facts) -> Reason | None:
    """A few judged photos of which the training photos have a copy."""
    return _leaked(facts) if not _is_severe(facts) else None


def _is_severe(facts: Facts) -> bool:
    return len(set(facts.leaked)) >= MANY_LEAKED * len(facts.labels)


def _leaked(facts: Facts) -> Reason | None:
    photos = tuple(dict.fromkeys(facts.leaked))
    if not photos:
        return None
    rest = np.ones(len(facts.labels), bool)
    rest[list(photos)] = False
    number = len(photos)
    photos_text = many(number, facts.photos.removesuffix("s"))
    without = ""
    if rest.any():
        without = f" Without {'it' if number == 1 else 'them'}, {percent(float(facts.right[rest].mean()))} are right."
    text = (
        f"{photos_text} {'shows' if number == 1 else 'show'} the same as a training photo, which the model knows."
        f"{without} Move both to one side of the split, or exclude one of them."
    )
    return Reason(LEAKAGE, "caution", text, photos, evidence="pairs")
