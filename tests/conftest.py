"""Fixtures of all tests. They use tiny photos, touch no files of the user, and download nothing."""

from __future__ import annotations

import atexit
import ctypes
import gc
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import own_environment  # noqa: F401  # before Qt, torch or a hub client is imported anywhere
import pytest
from hanging import Hanging
from leaving_out import LeavingOut
from photo_folder import write_photos

from studio.system import lazy_compiler

REAL_PHOTOS = Path(__file__).resolve().parents[2] / "shared" / "data" / "hymenoptera"


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(LeavingOut(), "leaving-out")
    config.pluginmanager.register(Hanging(), "hanging")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """The test files import torchvision and timm as the program does, without torch's compiler."""
    gc.disable()  # hardly anything of what is imported is garbage: searching it took a fifth of the collection
    try:
        with lazy_compiler.placeholder():
            return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """A file or a test asked for by name runs here at once; folders run on all cores."""
    names = [Path(str(argument).partition("::")[0]) for argument in config.args]
    return 0 if names and all(name.is_file() for name in names) and len(names) < 3 else None


@pytest.fixture(autouse=True, scope="module")
def only_new_objects_are_collected() -> None:
    """Exclude objects of torch, Qt and earlier test files from garbage collection."""
    # Of the young generations alone: a whole collection at each file took a quarter of the suite's time.
    gc.collect(1)
    gc.freeze()


atexit.register(gc.unfreeze)  # or libraries call what is frozen leaked at the end


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """Restore the handlers of SIGINT and SIGTERM, which `main` replaces."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


FOLDERS = itertools.count()


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A temporary folder for the test."""
    # pytest's own looks through the folders of all earlier tests for a free number: 20 CPU-seconds for 3,000 tests.
    name = re.sub(r"\W", "_", request.node.name)[:30]
    return tmp_path_factory.mktemp(f"{name}_{next(FOLDERS)}", numbered=False)


@pytest.fixture(scope="session")
def all_homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the home folders of all tests."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def own_folders(all_homes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test its own folders for settings, runs, caches and weights."""
    home = all_homes / str(next(FOLDERS))
    home.mkdir()
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    monkeypatch.setenv("TORCH_HOME", str(home / "torch"))
    monkeypatch.setenv("HF_HOME", str(home / "huggingface"))
    monkeypatch.setenv("COLUMNS", "80")  # whatever the width of the terminal that runs the tests
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    if sys.platform != "linux":  # platformdirs looks elsewhere there
        monkeypatch.setattr("platformdirs.user_data_dir", lambda *_, **__: str(home / "data"))
        monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_, **__: str(home / "cache"))
        monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(home / "config"))
    return home


@pytest.fixture(scope="session")
def shared_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same photos as `photos`, for tests that only read them."""
    return write_photos(tmp_path_factory.mktemp("shared") / "photos")


@pytest.fixture
def photos(shared_photos: Path, tmp_path: Path) -> Path:
    """A folder with two classes of 12 tiny JPEGs that any network can tell apart: blue, and red with stripes."""
    return Path(shutil.copytree(shared_photos, tmp_path / "photos"))


@pytest.fixture
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file system of its own: of 8 MB, or of the size in the module's `DISK`."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={getattr(request.module, 'DISK', '8m')}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def hang() -> Iterator[Callable[[Path], None]]:
    """Replace a photo by a pipe without a writer: opening it blocks, as on a server that is gone."""
    pipes: list[tuple[Path, int]] = []

    def replace(photo: Path) -> None:
        pipe = photo.with_suffix(".pipe")
        os.mkfifo(pipe)
        # Holds the pipe without opening it: the test may put a photo back in its place while a thread waits for it.
        pipes.append((photo, os.open(pipe, os.O_PATH)))
        pipe.replace(photo)

    if not hasattr(os, "O_PATH"):
        pytest.skip("only Linux holds a pipe without opening it")
    yield replace
    for photo, held in pipes:
        if photo.is_fifo():  # first, because a thread that opened it after that would wait forever
            photo.unlink()
        # Both ends at once, which never blocks: threads that wait for a writer go on, and read an empty file.
        os.close(os.open(f"/proc/self/fd/{held}", os.O_RDWR))
        os.close(held)
    let_go()


@pytest.fixture
def dead_server() -> Iterator[Callable[[Path], None]]:
    """Mounts a file system that never answers over a folder: every access blocks and cannot be interrupted."""
    mounted: list[tuple[int, Path]] = []

    def mount(folder: Path) -> None:
        try:
            answers = os.open("/dev/fuse", os.O_RDWR)
        except OSError:
            pytest.skip("there are no file systems of programs here")
        libc = ctypes.CDLL(None, use_errno=True)
        options = f"fd={answers},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
        if libc.mount(b"dead", os.fsencode(folder), b"fuse", 0, options.encode()):
            os.close(answers)
            pytest.skip("a file system can only be mounted by the superuser")
        mounted.append((answers, folder))

    yield mount
    for answers, folder in mounted:
        os.close(answers)  # calls that still wait then fail: the connection is broken
        subprocess.run(["umount", "-l", str(folder)], check=True)
    let_go()


def let_go() -> None:
    """Wait for threads that were abandoned because their file blocked."""
    for thread in threading.enumerate():
        if thread.name in ("photos", "thumbnails"):
            thread.join(300)


@pytest.fixture
def real_photos() -> Path:
    """Folder of the real photos of ants and bees; skips the test where it is missing."""
    if not REAL_PHOTOS.is_dir():
        pytest.skip("the ants and bees are not beside the project")
    return REAL_PHOTOS


@pytest.fixture
def thaw(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command of the terminal in this process: exit status, stdout, stderr."""
    from studio.cli import main

    def run(*arguments: object) -> tuple[int, str, str]:
        try:
            status = main.main([str(argument) for argument in arguments])
        except SystemExit as end:  # argparse
            status = end.code
        out, err = capsys.readouterr()
        return status, out, err

    return run
