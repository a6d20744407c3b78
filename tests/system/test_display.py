from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from studio import app
from studio.system import display


def test_an_unreachable_display_is_reported_before_qt_aborts():
    displays = []

    def answers(name: str) -> bool:
        displays.append(name)
        return name == ":0"

    assert "DISPLAY=:9 does not answer" in display.missing_requirement({"DISPLAY": ":9"}, "linux", bool, answers)
    assert "does not answer" in display.missing_requirement(
        {"QT_QPA_PLATFORM": "xcb", "DISPLAY": ":8"}, "linux", bool, answers
    )
    assert display.missing_requirement({"DISPLAY": ":0"}, "linux", bool, answers) == ""
    both = {"DISPLAY": ":9", "WAYLAND_DISPLAY": "wayland-0"}
    assert display.missing_requirement(both, "linux", bool, answers, bool) == ""
    assert display.missing_requirement({"DISPLAY": ":9", "QT_QPA_PLATFORM": "offscreen"}, "linux", bool, answers) == ""
    assert "DISPLAY is not set" in display.missing_requirement({"QT_QPA_PLATFORM": "xcb"}, "linux", bool, answers)
    assert displays == [":9", ":8", ":0"]


def test_an_unreachable_wayland_display_is_reported_before_qt_aborts(tmp_path):
    def reason(**environment: str) -> str:
        return display.missing_requirement(environment, "linux", bool, lambda name: True)

    assert "WAYLAND_DISPLAY=wayland-7 does not answer" in reason(WAYLAND_DISPLAY="wayland-7")
    assert "Without QT_QPA_PLATFORM=wayland, X11 is used" in reason(QT_QPA_PLATFORM="wayland", DISPLAY=":0")
    assert reason(QT_QPA_PLATFORM="wayland;xcb", DISPLAY=":0") == ""
    assert reason(WAYLAND_DISPLAY="wayland-7", DISPLAY=":0") == ""
    with socket.socket(socket.AF_UNIX) as compositor:
        compositor.bind(str(tmp_path / "w"))
        compositor.listen()
        assert reason(QT_QPA_PLATFORM="wayland", WAYLAND_DISPLAY="w", XDG_RUNTIME_DIR=str(tmp_path)) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have one platform")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("platform", "words"),
    [
        ("wayland", "WAYLAND_DISPLAY is not set"),
        ("xcb", "DISPLAY is not set"),
        ("nonsense", "QT_QPA_PLATFORM=nonsense"),
    ],
)
def test_a_platform_without_a_display_ends_in_one_sentence(platform, words):
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    command = [sys.executable, "-m", "studio"]
    ended = subprocess.run(
        command,
        env=environment | {"QT_QPA_PLATFORM": platform},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 2
    assert words in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_the_command_fails_with_a_message_if_no_window_can_be_opened(capsys, monkeypatch):
    monkeypatch.setattr(display, "missing_requirement", lambda: "There is no screen here.")
    assert app.run() == 2
    assert capsys.readouterr().err == "thaw: There is no screen here.\n"


@pytest.mark.parametrize(
    ("program", "answer"),
    [
        ("print('Qt 6 on xcb')", ("Qt 6 on xcb", "")),
        (
            "import os; os.write(2, b'qt.qpa.plugin: Could not load\\nmore\\n'); os.abort()",
            ("", "qt.qpa.plugin: Could not load"),
        ),
        ("raise ImportError('libGL.so.1')", ("", "ImportError: libGL.so.1")),
        ("import os; os._exit(3)", ("", "it ended")),
    ],
    ids=["opens", "aborts", "raises", "ends"],
)
def test_qt_is_tried_in_a_process_that_it_may_end(program, answer):
    assert display.try_out(program) == answer


@pytest.mark.slow
def test_qt_starts_on_this_machine():
    assert display.try_out()[0].endswith("on offscreen")
