"""Names from the user's data, which an error report must not contain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from studio.session.state import AppState
from studio.spec.network_file import parse


def private_names(state: AppState) -> Iterator[str]:
    """Paths and names of the folders and files of the settings and of the runs, and the names of the classes."""
    paths = [
        state.spec.dataset.folder,
        *(str(Path(state.spec.dataset.folder, inside)) for inside in state.spec.dataset.folders),
        *state.spec.dataset.sources[:2],
        state.spec.dataset.split_table,
        state.spec.backbone.weights,
        network.path if (network := parse(state.spec.backbone.name)) is not None else "",
        state.run_list.chosen,
    ]
    paths.extend(state.runs)
    for path in paths:
        if path not in ("", "default", "none"):
            yield from (path, Path(path).name, Path(path).parent.name)
    if state.dataset is not None:
        yield from state.dataset.classes
