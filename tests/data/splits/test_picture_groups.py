"""Splits by pictures and EXIF metadata: near duplicates, days and cameras stay on one side."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from listed_splits import parts
from photos_with_journal import result_of
from PIL import Image

from studio.data.checks.duplicates import NearContents
from studio.data.images import decode
from studio.data.images.facts_table import FactsTable
from studio.data.scan import scan
from studio.data.splits import picture_groups, split_coverage, split_groups
from studio.data.splits.picture_groups import PictureGroups
from studio.events import DatasetScanned
from studio.spec import DatasetSpec, UserError
from studio.system import paths


def picture(number: int) -> Image.Image:
    """A picture that looks like no other."""
    grid = np.random.default_rng(number).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(grid).resize((96, 72), Image.Resampling.BICUBIC)


@pytest.fixture
def pictures(tmp_path):
    """Twelve pictures of each of two classes, on three days with two cameras; each is a file of its own."""
    for number in range(24):
        file = tmp_path / "pictures" / "ab"[number % 2] / f"{number:02}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        exif = Image.Exif()
        exif[271], exif[272] = "Maker", f"M{number % 2}"
        exif[306] = f"2024:05:{1 + number // 6:02} 10:00:00"
        picture(number).save(file, exif=exif)
    return tmp_path / "pictures"


WAYS = {
    "content": {},
    "photo": {},
    "name": {"split_pattern": r"^(\d)"},
    "date": {},
}


@pytest.mark.parametrize("way", WAYS)
def test_near_duplicates_are_on_one_side_and_move_no_others(pictures, way):
    settings = {"split_by": way, **WAYS[way], "split_near": True}
    before = parts(pictures, **settings)
    small = [picture(number).resize((64, 48)) for number in (0, 1, 2, 3)]
    for number, copy in enumerate(small):
        copy.save(pictures / "b" / f"{number}9_copy.jpg", quality=90)
    after = parts(pictures, **settings)
    for number in range(4):
        original = f"{'ab'[number % 2]}/{number:02}.png"
        assert after[f"b/{number}9_copy.jpg"] == after[original]
        if way == "content":  # the larger picture decides
            assert after[original] == before[original]
    if way == "content":
        assert {path: after[path] for path in before} == before


def test_a_photo_without_a_group_moves_no_group_of_its_near_duplicate():
    days = {f"o{number}": f"2024-05-{1 + number:02}" for number in range(24)}
    old = {f"a/{name}.jpg": name for name in days}
    near = {name: name for name in days} | {f"n{name}": name for name in days}
    for way, groups in (("date", PictureGroups(days=days, near=near)), ("folder", PictureGroups(near=near))):

        def split(contents, way=way, groups=groups):
            spec = DatasetSpec("/photos", 0.4, split_by=way)
            inside = {path: path[2:] if path[2] == "n" else f"{path[3:-4]}/{path[2:]}" for path in contents}
            return result_of(split_groups.divide(spec, "/photos", {"a": inside}, contents, groups))

        before = split(old)
        after = split(old | {f"a/n{name}.jpg": f"n{name}" for name in days})
        assert {path: after[path] for path in old} == before
        assert all(after[f"a/n{name}.jpg"] == before[f"a/{name}.jpg"] for name in days)


def test_a_near_duplicate_moves_no_photo_without_a_group():
    near = {f"{kind}{number}": f"o{number}" for number in range(24) for kind in "on"}
    spec = DatasetSpec("/photos", 0.4, split_by="folder")
    old = {f"a/z{number}.jpg": f"o{number}" for number in range(24)} | {"a/site/1.jpg": "s"}
    new = {f"a/b{number}.jpg": f"n{number}" for number in range(24)}
    before, after = (
        result_of(
            split_groups.divide(
                spec, "/photos", {"a": {path: path[2:] for path in some}}, some, PictureGroups(near=near)
            )
        )
        for some in (old, old | new)
    )
    assert {path: after[path] for path in old} == before


def test_a_scan_shows_the_photos_first_and_leaves_no_pair_across_its_split(pictures):
    for number in range(6):
        picture(number).resize((64, 48)).save(pictures / "b" / f"copy{number}.jpg", quality=90)
    spec = DatasetSpec(str(pictures), 0.3, split_by="content", split_near=True)
    first, last = (event.dataset for event in scan(spec) if isinstance(event, DatasetScanned))
    assert (first.split_pending, last.split_pending) == (True, False)
    kinds = {finding.kind: finding.count for finding in last.findings}
    assert kinds["near_duplicate"] == 6
    assert "across_split" not in kinds
    assert {photo.path: photo.split for photo in last.photos} == parts(pictures, split_by="content", split_near=True)


def test_photos_are_opened_once_for_each_version_of_a_folder(pictures, monkeypatch):
    settings = {"split_by": "content", "split_near": True}
    monkeypatch.setattr(picture_groups, "_RECENT", {})
    before = parts(pictures, **settings)
    picture_groups._RECENT.clear()
    monkeypatch.setattr(decode, "check", None)
    assert parts(pictures, **settings) == before
    (pictures / "a" / "00.png").unlink()
    with pytest.raises(TypeError):
        parts(pictures, **settings)


@pytest.mark.parametrize(("way", "groups"), [("date", 4), ("camera", 2)])
def test_photos_of_a_day_or_a_camera_are_on_one_side(pictures, way, groups):
    (pictures / "a" / "plain.png").write_bytes(b"")
    split = parts(pictures, split_by=way)
    sides: dict[int, set[str]] = {}
    for path in split:
        if (stem := Path(path).stem).isdigit():
            sides.setdefault(int(stem) // 6 if way == "date" else int(stem) % 2, set()).add(split[path])
    assert len(sides) == groups
    assert all(len(side) == 1 for side in sides.values())
    assert set(split.values()) == {"train", "val"}


def test_the_largest_picture_of_a_group_decides_and_groups_with_a_common_member_are_one(pictures):
    facts = [decode.check(pictures / "a" / name).facts for name in ("00.png", "02.png", "04.png")]
    one, two, three = (fact.digest for fact in facts)
    near = [NearContents(one, two, ""), NearContents(two, three, "")]
    table = FactsTable.of({str(place): fact for place, fact in enumerate(facts)})
    groups = picture_groups.of_facts([fact.digest.hex() for fact in facts], table, near)
    largest = max(facts, key=lambda fact: (fact.width * fact.height, fact.file_size)).digest.hex()
    assert groups.near == {fact.digest.hex(): largest for fact in facts}
    assert set(groups.cameras.values()) == {"Maker M0"}


def test_each_class_has_photos_in_each_part_if_it_has_enough_groups():
    by_class = {"a": {"a1": "1", "a2": "2", "a3": "3"}, "b": {"b1": "1", "b2": "2"}, "c": {"c1": "1"}}
    keys = {path: path for photos in by_class.values() for path in photos}
    result = dict.fromkeys(keys, "train")
    split_coverage.cover(result, keys, by_class, lambda key: (0.5, key), True)
    assert result == {"a1": "val", "a2": "test", "a3": "train", "b1": "val", "b2": "train", "c1": "train"}


def test_a_mistake_in_a_provisional_split_is_an_error_at_once(pictures):
    with pytest.raises(UserError, match="No name of a photo"):
        list(scan(DatasetSpec(str(pictures), split_by="name", split_pattern="patient", split_near=True)))


def test_the_groups_of_the_last_four_folders_stay_in_memory_and_of_thirty_on_disk(monkeypatch):
    monkeypatch.setattr(picture_groups, "_RECENT", {})
    folder = paths.hashes_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(31):
        (folder / f"{number:02}.groups").write_bytes(b"")
        os.utime(folder / f"{number:02}.groups", (number, number))
    in_memory = []
    for number in range(5):
        picture_groups.store(PictureGroups(contents=f"new{number}"))
        in_memory.append(len(picture_groups._RECENT))
    assert in_memory == [1, 2, 3, 4, 1]
    names = sorted(file.stem for file in folder.glob("*.groups"))
    assert names == [f"{number:02}" for number in range(6, 31)] + [f"new{number}" for number in range(5)]


def test_stored_groups_are_those_of_the_same_contents(monkeypatch):
    monkeypatch.setattr(picture_groups, "_RECENT", {})
    name = picture_groups.fingerprint(["b", "a", "b"])
    assert name == hashlib.blake2b(b"1\na\nb", digest_size=16).hexdigest(), "stored by earlier programs"
    groups = PictureGroups(name, {"a": "b", "b": "b"})
    picture_groups.store(groups)
    assert picture_groups.load(["a", "b"]) is groups
    picture_groups._RECENT.clear()
    assert picture_groups.load(["a", "b"]) == groups
    (file,) = paths.hashes_folder().glob("*.groups")
    file.with_name(f"{picture_groups.fingerprint(['a'])}.groups").write_bytes(file.read_bytes())
    assert picture_groups.load(["a"]) is None, "groups of other contents"
    file.write_bytes(b"{")
    assert picture_groups.load(["a", "b"]) is None


def test_most_pixels_then_the_largest_file_decide(tmp_path):
    picture(0).save(tmp_path / "a.png")
    one = decode.check(tmp_path / "a.png").facts
    kinds = {"small": (4, 9, 99), "wide": (9, 5, 1), "high": (5, 9, 2), "same": (9, 5, 2)}  # all but one have 45 pixels
    facts = {
        name: replace(one, digest=name.encode().ljust(16), width=width, height=height, file_size=size)
        for name, (width, height, size) in kinds.items()
    }
    digests = [fact.digest for fact in facts.values()]
    near = [NearContents(digests[0], other, "") for other in digests[1:]]
    groups = picture_groups.of_facts([], FactsTable.of(facts), near)
    assert groups.near == {digest.hex(): facts["high"].digest.hex() for digest in digests}
