"""Light and dark palette, from `resources/theme.json`.

Every pair of text and background has a contrast of at least 4.5 : 1, except the faint text of disabled controls.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from studio.system import resources


@dataclass(frozen=True)
class Palette:
    """Colors as hex strings.

    Attributes:
        window: Background behind the cards.
        card: Background of cards.
        raised: Surfaces on a card: headers, ribbon stations.
        border: Lines and edges.
        text: Text.
        muted: Secondary text.
        faint: Text of disabled controls, empty bars.
        accent: The one accent: selection, primary button, focus.
        accent_text: Text on the accent.
        accent_soft: Background of a selection.
        ice: Frozen.
        ice_soft: Background of frozen parts.
        warm: Trains.
        good: Healthy, done.
        good_soft: Background of success messages.
        bad: Failed, wrong.
        bad_soft: Background of error messages.
        caution: Warnings, stale results.
        caution_soft: Background of warnings.
    """

    window: str
    card: str
    raised: str
    border: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_text: str
    accent_soft: str
    ice: str
    ice_soft: str
    warm: str
    good: str
    good_soft: str
    bad: str
    bad_soft: str
    caution: str
    caution_soft: str


def _load() -> dict[str, Palette]:
    sets = json.loads(resources.path("theme.json").read_text(encoding="utf-8"))
    return {name: Palette(**tones) for name, tones in sets.items()}


LIGHT, DARK = (_load()[name] for name in ("light", "dark"))
