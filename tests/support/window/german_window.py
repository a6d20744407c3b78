"""Opens the window in German with fake work at 1280 × 800 and looks for cut-off texts, in a process of its own."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT), *(str(ROOT / "tests" / "support" / part) for part in ("", "engine", "photos", "window"))]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
TITLES = {"images": "Bilder", "head": "Kopf", "evaluate": "Auswerten"}


def main(size: tuple[int, int] = (1280, 800)) -> None:
    """Print what is cut off, or “all fits”."""
    home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        os.environ[name] = str(Path(home.name, name.lower()))
    from studio.formatting import language

    language.choose("de")
    from clipping import clipped
    from fakes import Fakes
    from PySide6.QtWidgets import QApplication, QPushButton

    from studio.session.settings import Settings
    from studio.session.state import STATIONS
    from studio.ui.theme import theme
    from studio.ui.window import MainWindow

    app = QApplication([])
    theme.apply(app)
    fakes = Fakes()
    window = MainWindow(fakes.commands(), Settings(file=Path(home.name, "window.json")))
    window.resize(*size)
    window.show()

    def until(true: Callable[[], bool]) -> None:
        end = time.monotonic() + 120
        while not true():
            app.processEvents()
            if time.monotonic() > end:
                raise SystemExit("the window does not get ready")

    store = window.store
    until(lambda: len(window.pages) == len(STATIONS) and store.state.engine_ready)
    problems = [f"start: {what}" for what in clipped(window)]
    window.open_folder("/nowhere/photos")
    until(lambda: store.state.dataset is not None and not store.state.jobs)
    store.train()
    until(lambda: store.state.run is not None and store.state.run.status == "done" and not store.state.jobs)
    store.using.add(["/nowhere/a sure one.png", "/nowhere/unread photo.png"])
    until(lambda: len(store.state.given.rows) == 2 and not store.state.jobs)
    window.resize(*size)
    for station in STATIONS:
        window.show_station(station)
        found = ["not looked at yet"]
        for _ in range(20):
            if found:
                end = time.monotonic() + 0.02
                until(lambda end=end: time.monotonic() > end)
                found = list(clipped(window))
        problems += [f"{station}: {what}" for what in found]
        if len(sys.argv) > 1:
            window.grab().save(str(Path(sys.argv[1], f"{station}-de.png")))
    for station, title in TITLES.items():
        if window.ribbon.button(station).summary().title != title:
            problems.append(f"{station} is not in German")
    if "Trainieren" not in [button.text() for button in window.findChildren(QPushButton)]:
        problems.append("the button is not in German")
    print("\n".join(problems) or "all fits")
    fakes.release()
    window.leave()
    store.wait()
    sys.stdout.flush()
    os._exit(bool(problems))


if __name__ == "__main__":
    main()
