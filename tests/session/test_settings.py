"""The stored settings of the window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.session import settings
from studio.session.settings import Settings
from studio.spec import UserError
from studio.system import paths


def test_saved_settings_are_loaded_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "below" / "window.json"
    window_settings = Settings(
        ["/ä"], "head", "AB", {"main": "CD"}, {"runs": {"2": 120}}, "dark", True, 152, ["tags"], "figure", ["resnet18"],
        ["vgg11"], ["/p.thaw"], "/exports", file,
    )  # fmt: skip
    window_settings.save()
    assert settings.load(file) == window_settings
    assert [path.name for path in file.parent.iterdir()] == ["window.json"]
    assert "file" not in json.loads(file.read_text(encoding="utf-8"))


def test_loaded_settings_have_the_default_file_and_new_ones_none() -> None:
    assert settings.load().file == settings.default_file() == paths.settings_folder() / "window.json"
    Settings().save()
    assert not settings.default_file().exists(), "settings without a file are written nowhere"


def test_the_newest_folders_are_remembered() -> None:
    window_settings = Settings()
    for number in range(10):
        window_settings.remember_folder(f"/{number}")
    assert window_settings.recent == [f"/{number}" for number in range(9, 1, -1)]
    window_settings.remember_folder("/5")
    assert window_settings.recent == ["/5", "/9", "/8", "/7", "/6", "/4", "/3", "/2"]


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null"])
def test_a_damaged_settings_file_gives_the_defaults(tmp_path: Path, text: str) -> None:
    file = tmp_path / "window.json"
    file.write_text(text)
    assert settings.load(file) == Settings(file=file)


def test_invalid_settings_take_their_defaults(tmp_path: Path) -> None:
    file = tmp_path / "window.json"
    file.write_text(
        json.dumps(
            {
                "recent": ["/a", 3, *(f"/{number}" for number in range(9))], "page": 4, "geometry": None, "scheme": [],
                "all_runs": "yes", "splitters": {"a": "AB", "b": 1}, "columns": {"runs": {"1": 90, "2": "x"}, "y": 3},
            }
        )
    )  # fmt: skip
    recent = ["/a", *(f"/{number}" for number in range(7))]
    assert settings.load(file) == Settings(recent, splitters={"a": "AB"}, columns={"runs": {"1": 90}}, file=file)


def test_saving_to_a_folder_that_cannot_be_written_raises_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Settings(file=tmp_path / "file" / "window.json").save()
    (tmp_path / "window.json").mkdir()
    Settings(file=tmp_path / "window.json").save()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "window.json"], "nothing is left beside it"


@pytest.mark.parametrize("gigabytes", [0.0, 2.5, 999_999.0])
def test_the_limit_of_the_cache_is_kept(gigabytes: float) -> None:
    settings.save_cache_limit(gigabytes)
    assert paths.cache_limit() == int(gigabytes * 1e9)


@pytest.mark.parametrize("gigabytes", [-0.1, 1e6, float("nan"), float("inf")])
def test_an_invalid_cache_size_is_refused(gigabytes: float) -> None:
    with pytest.raises(UserError, match="not a valid size for the cache"):
        settings.save_cache_limit(gigabytes)
    assert not paths.cache_settings_file().exists()


def test_environment_variables_take_precedence_over_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_CACHE_GB", "3")
    with pytest.raises(UserError, match="THAW_CACHE_GB=3"):
        settings.save_cache_limit(2.0)


def test_a_limit_that_cannot_be_written_is_an_error() -> None:
    paths.cache_settings_file().parent.parent.mkdir(parents=True, exist_ok=True)
    paths.cache_settings_file().parent.write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        settings.save_cache_limit(2.0)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"recent": 3, "splitters": [], "page": null}', "\x00\xff"])
def test_broken_settings_are_defaults(tmp_path: Path, content: str) -> None:
    file = tmp_path / "window.json"
    file.write_text(content, encoding="latin-1")
    assert settings.load(file) == Settings(file=file)


def test_settings_that_cannot_be_saved_raise_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    Settings(recent=["/a"], file=blocked / "window.json").save()


def test_a_project_is_remembered_once_and_the_newest_first():
    settings = Settings()
    for file in ("a", "b", "a", "c"):
        settings.remember_project(file)
        settings.remember_folder(file)
    assert settings.recent_projects == settings.recent == ["c", "a", "b"]
