"""Tests of the report on a defect, which contains names of photos, folders and users only on request."""

from __future__ import annotations

import getpass
import sys
import threading
import traceback
from pathlib import Path

import pytest

from studio.system import log, report
from studio.system.log import Defect


def defect_of(error: Exception) -> Defect:
    """The error after it is raised and caught two calls deep."""

    def inner() -> None:
        raise error

    try:
        inner()
    except Exception as caught:
        return Defect("title", "", "2026-01-01T00:00:00", traceback.TracebackException.from_exception(caught))
    raise AssertionError


@pytest.mark.parametrize(
    "words",
    [
        "[Errno 13] Permission denied: '/home/anna/My Photos/ants/IMG_1.jpg'",
        "/home/anna/My Photos/ants/IMG_1.jpg is cut off",
        "cut off: My Photos/ants/IMG_1.jpg",
        "My Photos IMG_1.jpg is cut off",
        r"C:\Users\anna\My Photos\ants",
        r"\\server\anna\ants",
        "~/My Photos/ants is gone",
        'no "My Photos/ants" here',
        "“ants/IMG_1.JPG” was left out",
        "one\ntwo: /home/anna/ants",
        "anna’s\nIMG_1.jpg is cut off",
        "IMG_1.CR2 is cut off",
        "~anna: no such user",
        repr('it\'s my "IMG_1".png') + " is cut off",
        "https://anna:ants@server/IMG_1",
    ],
)
def test_the_report_contains_no_part_of_a_path(words):
    text = report.text([defect_of(OSError(words))], private=["anna", "ants"])
    for word in ("anna", "ants", "IMG_1", "My Photos"):
        assert word not in text
    assert "OSError" in text
    assert ", in inner" in text


def test_the_report_contains_paths_and_the_command_on_request(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["thaw", "/home/anna/photos"])
    text = report.text([defect_of(OSError("/home/anna/a.jpg"))], with_names=True)
    assert "thaw /home/anna/photos\n" in text
    assert "OSError: /home/anna/a.jpg" in text
    assert __file__ in text


def test_the_report_contains_neither_the_user_nor_the_folder_of_the_program(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "anna")
    error = defect_of(KeyError("anna"))
    assert "KeyError: '‹name›'" in report.text([error])
    assert str(Path(__file__).parent) not in report.text([error])
    assert 'File "test_report.py", line ' in report.text([error])


def test_layer_names_and_shapes_stay_in_the_report():
    error = defect_of(KeyError("blocks.4.0.conv_pw"))
    assert "KeyError: 'blocks.4.0.conv_pw'" in report.text([error])
    error = defect_of(RuntimeError("mat1 and mat2 shapes cannot be multiplied (4x512 and 1280x2)"))
    assert "(4x512 and 1280x2)" in report.text([error])


def test_a_file_of_the_program_is_named_below_its_folder():
    try:
        log._append(Path(), "")
    except OSError as error:
        trace = traceback.TracebackException.from_exception(error)
    assert 'File "studio/system/log.py", line ' in report.text([Defect("", "", "", trace)])


def test_the_cause_precedes_the_error_in_the_report():
    try:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second") from error
    except ValueError as error:
        trace = traceback.TracebackException.from_exception(error)
    text = report.text([Defect("", "", "", trace)])
    assert text.index("'first'") < text.index("direct cause") < text.index("second")


def test_names_are_removed_from_messages_of_qt():
    text = report.text([Defect("", "", "", message="Qt critical: cannot read /home/anna/a b")])
    assert "Qt critical: cannot read ‹path›" in text


def test_the_report_contains_versions_and_the_platform():
    versions = report.versions()
    for name in ("Python", "torch", "torchvision", "timm", "PySide6-Essentials", "Pillow", "openvino"):
        assert versions[name]
    assert f"torch {versions['torch']}" in report.text([])
    assert sys.platform[:5] in report.text([]).lower()


def test_the_report_names_missing_libraries(monkeypatch):
    monkeypatch.setattr(report, "LIBRARIES", ("no-such-library",))
    assert report.versions()["no-such-library"] == report.MISSING


@pytest.fixture
def heard(monkeypatch) -> list[Defect]:
    """List of the defects that a listener receives."""
    for module in (sys, threading):
        monkeypatch.setattr(module, "excepthook", module.excepthook)
    defects: list[Defect] = []
    log.install(defects.append)
    yield defects
    log.install()


def fail(_number: int = 0) -> None:
    raise KeyError("again")


def raise_in_thread(times: int) -> None:
    for number in range(times):
        thread = threading.Thread(target=fail, args=(number,))
        thread.start()
        thread.join()


def test_a_listener_gets_every_error_and_whether_it_is_repeated(heard, capsys):
    raise_in_thread(3)
    assert [one.repeated for one in heard] == [False, True, True]
    assert heard[0].title.startswith("Something went wrong inside the program: KeyError")
    assert all(frame.locals is None for frame in heard[0].trace.stack)
    assert capsys.readouterr().err.count("Please report it") == 1


def test_a_repeated_error_does_not_fill_the_log(heard, capsys):
    raise_in_thread(25)
    text = heard[0].log.read_text(encoding="utf-8")
    assert text.count("KeyError: 'again'") == 2
    assert "(for the 10th time)" in text


def test_an_error_of_a_listener_is_logged(heard, capsys):
    def broken(_found: Defect) -> None:
        raise RuntimeError("the window is gone")

    log.install(broken)
    raise_in_thread(1)
    (file,) = {log.defect(ValueError())}
    assert "the window is gone" in file.read_text(encoding="utf-8")


def test_a_message_is_logged_once_and_passed_to_listeners_on_request(heard):
    file = log.message("Qt warning: odd")
    assert heard == []
    assert log.message("Qt warning: odd") is None
    log.message("Qt critical: broken", listened=True)
    assert [one.message for one in heard] == ["Qt critical: broken"]
    assert file.read_text(encoding="utf-8").count("Qt warning: odd") == 1


def test_names_are_removed_from_lines_of_users_scripts():
    try:
        raise KeyError("/home/anna/ants/IMG_1.jpg")
    except KeyError as error:
        trace = traceback.TracebackException.from_exception(error)
    text = report.text([Defect("", "", "", trace)])
    assert "IMG_1" not in text
    assert 'raise KeyError("‹path›")' in text
