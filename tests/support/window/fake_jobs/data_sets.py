"""Fake jobs on a folder of photos: scan, preview, map, journal, copy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from fake_jobs.data import fake_dataset
from fake_jobs.work import FakeWork

from studio.catalog import catalog
from studio.events import (
    AugmentedViews,
    DatasetScanned,
    DeepPhotos,
    Events,
    JournalRead,
    PhotosMapped,
    Preview,
    Progress,
    Saved,
    Stage,
    ValueRanges,
)
from studio.events.photos.photo_map import LabelSuspect
from studio.jobs.protocol import Stop, Work
from studio.spec import BackboneSpec, DatasetSpec, RunSpec, UserError
from studio.spec.journal import JournalRequest
from studio.spec.structs import replace


class FakeDataSets(FakeWork):
    """Fake commands on a folder of photos.

    Attributes:
        photos: Number of photos of every folder.
        deep: Photos of more than 8 bits of a checked folder.
        ranges: Value ranges of the photo previewed last.
        scan_fault: Failure of a scan.
        asked: Changes of the journal.
    """

    def __init__(self) -> None:
        super().__init__()
        self.photos = 40
        self.deep: DeepPhotos | None = None
        self.ranges = ValueRanges()
        self.scan_fault: UserError | None = None
        self.asked: list[JournalRequest] = []

    def scan(self, spec: DatasetSpec) -> Work:
        return self._work("scan", self._scan, spec)

    def relist(self, spec: DatasetSpec) -> Work:
        return self._work("relist", self._relist, spec)

    def photo_map(self, spec: DatasetSpec, backbone: BackboneSpec, only_stored: bool) -> Work:
        return self._work("photo_map", self._photo_map, spec, backbone, only_stored)

    def sample(self) -> Work:
        return self._work("sample", self._sample)

    def preview(self, photo: str, spec: BackboneSpec, ranges: ValueRanges) -> Work:
        self.ranges = ranges
        return self._work("preview", self._preview, photo, spec)

    def augmented(self, photo: str, spec: RunSpec, ranges: ValueRanges) -> Work:
        return self._work("augmented", self._augmented, photo, spec)

    def journal(self, spec: DatasetSpec, asked: JournalRequest) -> Work:
        if asked != JournalRequest():
            self.asked.append(asked)
        return lambda stop: self._journal(spec, asked)

    def cleaned_copy(self, spec: DatasetSpec, out: str, links: bool) -> Work:
        return self._work("cleaned_copy", self._cleaned_copy, out)

    def _scan(self, stop: Stop, spec: DatasetSpec) -> Events:
        yield Stage("scan", "Listing photos")
        if self.scan_fault is not None:
            raise self.scan_fault
        yield DatasetScanned(fake_dataset(spec.folder, self.photos, False, spec.val_fraction))
        yield Stage("check", "Checking photos")
        yield Progress("check", self.photos, self.photos)
        yield DatasetScanned(replace(fake_dataset(spec.folder, self.photos, True, spec.val_fraction), deep=self.deep))

    def _relist(self, stop: Stop, spec: DatasetSpec) -> Events:
        yield Stage("scan", "Listing photos")
        yield DatasetScanned(fake_dataset(spec.folder, self.photos, False, spec.val_fraction))

    def _journal(self, spec: DatasetSpec, asked: JournalRequest) -> Events:
        number = len(self.asked)
        yield JournalRead(
            spec.folder, "/nowhere/journal.jsonl", undoable=number, undo="exclude 1 photo" if number else ""
        )

    def _cleaned_copy(self, stop: Stop, out: str) -> Events:
        yield Stage("copy", "Copying photos")
        yield Saved(out, "copy")

    def _photo_map(self, stop: Stop, spec: DatasetSpec, backbone: BackboneSpec, only_stored: bool) -> Events:
        if only_stored:
            return
        yield Stage("pca", "Placing photos")
        paths = tuple(photo.path for photo in fake_dataset(spec.folder, self.photos).photos)
        places = np.stack([np.arange(len(paths)), np.arange(len(paths)) % 7], axis=1).astype(np.float32)
        near = (np.arange(len(paths))[:, None] + np.arange(1, 4)) % len(paths)
        suspect = LabelSuspect(paths[0], "a", "b", 9, 10)
        yield PhotosMapped(spec.folder, backbone, paths, 1280, places)
        yield PhotosMapped(
            spec.folder, backbone, paths, 1280, places, "tsne", 750, True, 0.0, near.astype(np.int32), (suspect,)
        )

    def _sample(self, stop: Stop) -> Events:
        yield Stage("sample", "Writing the sample photos")
        yield Saved(str(Path("/nowhere/sample").absolute()), "sample")

    def _augmented(self, stop: Stop, photo: str, spec: RunSpec) -> Events:
        views = np.zeros((spec.augment.views or 8, 24, 24, 3), np.uint8)
        yield AugmentedViews(photo, np.zeros((24, 24, 3), np.uint8), views, spec.augment, 0.001)

    def _preview(self, stop: Stop, photo: str, spec: BackboneSpec) -> Events:
        picture = np.zeros((60, 80, 3), np.uint8)
        steps = catalog.preprocess_for(spec)
        framed = np.zeros((*steps.size, 3), np.uint8)
        yield Preview(photo, picture, (800, 600), framed, framed, -2.1, 2.6, ("Decode.", "Cut."), steps)
