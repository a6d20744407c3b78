"""Photos sorted into folders by class: nothing is overwritten, every name is valid, all that was made is listed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from studio.data import sorted_folders
from studio.data.tables.predictions.rows import Answered
from studio.spec import UserError

MODEL = {"run": "r", "epoch": 3, "weights": "w", "rule": {}, "classes": ["ants", "a/b"], "target": ""}


@pytest.fixture
def sources(tmp_path):
    for name in ("one/x.jpg", "two/x.jpg", "two/y.jpg"):
        file = tmp_path / "in" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path / "in"


def sort(folder, sources, *answers, links=True, model=MODEL, classes=("ants", "a/b")):
    with sorted_folders.opened(folder, classes, links, model, [str(sources)]) as sorter:
        for one in answers:
            sorter.place(one)
    return sorter.result()


def answered(path, predicted="ants", sure=True, unlike=False):
    return Answered(str(path), predicted, sure, unlike)


@pytest.mark.parametrize("links", [True, False])
def test_photos_are_sorted_by_class_and_doubtful_ones_apart(tmp_path, sources, links):
    out = tmp_path / "out"
    (out / "ants").mkdir(parents=True)
    (out / "ants" / "x.jpg").write_text("mine")
    photos = sources / "one" / "x.jpg", sources / "two" / "x.jpg", sources / "two" / "y.jpg"
    result = sort(
        out,
        sources,
        answered(photos[0]),
        answered(photos[1], "a/b", sure=False),
        answered(photos[2], "a/b", unlike=True, sure=False),
        answered(sources / "gone.jpg"),
        links=links,
    )
    assert dict(result.counts) == {"ants": 1, "_not sure": 1, "_unlike anything seen": 1}
    assert result.failed == ((str(sources / "gone.jpg"), "file not found"),)
    assert (out / "ants" / "x.jpg").read_text() == "mine"
    made = out / "ants" / "x_2.jpg"
    assert made.read_text() == "one/x.jpg"
    assert made.is_symlink() == links
    if links:
        assert made.readlink() == photos[0], "absolute: the folder can be moved"
    with Path(result.listing).open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["photo"] for row in rows] == [str(one) for one in photos]
    assert all((out / row["made"]).read_text() == Path(row["photo"]).read_text() for row in rows)
    assert {row["kind"] for row in rows} == {"link" if links else "copy"}
    again = sort(out, sources, *map(answered, photos), links=links)
    assert (again.counts, again.before) == ((), 3)
    assert sorted(one.name for one in (out / "ants").iterdir()) == ["x.jpg", "x_2.jpg"]


def test_classes_of_any_name_get_a_folder_of_their_own():
    classes = ["a/b", "a_b", "A_B", "..", ".", "CON", "con.txt", "x. ", "", "ü" * 300, "ü" * 301, "_not sure", "a\\b"]
    classes += ["nul", "sorted.csv", "tab\tname", "lpt1", "ok"]
    names = sorted_folders.folder_names(classes)
    assert len({name.casefold() for name in names.values()} - {"_not sure", "_unlike anything seen"}) == len(classes)
    assert names["a/b"] == "a_b"
    assert names["a_b"] == "a_b_2"
    assert (names[".."], names["."], names["CON"]) == ("__", "_", "CON_")
    assert names["ok"] == "ok"
    for name in names.values():
        assert len(name.encode()) < 255
        assert not set(name) & set('/\\:*?"<>|\t')
        assert name.strip(". ") == name.rstrip(". ")
        assert name.casefold() not in ("con", "nul", "lpt1", "sorted.csv", "..", ".", "")


def test_a_thousand_classes(tmp_path, sources):
    classes = [f"class {number}" for number in range(1000)]
    result = sort(tmp_path / "out", sources, answered(sources / "two" / "y.jpg", "class 999"), classes=classes)
    assert result.counts == (("class 999", 1),)
    assert {one.name for one in (tmp_path / "out").iterdir() if one.is_dir()} == {"class 999"}, "no empty folders"


def test_a_folder_among_the_photos_or_of_another_model_is_refused(tmp_path, sources):
    with pytest.raises(UserError, match="is among the photos"):
        sort(sources / "sorted", sources)
    assert not (sources / "sorted").exists()
    sort(tmp_path / "out", sources, answered(sources / "two" / "y.jpg"))
    with pytest.raises(UserError, match="epoch 3 of r, not of epoch 4"):
        sort(tmp_path / "out", sources, model=MODEL | {"weights": "v", "epoch": 4})
    (tmp_path / "out" / "sorted.json").unlink()
    with pytest.raises(UserError, match="was not written by this command"):
        sort(tmp_path / "out", sources)


@pytest.mark.parametrize("content", ["[]", '{"sorted": 3}', "x"])
def test_a_record_of_another_program_is_refused_and_not_changed(tmp_path, sources, content):
    note = tmp_path / "out" / "sorted.json"
    note.parent.mkdir()
    note.write_text(content)
    with pytest.raises(UserError, match="no valid list of sorted photos"):
        sort(tmp_path / "out", sources, answered(sources / "two" / "y.jpg"))
    assert note.read_text() == content
    assert [one.name for one in note.parent.iterdir()] == ["sorted.json"], "nothing is sorted"


def test_a_folder_that_cannot_be_written_is_reported(tmp_path, sources):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="cannot be written"):
        sort(tmp_path / "file", sources)
    with pytest.raises(UserError, match="cannot be written"):
        sort(tmp_path / "no" / "parent", sources)


def test_a_file_in_place_of_a_class_folder_is_reported(tmp_path, sources):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "ants").write_text("x")
    with pytest.raises(UserError, match="cannot be written"):
        sort(tmp_path / "out", sources, answered(sources / "two" / "y.jpg"))


def test_a_copy_on_a_full_disk_leaves_no_partial_file(small_disk, sources):
    (sources / "two" / "y.jpg").write_bytes(b"x" * (20 << 20))
    with pytest.raises(UserError, match="cannot be written"):
        sort(small_disk / "out", sources, answered(sources / "two" / "y.jpg"), links=False)
    assert list((small_disk / "out" / "ants").iterdir()) == []


def test_a_system_without_symbolic_links_makes_hard_ones(tmp_path, sources, monkeypatch):
    def refused(*_):
        raise OSError("a privilege is not held")

    monkeypatch.setattr("pathlib.Path.symlink_to", refused)
    photo = sources / "two" / "y.jpg"
    sort(tmp_path / "out", sources, answered(photo))
    assert (tmp_path / "out" / "ants" / "y.jpg").samefile(photo)
