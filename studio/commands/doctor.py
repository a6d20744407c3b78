"""Checks of the environment: libraries, devices, folders, the display and the bundled weights."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from studio.catalog import catalog
from studio.events import CheckResult, Events, Stage
from studio.formatting import numbers
from studio.jobs.protocol import Stop, Work
from studio.system import display, failures, log, paths, report, resources

LEAST_FREE = 2e9
"""Free bytes required of a disk: room for the weights of a large network and the checkpoints of a run."""

CHECK_FOLDER = "Check that it can be created and who owns it, or set HOME to a folder of yours."
REINSTALL = "Install Thaw Studio again."

IMPORTED = {
    "numpy": "numpy",
    "Pillow": "PIL.Image",
    "scikit-learn": "sklearn.metrics",
    "safetensors": "safetensors",
    "tifffile": "tifffile",
    "imagecodecs": "imagecodecs",
    "pillow-heif": "pillow_heif",
    "torch": "torch",
    "torchvision": "torchvision",
    "timm": "timm",
}
"""Libraries that are imported, because an installed one may not match the others. Qt is tried in a separate process,
because it ends its process if there is no display; OpenVINO is tried by computing with it."""


def doctor() -> Work:
    """Run all checks in order; each yields `CheckResult`."""

    def work(stop: Stop) -> Events:
        for name, title, check in CHECKS:
            yield Stage("doctor", title)
            try:
                yield from check()
            except Exception as error:  # one failed check must not prevent the others
                words = failures.message_of(error)
                yield CheckResult(name, False, words.title, REINSTALL if words.defect else words.hint)
            if stop():
                return

    return work


def libraries() -> Iterator[CheckResult]:
    """Check that each library can be imported, and report its version."""
    importlib.import_module("studio.engine")  # sets environment variables that torch reads at import
    for name, version in report.versions().items():
        if version == report.MISSING:
            if name != "openvino":
                yield CheckResult(name, False, version, REINSTALL)
            else:
                yield CheckResult(name, True, "not installed: torch computes features")
        elif name in IMPORTED and (reason := _import_error(IMPORTED[name])):
            yield CheckResult(name, False, f"{version} cannot be imported: {reason}", REINSTALL)
        else:
            yield CheckResult(name, True, version)


def computer() -> Iterator[CheckResult]:
    """Report the operating system and the number of cores available to this process."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    about = f"{platform.system()} {platform.release()}, {platform.machine()}, {numbers.many(cores, 'core')}"
    yield CheckResult("computer", True, about)


def devices() -> Iterator[CheckResult]:
    """Run the kernels of a run on each device and compare the results with the CPU's."""
    from studio.engine.device import device_check
    from studio.engine.extraction import openvino_check

    results = [device_check.check(name) for name in device_check.names()]
    if (compiled := openvino_check.check()) is not None:
        results.append(compiled)
    for one in results:
        name = f"{one.name} on cpu" if one.name == "openvino" else one.name
        model = f"{one.model}: " if one.model else ""
        hint = f"Use another device (--device), or install a driver and a torch that match it. {REINSTALL}"
        if one.name == "openvino":
            hint = "Set THAW_RUNTIME=eager: features are then computed by torch."
        if one.difference is None:
            yield CheckResult(name, False, f"{model}does not compute: {one.error}", hint, kernel_ran=False)
        elif not one.ok:
            words = f"{model}computes wrong numbers: largest relative error {one.difference:.0e}"
            yield CheckResult(name, False, words, hint, kernel_ran=True)
        else:
            words = f"{model}computes; largest relative error {one.difference:.0e}"
            yield CheckResult(name, True, words, kernel_ran=True)
    if reason := device_check.unused_gpu():
        hint = "Install a torch with CUDA for this driver, or continue with the CPU."
        words = f"there is an NVIDIA GPU that torch cannot use: {reason}"
        yield CheckResult("cuda", False, words, hint, kernel_ran=False)


