"""Splits by content, folder, name and table: groups stay together, and new photos move no others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from listed_splits import listed, parts

from studio.data import content_hashes
from studio.data.splits import split_groups
from studio.spec import DatasetSpec, UserError
from studio.spec.encoding.serialization import run_spec_from_json, to_json


def write(folder: Path, *paths: str) -> Path:
    for path in paths:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)  # another content for each
    return folder


@pytest.fixture
def folder(tmp_path):
    names = [f"{kind}/site{site}/{site}_{number}.jpg" for kind in "ab" for site in range(12) for number in range(3)]
    return write(tmp_path / "photos", *names)


BY_PATH = {"split_by": "photo", "split_near": False}
"""Settings of version 0.1."""

GROUPS = {
    "folder": {"split_by": "folder"},
    "name": {"split_by": "name", "split_pattern": r"^(\d+)_"},
    "table": {"split_by": "table"},
}


@pytest.fixture(params=GROUPS)
def grouped(request, folder):
    """Settings that make each site a group."""
    settings = dict(GROUPS[request.param])
    if request.param == "table":
        rows = [f"{path.relative_to(folder)},{path.parent.name}" for path in folder.rglob("*.jpg")]
        table = folder.with_name("table.csv")
        table.write_text("path,group\n" + "\n".join(rows))
        settings["split_table"] = str(table)
    return settings


def test_a_group_is_on_one_side_in_all_classes(folder, grouped):
    for test_fraction in (0, 0.2):
        split = parts(folder, test_fraction=test_fraction, **grouped)
        by_site: dict[str, set[str]] = {}
        for path, part in split.items():
            by_site.setdefault(path.split("/")[1], set()).add(part)
        assert len(by_site) == 12
        assert all(len(sides) == 1 for sides in by_site.values())
        expected = {"train", "val", "test"} if test_fraction else {"train", "val"}
        assert set().union(*by_site.values()) == expected


def test_new_photos_and_groups_move_no_others(folder, grouped):
    before = parts(folder, **grouped)
    write(folder, "a/site3/3_new.jpg", "b/site99/99_0.jpg", "c/site3/3_0.jpg")
    after = parts(folder, **grouped)
    assert {path: after[path] for path in before} == before
    if grouped["split_by"] != "table":
        assert after["a/site3/3_new.jpg"] == after["c/site3/3_0.jpg"] == before["a/site3/3_0.jpg"]


def test_groups_with_copies_of_a_photo_stay_together(folder, grouped):
    before = parts(folder, **grouped)
    one = next(path for path, part in before.items() if part == "train")
    other = next(path for path, part in before.items() if part == "val")
    (folder / other).write_bytes((folder / one).read_bytes())
    after = parts(folder, **grouped)
    sites = one.split("/")[1], other.split("/")[1]
    assert len({part for path, part in after.items() if path.split("/")[1] in sites}) == 1
    assert {path: part for path, part in after.items() if path.split("/")[1] not in sites} == {
        path: part for path, part in before.items() if path.split("/")[1] not in sites
    }


def test_by_content_renamed_and_new_photos_stay_and_copies_are_together(folder):
    before = parts(folder, split_by="content")
    assert 0.15 < sum(part == "val" for part in before.values()) / len(before) < 0.45
    (folder / "a").rename(folder / "z")
    write(folder, "z/new.jpg")
    shutil.copy(folder / "b" / "site1" / "1_0.jpg", folder / "z" / "copy.jpg")
    after = parts(folder, split_by="content")
    assert {path.replace("z/site", "a/site"): part for path, part in after.items() if "site" in path} == before
    assert after["z/copy.jpg"] == after["b/site1/1_0.jpg"]


def test_a_test_share_of_each_class_is_independent_of_the_validation_photos(folder):
    split = parts(folder, test_fraction=0.25, **BY_PATH)
    for kind in "ab":
        counts = [sum(part == name for path, part in split.items() if path[0] == kind) for name in ("test", "val")]
        assert counts == [9, 11]
    assert parts(folder, test_fraction=0.25, **BY_PATH) == split
    write(folder, "test/a/1.jpg", "test/b/1.jpg")
    (folder / "train").mkdir()
    for kind in "ab":
        (folder / kind).rename(folder / "train" / kind)
    tests = [path for path, part in parts(folder, test_fraction=0.25, **BY_PATH).items() if part == "test"]
    assert tests == ["test/a/1.jpg", "test/b/1.jpg"], "the folder's own"


def test_by_photo_the_split_is_that_of_version_0_1(folder):
    import hashlib

    split = parts(folder, val_fraction=0.2, **BY_PATH)
    for kind in "ab":
        paths = [path for path in split if path[0] == kind]
        ranked = sorted(paths, key=lambda path: hashlib.blake2b(f"7\0{path}".encode(), digest_size=16).digest())
        assert {path for path in paths if split[path] == "val"} == set(ranked[:7])


def test_few_groups_still_have_all_parts():
    for count, test_fraction in ((2, 0.0), (3, 0.1), (40, 0.1)):
        for seed in range(20):
            split = split_groups.assign({str(number): str(number) for number in range(count)}, 0.1, test_fraction, seed)
            assert set(split.values()) == ({"train", "val", "test"} if test_fraction else {"train", "val"})
    assert set(split_groups.assign({"a": "g", "b": "g"}, 0.1, 0, 7).values()) == {"train"}


def test_numbers_are_divided_by_group_too(folder, grouped):
    targets = folder.with_name("targets.csv")
    targets.write_text("\n".join(f"{path.relative_to(folder)},{n}" for n, path in enumerate(folder.rglob("*.jpg"))))
    if grouped["split_by"] == "folder":  # without classes, the folder is that of the whole path
        return
    split = parts(folder, targets=str(targets), **grouped)
    assert all(split[f"a/site{site}/{site}_0.jpg"] == split[f"b/site{site}/{site}_2.jpg"] for site in range(12))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"split_by": "name"}, "needs a pattern"),
        ({"split_by": "name", "split_pattern": "(["}, "not a regular expression"),
        ({"split_by": "name", "split_pattern": "patient"}, "No name of a photo"),
        ({"split_by": "table"}, "needs a table"),
        ({"split_by": "table", "split_table": "/nowhere/table.csv"}, "cannot be read"),
        ({"val_fraction": 0.6, "test_fraction": 0.4}, "leave no photos for training"),
        ({"test_fraction": 1.5}, "Test share must be"),
    ],
)
def test_contradictory_settings_are_user_errors(folder, settings, words):
    with pytest.raises(UserError, match=words):
        listed(folder, **settings)


def test_a_folder_without_folders_in_its_classes_cannot_be_divided_by_folder(tmp_path):
    write(tmp_path, "a/1.jpg", "a/2.jpg", "b/1.jpg", "b/2.jpg")
    with pytest.raises(UserError, match="no class folder has folders"):
        listed(tmp_path, split_by="folder")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("path,group\na/x.jpg,1\n", "No row"),
        ("path,group\na/site0/0_0.jpg,\n", "row 2: “a/site0/0_0.jpg” has no group"),
        ("path,group\na/site0/0_0.jpg,1\na/site0/0_0.jpg,2\n", "row 3.*two groups"),
        ('path,group\n"a/site0', "not CSV"),
    ],
)
def test_a_mistake_in_a_table_is_named_with_its_row(folder, text, words):
    table = folder.with_name("table.csv")
    table.write_text(text)
    with pytest.raises(UserError, match=words):
        listed(folder, split_by="table", split_table=str(table))


def test_the_column_with_the_groups_is_chosen_by_name(folder):
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg"))
    table = folder.with_name("table.csv")
    table.write_text("camera;file;patient\n" + "\n".join(f"x;{path};p{path.split('/')[1]}" for path in paths))
    split = parts(folder, split_by="table", split_table=str(table), split_column="patient")
    assert all(len({split[path] for path in paths if f"/site{site}/" in path}) == 1 for site in range(12))
    assert set(split.values()) == {"train", "val"}
    with pytest.raises(UserError, match="Did you mean “patient”") as error:
        listed(folder, split_by="table", split_table=str(table), split_column="pateint")
    assert "has no column “pateint”" in error.value.title


def test_the_settings_are_written_where_they_differ_from_the_defaults():
    from studio.spec import RunSpec

    plain = RunSpec(DatasetSpec("/photos", **BY_PATH))
    assert "split_by" not in to_json(plain)["dataset"]
    chosen = RunSpec(DatasetSpec("/photos", split_by="table", split_table="/photos/t.csv", test_fraction=0.1))
    assert run_spec_from_json(to_json(chosen)) == chosen
    assert run_spec_from_json(to_json(plain)) == plain
    assert chosen.dataset.moved("/other").split_table == "/other/t.csv"


@pytest.mark.parametrize(("way", "words"), [("date", "when it was taken"), ("camera", "which camera took it")])
def test_photos_without_such_facts_cannot_be_divided_by_them(folder, way, words):
    with pytest.raises(UserError, match=words):
        listed(folder, split_by=way)


def divided(places: str, monkeypatch: pytest.MonkeyPatch, val: float = 0.25, test: float = 0.125) -> str:
    """The first letter of the split of groups at these places from 0 to 1."""
    monkeypatch.setattr(split_groups, "_place", lambda key, _seed: float(key))
    parts = split_groups.assign({place: place for place in places.split()}, val, test, 0)
    return (
        "".join(parts[place][:2] for place in places.split()).replace("te", "T").replace("tr", "t").replace("va", "v")
    )


@pytest.mark.parametrize(
    ("places", "val", "test", "splits"),
    [
        ("0 0.124 0.125 0.374 0.375 1", 0.25, 0.125, "TTvvtt"),
        ("0 0.249 0.25 0.9", 0.25, 0, "vvtt"),
        ("0.7 0.5 0.6", 0.25, 0, "tvt"),  # the nearest group goes to the empty split
        ("0.7 0.5 0.6", 0.25, 0.125, "tvT"),
        ("0.1 0.2", 0.25, 0, "vt"),  # for training, the farthest
        ("0.1 0.2 0.05", 0.1, 0.2, "tvT"),
        ("0.5", 0.25, 0, "t"),
        ("0.5 0.6", 0.25, 0.125, "vt"),
        ("0.1 0.12 0.14 0.3 0.9", 0.25, 0.2, "TTTvt"),
    ],
)
def test_groups_are_divided_by_their_positions_and_no_split_is_empty(monkeypatch, places, val, test, splits) -> None:
    assert divided(places, monkeypatch, val, test) == splits


def test_the_position_of_a_group_is_the_same_in_all_versions() -> None:
    assert split_groups._place("ants/1.jpg", 0) == pytest.approx(0.4206293315896684, abs=1e-12)
    assert split_groups._place("ants/1.jpg", 7) == pytest.approx(0.5817672885754618, abs=1e-12)


def test_folders_and_paths_of_classes() -> None:
    rows = [("ants", "train/ants/s1/a.jpg", "train/ants"), ("ants", "b.jpg", ""), ("bees", "bees/c.jpg", "bees")]
    by_class = split_groups.paths_by_class(rows)
    assert by_class == {"ants": {"train/ants/s1/a.jpg": "s1/a.jpg", "b.jpg": "b.jpg"}, "bees": {"bees/c.jpg": "c.jpg"}}
    assert split_groups.count_folders(by_class) == 2, "s1, and the photos in none"
    assert split_groups.count_folders({"bees": {"bees/c.jpg": "c.jpg"}}) == 0


def test_only_files_of_the_same_size_are_compared(tmp_path, monkeypatch):
    write(tmp_path, "a/x/1.jpg", "a/y/10.jpg", "b/z/100.jpg", "b/u/1000.jpg")
    (tmp_path / "b/u/1000.jpg").write_text("b/z/100.jpg")
    (tmp_path / "b/u/2.jpg").write_text("B/Z/100.JPG")
    hashed = []
    original = content_hashes.content_of
    monkeypatch.setattr(content_hashes, "content_of", lambda file: hashed.append(Path(file).name) or original(file))
    keys = {
        path: path.split("/")[1] for path in ("a/x/1.jpg", "a/y/10.jpg", "b/z/100.jpg", "b/u/1000.jpg", "b/u/2.jpg")
    }
    merged = content_hashes.run_to_end(split_groups._with_copies_together(str(tmp_path), keys))
    assert sorted(hashed) == ["100.jpg", "1000.jpg", "2.jpg"]
    assert merged == {"a/x/1.jpg": "x", "a/y/10.jpg": "y", "b/z/100.jpg": "u", "b/u/1000.jpg": "u", "b/u/2.jpg": "u"}


@pytest.mark.parametrize(
    ("contents", "places"),
    [
        ({"a": "P", "b": "Q", "c": "R"}, "ttv"),  # a is the deciding photo
        ({"a": "Q", "b": "P", "c": "R"}, "vvv"),  # b
        ({"a": "Q", "b": "P", "c": "P"}, "vvv"),  # the first copy
        ({"a": "Q", "b": "R", "c": "S"}, "tvv"),  # none of them is here
    ],
)
def test_near_duplicates_are_in_the_split_of_their_deciding_photo(contents: dict[str, str], places: str) -> None:
    pictures = {"a": "P", "b": "P"}
    found = split_groups._with_pictures_together({"a": "train", "b": "val", "c": "val"}, pictures, contents)
    assert "".join(found[path][0] for path in "abc") == places


@pytest.mark.parametrize(
    ("test", "has_test", "counts"),
    [(0.5, False, (25, 25, 50)), (0.2, False, (55, 25, 20)), (0.0, False, (75, 25, 0)), (0.5, True, (75, 25, 0))],
)
def test_the_shares_are_those_of_all_photos(test: float, has_test: bool, counts: tuple[int, int, int]) -> None:
    spec = DatasetSpec("/photos", 0.25, test_fraction=test)
    photos = {f"{number}": f"{number}" for number in range(100)}
    found = list(split_groups.by_photo(spec, {"a": photos}, has_test).values())
    assert tuple(found.count(split) for split in ("train", "val", "test")) == counts
