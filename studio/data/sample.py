"""Sample data set: handwritten digits that come with scikit-learn, so that no download is needed.

They are written as common photo files in class folders, and treated like the user's own. The folder is created
atomically: photos are written to a temporary folder that is renamed at the end, so an interrupted attempt leaves no
partial data set.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.events import Event, Saved, Stage
from studio.jobs import libraries
from studio.jobs.progress import Pace
from studio.spec import UserError
from studio.system import resources

SIDE = 80
"""Height and width of the written photos in pixels."""

PER_CLASS = 60
"""Photos per digit: 600 in all, enough to learn from and few enough for a quick run."""

_README = "README.txt"


def sample(folder: Path, per_class: int = PER_CLASS) -> Generator[Event, None, None]:
    """Job that writes the sample data set; a complete one is not changed.

    Args:
        folder: It must be missing, be empty, or contain an earlier sample.
        per_class: Photos per digit, at least 2; 174 to 183 of each exist.

    Yields:
        Stage and Progress of the import and the writing, and `Saved(folder, "sample")` at the end.

    Raises:
        UserError: The folder has other content, or cannot be written.
    """
    # Under the lock of all imports: scikit-learn looks at torch, which fails while another thread still imports it.
    yield from libraries.import_libraries("sklearn.datasets")
    yield Stage("sample", "Preparing sample photos")
    images, chosen = _chosen(per_class)
    if not all((folder / name).is_file() for name in (*chosen, _README)):
        yield from _write(folder, images, chosen)
    yield Saved(str(folder.absolute()), "sample")


def _chosen(per_class: int) -> tuple[NDArray[Any], dict[str, int]]:
    """All images, (1797, 8, 8) of 0…16, and the relative path and row of the chosen ones.

    They are spread evenly over each digit's images, because neighbors are often by the same writer.
    """
    from sklearn.datasets import load_digits  # here, because the import takes a second

    digits = load_digits()
    chosen: dict[str, int] = {}
    for digit in range(10):
        rows = np.flatnonzero(digits.target == digit)
        places = np.linspace(0, len(rows) - 1, min(max(per_class, 2), len(rows))).round().astype(int)
        chosen |= {f"{digit}/digit_{row:04d}.png": int(row) for row in rows[places]}
    return digits.images, chosen


def _write(folder: Path, images: NDArray[Any], chosen: dict[str, int]) -> Generator[Event, None, None]:
    if not (folder / _README).is_file() and (_is_filled(folder) or (folder.exists() and not folder.is_dir())):
        raise UserError(
            f"“{folder}” already has other content.", "Choose another folder for the sample photos.", folder
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        pace = Pace("sample", len(chosen))
        for done, (name, row) in enumerate(chosen.items(), 1):
            (beside / name).parent.mkdir(exist_ok=True)
            _picture(images[row]).save(beside / name)
            progress = pace.at(done)
            if progress:
                yield progress
        (beside / _README).write_text(resources.path("sample.txt").read_text(encoding="utf-8"), encoding="utf-8")
        _move(beside, folder, [*chosen, _README])
        yield pace.end(len(chosen))
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _move(beside: Path, folder: Path, names: list[str]) -> None:
    """Move the finished folder to its final path; an earlier sample only gets the files that it lacks."""
    if _is_filled(folder):
        for name in names:
            if not (folder / name).is_file():
                (folder / name).parent.mkdir(exist_ok=True)
                (beside / name).replace(folder / name)
        return
    beside.chmod(0o755)  # temporary folders are readable by their owner only
    try:
        if folder.exists():
            folder.rmdir()  # Windows does not rename a folder to an existing empty one
        beside.rename(folder)
    except OSError:
        if not (folder / _README).is_file():  # otherwise another program has just created it
            raise


def _is_filled(folder: Path) -> bool:
    """True for a folder with content; another program may be renaming its own just now."""
    try:
        return any(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return False


def _picture(levels: NDArray[Any]) -> Image.Image:
    """An 8 × 8 image of ink from 0 to 16 as dark strokes on light paper."""
    with_margin = np.pad(levels, 1)  # the ink reaches the edge, and a network's crop would cut it off
    paper = np.rint(255 - with_margin * (255 / 16)).astype(np.uint8)
    return Image.fromarray(paper).resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def _unwritable(folder: Path, error: OSError) -> UserError:
    return UserError(
        f"The sample photos cannot be written to “{folder}”: {(error.strerror or 'unknown error').lower()}.",
        "Choose another folder, or make room on the disk.",
        folder,
    )
