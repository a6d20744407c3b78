"""Tests of the folders for users without a home folder, without a name, or with a read-only home folder."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from studio.catalog import catalog
from studio.commands import cache
from studio.engine.backbones import downloads
from studio.events import Warned
from studio.spec import UserError
from studio.system import paths
from studio.system.process import environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="users have no numbers there")


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    """A separate temporary folder for this test."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def unnamed_user(temporary, monkeypatch) -> Path:
    """A user ID without a name, as in a container; returns the folder that replaces the home folder."""
    import pwd

    def unknown(number: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {number}")

    for name in ("HOME", "USER", "LOGNAME", "LNAME", "USERNAME", "TORCH_HOME", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("DATA", "CACHE", "CONFIG", "STATE"):
        monkeypatch.delenv(f"XDG_{name}_HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    return temporary / f"thaw-studio-{os.getuid()}"


def all_folders() -> list[Path]:
    return [
        paths.runs_folder(),
        paths.sample_folder(),
        paths.cache_folder(),
        paths.cache_settings_file(),
        paths.settings_folder(),
        paths.state_folder(),
        catalog.torch_hub_folder(),
        catalog.hugging_face_folder(),
    ]


def test_a_user_without_name_and_home_has_one_private_folder(unnamed_user, monkeypatch):
    environment.complete()
    try:
        assert os.environ["HOME"] == str(unnamed_user)
        assert os.environ["USER"] == f"user-{os.getuid()}"
    finally:
        os.environ.pop("HOME", None)
        os.environ.pop("USER", None)
    assert stat.S_IMODE(unnamed_user.stat().st_mode) == 0o700
    monkeypatch.setenv("HOME", str(unnamed_user))
    assert all(place.is_relative_to(unnamed_user) for place in all_folders())


def test_folders_are_found_without_preparation_of_the_process(unnamed_user):
    for place in all_folders()[:6]:
        assert place.is_relative_to(unnamed_user)
    assert paths.expanded("~/photos") == Path("~/photos")
    assert paths.expanded("~no-such-user/photos") == Path("~no-such-user/photos")


def test_a_temporary_folder_of_another_user_is_not_used(temporary, tmp_path):
    (tmp_path / "theirs").mkdir()
    (temporary / f"thaw-studio-{os.getuid()}").symlink_to(tmp_path / "theirs")
    with pytest.raises(UserError, match="belongs to another user"):
        paths.spare_folder()


def test_a_missing_temporary_folder_is_reported_in_words(monkeypatch):
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    with pytest.raises(UserError, match="neither the home folder nor the temporary folder can be written"):
        paths.spare_folder()


@pytest.fixture
def read_only(own_folders, temporary, monkeypatch) -> Path:
    """A read-only home folder, even for the superuser."""
    real = os.access

    def access(path, mode, **how) -> bool:
        return real(path, mode, **how) and not (mode & os.W_OK and Path(path).is_relative_to(own_folders))

    monkeypatch.setattr(os, "access", access)
    return temporary / f"thaw-studio-{os.getuid()}"


def test_a_home_that_cannot_be_written_has_its_files_in_the_temporary_folder(read_only, own_folders):
    folders = (paths.runs_folder(), paths.sample_folder(), paths.cache_folder())
    assert all(place.is_relative_to(read_only) for place in folders)
    assert all(paths.is_spare(place) for place in folders)
    assert not paths.is_spare(own_folders)
    (own_folders / "xdg_data_home" / "thaw-studio" / "runs").mkdir(parents=True)
    assert paths.runs_folder().is_relative_to(own_folders), "the runs that are there are still listed"


def test_the_folder_of_the_cache_is_stated_once(read_only):
    (warning,) = cache.say_cache_folder()
    assert isinstance(warning, Warned)
    assert str(paths.own_cache_folder()) in warning.title
    assert str(read_only / "features") in warning.title


def test_weights_are_downloaded_to_the_temporary_folder_and_found_there(read_only, own_folders, monkeypatch, tmp_path):
    entry = catalog.find("resnet18")
    assert catalog.cached_file(entry) is None
    weights = tmp_path / "served"
    weights.write_bytes(b"weights")
    monkeypatch.setattr(downloads.re, "search", lambda *_: None)
    monkeypatch.setattr(downloads.urllib.request, "urlopen", lambda *_, **__: _Answer(weights))
    transfer = downloads._Transfer(downloads._from_web, entry)
    assert list(transfer.watch(lambda: False))
    assert transfer.error is None
    assert transfer.file == catalog.cached_file(entry)
    assert transfer.file.is_relative_to(read_only)
    own = catalog.torch_hub_folder() / transfer.file.name
    own.parent.mkdir(parents=True)
    own.write_bytes(b"weights")
    assert catalog.cached_file(entry) == own, "those in the hub's own cache come first"


class _Answer:
    def __init__(self, file: Path) -> None:
        self._file = file.open("rb")
        self.headers = {"Content-Length": str(file.stat().st_size)}
        self.read = self._file.read

    def __enter__(self) -> _Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


@pytest.fixture
def locked(temporary, tmp_path, monkeypatch) -> Path:
    """Another user's folder, which may not be entered."""
    folder = tmp_path / "theirs"
    real_stat, real_access = os.stat, os.access

    def stat_(path, *rest, **how):
        if Path(os.fsdecode(path)).is_relative_to(folder) and Path(path) != folder:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real_stat(path, *rest, **how)

    def access(path, mode, **how) -> bool:
        return real_access(path, mode, **how) and not Path(path).is_relative_to(folder)

    folder.mkdir()
    monkeypatch.setattr(os, "stat", stat_)
    monkeypatch.setattr(os, "access", access)
    return folder


@pytest.mark.parametrize("home", ["", "of/nobody"])
def test_a_home_folder_that_may_not_be_entered_is_not_used(locked, temporary, monkeypatch, home):
    monkeypatch.setenv("HOME", str(locked / home))
    for name in ("DATA", "CACHE", "CONFIG", "STATE"):
        monkeypatch.delenv(f"XDG_{name}_HOME")
    environment.complete()
    assert os.environ["HOME"] == str(temporary / f"thaw-studio-{os.getuid()}")


def test_folders_that_may_not_be_entered_are_replaced_and_contain_no_weights(locked, temporary, monkeypatch):
    for name in ("DATA", "CACHE", "CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(locked))
    for name in ("TORCH_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(locked))
    for place in (paths.runs_folder(), paths.sample_folder(), paths.cache_folder()):
        assert place.is_relative_to(temporary)
    assert {catalog.cached_file(catalog.find(name)) for name in ("resnet18", "resnet18d")} == {None}
