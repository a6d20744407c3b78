"""The two sets of colors, from `resources/theme.json`.

Every pair that carries words was chosen for a contrast of at least 4.5 : 1 on the surface it stands on, the faint
words of disabled controls excepted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from studio.system import resources


@dataclass(frozen=True)
class Palette:
    """Colors as hex strings.

    Attributes:
        window: Behind the cards.
        card: Surfaces with content.
        raised: Surfaces on a card: headers, ribbon stations.
        border: Lines and edges.
        text: Words.
        muted: Words of second rank.
        faint: Words of disabled controls, empty bars.
        accent: The one accent: selection, primary button, focus.
        accent_text: Words on the accent.
        accent_soft: Background of what is selected.
        ice: Frozen.
        ice_soft: Background of what is frozen.
        warm: Trains.
        good: Healthy, done.
        good_soft: Background of good news.
        bad: Failed, wrong.
        bad_soft: Background of failures.
        caution: Look closer, stale.
        caution_soft: Background of cautions.
        train_line: Curves of the training photos.
        val_line: Curves of the validation photos.
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
    train_line: str
    val_line: str


def _load() -> dict[str, Palette]:
    sets = json.loads(resources.path("theme.json").read_text(encoding="utf-8"))
    return {name: Palette(**tones) for name, tones in sets.items()}


LIGHT, DARK = (_load()[name] for name in ("light", "dark"))
