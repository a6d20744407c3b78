"""The installer, in a home folder of its own: installs, updates, repairs, and removes what it made and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSTALLER = ROOT / "packaging" / "install.sh"
NAME = "studio.thaw.ThawStudio"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the installer is for Linux and macOS")


class Home:
    """A home folder, and the installer run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / ".local" / "share" / "thaw-studio-program"
        self.thaw = folder / ".local" / "bin" / "thaw"
        self.entry = folder / ".local" / "share" / "applications" / f"{NAME}.desktop"
        hidden = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE", "THAW_HOME", "DISPLAY", "WAYLAND_DISPLAY")
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in hidden and not name.startswith(("XDG_", "COV_", "COVERAGE", "QT_"))
        }
        self.environment |= {"HOME": str(folder), "UV_OFFLINE": "1"}

    def install(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", str(INSTALLER), *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [str(self.thaw), *words], env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_the_installer_reports_what_prevents_it(home: Home, tmp_path: Path) -> None:
    done = home.install("--from", str(tmp_path / "gone.whl"))
    assert (done.returncode, done.stderr) == (2, f"error: {tmp_path / 'gone.whl'} does not exist.\n")
    done = home.install("--color", "blue")
    assert done.returncode == 2
    assert "Unknown option: --color" in done.stderr
    assert "--repair" in home.install("--help").stdout
    assert not home.program.exists()


def test_a_folder_of_other_programs_is_neither_used_nor_deleted(home: Home) -> None:
    home.program.mkdir(parents=True)
    (home.program / "thesis.txt").write_text("mine", encoding="utf-8")
    for word in ("--repair", "--uninstall"):
        done = home.install(word)
        assert done.returncode == 2
        assert "was not made by this script" in done.stderr
    assert [file.name for file in home.program.iterdir()] == ["thesis.txt"]


def test_nothing_to_uninstall_is_no_error(home: Home) -> None:
    done = home.install("--uninstall")
    assert done.returncode == 0
    assert "nothing was removed" in done.stdout


@pytest.mark.slow
def test_the_installer_installs_updates_repairs_and_removes(home: Home) -> None:
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv, which builds the wheel, is not installed")
    home.environment.setdefault(
        "UV_CACHE_DIR", subprocess.run([uv, "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()
    )
    wheels = home.folder / "wheels"
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", str(wheels), str(ROOT)], check=True)
    (wheel,) = wheels.glob("*.whl")
    done = home.install("--from", str(wheel))
    if done.returncode:  # what this environment was installed from is no longer in uv's cache
        del home.environment["UV_OFFLINE"]
        done = home.install("--from", str(wheel))
    if done.returncode and "could not be installed" in done.stderr:
        pytest.skip(f"the packages that the wheel needs cannot be installed here: {done.stderr.strip()[:200]}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Done." in done.stdout
    assert f'Exec="{home.program}/environment/bin/thaw" %f' in home.entry.read_text(encoding="utf-8")
    icons = [*(home.folder / ".local" / "share" / "icons").rglob(f"{NAME}.*")]
    assert len(icons) == 10
    trained = json.loads(home.run("demo", "--headless", "--epochs", "1", "--json"))
    run = Path(trained["path"] if "path" in trained else trained["run"])
    assert run.is_relative_to(home.folder)

    # Again: an update, which leaves all as it is.
    before = home.entry.read_bytes()
    done = home.install()
    assert done.returncode == 0, done.stdout + done.stderr
    assert home.entry.read_bytes() == before

    # A repair whose packages cannot be had leaves the old environment; the next one mends what is broken.
    done = home.install("--repair", "--from", "thaw-studio-that-does-not-exist")
    assert done.returncode == 2
    assert home.run("--version")
    broken = next((home.program / "environment" / "lib").rglob("studio/cli/main.py"))
    broken.unlink()
    done = home.install("--repair", "--from", str(wheel))
    assert done.returncode == 0, done.stdout + done.stderr
    assert broken.exists()
    assert home.run("--version")
    assert not (home.program / "environment.old").exists()

    done = home.install("--uninstall")
    assert done.returncode == 0, done.stderr
    assert not home.program.exists()
    assert not home.thaw.is_symlink()
    assert not home.entry.exists()
    assert [*(home.folder / ".local" / "share").rglob(f"{NAME}*")] == []
    assert (run / "run.json").exists()  # what the user made stays
