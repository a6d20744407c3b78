"""The desktop entry: valid files that agree with each other and with the program, icons, and projects that open."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
LINUX = ROOT / "packaging" / "linux"
NAME = "studio.thaw.ThawStudio"
MIME = "application/x-thaw-project+json"


def validated(program: str, *words: str) -> None:
    """Fail with what a validator says; skip where it is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def entry() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names differ in upper and lower case
    parser.read(LINUX / f"{NAME}.desktop", encoding="utf-8")
    return parser["Desktop Entry"]


def test_the_desktop_entry_is_valid() -> None:
    validated("desktop-file-validate", "--warn-kde", str(LINUX / f"{NAME}.desktop"))


def test_the_metainfo_is_valid() -> None:
    validated("appstreamcli", "validate", "--no-net", str(LINUX / f"{NAME}.metainfo.xml"))


def test_desktop_entry_and_metainfo_refer_to_each_other(entry: configparser.SectionProxy) -> None:
    metainfo = ElementTree.parse(LINUX / f"{NAME}.metainfo.xml").getroot()
    assert metainfo.findtext("id") == NAME
    assert metainfo.findtext("launchable") == f"{NAME}.desktop"
    assert metainfo.findtext("provides/mediatype") == entry["MimeType"].rstrip(";") == MIME
    assert entry["Icon"] == NAME
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert entry["Exec"].split()[0] == metainfo.findtext("provides/binary") in project["scripts"]
    assert metainfo.findtext("project_license") == project["license"]
    assert next(one.get("version") for one in metainfo.iter("release")) == project["version"]
    # By it a desktop finds the entry of a window.
    assert f'setDesktopFileName("{NAME}")' in (ROOT / "studio" / "app.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [16, 22, 24, 32, 48, 64, 128, 256, 512])
def test_an_icon_of_each_size_shows_the_program_s_own(size: int) -> None:
    with Image.open(LINUX / "icons" / "hicolor" / f"{size}x{size}" / "apps" / f"{NAME}.png") as icon:
        assert icon.size == (size, size)
        pixels = icon.convert("RGBA")
    assert pixels.getpixel((0, 0))[3] == 0  # the corners are round
    # The backbone's frame and the head below it, where even the smallest size has a pixel of their color.
    near = [
        (pixels.getpixel((size * 5 // 64, size // 2)), (0x2F, 0x6F, 0xED)),
        (pixels.getpixel((size // 2, size * 3 // 4)), (0xF5, 0x9A, 0x5A)),
    ]
    assert all(max(abs(a - b) for a, b in zip(pixel[:3], color, strict=True)) < 40 for pixel, color in near), near


def test_the_scalable_icon_is_the_program_s_own() -> None:
    scalable = LINUX / "icons" / "hicolor" / "scalable" / "apps" / f"{NAME}.svg"
    assert scalable.read_bytes() == (ROOT / "resources" / "icon.svg").read_bytes(), "run: packaging/make_icons.py"


def test_a_wheel_contains_the_desktop_entry() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert sorted(shared) == sorted(f"packaging/linux/{one.name}" for one in LINUX.iterdir())
    assert shared[f"packaging/linux/{NAME}.desktop"] == f"share/applications/{NAME}.desktop"


def test_a_project_file_gets_the_type_that_opens_the_program(tmp_path: Path) -> None:
    for program in ("update-mime-database", "gio", "update-desktop-database"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    for source, place in ((f"{NAME}.mime.xml", f"mime/packages/{NAME}.xml"), (f"{NAME}.desktop", "applications")):
        target = tmp_path / place
        (target.parent if target.suffix else target).mkdir(parents=True)
        shutil.copy(LINUX / source, target)
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    environment["PATH"] = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    (tmp_path / "thaw").write_text("#!/bin/sh\n")  # an entry whose program is missing is passed over
    (tmp_path / "thaw").chmod(0o755)
    file = tmp_path / "bees.thaw"
    file.write_text("{}", encoding="utf-8")

    def answer(*words: str) -> str:
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    answer("update-mime-database", str(tmp_path / "mime"))
    answer("update-desktop-database", str(tmp_path / "applications"))
    assert f"standard::content-type: {MIME}" in answer("gio", "info", "-a", "standard::content-type", str(file))
    assert f"{NAME}.desktop" in answer("gio", "mime", MIME)
