"""Findings about pairs of photos that show the same, and about the formats of files."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest

from studio.data.bit_depth.reading import DIGEST_BYTES
from studio.data.checks import duplicates, file_formats
from studio.data.checks.evidence import Pair
from studio.data.images.facts import PhotoFacts
from studio.data.images.facts_table import FactsTable
from studio.events import Dataset, Photo

FACTS = PhotoFacts("TIFF", 8, 8, 1, False, False, False, False, 1, "", bytes(DIGEST_BYTES), b"", 9, 0.0, 9)
ONE, SAME, OTHER = Photo("a/1", 0, "train", 1.5), Photo("a/2", 0, "train", 1.5), Photo("b/1", 1, "val", 2)


@pytest.mark.parametrize(
    ("target", "exact", "second", "labels", "split"),
    [
        ("", True, SAME, None, None),
        ("", True, OTHER, "“ants” and “bees”", "train and val"),
        ("", False, OTHER, "“ants” and “bees”", "train and val"),
        ("age", True, SAME, None, None),
        ("age", True, OTHER, "1.5 and 2", "train and val"),
        ("age", False, OTHER, None, "train and val"),
    ],
)
def test_a_pair_under_two_classes_or_numbers_or_on_two_sides(
    target: str, exact: bool, second: Photo, labels: str | None, split: str | None
) -> None:
    dataset = Dataset("/photos", ("ants", "bees"), (ONE, SAME, OTHER), target=target)
    evidence: Any = SimpleNamespace(dataset=dataset, pairs=(Pair(ONE, second, exact, "" if exact else "mirrored"),))
    assert [hit.detail for hit in duplicates.two_labels(evidence)] == ([labels] if labels else [])
    assert [hit.detail for hit in duplicates.across_split(evidence)] == ([split] if split else [])
    assert [hit.detail for hit in duplicates.exact_duplicate(evidence)] == ([""] if exact else [])
    assert [hit.detail for hit in duplicates.near_duplicate(evidence)] == ([] if exact else ["mirrored"])


@pytest.mark.parametrize(
    ("path", "kind", "detail"),
    [
        ("a/1.jpg", "PNG", "a PNG file; it is used"), ("a/1.JPG", "AVIF", "an AVIF file; it is used"),
        ("a/1.heif", "AVIF", ""), ("a/1.png", "PNG", ""), ("a.png/1.webp", "WebP", ""),
    ],
)  # fmt: skip
def test_a_file_of_another_format_than_its_name_says_is_named(path: str, kind: str, detail: str) -> None:
    facts = SimpleNamespace(paths=[path], texts=lambda _: [kind])
    hits = list(file_formats.wrong_extension(SimpleNamespace(unreadable={}, facts=facts)))  # type: ignore[arg-type]
    assert [(hit.photos, hit.detail) for hit in hits] == ([(path, detail)] if detail else [])


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (2, "mirrored"), (3, "upside down"), (4, "mirrored, upside down"), (5, "mirrored, on its side"),
        (6, "on its left side"), (7, "mirrored, on its side"), (8, "on its right side"),
    ],
)  # fmt: skip
def test_a_rotated_photo_is_reported_with_its_rotation(turn: int, words: str) -> None:
    photos = {"a": dataclasses.replace(FACTS, orientation=turn), "b": FACTS}
    hits = list(file_formats.exif_rotated(SimpleNamespace(facts=FactsTable.of(photos))))  # type: ignore[arg-type]
    assert [(hit.photos, hit.detail) for hit in hits] == [("a", f"stored {words} (orientation {turn})")]


@pytest.mark.parametrize(
    ("images", "unit", "animated", "pages"),
    [
        (1, "frames", None, None), (2, "frames", "first of 2 frames used", None), (1, "", None, None),
        (2, "pages", None, "first of 2 pages used"), (1200, "pictures", None, "first of 1,200 pictures used"),
    ],
)  # fmt: skip
def test_files_of_several_images(images: int, unit: str, animated: str | None, pages: str | None) -> None:
    one = dataclasses.replace(FACTS, images=images, unit=unit)
    evidence: Any = SimpleNamespace(facts=FactsTable.of({"a": one, "b": FACTS}))
    assert [hit.detail for hit in file_formats.animated(evidence)] == ([animated] if animated else [])
    assert [hit.detail for hit in file_formats.multi_page(evidence)] == ([pages] if pages else [])
