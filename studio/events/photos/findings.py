"""Findings of the data check: what is wrong with photos and classes, or what is worth knowing about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
"""How much a finding harms: `error` (photos are not used, or results are wrong), `warning` (results suffer), `info`
(handled here, but other programs may behave differently)."""

FindingKind = Literal[
    "corrupt",
    "truncated",
    "empty_file",
    "wrong_extension",
    "bomb",
    "exif_rotated",
    "high_bit_depth",
    "cmyk",
    "palette",
    "alpha",
    "animated",
    "multi_page",
    "too_small",
    "extreme_aspect",
    "blank",
    "exact_duplicate",
    "near_duplicate",
    "two_labels",
    "across_split",
    "tiny_class",
    "empty_class",
    "imbalance",
    "class_names_alike",
    "placeholder",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """All photos or classes of a data set to which one check applies.

    Attributes:
        kind: The check; stable, for programs.
        severity: How much it harms.
        title: What was found, with its number, for the user: “3 photos are cut off”.
        count: Number of photos, pairs of photos or classes.
        photos: Paths relative to the data set's folder; pairs of paths for duplicates.
        details: A text for each of `classes` or, without these, for each of `photos`: “60 × 48 pixels”; "" for none.
        classes: Names of the classes concerned, for checks of classes.
        why: Why it matters.
        advice: What to do.
    """

    kind: FindingKind
    severity: Severity
    title: str
    count: int
    photos: tuple[str | tuple[str, str], ...]
    details: tuple[str, ...]
    classes: tuple[str, ...]
    why: str
    advice: str
