"""Project files: paths of this computer, what is written and read back, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.runs import project_file
from studio.runs.project_file import StoredPath
from studio.spec import BackboneSpec, DatasetSpec, RunSpec, UserError
from studio.spec.structs import replace


def spec(place: Path, **dataset: str) -> RunSpec:
    return RunSpec(DatasetSpec(str(place / "photos"), **dataset))


def saved(place: Path, one: RunSpec, *runs: str, shown: str = "") -> Path:
    file = place / "p.thaw"
    project_file.write(file, project_file.make(file, one, [{"entry": 1}], runs, shown))
    return file


def test_a_relative_path_takes_precedence_over_the_absolute_one(tmp_path):
    (tmp_path / "photos").mkdir()
    absolute = str(tmp_path / "elsewhere")
    assert StoredPath(absolute, "photos").here(tmp_path) == str(tmp_path / "photos")
    assert StoredPath(absolute, "x/../photos").here(tmp_path) == str(tmp_path / "photos")
    assert StoredPath(absolute, "gone").here(tmp_path) == absolute
    assert StoredPath(absolute, "").here(tmp_path) == absolute, "not the project's own folder"


def test_a_project_is_read_as_it_was_written(tmp_path):
    one = spec(tmp_path, targets=str(tmp_path / "t.csv"), split_table=str(tmp_path / "t.csv"))
    one = replace(one, backbone=BackboneSpec(weights=str(tmp_path / "sub" / "w.pth")))
    file = saved(tmp_path, one, str(tmp_path / "runs" / "1"), shown=str(tmp_path / "runs" / "1"))
    project = project_file.read(file)
    assert (project.spec, project.journal) == (one, ({"entry": 1},))
    assert project.folder == StoredPath(str(tmp_path / "photos"), "photos")
    assert project.files == (
        StoredPath(str(tmp_path / "t.csv"), "t.csv"), StoredPath(str(tmp_path / "sub" / "w.pth"), "sub/w.pth"),
    )  # fmt: skip
    assert project.runs == (project.shown,) == (StoredPath(str(tmp_path / "runs" / "1"), "runs/1"),)
    assert project.saved.endswith("+00:00")
    assert json.loads(file.read_text())["format"] == "thaw-project"
    assert file.read_text().endswith("}\n")
    assert project_file.read(saved(tmp_path, one)).shown is None


@pytest.mark.parametrize(("weights", "files"), [("default", 0), ("none", 0), ("w.pth", 1)])
def test_only_weights_from_a_file_refer_to_a_file(tmp_path, weights, files):
    one = replace(spec(tmp_path), backbone=BackboneSpec(weights=weights))
    assert len(project_file.make(tmp_path / "p.thaw", one, (), ()).files) == files


def test_settings_have_the_paths_of_this_computer(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    (here / "photos").mkdir()
    (here / "net.py").write_text("")
    (here / "t.csv").write_text("")
    network = BackboneSpec(f"{here / 'net.py'}:make", weights=str(here / "w.pth"))
    file = saved(here, replace(spec(here, labels=str(here / "t.csv")), backbone=network))
    here.rename(there)
    found, missing = project_file.settings_here(project_file.read(there / file.name), there / file.name)
    assert found.dataset.folder == str(there / "photos")
    assert found.dataset.labels == str(there / "t.csv")
    assert found.backbone.name == f"{there / 'net.py'}:make"
    assert missing == (str(here / "w.pth"),)
    (there / "w.pth").write_text("")
    found, missing = project_file.settings_here(project_file.read(there / file.name), there / file.name)
    assert (found.backbone.weights, missing) == (str(there / "w.pth"), ())
    moved, _ = project_file.settings_here(project_file.read(there / file.name), there / file.name, str(tmp_path))
    assert moved.dataset.folder == str(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"\xff\xfe\x00", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "it does not say “thaw-project”"),
        (b"{}", "it does not say “thaw-project”"),
        (b'{"format": "other"}', "it does not say “thaw-project”"),
        (b'{"format": "thaw-project"}', "it does not state its version"),
        (b'{"format": "thaw-project", "version": "1"}', "it does not state its version"),
        (b'{"format": "thaw-project", "version": 2}', r"newer version of Thaw Studio \(format 2\)"),
        (b'{"format": "thaw-project", "version": 1}', "p.thaw"),
        (b'{"format": "thaw-project", "version": 1, "spec": 3}', "p.thaw"),
    ],
)
def test_a_file_that_is_not_a_project_is_refused_with_its_name(tmp_path, content, words):
    file = tmp_path / "p.thaw"
    file.write_bytes(content)
    with pytest.raises(UserError, match=words) as error:
        project_file.read(file)
    assert error.value.file == str(file)
    assert str(file) in error.value.title
    assert error.value.hint in ("Choose another file, or restore a copy.", "Update the program to open this project.")


def test_a_project_without_a_folder_is_refused(tmp_path):
    file = saved(tmp_path, spec(tmp_path))
    document = json.loads(file.read_text())
    document["folder"] = {"absolute": "", "relative": ""}
    file.write_text(json.dumps(document))
    with pytest.raises(UserError, match="names no folder of photos"):
        project_file.read(file)


def test_a_missing_or_too_large_file_is_refused(tmp_path, monkeypatch):
    with pytest.raises(UserError, match="There is no project"):
        project_file.read(tmp_path / "p.thaw")
    with pytest.raises(UserError, match=r"cannot be read \(Is a directory\)\."):
        project_file.read(tmp_path)
    with (tmp_path / "large.thaw").open("wb") as large:
        large.truncate((256 << 20) + 1)
    with pytest.raises(UserError, match="it is too large, 256 MB"):
        project_file.read(tmp_path / "large.thaw")
    file = saved(tmp_path, spec(tmp_path))
    monkeypatch.setattr(project_file, "MAX_BYTES", file.stat().st_size)
    project_file.read(file)
    monkeypatch.setattr(project_file, "MAX_BYTES", file.stat().st_size - 1)
    with pytest.raises(UserError, match="it is too large, 0 MB"):
        project_file.read(file)


def test_a_project_replaces_a_project_and_nothing_else(tmp_path):
    file = saved(tmp_path, spec(tmp_path))
    saved(tmp_path, spec(tmp_path, targets="t.csv"))
    assert project_file.read(file).spec.dataset.targets == "t.csv"
    file.write_bytes(b"")
    saved(tmp_path, spec(tmp_path))
    file.write_text("my notes")
    with pytest.raises(UserError, match="exists and is not a project"):
        saved(tmp_path, spec(tmp_path))
    assert file.read_text() == "my notes"
    file.write_text(" " * 200 + '"thaw-project" is what my notes are about')
    with pytest.raises(UserError, match="exists and is not a project"):
        saved(tmp_path, spec(tmp_path))
    with pytest.raises(UserError, match="cannot be written"):
        project_file.write(tmp_path, project_file.make(tmp_path, spec(tmp_path), (), ()))
    beyond = tmp_path / "none" / "p.thaw"
    with pytest.raises(UserError, match=r"cannot be written \(No such file or directory\)\."):
        project_file.write(beyond, project_file.make(beyond, spec(tmp_path), (), ()))
