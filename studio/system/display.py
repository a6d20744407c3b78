"""Checks whether a window can be opened, before Qt is used, because Qt ends the process if it cannot.

On Linux the Qt wheel lacks small system libraries that Qt needs, and a server has no display. Both cases are reported
with what to install or to run instead.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
}
"""System libraries that Qt needs on every Linux, and their Debian packages."""

XCB_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""Additional libraries for a window under X11."""

TRIAL = """
from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication(["thaw"])
if app.primaryScreen() is None:
    raise SystemExit("it could not find a screen")
QWidget().winId()
print(f"Qt {qVersion()} on {app.platformName()}")
"""
"""Creates a window without showing it."""

WITHOUT_SCREEN = ("offscreen", "vnc")
"""Platform plugins that need no screen."""

HEADLESS = "Without a display, “thaw demo --headless” and “thaw train” do the same in the terminal."


def missing_requirement(
    environment: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
    present: Callable[[str], bool] | None = None,
    answers: Callable[[str], bool] | None = None,
    listens: Callable[[Mapping[str, str]], bool] | None = None,
) -> str:
    """The reason why no window can be opened, and what to do; "" if one can be.

    Args:
        environment: The process's environment.
        platform: As `sys.platform` names it.
        present: Returns whether a library can be loaded; None for `loads`.
        answers: Returns whether an X server answers; None for `x_server_answers`.
        listens: Returns whether a Wayland compositor listens; None for `wayland_listens`.
    """
    if not platform.startswith("linux"):
        return ""
    chosen = [one.split(":")[0] for one in environment.get("QT_QPA_PLATFORM", "").split(";") if one]
    display, wayland = environment.get("DISPLAY", ""), environment.get("WAYLAND_DISPLAY", "")
    if not chosen and not (display or wayland):
        return f"There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set. {HEADLESS}"
    plugins = [name for name, place in (("wayland", wayland), ("xcb", display)) if place]
    first = ""
    for plugin in chosen or plugins:  # in the order in which Qt tries them
        tools = (present or loads, answers or x_server_answers, listens or wayland_listens)
        if not (reason := _missing_for(plugin, environment, *tools)):
            return ""
        first = first or reason
    return first


def _missing_for(
    plugin: str,
    environment: Mapping[str, str],
    present: Callable[[str], bool],
    answers: Callable[[str], bool],
    listens: Callable[[Mapping[str, str]], bool],
) -> str:
    """The reason why no window can be opened with a platform plugin of Qt; "" if one can be."""
    display, chosen = environment.get("DISPLAY", ""), environment.get("QT_QPA_PLATFORM", "")
    if plugin == "xcb" and not display:
        return f"There is no display: DISPLAY is not set. {HEADLESS}"
    needed = QT_LIBRARIES | (XCB_LIBRARIES if plugin == "xcb" else {})
    if missing := [package for library, package in needed.items() if not present(library)]:
        return (
            f"The window needs system libraries that are not installed: {', '.join(missing)}. "
            f"On Debian and Ubuntu: sudo apt install {' '.join(missing)}. {HEADLESS}"
        )
    if plugin == "xcb":
        dead = not answers(display)
        return f"The display DISPLAY={display} does not answer, or refuses access. {HEADLESS}" if dead else ""
    if plugin.startswith("wayland"):
        if listens(environment):
            return ""
        name = environment.get("WAYLAND_DISPLAY", "")
        why = f"the Wayland display WAYLAND_DISPLAY={name} does not answer" if name else "WAYLAND_DISPLAY is not set"
        other = f" Without QT_QPA_PLATFORM={chosen}, X11 is used." if chosen and display else ""
        return f"There is no display: {why}.{other} {HEADLESS}"
    if plugin in WITHOUT_SCREEN:
        return ""
    # Rare ones, and names that Qt does not have: only Qt knows, and it would end this process.
    _, error = try_out() if environment is os.environ else ("", "")
    if plugin.startswith("minimal"):
        error = "it has no fonts"
    hint = "Leave QT_QPA_PLATFORM out, or set it to xcb or wayland."
    return f"Qt does not start with QT_QPA_PLATFORM={chosen}: {error.rstrip('.')}. {hint} {HEADLESS}" if error else ""


def try_out(program: str = TRIAL) -> tuple[str, str]:
    """Start Qt in a separate process, because it may end that process.

    Args:
        program: Python code of that process; replaced in tests.

    Returns:
        Qt's version and platform, and the reason why it does not start; one of them is "".
    """
    try:
        result = subprocess.run(
            [sys.executable, "-P", "-c", program],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", "it does not answer"
    if result.returncode == 0:
        return result.stdout.strip(), ""
    lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    return "", next((line for line in lines if "could not" in line.lower()), next(reversed(lines), "it ended"))


def wayland_listens(environment: Mapping[str, str]) -> bool:
    """True if a Wayland compositor listens; otherwise Qt would end the process."""
    if environment.get("WAYLAND_SOCKET"):
        return True
    name = environment.get("WAYLAND_DISPLAY") or "wayland-0"
    place = Path(environment.get("XDG_RUNTIME_DIR", ""), name)
    with socket.socket(socket.AF_UNIX) as one, contextlib.suppress(OSError):
        one.settimeout(2)
        one.connect(str(place))
        return True
    return False


def x_server_answers(display: str) -> bool:
    """True if a connection to the X server can be opened; otherwise Qt would end the process."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(os.fsencode(display) or None, None))
    failed: int = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed


def loads(library: str) -> bool:
    """True if the dynamic linker can load a library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
