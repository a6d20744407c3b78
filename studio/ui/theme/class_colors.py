"""Colors of classes and numbers on the map of photos.

Each was chosen as far as possible from those before it, for normal, red-, green- and blue-blind eyes alike, with a
contrast of at least 3 : 1 to a card (`tests/ui/theme/test_palette.py`). Classes differ in shape, too.
"""

from __future__ import annotations

import numpy as np

from studio.ui.theme import colormap, theme

LIGHT = (
    "#7a55c7", "#0b857c", "#dd7711", "#550000", "#110055", "#886633", "#aa00ff", "#224477", "#991144", "#550099",
)  # fmt: skip
DARK = (
    "#b39bf0", "#4cc4b8", "#ff7711", "#bb00ff", "#447744", "#ccffbb", "#ffee77", "#776688", "#ccaa66", "#aa5511",
)  # fmt: skip

ACCENT = 11
"""Index of the accent among the colors."""


VALUES = 7
"""Number of colors for numbers."""

RANGE_LIGHT, RANGE_DARK = (0, 178), (77, 255)
"""Levels of the colormap for the lowest and the highest number: those that stand out from a card."""


def colors() -> tuple[str, ...]:
    """Colors of ten classes, of all other photos, of right and wrong answers, and of numbers from low to high."""
    shades = theme.current()
    ends = RANGE_DARK if theme.is_dark() else RANGE_LIGHT
    levels = np.linspace(*ends, VALUES).round().astype(int)
    values = ("#{:02x}{:02x}{:02x}".format(*colormap.TABLE[level]) for level in levels.tolist())
    return (*(DARK if theme.is_dark() else LIGHT), shades.faint, shades.accent, shades.bad, *values)
