"""Features of training photos stored with a run, by which photos unlike all of them are recognized; imports no torch.

The file lies beside the weights that the features come from. Where the backbone was not trained, the features are the
same after every epoch, and the file in the run's folder serves them all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from studio.engine.predict.head_arrays import SavedHead
from studio.engine.training.run_files import file_names
from studio.evaluate import novelty
from studio.events.runs import WeightsChoice
from studio.runs import folder as runs
from studio.system import atomic_files
from studio.system.failures import is_out_of_memory

FILE = "novelty.safetensors"


@dataclass(frozen=True)
class Novelty:
    """Features of known photos, and the distances of others that are known, too.

    Attributes:
        rows: (M, D) float16, features of training photos with length 1.
        known: (N,) float32, distances of validation photos.
    """

    rows: NDArray[np.float16]
    known: NDArray[np.float32]

    def distance(self, row: NDArray[np.float32], kept: float) -> float | None:
        """Distance of a photo's features (D,), as a multiple of the limit; None where there is no limit."""
        limit = novelty.limit(self.known, kept)
        if not np.isfinite(limit) or limit <= 0:
            return None
        return float(novelty.distances(self.rows, row[None])[0]) / limit


def write(run: Path, which: WeightsChoice, saved: SavedHead, content: Novelty) -> None:
    """Store the features of a run's weights."""
    folder = run / file_names.BEST if which == "best" and saved.moved else run
    about = {file_names.ABOUT: json.dumps({"moved": saved.moved, "weights": saved.about.weights_hash})}
    with atomic_files.atomic_write(folder / FILE) as temporary:
        save_file({"rows": content.rows, "known": content.known}, temporary, about)


def read(source: Path, which: WeightsChoice, saved: SavedHead) -> Novelty | None:
    """The features stored for a run's weights; None where there are none, or they belong to other weights."""
    folder = source if source.is_dir() else source.parent
    if not source.is_dir() and source.name != runs.RUN:  # an exported head
        return None
    for file in (folder / file_names.BEST / FILE, folder / FILE) if which == "best" else (folder / FILE,):
        try:
            with safe_open(file, framework="numpy") as opened:
                about = file_names.about(opened.metadata())
                if (about.get("moved"), about.get("weights")) == (saved.moved, saved.about.weights_hash):
                    content = Novelty(opened.get_tensor("rows"), opened.get_tensor("known"))
                    return content if _fits(content, saved) else None
        except Exception as error:  # it only adds to a prediction, which must not fail because of it
            if is_out_of_memory(error):
                raise
    return None


def _fits(content: Novelty, saved: SavedHead) -> bool:
    first = saved.head.get("hidden.weight", saved.head["weight"])
    return content.rows.ndim == 2 and content.rows.shape[1] == first.shape[1] and content.known.ndim == 1
