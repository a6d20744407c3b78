"""What the map of photos shows, without a window."""

from __future__ import annotations

import numpy as np
import pytest

from studio.events import AppliedChoices, Dataset, Photo, PhotoChoice, PhotosMapped
from studio.events.photos.photo_map import LabelSuspect
from studio.session import reducer
from studio.session.photos import map_view
from studio.session.photos.map_sets import LIKELY, SIMILAR, MapSets
from studio.session.photos.photo_filter import PhotoFilter, rows
from studio.session.state import AppState
from studio.spec import BackboneSpec, DatasetSpec, RunSpec
from studio.spec.structs import replace

PHOTOS = tuple(
    Photo(f"{'ab'[number // 3]}/{number}.jpg", number // 3, ("train", "val", "test")[number % 3]) for number in range(6)
)
DATA = Dataset("/photos", ("a", "b"), PHOTOS)
PATHS = tuple(photo.path for photo in PHOTOS)
MAP = PhotosMapped(
    "/photos",
    BackboneSpec(),
    PATHS,
    8,
    np.arange(12, dtype=np.float32).reshape(6, 2),
    neighbors=np.array([[5, 1], [2, 0], [1, 0], [4, 5], [3, 5], [0, 4]], np.int32),
    suspects=(LabelSuspect(PATHS[0], "a", "b", 9, 10),),
)
STATE = AppState(spec=RunSpec(DatasetSpec("/photos")), dataset=DATA, photo_map=MAP)


def points(data: Dataset = DATA, shown: PhotoFilter = PhotoFilter(), color_by: str = "class", result=MAP):  # noqa: B008
    return map_view.points(result, data, shown, color_by, STATE)


def many(classes: int, each: int = 2) -> tuple[Dataset, PhotosMapped]:
    names = tuple(f"c{number:04}" for number in range(classes))
    photos = tuple(
        Photo(f"{name}/{number}.jpg", label, "train") for label, name in enumerate(names) for number in range(each)
    )
    data = Dataset("/photos", names, photos)
    places = np.zeros((len(photos), 2), np.float32)
    return data, PhotosMapped("/photos", BackboneSpec(), tuple(photo.path for photo in photos), 8, places)


def test_points_have_the_color_of_their_class_and_marks() -> None:
    some = points()
    assert some.colors.tolist() == [0, 0, 0, 1, 1, 1]
    assert some.hollow.tolist() == [False, True, True] * 2
    assert some.ringed.tolist() == [True] + [False] * 5
    assert not some.faded.any()
    assert [(entry.title, entry.number, entry.label) for entry in some.legend] == [("a", 3, 0), ("b", 3, 1)]
    assert "6 photos" in map_view.sentence(MAP, some)
    assert "1 likely label error" in map_view.sentence(MAP, some)


@pytest.mark.parametrize(
    "data",
    [
        Dataset("/photos", ("c", "d"), PHOTOS),
        Dataset("/photos", ("a", "d"), PHOTOS),
        Dataset("/photos", ("a", "b"), tuple(replace(photo, label=1 - photo.label) for photo in PHOTOS)),
        Dataset("/photos", ("age",), tuple(replace(photo, label=0) for photo in PHOTOS), target="age"),
        Dataset("/photos", ("a", "b"), PHOTOS[1:]),
    ],
)
def test_a_label_that_changed_since_the_map_was_computed_is_not_suspect(data) -> None:
    assert map_view.suspect_paths(MAP, DATA) == {PATHS[0]}
    assert map_view.suspect_paths(MAP, data) == frozenset()


def test_filtered_and_excluded_photos_are_faded() -> None:
    assert points(shown=PhotoFilter(labels=frozenset({1}))).faded.tolist() == [True] * 3 + [False] * 3
    excluded = replace(
        DATA,
        photos=PHOTOS[1:],
        excluded=PHOTOS[:1],
        choices=AppliedChoices((PhotoChoice(PATHS[0], PATHS[0], 1, excluded=True),)),
    )
    some = points(excluded)
    assert some.faded.tolist() == [True] + [False] * 5
    assert not some.ringed.any()  # the error is dealt with


def test_a_relabeled_photo_has_its_new_color_and_is_no_longer_suspect() -> None:
    moved = replace(PHOTOS[0], label=1)
    choices = AppliedChoices((PhotoChoice(PATHS[0], PATHS[0], 1, label="b"),))
    some = points(replace(DATA, photos=(moved, *PHOTOS[1:]), choices=choices))
    assert some.colors[0] == 1
    assert not some.ringed.any()


def test_photos_added_or_removed_since_the_map_was_computed_are_left_out() -> None:
    fewer = replace(DATA, photos=(*PHOTOS[:2], Photo("a/9.jpg", 0, "train"), *PHOTOS[4:]))
    some = points(fewer)
    assert some.rows.tolist() == [0, 1, 3, 4]
    assert some.places.tolist() == [0, 1, 4, 5]


def test_of_more_than_ten_classes_the_chosen_or_the_largest_have_a_color() -> None:
    data, result = many(40)
    assert len(map_view.colored_classes(data, PhotoFilter())) == 10
    some = points(data, PhotoFilter(labels=frozenset({39, 3})), result=result)
    assert [(entry.title, entry.color) for entry in some.legend] == [
        ("c0003", 0),
        ("c0039", 1),
        ("38 other classes", map_view.OTHERS),
    ]
    assert (some.colors == map_view.OTHERS).sum() == 76


def test_points_can_be_colored_by_split_and_answer() -> None:
    assert [entry.title for entry in points(color_by="split").legend] == ["training", "validation", "test"]
    assert [entry.title for entry in points(color_by="answer").legend] == ["not judged"]


@pytest.mark.parametrize(
    "change",
    [
        {"spec": RunSpec(DatasetSpec("/photos"), BackboneSpec("resnet18"))},
        {"dataset": None},
        {"dataset": replace(DATA, folder="/other")},
    ],
)
def test_a_map_of_another_folder_or_backbone_is_not_shown(change) -> None:
    assert map_view.map_now(STATE) is MAP
    assert map_view.map_now(replace(STATE, **change)) is None


def test_the_reason_why_no_map_can_be_computed() -> None:
    assert not map_view.cannot_map(STATE)
    assert "downloaded" in map_view.cannot_map(replace(STATE, to_download=40.0))
    assert "No folder" in map_view.cannot_map(AppState())
    assert "no photos" in map_view.cannot_map(replace(STATE, dataset=replace(DATA, photos=())))
    assert "6 photos" in map_view.invitation(STATE)


def test_similar_photos_are_a_set_ordered_by_similarity() -> None:
    sets = MapSets()
    assert sets.show_state(STATE)
    assert not sets.show_state(STATE)
    assert "Choose Map" in MapSets().why_not_similar(PATHS[0])
    assert not sets.why_not_similar(PATHS[0])
    sets.similar_to = PATHS[0]
    assert [(one.key, one.number) for one in sets.extra()] == [(LIKELY, 1), (SIMILAR, 3)]
    assert sets.paths_of(DATA, LIKELY) == {PATHS[0]}
    order = sets.sequence(SIMILAR)
    assert order == (PATHS[0], PATHS[5], PATHS[1])
    shown = PhotoFilter(paths=sets.paths_of(DATA, SIMILAR), set=SIMILAR, sequence=order)
    assert list(rows(DATA, shown)) == [0, 5, 1]


def test_the_words_about_a_photo_name_class_split_and_neighbors() -> None:
    assert map_view.remarks(MAP, DATA, 0) == ("0.jpg", "a · training", "9 of its 10 nearest photos are b")
    assert map_view.remarks(MAP, DATA, 4) == ("4.jpg", "b · validation", "")


def test_the_newest_map_is_in_the_state() -> None:
    state = reducer.reduce(replace(STATE, photo_map=None), "photo_map", MAP)
    assert state.photo_map is MAP


def test_numbers_have_colors_from_low_to_high() -> None:
    values = (0.0, 1.0, 2.5, 7.0, float("nan"), 3.0)
    photos = tuple(Photo(path, 0, "train", value) for path, value in zip(PATHS, values, strict=True))
    data = Dataset("/photos", ("age",), photos, target="age")
    some = points(data, color_by="value")
    first = map_view.FIRST_VALUE
    assert some.colors.tolist() == [first, first + 1, first + 2, first + 6, map_view.OTHERS, first + 3]
    assert some.legend[0].title == "0 – 1.00"
    assert some.legend[-1].title == "no number"
    assert sum(entry.number for entry in some.legend) == 6
    assert points(data, color_by="split").colors.tolist() == [0] * 6
    same = Dataset("/photos", ("age",), tuple(replace(one, target=5.0) for one in photos), target="age")
    assert [(entry.title, entry.number) for entry in points(same, color_by="value").legend] == [("5.00", 6)]


def test_a_map_without_animation_stays_until_its_photos_change() -> None:
    better = replace(MAP, positions=MAP.positions + 1, method="tsne", iterations=20)
    assert map_view.unmoved(MAP, better) is MAP
    assert map_view.unmoved(None, better) is better
    other = replace(better, paths=PATHS[::-1])
    assert map_view.unmoved(MAP, other) is other


def test_the_caption_is_the_method_with_a_capital_letter() -> None:
    for method in ("pca", "tsne"):
        shown = replace(MAP, method=method, explained=0.4, iterations=20)
        words = map_view.method_words(shown)
        caption = map_view.caption(shown)
        assert caption.lower() == words.lower()
        assert caption == words if words.startswith("t-SNE") else caption[0] == words[0].upper()


def test_a_long_name_is_shortened_to_its_beginning_and_end() -> None:
    name = "".join(chr(97 + place % 26) for place in range(map_view.SHORT + 1))
    short = map_view.short(f"folder/{name}")
    assert (len(short), short[: map_view.SHORT - 9], short[-8:]) == (
        map_view.SHORT,
        name[: map_view.SHORT - 9],
        name[-8:],
    )
    assert map_view.short(f"folder/{name[1:]}") == name[1:]


def test_values_are_colored_in_proportion_to_their_range() -> None:
    targets = np.array([0.0, 10.0, np.nan, 9.99, 5.0])
    colors, legend = map_view._values(targets)
    first, last = map_view.FIRST_VALUE, map_view.FIRST_VALUE + map_view.VALUES - 1
    assert colors.tolist() == [first, last, map_view.OTHERS, last, first + map_view.VALUES // 2]
    assert [entry.title for entry in legend][:1] == ["0 – 1.43"]
    same, _ = map_view._values(np.array([3.0, 3.0]))
    assert same.tolist() == [first, first]
    none, _ = map_view._values(np.array([np.nan]))
    assert none.tolist() == [map_view.OTHERS]
