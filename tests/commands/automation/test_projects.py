"""Project files: saved, opened again, moved to another folder or computer, damaged, of other programs."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import pytest
from tiny import trained

import studio
from studio.commands import imports, journal
from studio.commands.automation import projects
from studio.data.folder import folder_list
from studio.events import JournalRead, ProjectOpened, Saved
from studio.runs import project_file
from studio.spec import BackboneSpec, DatasetSpec, RunSpec, TrainSpec, UserError
from studio.spec.structs import replace
from studio.system import paths


def saved(file: Path, spec: RunSpec, *runs: Path) -> Path:
    events = list(imports.start(projects.save(file, spec, [str(run) for run in runs])))
    (event,) = [event for event in events if isinstance(event, Saved)]
    return Path(event.path)


def opened(file: Path, data: Path | None = None) -> ProjectOpened:
    (event,) = [event for event in imports.start(projects.open_project(file, data)) if isinstance(event, ProjectOpened)]
    return event


def choices(folder: Path) -> JournalRead:
    return list(imports.start(journal.show(str(folder))))[-1]


def exclude(folder: Path, photo: str) -> None:
    list(imports.start(journal.choose(str(folder), "exclude", [photo])))


@pytest.fixture
def place(photos: Path, tmp_path: Path) -> Path:
    """A folder with photos, a table of groups, and a project of them with two choices."""
    folder = tmp_path / "here"
    folder.mkdir()
    photos.rename(folder / "photos")
    (folder / "groups.csv").write_text("cold/00.jpg,a\n")
    exclude(folder / "photos", "cold/00.jpg")
    exclude(folder / "photos", "warm/01.jpg")
    (folder / "runs" / "first").mkdir(parents=True)
    (folder / "runs" / "first" / "run.json").write_text("{}")
    dataset = DatasetSpec(str(folder / "photos"), split_by="table", split_table=str(folder / "groups.csv"))
    spec = RunSpec(dataset, BackboneSpec(image_size=32), train=TrainSpec(epochs=3))
    saved(folder / "project", spec, folder / "runs" / "first", tmp_path / "gone")
    return folder


def test_a_project_restores_everything_where_it_was_saved(place, tmp_path):
    project = opened(place / "project.thaw")
    assert project.spec.dataset.folder == str(place / "photos")
    assert project.spec.dataset.split_table == str(place / "groups.csv")
    assert (project.spec.train.epochs, project.spec.backbone.image_size) == (3, 32)
    assert project.runs == (str(place / "runs" / "first"),)
    assert project.missing_runs == (str(tmp_path / "gone"),)
    assert (project.choices, project.merged, project.missing_files) == (0, False, ())


def test_a_project_opens_with_its_choices_on_another_computer(place, tmp_path, monkeypatch):
    place.rename(tmp_path / "there")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "other home"))
    there = tmp_path / "there"
    project = opened(there / "project.thaw")
    assert project.spec.dataset.folder == str(there / "photos")
    assert project.spec.dataset.split_table == str(there / "groups.csv")
    assert project.runs == (str(there / "runs" / "first"),)
    assert (project.choices, project.merged) == (2, False)
    assert [one.path for one in choices(there / "photos").photos] == ["cold/00.jpg", "warm/01.jpg"]
    assert choices(there / "photos").undoable == 2
    assert opened(there / "project.thaw").choices == 0, "they are there already"


def test_other_choices_stay_and_those_of_the_project_become_one_entry(place, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "other home"))
    exclude(place / "photos", "warm/05.jpg")
    project = opened(place / "project.thaw")
    assert (project.choices, project.merged) == (2, True)
    read = choices(place / "photos")
    assert [one.path for one in read.photos] == ["cold/00.jpg", "warm/01.jpg", "warm/05.jpg"]
    assert read.undoable == 2
    list(imports.start(journal.undo(str(place / "photos"))))
    assert [one.path for one in choices(place / "photos").photos] == ["warm/05.jpg"]


def test_newer_choices_of_the_folder_are_not_lost(place):
    exclude(place / "photos", "warm/05.jpg")
    assert opened(place / "project.thaw").choices == 0
    assert len(choices(place / "photos").photos) == 3


def test_a_missing_folder_changes_nothing_until_it_is_given(place, tmp_path):
    (place / "photos").rename(tmp_path / "elsewhere")
    project = opened(place / "project.thaw")
    assert project.missing_folder == str(place / "photos")
    assert project.choices == 0
    project = opened(place / "project.thaw", tmp_path / "elsewhere")
    assert project.spec.dataset.folder == str(tmp_path / "elsewhere")
    assert not project.missing_folder
    with pytest.raises(UserError, match="There is no folder"):
        opened(place / "project.thaw", tmp_path / "nowhere")


def test_a_missing_table_is_named(place):
    (place / "groups.csv").unlink()
    assert opened(place / "project.thaw").missing_files == (str(place / "groups.csv"),)


class Dangerous:
    def __reduce__(self):
        return (Path.touch, (Path("/tmp/thaw-was-unpickled"),))


def test_damaged_files_and_those_of_other_programs_are_refused(place, tmp_path):
    file = place / "project.thaw"
    whole = file.read_bytes()
    for cut in range(0, len(whole) - 3, 97):
        file.write_bytes(whole[:cut])
        with pytest.raises(UserError, match="not a project of Thaw Studio, or is damaged"):
            project_file.read(file)
    contents = {
        "a pickle": pickle.dumps(Dangerous()),
        "a list": b"[1, 2]",
        "a run": b'{"spec": {}, "version": 1}',
        "deep": b"[" * 100_000,
        "no text": b"\xff\xfe\x00",
        "no folder": json.dumps({"format": "thaw-project", "version": 1, "spec": {}}).encode(),
        "a number as folder": whole.replace(b'"folder": {', b'"folder": 3, "x": {'),
        "wrong runs": json.dumps({**json.loads(whole), "runs": [1]}).encode(),
    }
    for name, content in contents.items():
        file.write_bytes(content)
        with pytest.raises(UserError) as caught:
            project_file.read(file)
        assert str(file) in caught.value.title, name
    assert not Path("/tmp/thaw-was-unpickled").exists()
    file.write_text(json.dumps({**json.loads(whole), "version": 2}))
    with pytest.raises(UserError, match="newer version"):
        project_file.read(file)
    file.write_text(json.dumps({**json.loads(whole), "journal": [{"type": "undo", "time": "x"}]}))
    with pytest.raises(UserError, match="choices about photos in the project are damaged"):
        opened(file)
    assert len(choices(place / "photos").photos) == 2


def test_no_other_file_is_replaced_and_a_failed_write_keeps_the_old_project(place, tmp_path, monkeypatch):
    spec = RunSpec(DatasetSpec(str(place / "photos")))
    (tmp_path / "mine.thaw").write_text("my diary")
    with pytest.raises(UserError, match="is not a project"):
        saved(tmp_path / "mine.thaw", spec)
    assert (tmp_path / "mine.thaw").read_text() == "my diary"
    before = (place / "project.thaw").read_bytes()
    with pytest.raises(UserError, match="There is no folder"):
        saved(place / "project.thaw", RunSpec(DatasetSpec(str(tmp_path / "none"))))
    assert (place / "project.thaw").read_bytes() == before
    assert saved(place / "project.thaw", spec) == place / "project.thaw"
    assert opened(place / "project.thaw").spec == spec


def test_paths_relative_to_the_file_hold_for_several_folders_and_odd_names(shared_photos, tmp_path):
    place = tmp_path / "it's a “place”\n日本"
    shutil.copytree(shared_photos, place / "photos")
    root, folders = folder_list.common([str(place / "photos" / "cold"), str(place / "photos" / "warm")])
    spec = RunSpec(DatasetSpec(root, folders=folders))
    file = saved(place / "p.thaw", spec)
    assert opened(file).spec == spec
    place.rename(tmp_path / "moved")
    assert opened(tmp_path / "moved" / "p.thaw").spec.dataset == replace(
        spec.dataset, folder=str(tmp_path / "moved" / "photos")
    )


@pytest.mark.slow
def test_terminal_and_library_save_and_open_projects(photos, thaw, tmp_path):
    trained(photos, paths.runs_folder() / "first", batch_size=8)
    status, text, _ = thaw("project", "save", tmp_path / "p.thaw", photos, "--epochs", 4, "--json")
    assert status == 0
    assert json.loads(text)["runs"] == [str(paths.runs_folder() / "first")]
    status, text, _ = thaw("project", "show", tmp_path / "p.thaw", "--json")
    document = json.loads(text)
    assert (document["folder_found"], document["runs"]) == (True, [str(paths.runs_folder() / "first")])
    assert document["command"].endswith("--epochs=4")
    photos.rename(tmp_path / "moved")
    status, _, error = thaw("project", "open", tmp_path / "p.thaw")
    assert status == 2
    assert "--data" in error
    status, text, _ = thaw("project", "open", tmp_path / "p.thaw", "--data", tmp_path / "moved")
    assert status == 0
    assert text.splitlines()[-1] == f"thaw train {tmp_path / 'moved'} --epochs=4"
    project = studio.open_project(tmp_path / "p.thaw", data=tmp_path / "moved")
    assert studio.save_project(tmp_path / "q", project.spec, project.runs) == tmp_path / "q.thaw"
