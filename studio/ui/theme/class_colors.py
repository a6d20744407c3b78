"""Colors of classes and numbers on the map of photos.

Each was chosen as far as possible from those before it, for normal and for red- and green-blind eyes alike, with a
contrast of at least 3 : 1 to a card. Classes differ in shape, too.
"""

from __future__ import annotations

import numpy as np

from studio.ui.theme import colormap, theme

LIGHT = (
    "#7a55c7", "#0b857c", "#334411", "#333377", "#44a000", "#9080d8", "#666600", "#1100bb", "#445577", "#9966ff",
)  # fmt: skip
DARK = (
    "#b39bf0", "#4cc4b8", "#5f9a3a", "#bbff33", "#b050ff", "#88ffee", "#d7b04a", "#6d9cc0", "#aadd88", "#569c8c",
)  # fmt: skip

ACCENT = 11
"""Place of the accent among the colors."""


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
