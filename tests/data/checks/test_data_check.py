from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import get_args

import pytest
from planted_faults import Planting, compared, plant_everything, textured, write_textures

from studio.data.checks import classes, empty_pictures
from studio.data.checks.evidence import Evidence
from studio.data.images.facts import PhotoFacts
from studio.data.images.facts_table import FactsTable
from studio.data.scan import scan
from studio.events import AppliedChoices, Dataset, DatasetScanned, Finding, FindingKind, Photo, PhotoChoice
from studio.spec import DatasetSpec


def checked(folder: Path) -> Dataset:
    events = [event for event in scan(DatasetSpec(str(folder))) if isinstance(event, DatasetScanned)]
    return events[-1].dataset


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("good")
    return write_textures(root / "photos", ("train/ants", "train/bees", "val/ants", "val/bees"), 26)


def test_good_photos_have_no_findings(good: Path) -> None:
    assert checked(good).findings == ()


def test_every_planted_fault_is_found_and_no_other(good: Path, tmp_path: Path) -> None:
    planting = Planting(Path(shutil.copytree(good, tmp_path / "photos")))
    plant_everything(planting)
    dataset = checked(planting.root)
    for kind, planted, found, invented in compared(planting, dataset.findings):
        assert (found, invented) == (planted, []), kind
    assert {finding.kind for finding in dataset.findings} == set(get_args(FindingKind))
    for finding in dataset.findings:
        assert finding.title
        assert finding.why
        assert finding.advice
        assert finding.count == len(finding.classes or finding.photos) == len(finding.details)
    severities = [finding.severity for finding in dataset.findings]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)
    assert len(set(severities)) == 3


def by_kind(dataset: Dataset) -> dict[str, Finding]:
    return {finding.kind: finding for finding in dataset.findings}


def test_faults_of_classes(good: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(good, tmp_path / "photos"))
    assert by_kind(checked(root)) == {}
    for name, number in (("Ants", 12), ("wasps", 2), ("moths", 0), ("flies", 1)):
        (root / "train" / name).mkdir()
        write = (root / "train" / name / f"{name}{index}.jpg" for index in range(number))
        for index, file in enumerate(write):
            textured(file, len(name) * 100 + index)
    (root / "train" / "flies" / "flies0.jpg").write_bytes(b"")
    found = by_kind(checked(root))
    assert found["tiny_class"].classes == ("wasps",)
    assert found["tiny_class"].photos == ("train/wasps/wasps0.jpg", "train/wasps/wasps1.jpg")
    assert found["tiny_class"].count == 1
    assert found["tiny_class"].details == ("2 for training, none for validation",)
    assert set(found["empty_class"].classes) == {"moths", "flies", "Ants"}
    assert found["imbalance"].classes == ("wasps",)
    assert "52" in found["imbalance"].details[0]
    assert set(found["class_names_alike"].classes) == {"Ants", "ants"}


def test_a_class_without_photos_is_not_called_unreadable_where_the_user_excluded_them() -> None:
    photos, excluded = (Photo("a/0.jpg", 0, "train"),), (Photo("b/0.jpg", 1, "train"),)
    choices = AppliedChoices((PhotoChoice("b/0.jpg", "0" * 32, 1, excluded=True),))
    dataset = Dataset("/photos", ("a", "b"), photos, excluded=excluded, choices=choices)
    words = [
        [(hit.name, hit.detail) for hit in classes.empty_class(Evidence(one, FactsTable(), {}))]
        for one in (dataset, dataclasses.replace(dataset, choices=AppliedChoices()))
    ]
    assert words == [[("b", "your choices left no readable photo")], [("b", "none of its files can be read")]]


def test_a_class_of_a_fifth_is_underrepresented_and_a_larger_one_is_not(tmp_path: Path) -> None:
    photos = [Photo(f"a/{index}.jpg", 0, "train") for index in range(100)]
    for number, underrepresented in ((21, False), (20, True)):
        others = [Photo(f"b/{index}.jpg", 1, "train") for index in range(number)]
        # Photos for testing do not count.
        more = [Photo(f"b/t{index}.jpg", 1, "test") for index in range(50)]
        dataset = Dataset("/photos", ("a", "b"), (*photos, *others, *more))
        assert bool(list(classes.imbalance(Evidence(dataset, FactsTable(), {})))) == underrepresented


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("ants", "Ants", True),
        ("fire ants", "fire_ants", True),
        ("fire ants", "fireants", True),
        ("ants", " ants ", True),
        ("Café", "Cafe\u0301", True),
        ("STRASSE", "straße", True),
        ("ants", "ant\u200bs", True),
        ("ｃａｔ", "cat", True),
        ("1 2", "12", False),
        ("1 2", "1_2", True),
        ("ant", "ants", False),
        ("C", "C#", False),
        ("Cafe", "Café", False),
    ],
)
def test_names_that_look_alike(first: str, second: str, alike: bool) -> None:
    assert (classes.plain(first) == classes.plain(second)) == alike


