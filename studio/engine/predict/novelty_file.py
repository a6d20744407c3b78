"""Features of training photos stored with a run, by which photos unlike all of them are recognized; imports no torch.

The file is beside the weights that the features come from. If the backbone was not trained, the features are the same
after every epoch, and the file in the run's folder serves them all. An exported head has them in a file beside it,
whose checksum is in its card.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from studio.engine.predict import head_arrays
from studio.engine.predict.head_arrays import SavedHead
from studio.engine.training.run_files import file_names
from studio.evaluate import novelty
from studio.events import Warned
from studio.events.runs import WeightsChoice
from studio.runs import folder as runs
from studio.runs import head_card
from studio.runs.files.record import RunRecord
from studio.system.failures import is_out_of_memory
from studio.system.files import atomic_files

FILE = "novelty.safetensors"


@dataclass(frozen=True)
class Novelty:
    """Features of training photos, and the distances of validation photos from them.

    Attributes:
        rows: (M, D) float16, features of training photos, scaled to length 1.
        distances: (N,) float32, distances of validation photos.
        paths: Paths of the M training photos, relative to the folder of the data set; () if they are unknown, as in
            exported heads and in runs of earlier versions.
    """

    rows: NDArray[np.float16]
    distances: NDArray[np.float32]
    paths: tuple[str, ...] = ()

    def limit(self, share: float) -> float | None:
        """The distance that this share of the validation photos does not exceed; None if no distances are stored."""
        limit = novelty.limit(self.distances, share)
        return limit if np.isfinite(limit) and limit > 0 else None

    def distance(self, row: NDArray[np.float32], share: float) -> float | None:
        """Distance of a photo's features (D,), as a multiple of the limit; None if there is no limit."""
        limit = self.limit(share)
        return float(novelty.distances(self.rows, row[None])[0]) / limit if limit is not None else None


def write(run: Path, which: WeightsChoice, saved: SavedHead, content: Novelty) -> None:
    """Store the features of a run's weights."""
    folder = run / file_names.BEST if which == "best" and saved.moved else run
    facts = {"moved": saved.moved, "weights": saved.about.weights_hash, "photos": list(content.paths)}
    about = {file_names.ABOUT: json.dumps(facts)}
    with atomic_files.atomic_write(folder / FILE) as temporary:
        save_file(_tensors(content), temporary, about)


def read(run: Path, which: WeightsChoice, saved: SavedHead) -> Novelty | None:
    """The features stored for a run's weights; None if there are none, or they belong to other weights."""
    expected = {"moved": saved.moved, "weights": saved.about.weights_hash}
    for file in (run / file_names.BEST / FILE, run / FILE) if which == "best" else (run / FILE,):
        content, about = _read(file)
        if content is not None and {key: about.get(key) for key in expected} == expected:
            return content if _fits(content, saved.head) else None
    return None


def of_source(source: Path, which: WeightsChoice | None, head: Mapping[str, NDArray[np.float32]]) -> Novelty | None:
    """The features of a run or an exported head; None if there are none, or they belong to other weights.

    Args:
        source: Folder of a run, its `run.json`, or an exported head.
        which: The last or the best epoch of a run; None for its result, and for an exported head.
        head: Layers of the head by name.
    """
    if source.is_dir() or source.name == runs.RUN:
        saved = head_arrays.read(source, which)
        if saved is None or not isinstance(saved.about, RunRecord):
            return None
        return read(source if source.is_dir() else source.parent, which or saved.about.result, saved)
    card = head_card.read(source)
    content, _ = _read(head_card.novelty_path_of(source)) if card.novelty is not None else (None, {})
    if content is None or card.novelty is None or card.novelty.crc32 != checksum(content):
        return None
    return content if _fits(content, head) else None


def warn_lost(source: Path) -> Warned | None:
    """The warning for an exported head without the features that its card names; None for other sources."""
    if source.is_dir() or source.name == runs.RUN or head_card.read(source).novelty is None:
        return None
    file = head_card.novelty_path_of(source)
    return Warned(
        f"Photos unlike the training photos are not recognized: {file} is missing, damaged or of another head.",
        "Put it back, or export the head again.",
    )


def export(content: Novelty, file: Path) -> None:
    """Write the features beside an exported head."""
    save_file(_tensors(content), file, {file_names.CHECKSUM: checksum(content)})


def checksum(content: Novelty) -> str:
    """Checksum of the features, for the card of an exported head."""
    return head_arrays.checksum(_tensors(content))


def _tensors(content: Novelty) -> dict[str, NDArray[Any]]:
    return {"rows": content.rows, "known": content.distances}


def _read(file: Path) -> tuple[Novelty | None, dict[str, Any]]:
    """The features in a file, and the entries of its header; None if it cannot be read."""
    try:
        with safe_open(file, framework="numpy") as opened:
            about: dict[str, Any] = dict(file_names.about(opened.metadata()))
            rows, paths = opened.get_tensor("rows"), tuple(map(str, about.get("photos", ())))
            return Novelty(rows, opened.get_tensor("known"), paths if len(paths) == len(rows) else ()), about
    except Exception as error:  # optional for a prediction, which must not fail because of it
        if is_out_of_memory(error):
            raise
        return None, {}


def _fits(content: Novelty, head: Mapping[str, NDArray[np.float32]]) -> bool:
    first = head.get("hidden.weight", head["weight"])
    return content.rows.ndim == 2 and content.rows.shape[1] == first.shape[1] and content.distances.ndim == 1
