"""The rule by which a run's class probabilities become answers."""

from __future__ import annotations

from typing import Annotated

import msgspec

VERSION = 1
"""Version of the stored form; a higher one was written by a newer version of this program."""

CRITERIA = "f1, recall=0.95, precision=0.9 or cost=1:5"
"""Examples of the rules that choose a threshold, for messages; `thresholds.parse` in `studio.evaluate` reads them."""

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class ClassThreshold(msgspec.Struct, frozen=True):
    """The threshold of one class.

    Attributes:
        name: Name of the class; its key in JSON is “class”.
        value: A photo counts as one of the class from this probability on.
        rule: The rule by which it was chosen, as in `thresholds.parse`; "" where the user set it.
    """

    name: str = msgspec.field(name="class")
    value: Share
    rule: str = ""


class DecisionRule(msgspec.Struct, frozen=True):
    """Thresholds, temperature and least confidence of a run; `studio.evaluate.probabilities.decisions` applies them.

    Attributes:
        thresholds: Thresholds of some or all classes; a class without one competes by its probability.
        temperature: Divisor of the scores; 1 leaves them as they are.
        temperature_fitted: True where it was fitted, and not set by the user.
        least_confidence: A photo whose highest probability is lower is not answered.
        coverage: Share of photos to answer, by which `least_confidence` was chosen; None where the user set it.
        known_kept: Share of the validation photos that count as like the training photos.
        chosen_on: Split whose photos the rule was chosen on.
        epoch: Epoch of the predictions that it was chosen on; 0 if it is unknown.
        version: Version of the stored form.
    """

    thresholds: tuple[ClassThreshold, ...] = ()
    temperature: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    temperature_fitted: bool = False
    least_confidence: Share = 0.0
    coverage: Share | None = None
    known_kept: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.95
    chosen_on: str = "val"
    epoch: int = 0
    version: int = VERSION

    @property
    def is_plain(self) -> bool:
        """True where the rule changes nothing: no thresholds, temperature 1, no least confidence."""
        return not self.thresholds and self.temperature == 1 and not self.least_confidence

    def threshold_of(self, name: str) -> ClassThreshold | None:
        """The threshold of a class; None where it has none."""
        return next((one for one in self.thresholds if one.name == name), None)


PLAIN = DecisionRule()
"""The rule by which the most probable class is the answer."""
