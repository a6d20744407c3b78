"""Kinds of findings of the data check, by which the user accepts them."""

from __future__ import annotations

KINDS = (
    "corrupt", "truncated", "empty_file", "wrong_extension", "bomb", "exif_rotated", "high_bit_depth", "cmyk",
    "palette", "alpha", "animated", "multi_page", "too_small", "extreme_aspect", "blank", "exact_duplicate",
    "near_duplicate", "two_labels", "across_split", "tiny_class", "empty_class", "imbalance", "class_names_alike",
    "placeholder",
)  # fmt: skip
