"""The preview of labels in file names."""

from __future__ import annotations

from studio.session.photos.label_preview import MOST_CLASSES, preview

NAMES = ("0.png", *(f"{name}.{number}.png" for name in ("cat", "dog") for number in range(5)))


def test_some_names_of_each_class_come_first_and_names_without_a_class_last() -> None:
    result = preview(NAMES, 11, r"^([a-z]+)\.")
    assert [label for _, label in result.rows] == ["cat"] * 3 + ["dog"] * 3 + [""]
    assert result.words == "2 classes: cat 5, dog 5 · 1 name without a label, left out"
    assert not result.obstacle
    assert preview(NAMES, 5000, r"^([a-z]+)\.").words.endswith("of 11 of 5,000 photos")


def test_an_invalid_label_pattern_is_explained_while_it_is_typed() -> None:
    assert preview(NAMES, 11, "").obstacle == "Write a pattern first."
    assert "not a regular expression" in preview(NAMES, 11, "(").obstacle
    result = preview(NAMES, 11, "xyz")
    assert result.obstacle == "No name matches this pattern."
    assert result.rows[0] == ("0.png", "")


def test_many_classes_are_counted() -> None:
    names = tuple(f"class{number}_{photo}.png" for number in range(40) for photo in "ab")
    assert "40 classes" in preview(names, 80, "^([^_]+)_").words
    assert "28 more" in preview(names, 80, "^([^_]+)_").words


def test_as_many_classes_as_fit_are_all_named() -> None:
    names = tuple(f"class{number:02}_0.png" for number in range(MOST_CLASSES))
    assert "more" not in preview(names, len(names), "^([^_]+)_").words


def test_without_labels_four_times_as_many_names_are_shown_as_of_a_class() -> None:
    for pattern in ("", "(", "xyz"):
        assert [name for name, _ in preview(NAMES, 11, pattern, each=2).rows] == list(NAMES[:8])
    one = preview(NAMES, 11, r"^([a-z]+)\.", each=1)
    assert [label for _, label in one.rows] == ["cat", "dog", ""]
