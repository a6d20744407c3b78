"""The two sets of colours.

Every pair that carries words was chosen for a contrast of at least 4.5 : 1 on the surface it stands on, the faint
words of disabled controls excepted.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours as hex strings.

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


LIGHT = Palette(
    window="#f4f5f7",
    card="#ffffff",
    raised="#f4f5f7",
    border="#dfe2e7",
    text="#1b1f27",
    muted="#5f6673",
    faint="#a9afba",
    accent="#2f6fed",
    accent_text="#ffffff",
    accent_soft="#e8effd",
    ice="#1c76b8",
    ice_soft="#e3f1fb",
    warm="#bf5208",
    good="#187a4b",
    good_soft="#e8f5ee",
    bad="#c43030",
    bad_soft="#fcebea",
    caution="#8f5f00",
    caution_soft="#fdf3dc",
    train_line="#2f6fed",
    val_line="#dd6b20",
)

DARK = Palette(
    window="#14161a",
    card="#1c1f26",
    raised="#15171c",
    border="#2f343e",
    text="#e9ebef",
    muted="#a0a6b2",
    faint="#5d6470",
    accent="#5b8cff",
    accent_text="#0b1020",
    accent_soft="#243150",
    ice="#74bdf0",
    ice_soft="#1b3142",
    warm="#f59a5a",
    good="#4fc48a",
    good_soft="#1c312a",
    bad="#ff7d78",
    bad_soft="#3b2124",
    caution="#e5b24b",
    caution_soft="#372d1a",
    train_line="#5b8cff",
    val_line="#f59a5a",
)
