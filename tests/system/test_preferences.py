"""Preferences: environment before file before default, and invalid values are not used."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from studio.spec import UserError
from studio.system import paths, preferences
from studio.system.process import environment


def test_every_default_is_valid_and_every_row_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "preferences.md").read_text(encoding="utf-8")
    for row in preferences.ROWS:
        assert preferences.value(row.key) == row.default
        assert preferences.origin(row.key) == "default"
        assert f"| `{row.key}` |" in page
        assert f"`{row.variable}`" in page
    assert preferences.faults() == ()


def test_a_choice_is_stored_and_removed() -> None:
    preferences.change({"text_size": 150, "theme": "dark"})
    assert json.loads(paths.preferences_file().read_text()) == {"text_size": 150, "theme": "dark"}
    assert (preferences.value("text_size"), preferences.origin("theme")) == (150, "chosen")
    preferences.change({"text_size": None})
    assert (preferences.value("text_size"), preferences.value("theme")) == (100, "dark")
    assert [file.name for file in paths.settings_folder().iterdir()] == ["preferences.json"]


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("text_size", 99),
        ("text_size", 100.5),
        ("text_size", True),
        ("theme", "pink"),
        ("device", "cuda:x"),
        ("device", "tpu"),
        ("reduced_motion", "yes"),
        ("cache_folder", "here"),
        ("cache_gb", float("nan")),
        ("threads", -1),
    ],
)
def test_an_invalid_value_is_refused_and_not_used(key: str, wrong: object) -> None:
    with pytest.raises(UserError, match=key):
        preferences.change({"language": "de", key: wrong})  # type: ignore[dict-item]
    assert preferences.value("language") == "en"  # nothing was changed
    if key != "cache_gb":
        paths.settings_folder().mkdir(parents=True, exist_ok=True)
        paths.preferences_file().write_text(json.dumps({key: wrong}))
        assert preferences.value(key) == preferences.row(key).default
        (words,) = preferences.faults()
        assert key in words
        assert "is not used" in words


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UserError, match="no preference “colour”"):
        preferences.change({"colour": "red"})


@pytest.mark.parametrize("content", ["{", "[]", "\0"])
def test_a_damaged_file_is_reported_and_not_removed(content: str) -> None:
    paths.settings_folder().mkdir(parents=True)
    paths.preferences_file().write_text(content)
    assert preferences.value("theme") == "system"
    assert all(str(paths.preferences_file()) in words for words in preferences.faults())
    assert len(set(preferences.faults())) == 1
    with pytest.raises(UserError, match="cannot be read"):
        preferences.change({"theme": "dark"})
    assert paths.preferences_file().read_text() == content


def test_the_environment_takes_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    preferences.change({"text_size": 120, "reduced_motion": True})
    monkeypatch.setenv("THAW_TEXT_SIZE", "200")
    monkeypatch.setenv("THAW_REDUCED_MOTION", "off")
    assert (preferences.value("text_size"), preferences.value("reduced_motion")) == (200, False)
    assert preferences.origin("text_size") == "THAW_TEXT_SIZE"
    with pytest.raises(UserError, match="THAW_TEXT_SIZE=200"):
        preferences.change({"text_size": 110})
    monkeypatch.setenv("THAW_TEXT_SIZE", "huge")
    assert preferences.value("text_size") == 120
    assert preferences.faults() == ("THAW_TEXT_SIZE=huge is not used: it must be a whole number from 100 to 200.",)


def test_the_cache_follows_its_folder_and_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = paths.cache_folder()
    preferences.change({"cache_folder": str(tmp_path / "other"), "cache_gb": 3})
    assert paths.cache_folder() == tmp_path / "other"
    assert paths.cache_limit() == 3e9
    assert preferences.value("cache_gb") == 3
    monkeypatch.setenv("THAW_CACHE_FOLDER", str(tmp_path / "third"))
    assert paths.cache_folder() == tmp_path / "third"
    monkeypatch.delenv("THAW_CACHE_FOLDER")
    preferences.change({"cache_folder": None, "cache_gb": None})
    assert (paths.cache_folder(), paths.cache_limit()) == (usual, 20e9)


def test_the_number_of_threads_is_set_before_libraries_are_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("THAW_THREADS", "3")
    environment.complete()
    assert os.environ["OMP_NUM_THREADS"] == "3"
    monkeypatch.setenv("THAW_THREADS", "5")
    environment.complete()
    assert os.environ["OMP_NUM_THREADS"] == "3"  # the user's own variable would hold, too


def test_nothing_changes_if_one_of_two_files_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    preferences.change({"theme": "light", "cache_gb": 3})
    make, made = tempfile.mkstemp, 0

    def mkstemp(**options: Any) -> Any:
        nonlocal made
        made += 1
        if made == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return make(**options)

    monkeypatch.setattr(tempfile, "mkstemp", mkstemp)
    with pytest.raises(UserError, match="cannot be written: No space left"):
        preferences.change({"theme": "dark", "cache_gb": 5})
    assert (preferences.value("theme"), preferences.value("cache_gb")) == ("light", 3)