def folders() -> Iterator[CheckResult]:
    """Check that the program's folders can be written."""
    from studio.engine.cache import eviction

    root = paths.cache_folder()
    cached = eviction.contents(root, paths.cache_limit())
    usage = f"{_size(cached.bytes) if cached.bytes else 'empty'}, at most {_size(cached.limit)}"
    yield _folder("cache", root, usage)
    runs = paths.runs_folder()
    yield _folder("runs", runs, numbers.many(sum(1 for _ in runs.iterdir()) if runs.is_dir() else 0, "folder"))
    yield _folder("settings", paths.settings_folder())
    file = paths.state_folder() / log.NAME
    yield _folder("log", file.parent, f"{file.name}, {_size(file.stat().st_size)}" if file.exists() else "")


def disk() -> Iterator[CheckResult]:
    """Check the free space on the disks of runs and cache."""
    disks: set[tuple[int, int]] = set()
    for name, folder in (("disk of runs", paths.runs_folder()), ("disk of the cache", paths.cache_folder())):
        usage = shutil.disk_usage(_existing(folder))
        if (usage.total, usage.free) in disks:  # both folders are on one disk
            continue
        disks.add((usage.total, usage.free))
        words = f"{_size(usage.free)} of {_size(usage.total)} free"
        hint = "Free some space, or set “thaw cache --limit”." if usage.free < LEAST_FREE else ""
        yield CheckResult(name, not hint, words, hint)


def window() -> Iterator[CheckResult]:
    """Check that a window can be opened."""
    if reason := display.missing_requirement():
        title, _, hint = reason.partition(". ")
        yield CheckResult("window", False, f"{title.rstrip('.')}.", hint)
        return
    answer, error = display.try_out()
    if error:
        yield CheckResult("window", False, f"Qt does not start: {error}", f"{REINSTALL} {display.HEADLESS}")
    else:
        yield CheckResult("window", True, answer)


def own_files() -> Iterator[CheckResult]:
    """Read the program's own files and the bundled weights in full."""
    try:
        number = len(catalog.load())
        resources.path("theme.json")
        yield CheckResult("catalog", True, f"{number:,} backbones")
    except (OSError, ValueError) as error:
        yield CheckResult("catalog", False, failures.message_of(error).title, REINSTALL)
    file = catalog.packaged_file()
    if file is None:
        yield CheckResult("bundled weights", False, "missing", REINSTALL)
        return
    from studio.engine.backbones import weights

    try:
        tensors = weights.read(file)
    except Exception as error:  # a damaged file may raise anything
        yield CheckResult("bundled weights", False, failures.message_of(error).title, REINSTALL)
        return
    bad = [name for name, tensor in tensors.items() if not bool(tensor.isfinite().all())]
    if bad or not tensors:
        yield CheckResult(
            "bundled weights", False, f"{file} is damaged: {', '.join(bad[:1]) or 'it is empty'}", REINSTALL
        )
    else:
        yield CheckResult("bundled weights", True, f"{numbers.many(len(tensors), 'tensor')} in {file.name}")


CHECKS: tuple[tuple[str, str, Callable[[], Iterator[CheckResult]]], ...] = (
    ("libraries", "Checking libraries", libraries),
    ("computer", "Checking the computer", computer),
    ("devices", "Computing on each device", devices),
    ("folders", "Checking folders", folders),
    ("disk", "Checking disks", disk),
    ("window", "Opening a window", window),
    ("own files", "Reading the bundled weights", own_files),
)
"""The checks in the order in which they are shown: name, title, function."""


def _import_error(module: str) -> str:
    try:
        importlib.import_module(module)
    except Exception as error:  # a library that does not fit another one may raise anything
        return failures.message_of(error).title
    return ""


def _folder(name: str, folder: Path, usage: str = "") -> CheckResult:
    words = f"{folder} ({usage})" if usage else str(folder)
    try:
        with tempfile.TemporaryFile(dir=_existing(folder)) as trial:
            trial.write(b"x")
    except OSError as error:
        return CheckResult(name, False, f"{words} cannot be written: {error.strerror or error}", CHECK_FOLDER)
    if paths.is_spare(folder):
        hint = "It may be removed when the computer restarts. Set HOME to a folder of yours."
        return CheckResult(name, False, f"{words} is in the temporary folder", hint)
    return CheckResult(name, True, words)


def _size(number: float) -> str:
    return numbers.plain(numbers.megabytes(number))


def _existing(folder: Path) -> Path:
    """The folder, or its nearest parent that exists."""
    return next((place for place in (folder, *folder.parents) if os.path.isdir(place)), folder)  # noqa: PTH112
