"""Which photos the Images page shows, and in which order."""

from __future__ import annotations

import pytest

from studio.events import AppliedChoices, Dataset, Photo, PhotoChoice
from studio.session.photos.photo_filter import ORDERS, PhotoFilter, after_choices, rows
from studio.spec.structs import replace

PHOTOS = (
    Photo("ants/IMG_2.jpg", 0, "train"),
    Photo("ants/b.jpg", 0, "val"),
    Photo("bees/IMG_1.jpg", 1, "train"),
    Photo("bees/Große Biene.jpg", 1, "test"),
    Photo("cats/a.jpg", 2, "val"),
)
DATA = Dataset("/photos", ("ants", "bees", "cats"), PHOTOS)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (PhotoFilter(), [0, 1, 2, 3, 4]),
        (PhotoFilter(labels=frozenset({1})), [2, 3]),
        (PhotoFilter(labels=frozenset({0, 2})), [0, 1, 4]),
        (PhotoFilter(split="val"), [1, 4]),
        (PhotoFilter(labels=frozenset({0, 2}), split="val"), [1, 4]),
        (PhotoFilter(labels=frozenset({1}), split="val"), []),
        (PhotoFilter(text="img"), [0, 2]),
        (PhotoFilter(text="  IMG_1 "), [2]),
        (PhotoFilter(text="bees/"), [2, 3]),
        (PhotoFilter(text="GROSSE"), [3]),
        (PhotoFilter(text="dog"), []),
        (PhotoFilter(text="img", split="train", labels=frozenset({0})), [0]),
        (PhotoFilter(order="name"), [4, 1, 3, 2, 0]),
        (PhotoFilter(order="class"), [0, 1, 2, 3, 4]),
        (PhotoFilter(order="split"), [0, 2, 1, 4, 3]),
        (PhotoFilter(order="split", text="img"), [0, 2]),
    ],
)
def test_photos_are_filtered_and_sorted(shown, expected):
    assert list(rows(DATA, shown)) == expected


def test_photos_with_a_number_are_sorted_by_it():
    photos = tuple(Photo(f"{name}.jpg", 0, "train", target) for name, target in (("a", 2.5), ("b", -1.0), ("c", 2.5)))
    assert list(rows(Dataset("/photos", ("age",), photos, target="age"), PhotoFilter(order="class"))) == [1, 0, 2]


def test_another_data_set_is_searched_in_its_own_paths():
    other = Dataset("/photos", DATA.classes, tuple(reversed(PHOTOS)))
    assert list(rows(DATA, PhotoFilter(text="img_1"))) == [2]
    assert list(rows(other, PhotoFilter(text="img_1"))) == [2]
    assert list(rows(other, PhotoFilter(text="img_2"))) == [4]


def test_every_order_has_all_photos():
    assert all(sorted(rows(DATA, PhotoFilter(order=order))) == [0, 1, 2, 3, 4] for order in ORDERS)


def test_photos_with_a_new_choice_stay_visible() -> None:
    def chosen(*paths: str, **more: object) -> Dataset:
        return replace(
            DATA, choices=AppliedChoices(tuple(PhotoChoice(path, "x", 1, label="cats") for path in paths)), **more
        )

    one = chosen("ants/b.jpg")
    assert after_choices(PhotoFilter(), DATA, one).changed == {"ants/b.jpg"}
    assert after_choices(PhotoFilter(split="val"), DATA, one).changed == {"ants/b.jpg"}
    assert after_choices(PhotoFilter(split="train"), DATA, one).changed == frozenset(), "it was not visible"
    kept = PhotoFilter(split="val", changed=frozenset({"cats/a.jpg"}))
    assert after_choices(kept, DATA, one).changed == {"ants/b.jpg", "cats/a.jpg"}
    assert after_choices(kept, one, DATA).changed == {"ants/b.jpg", "cats/a.jpg"}, "a choice that is undone, too"
    both = chosen("ants/b.jpg", "cats/a.jpg")
    assert after_choices(PhotoFilter(), one, both).changed == {"cats/a.jpg"}
    assert after_choices(kept, one, one).changed == frozenset(), "another scan"
    assert after_choices(kept, DATA, chosen("ants/b.jpg", folder="/other")).changed == frozenset()
    assert after_choices(kept, DATA, chosen("ants/b.jpg", classes=("a", "b", "c"))).changed == frozenset()


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (PhotoFilter(changed=frozenset({"cats/a.jpg"})), [0, 1, 2, 3, 4]),
        (PhotoFilter(split="val", changed=frozenset({"ants/IMG_2.jpg"})), [0, 1, 4]),
        (PhotoFilter(split="val", text="img", changed=frozenset({"ants/IMG_2.jpg"})), [0]),
        (PhotoFilter(split="val", labels=frozenset({1}), changed=frozenset({"ants/b.jpg"})), [1]),
        (PhotoFilter(text="img", changed=frozenset({"ants/b.jpg"})), [0, 2]),
        (PhotoFilter(set="moved", paths=frozenset()), []),
        (PhotoFilter(set="moved", paths=frozenset({"ants/b.jpg"}), changed=frozenset({"cats/a.jpg"})), [1, 4]),
        (PhotoFilter(answer="wrong", answered=frozenset({"cats/a.jpg"})), [4]),
        (PhotoFilter(answer="wrong", answered=frozenset({"cats/a.jpg", "ants/b.jpg"}), split="train"), []),
    ],
)
def test_changed_photos_stay_unless_the_text_leaves_them_out(shown, expected):
    assert list(rows(DATA, shown)) == expected
