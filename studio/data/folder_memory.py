"""Memory of the folder that a window shows, so that a change of its journal does not list and open the photos again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.data.folder import changes
from studio.events import Dataset
from studio.spec import DatasetSpec
from studio.spec.structs import replace

if TYPE_CHECKING:  # the window creates a memory before it needs Pillow
    from studio.data.checked_folder import CheckedFolder


@dataclass(frozen=True)
class KnownFolder:
    """A folder as it was listed and checked last.

    Attributes:
        spec: The data set, without the value range, which changes neither list nor findings.
        listed: The data set as listed, without choices.
        folder: Result of the check of its photos; None before it.
        dataset: The checked data set with the choices at that time; None before the check.
    """

    spec: DatasetSpec
    listed: Dataset
    folder: CheckedFolder | None = None
    dataset: Dataset | None = None


class FolderMemory:
    """The folder that was listed last. Its methods may be called in different threads."""

    def __init__(self) -> None:
        self._last: KnownFolder | None = None

    def listed(self, spec: DatasetSpec, listed: Dataset) -> None:
        """Remember a listing."""
        self._last = KnownFolder(_photos_of(spec), listed)

    def divided(self, spec: DatasetSpec, before: Dataset, listed: Dataset) -> None:
        """Remember a listing with its final split, unless the folder was listed again meanwhile.

        Args:
            spec: The data set.
            before: The listing with its provisional split.
            listed: The same with its final split.
        """
        last = self._last
        if last is not None and last.listed is before:
            self._last = KnownFolder(_photos_of(spec), listed)

    def checked(self, spec: DatasetSpec, listed: Dataset, folder: CheckedFolder, dataset: Dataset) -> None:
        """Remember a check of a listing, unless the folder was listed again meanwhile."""
        last = self._last
        if last is not None and last.listed is listed:
            self._last = KnownFolder(_photos_of(spec), listed, folder, dataset)

    def relisted(self, spec: DatasetSpec, now: Dataset) -> None:
        """Forget the folder if a run listed other photos: a choice must not bring the former ones back.

        Args:
            spec: The data set.
            now: The photos that the training uses.
        """
        last = self.of(spec)
        if last is None:
            return
        if any(changes.count_changes(last.listed, now)) or changes.count_changed_targets(last.listed, now):
            self.forget()

    def forget(self) -> None:
        """Forget the folder: it is listed again when it is needed."""
        self._last = None

    def of(self, spec: DatasetSpec) -> KnownFolder | None:
        """The memory of a data set; None without one."""
        last = self._last
        return last if last is not None and last.spec == _photos_of(spec) else None


def _photos_of(spec: DatasetSpec) -> DatasetSpec:
    return replace(spec, value_range=None)