def test_regression_targets_have_no_findings_about_classes(tmp_path: Path) -> None:
    write_textures(tmp_path / "photos", ("all",), 8)
    folder = tmp_path / "photos" / "all"
    shutil.copyfile(folder / "000.jpg", folder / "copy.jpg")
    table = tmp_path / "ages.csv"
    names = sorted(file.name for file in folder.iterdir())
    table.write_text("path,age\n" + "".join(f"all/{name},{index}\n" for index, name in enumerate(names)))
    spec = DatasetSpec(str(tmp_path / "photos"), targets=str(table))
    dataset = [event for event in scan(spec) if isinstance(event, DatasetScanned)][-1].dataset
    assert set(by_kind(dataset)) - {"across_split"} == {"exact_duplicate", "two_labels"}
    assert by_kind(dataset)["two_labels"].details == ("0 and 8",)


@pytest.mark.real_data
def test_every_fault_planted_in_real_photos_is_found_and_no_other(real_photos: Path, tmp_path: Path) -> None:
    there = {finding.kind: set(finding.photos) for finding in checked(real_photos).findings}
    assert set(there) == {"placeholder", "extreme_aspect", "palette"}
    assert there["placeholder"] == {"train/ants/imageNotFound.gif"}
    planting = Planting(Path(shutil.copytree(real_photos, tmp_path / "photos")))
    plant_everything(planting)
    rows = compared(planting, checked(planting.root).findings)
    print("kind, planted, found, not planted", *rows, sep="\n")
    for kind, planted, found, others in rows:
        assert found == planted, kind
        assert set(others) <= there.get(kind, set()), kind


def fact(name: str, graphic: bool) -> PhotoFacts:
    flat, colors = (0.9, 12) if graphic else (0.1, 300)
    digest = b"same" if graphic else name.encode()
    return PhotoFacts("JPEG", 100, 100, 1, False, False, False, False, 1, "", digest, b"", 200, flat, colors)


def placeholders(photos: list[Photo], graphics: int, drawn: bool = True) -> int:
    """Number of placeholders where the first photos are the same graphic, or the same photo, and the others differ."""
    facts = {photo.path: fact(photo.path, index < graphics) for index, photo in enumerate(photos)}
    if not drawn:
        facts = {path: dataclasses.replace(one, flat=0.1, colors=300) for path, one in facts.items()}
    dataset = Dataset("/photos", ("a", "b", "c"), tuple(photos))
    return len(list(empty_pictures.placeholder(Evidence(dataset, FactsTable.of(facts), {}))))


@pytest.mark.parametrize(
    ("copies", "labels", "there"), [(3, 1, False), (4, 1, True), (2, 2, False), (3, 2, True), (3, 3, True)]
)
def test_a_photo_that_occurs_often_is_a_placeholder(copies: int, labels: int, there: bool) -> None:
    photos = [Photo(f"{index}.jpg", index % labels, "train") for index in range(copies)]
    assert placeholders(photos, copies, drawn=False) == (copies if there else 0)


@pytest.mark.parametrize(("copies", "words"), [(1, "a graphic of a few colors"), (2, "the same file 2 times")])
def test_the_finding_about_a_placeholder_states_how_it_was_recognized(copies: int, words: str) -> None:
    photos = [Photo(f"{index}.jpg", 0, "train") for index in range(12)]
    facts = {photo.path: fact(photo.path, index < copies) for index, photo in enumerate(photos)}
    hits = list(
        empty_pictures.placeholder(Evidence(Dataset("/photos", ("a",), tuple(photos)), FactsTable.of(facts), {}))
    )
    assert [hit.detail for hit in hits] == [words] * copies


def test_blank_photos_and_those_without_facts_are_not_placeholders() -> None:
    photos = [Photo(f"{index}.jpg", 0, "train") for index in range(5)]
    same = {photo.path: dataclasses.replace(fact(photo.path, True), flat=0.1, colors=300) for photo in photos}
    dataset = Dataset("/photos", ("a",), tuple(photos))
    blank = {path: dataclasses.replace(one, spread=0) for path, one in same.items()}
    for facts, number in ((same, 5), (blank, 0), (dict(list(same.items())[:4]), 4), (dict(list(same.items())[:3]), 0)):
        assert len(list(empty_pictures.placeholder(Evidence(dataset, FactsTable.of(facts), {})))) == number


def test_a_graphic_is_a_placeholder_but_not_in_a_set_of_graphics() -> None:
    photos = [Photo(f"{index}.jpg", 0, "train") for index in range(8)]
    assert placeholders(photos, 1) == 1
    assert placeholders(photos, 2) == 2
    assert placeholders(photos, 3) == 0
