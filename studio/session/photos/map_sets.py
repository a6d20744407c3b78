"""Sets of photos that follow from the map, and their paths: likely label errors, photos similar to one; free of Qt."""

from __future__ import annotations

from collections.abc import Sequence

from studio.events import Dataset
from studio.formatting.language import tr
from studio.session.photos import map_view, photo_sets
from studio.session.photos.photo_sets import PhotoSet
from studio.session.state import AppState

LIKELY, SIMILAR = "likely_label_error", "similar"
"""Keys of the two sets."""


class MapSets:
    """Looks up sets of photos.

    Attributes:
        similar_to: Relative path of the photo whose similar ones are shown; "" for none.
    """

    def __init__(self) -> None:
        self._state = AppState()
        self.similar_to = ""

    def show_state(self, state: AppState) -> bool:
        """Use this state; True where the sets may have changed."""
        before, self._state = self._state, state
        return state.photo_map is not before.photo_map or state.dataset is not before.dataset

    def extra(self) -> Sequence[PhotoSet]:
        """The sets that follow from the map, without empty ones."""
        result, dataset = map_view.map_now(self._state), self._state.dataset
        if result is None or dataset is None:
            return ()
        sets = []
        if number := len(map_view.suspect_paths(result, dataset)):
            sets.append(PhotoSet(LIKELY, tr("Likely label errors"), number))
        if number := len(self.sequence(SIMILAR)):
            sets.append(
                PhotoSet(SIMILAR, tr("Similar to {short}").format(short=map_view.short(self.similar_to)), number)
            )
        return sets

    def paths_of(self, dataset: Dataset, key: str) -> frozenset[str]:
        """Relative paths of the photos of any set."""
        if key == LIKELY:
            return map_view.suspect_paths(map_view.map_now(self._state), dataset)
        return frozenset(self.sequence(key)) if key == SIMILAR else photo_sets.paths_of(dataset, key)

    def sequence(self, key: str) -> tuple[str, ...]:
        """Relative paths of the similar photos in the order to show; () for sets without an order of their own."""
        result = map_view.map_now(self._state) if key == SIMILAR and self.similar_to else None
        return map_view.similar_paths(result, self.similar_to) if result is not None else ()

    def why_not_similar(self, path: str) -> str:
        """The reason why photos similar to one (relative path) are unknown; "" where they are known."""
        return map_view.cannot_find_similar(self._state, path)
