"""Tests of the paths of the program's own files, in a checkout and in an installed wheel."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from studio.system import resources

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.name for path in (ROOT / "resources").iterdir())


def test_the_list_of_resources_is_not_empty():
    assert "catalog.json" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_checkout_finds_its_resources(name):
    assert resources.path(name) == ROOT / "resources" / name


def test_a_missing_resource_says_that_the_installation_is_incomplete():
    with pytest.raises(FileNotFoundError, match=r"nothing\.json.*install it again"):
        resources.path("nothing.json")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed, so no wheel can be built without the network")
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


@pytest.mark.slow
def test_a_wheel_holds_every_resource_and_no_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for name in NAMES:
        assert any(entry.startswith(f"studio/_resources/{name}") for entry in names), name
    assert not [entry for entry in names if entry.startswith(("tests", "packaging", "resources"))]
    assert any(entry.endswith("LICENSE") for entry in names)


@pytest.mark.slow
def test_an_installed_wheel_finds_its_resources(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:  # what pip does with a wheel of pure Python
        archive.extractall(tmp_path / "site")
    code = (
        "import sys; sys.path.insert(0, 'site');"
        "from studio.system import resources as assets; from studio.catalog import catalog;"
        f"import studio; assert 'site' in studio.__file__, studio.__file__;"
        f"[print(assets.path(name)) for name in {NAMES!r}]; assert len(catalog.load()) > 1000"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code.replace("'site'", repr(str(tmp_path / "site")))],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    files = [Path(line) for line in done.stdout.splitlines()]
    assert files == [tmp_path / "site" / "studio" / "_resources" / name for name in NAMES]
