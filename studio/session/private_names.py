"""Names given by the user, which a bug report must not contain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from studio.session.state import AppState


def private_names(state: AppState) -> Iterator[str]:
    """Folders and files that were chosen, whole and by name, and classes."""
    given = [state.spec.dataset.folder, state.spec.dataset.targets, state.spec.backbone.weights, state.run_list.chosen]
    given.extend(state.runs)
    for path in given:
        if path not in ("", "default", "none"):
            yield from (path, Path(path).name, Path(path).parent.name)
    if state.dataset is not None:
        yield from state.dataset.classes
