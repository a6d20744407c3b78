"""Takes the screenshots of the documentation: every station, light and dark, from a real run.

    uv run python tests/screenshots.py OUT [--folder PHOTOS] [--size 1440x900]
    uv run python tests/screenshots.py OUT --classes 1000 --size 1280x800 --image-size 64

Opens the real window with the real engine, trains on the sample photos (or on PHOTOS) with the bundled backbone, and
writes OUT/STATION-light.png and OUT/STATION-dark.png. Settings, runs and caches of the user are not touched. With
`--classes`, the photos are generated, and the classes have long names in many scripts, to see what does not fit.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

NAMES = (
    "Apis mellifera carnica, worker",
    "Пчела медоносная тёмная лесная",
    "日本ミツバチの働き蜂",
    "نحلة العسل الغربية",
    "मधुमक्खी श्रमिक",
    "ผึ้งงานพันธุ์พื้นเมือง",
    "Größte europäische Holzbiene (♀)",
    "꿀벌 일벌",
    "Camponotus & <b>Formica",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "ant",
    "🐝 bumblebee",
)
"""Names of generated classes: long ones, in many scripts, from right to left, with characters of HTML."""

if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def main() -> int:
    """Take all screenshots; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--folder", help="photos to train on; the sample's where none is given")
    parser.add_argument("--size", default="1440x900", help="width and height of the window in pixels")
    parser.add_argument("--classes", type=int, help="generate photos of so many classes")
    parser.add_argument("--image-size", type=int, help="side of the photos for the backbone, in pixels")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = str(Path(home, name.lower()))
        folder = options.folder
        if options.classes:
            folder = str(generated(Path(home, "photos"), options.classes))
        size = tuple(int(side) for side in options.size.split("x"))
        return _take(options.out, folder, size, options.image_size)


def generated(folder: Path, classes: int) -> Path:
    """Write photos of many classes: a color and a direction of stripes for each, and noise.

    Three to forty photos a class, fewer where there are more classes.
    """
    import numpy as np
    from PIL import Image

    chance = np.random.default_rng(0)
    rows, columns = np.mgrid[:64, :64] / 64
    for number in range(classes):
        place = folder / f"{NAMES[number % len(NAMES)]}{f' {number // len(NAMES) + 1}' if number >= len(NAMES) else ''}"
        place.mkdir(parents=True)
        angle, color = chance.uniform(0, np.pi), chance.uniform(60, 255, 3)
        for photo in range(max(3, min(40, 320 // classes))):
            waves = np.sin(40 * (rows * np.sin(angle) + columns * np.cos(angle)) + chance.uniform(0, 6))
            pixels = (0.6 + 0.4 * waves)[:, :, None] * color + chance.normal(0, 40, (64, 64, 3))
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(place / f"{photo:02}.png")
    return folder


def _take(out: Path, folder: str | None, size: tuple[int, ...], image_size: int | None) -> int:
    from PySide6.QtWidgets import QApplication

    from studio.commands import window as commands
    from studio.session import settings
    from studio.spec.structs import replace
    from studio.ui.stations.evaluate.page import EvaluatePage
    from studio.ui.stations.images.page import ImagesPage
    from studio.ui.stations.use.page import UsePage
    from studio.ui.theme import theme
    from studio.ui.widgets.tabs import Tabs
    from studio.ui.window import MainWindow

    app = QApplication(sys.argv[:1])
    theme.apply(app, "light")
    window = MainWindow(commands.for_window(), settings.load())
    window.resize(size[0], size[1])
    window.show()
    store = window.store

    def shoot(name: str) -> None:
        for scheme in ("light", "dark"):
            window.choose_scheme(scheme)
            _settle(app, 0.6)
            window.grab().save(str(out / f"{name}-{scheme}.png"))
            print(out / f"{name}-{scheme}.png", file=sys.stderr)

    _settle(app, 1.0)
    shoot("start")
    if folder is None:
        store.sample()
    else:
        window.open_folder(folder)
        _until(app, lambda: store.state.dataset is not None and store.state.dataset.checked)
        if image_size is not None:
            spec = store.state.spec
            store.choose(replace(spec, backbone=replace(spec.backbone, image_size=image_size)))
            _until(app, lambda: not store.state.jobs)
        store.train()
    _until(app, lambda: store.state.run is not None and store.state.run.status != "running")
    run = store.state.run
    if run is None or run.status != "done":
        print(f"the training ended as {run and run.status}: {store.state.faults}", file=sys.stderr)
        return 1
    for name in ("images", "preprocess", "features", "head", "evaluate"):
        window.show_station(name)
        if name == "features":
            _until(app, lambda: store.state.layers is not None)
            _settle(app, 1.0)
            _until(app, lambda: store.state.output is not None)
        _until(app, lambda: not store.state.jobs)
        _settle(app, 1.5)
        shoot(name)
    for tabs in (one for one in window.findChild(EvaluatePage).findChildren(Tabs) if one.isVisible()):
        for place in range(tabs.bar.count()):
            if tabs.bar.isTabEnabled(place):
                tabs.bar.setCurrentIndex(place)
                _settle(app, 1.5)
                shoot(f"evaluate-{tabs.bar.tabText(place).lower().replace(' ', '-')}")
    window.show_station("use")
    held_out = [photo.path for photo in store.state.dataset.photos if photo.split == "val"]
    given = [str(Path(store.state.dataset.folder, path)) for path in held_out[:: max(1, len(held_out) // 12)]]
    window.findChild(UsePage).photos_given.emit(given)
    _until(app, lambda: store.state.traced is not None and not store.state.jobs)
    _settle(app, 1.5)
    shoot("use")
    window.show_station("images")
    page = window.findChild(ImagesPage)
    page.photos.maps.buttons["Map"].click()
    page.photos.map_requested.emit(False)
    _until(app, lambda: store.state.photo_map is not None and not store.state.jobs)
    _settle(app, 1.5)
    shoot("images-map")
    window.close()
    _until(app, lambda: not window.isVisible())
    store.wait()
    return 0


def _settle(app: object, seconds: float) -> None:
    """Process events for a while, so that the window is painted."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()  # type: ignore[attr-defined]
        time.sleep(0.01)


def _until(app: object, holds: Callable[[], bool], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise SystemExit("the window did not get there in time")
        _settle(app, 0.05)


if __name__ == "__main__":
    sys.exit(main())
