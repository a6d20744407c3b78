"""A folder of photos with a journal."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

from studio.data.journal.entries import Action
from studio.data.journal.journal import Journal
from studio.data.journal.opening import open_journal
from studio.data.scan import listing
from studio.spec import DatasetSpec


def result_of(steps: Generator[Any, None, Any]) -> Any:
    """The result of a generator that reports progress."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def write_files(root: Path) -> Path:
    """Write small files with the names of photos: class `ants` and class `bees`, with four photos each."""
    for kind in ("ants", "bees"):
        (root / kind).mkdir(parents=True)
        for number in range(4):
            (root / kind / f"{number}.jpg").write_text(f"{kind} {number}")
    return root


class PhotosWithJournal:
    """A folder of photos, and what its journal does to it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def journal(self) -> Journal:
        return result_of(open_journal(str(self.root)))

    def do(self, kind: str, *photos: str, value: str = "") -> Journal:
        journal = self.journal()
        journal.add([Action(kind, value, result_of(journal.keys_of(photos)))])
        return journal

    def listing(self, **spec: Any) -> Any:
        return listing(DatasetSpec(str(self.root), **{"split_by": "photo", "split_near": False, **spec}))

    def used(self) -> dict[str, tuple[str, str]]:
        """Class and split of each photo in use."""
        dataset = self.listing()
        return {photo.path: (dataset.classes[photo.label], photo.split) for photo in dataset.photos}

    def excluded(self) -> list[str]:
        return [choice.path for choice in self.listing().choices.photos if choice.excluded]
