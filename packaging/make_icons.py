"""Makes the icons of the desktop entry and of the bundles from `resources/icon.svg`; run after a change of it.

QT_QPA_PLATFORM=offscreen uv run python packaging/make_icons.py
"""

from __future__ import annotations

import shutil
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QGuiApplication, QImage, QImageReader

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "resources" / "icon.svg"
NAME = "studio.thaw.ThawStudio"
THEME = ROOT / "packaging" / "linux" / "icons" / "hicolor"
"""Folder of the icon theme that every desktop falls back to."""

SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
WINDOWS = ROOT / "packaging" / "windows" / "thaw-studio.ico"
MACOS = ROOT / "packaging" / "macos" / "thaw-studio.icns"


def main() -> int:
    """Write all icons; returns the exit status."""
    application = QGuiApplication(sys.argv[:1])
    for size in SIZES:
        file = THEME / f"{size}x{size}" / "apps" / f"{NAME}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        drawn(size).save(file, optimize=True)
    scalable = THEME / "scalable" / "apps" / f"{NAME}.svg"
    scalable.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SOURCE, scalable)
    for file, sizes in ((WINDOWS, (16, 24, 32, 48, 64, 128, 256)), (MACOS, (32, 64, 128, 256, 512))):
        file.parent.mkdir(parents=True, exist_ok=True)
        largest, *others = [drawn(size) for size in reversed(sizes)]
        largest.save(file, sizes=[(size, size) for size in sizes], append_images=others)
    del application
    return 0


def drawn(size: int) -> Image.Image:
    """The icon in a square of `size` pixels, with transparent corners; drawn by Qt, which needs a `QGuiApplication`."""
    reader = QImageReader(str(SOURCE))
    reader.setScaledSize(reader.size().scaled(size, size, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read().convertToFormat(QImage.Format.Format_ARGB32)
    if image.isNull():
        raise SystemExit(f"{SOURCE} cannot be drawn: {reader.errorString()}")
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return Image.open(BytesIO(bytes(buffer.data().data())))


if __name__ == "__main__":
    sys.exit(main())
