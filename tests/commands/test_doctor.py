"""`doctor` reports what works, what does not, and how to repair it."""

from __future__ import annotations

import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from studio.catalog import catalog
from studio.commands import doctor
from studio.engine.device import device_check
from studio.engine.device.device_check import DeviceCheck
from studio.engine.extraction import openvino_check
from studio.events import CheckResult, Stage
from studio.jobs.protocol import never
from studio.system import display, log, paths, report

Room = namedtuple("Room", "total used free")


def only(checks) -> CheckResult:
    (one,) = checks
    return one


def by_name(checks) -> dict[str, CheckResult]:
    return {one.name: one for one in checks}


def test_every_library_is_named_with_its_version(monkeypatch):
    monkeypatch.setattr(doctor, "IMPORTED", {"numpy": "numpy"})  # the others take seconds
    checks = by_name(doctor.libraries())
    assert set(checks) == set(report.versions())
    assert [one for one in checks.values() if not one.ok] == []
    assert checks["torch"].detail == report.versions()["torch"]


def test_a_missing_or_broken_library_is_a_problem(monkeypatch, tmp_path):
    (tmp_path / "broken_library.py").write_text("raise AttributeError('built for another torch')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(doctor, "IMPORTED", {"timm": "broken_library"})
    monkeypatch.setattr(
        report, "versions", lambda: {"timm": "1.0", "torch": report.MISSING, "openvino": report.MISSING}
    )
    checks = by_name(doctor.libraries())
    assert "built for another torch" in checks["timm"].detail
    assert [checks[name].ok for name in ("timm", "torch", "openvino")] == [False, False, True]
    assert checks["torch"].hint == doctor.REINSTALL


def test_each_device_is_a_line(monkeypatch):
    results = {
        "cpu": DeviceCheck("cpu", "", 5e-7),
        "cuda:0": DeviceCheck("cuda:0", "H100", None, "no kernel image"),
        "cuda:1": DeviceCheck("cuda:1", "H100", 0.5),
    }
    monkeypatch.setattr(device_check, "names", lambda: list(results))
    monkeypatch.setattr(device_check, "check", results.get)
    monkeypatch.setattr(device_check, "unused_gpu", lambda: "the driver is too old")
    monkeypatch.setattr(openvino_check, "check", lambda: DeviceCheck("openvino", error="no plugin"))
    checks = by_name(doctor.devices())
    assert checks["cpu"].kernel_ran is True
    assert checks["cuda"].kernel_ran is False  # a GPU that torch cannot use
    assert [one.ok for one in checks.values()] == [True, False, False, False, False]
    assert "H100: does not compute: no kernel image" in checks["cuda:0"].detail
    assert "wrong numbers" in checks["cuda:1"].detail
    assert "THAW_RUNTIME=eager" in checks["openvino on cpu"].hint
    assert "too old" in checks["cuda"].detail
    assert all(one.hint for one in checks.values() if not one.ok)


def test_folders_are_named_and_not_created(own_folders):
    checks = by_name(doctor.folders())
    assert str(paths.cache_folder()) in checks["cache"].detail
    assert "empty, at most 20.0 GB" in checks["cache"].detail
    assert str(paths.runs_folder()) in checks["runs"].detail
    assert all(one.ok for one in checks.values())
    assert not paths.cache_folder().exists()
    assert not paths.runs_folder().exists()


def test_an_existing_log_is_reported():
    log.defect(ValueError("x"))
    assert "defects.log" in by_name(doctor.folders())["log"].detail


def test_a_folder_that_cannot_be_written_is_a_problem(tmp_path, monkeypatch):
    def refuse(dir: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    one = doctor._folder("cache", tmp_path)
    assert (one.ok, "cannot be written: Permission denied" in one.detail) == (False, True)
    assert one.hint


def test_a_temporary_folder_is_a_problem():
    assert "HOME" in doctor._folder("runs", paths.spare_folder() / "runs").hint


def test_a_nearly_full_disk_is_a_problem(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Room(10e9, 7e9, doctor.LEAST_FREE))
    one = only(doctor.disk())
    assert (one.ok, one.detail) == (True, "2.0 GB of 10.0 GB free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Room(10e9, 9e9, doctor.LEAST_FREE - 1))
    one = only(doctor.disk())
    assert (one.ok, "Free some space" in one.hint) == (False, True)


@pytest.mark.parametrize(
    ("reason", "answer", "ok", "words"),
    [
        ("", ("Qt 6 on xcb", ""), True, "Qt 6 on xcb"),
        ("", ("", "no plugin"), False, "no plugin"),
        ("There is no screen here: DISPLAY is not set. Use the terminal.", ("", ""), False, "no screen"),
    ],
)
def test_a_window_can_be_opened_or_not(monkeypatch, reason, answer, ok, words):
    monkeypatch.setattr(display, "missing_requirement", lambda: reason)
    monkeypatch.setattr(display, "try_out", lambda: answer)
    one = only(doctor.window())
    assert (one.ok, words in one.detail, bool(one.hint)) == (ok, True, not ok)


def test_the_weights_that_come_with_the_program_are_read(monkeypatch, tmp_path):
    checks = by_name(doctor.own_files())
    assert checks["catalog"].detail == f"{len(catalog.load()):,} backbones"
    assert checks["bundled weights"].ok
    whole = catalog.packaged_file().read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: len(whole) // 2])
    for file in (None, tmp_path / "cut.pth"):
        monkeypatch.setattr(catalog, "packaged_file", lambda file=file: file)
        one = by_name(doctor.own_files())["bundled weights"]
        assert (one.ok, one.hint) == (False, doctor.REINSTALL)


def test_an_error_in_one_check_does_not_prevent_the_others(monkeypatch):
    def broken():
        raise KeyError("x")
        yield

    monkeypatch.setattr(
        doctor, "CHECKS", (("a", "Looking", broken), ("b", "Looking", lambda: iter([CheckResult("b", True, "fine")])))
    )
    events = list(doctor.doctor()(never))
    assert [type(event) for event in events] == [Stage, CheckResult, Stage, CheckResult]
    assert [event.ok for event in events if isinstance(event, CheckResult)] == [False, True]
    assert len(list(doctor.doctor()(lambda: True))) == 2


def test_the_computer_is_named():
    assert sys.platform[:5] in only(doctor.computer()).detail.lower()
