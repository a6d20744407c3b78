"""Split of a folder's photos where the folder has none: final at once, or provisional until the photos were opened.

Near duplicates, days and cameras are known only once every photo was opened, which takes as long as the data check. The
window shows the photos before that, so its first list is divided provisionally; all other lists wait.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Generator, Mapping

from studio.data import checked_folder
from studio.data.checked_folder import CheckedFolder
from studio.data.checks import trainable
from studio.data.content_hashes import ContentHashes
from studio.data.splits import picture_groups, split_groups, validation_split
from studio.data.splits.picture_groups import PictureGroups
from studio.data.splits.split_groups import ByClass
from studio.events import Dataset, Event, Photo, Split, Stage
from studio.spec import DatasetSpec
from studio.spec.validation import check_split


class Divider:
    """Divides the photos of one data set.

    Args:
        spec: How to divide them.
        may_open: Open the photos where the split depends on their content; otherwise it is provisional.
    """

    def __init__(self, spec: DatasetSpec, may_open: bool = True) -> None:
        self._spec, self._may_open = spec, may_open
        self._root = ""
        self._by_class: ByClass = {}
        self._tests: Collection[str] = ()
        self.is_provisional = False
        self.groupings: tuple[tuple[str, int], ...] = ()

    def divide(
        self, root: str, by_class: ByClass, tests: Collection[str] = ()
    ) -> Generator[Event, None, dict[str, Split]]:
        """The split of each photo.

        Args:
            root: Absolute path of the folder.
            by_class: The photos to divide.
            tests: Paths of the folder's own test photos; if there are any, no others are selected.

        Raises:
            UserError: The settings do not fit together or do not fit the photos.
        """
        validation_split.require_fraction(self._spec.val_fraction)
        check_split(self._spec)
        self._root, self._by_class, self._tests = root, by_class, tests
        self.groupings = (("folder", split_groups.count_folders(by_class)),)
        hashes = ContentHashes(root)
        if not split_groups.needs_contents(self._spec):
            return (yield from self._parts({}, PictureGroups()))
        if not self._may_open:
            stored = hashes.stored_hashes(self._paths())
            del hashes
            groups = self._known_groups(stored) if stored is not None else None
            if stored is None or groups is None:
                self.is_provisional = True
                split_groups.keys_of_names(self._spec, root, by_class)  # a mistake in the settings is an error at once
                return split_groups.by_photo(self._spec, by_class, bool(tests))
            return (yield from self._parts(stored, groups))
        contents = yield from hashes.of(self._paths(), None)
        groups = self._known_groups(contents)
        if groups is None:
            groups = yield from self._opened(contents)
            yield Stage("scan", "Listing photos")
        return (yield from self._parts(contents, groups))

    def finish(self, listed: Dataset, folder: CheckedFolder) -> Generator[Event, None, Dataset]:
        """The data set with its final split, after its photos were opened.

        Args:
            listed: The data set as listed, without the user's choices; its split may be provisional.
            folder: Result of the check of its photos.
        """
        if not self._root:  # the folder has a split
            return listed
        hashes = ContentHashes(self._root)
        if self.is_provisional or not split_groups.needs_contents(self._spec):  # otherwise all of them are known
            hashes.learn(folder.facts.contents(), folder.start)
        if not self.is_provisional:
            return listed
        yield Stage("scan", "Dividing photos")
        rest = [path for path in self._paths() if path not in folder.facts]
        contents = dict(folder.facts.contents())
        contents |= yield from hashes.of(rest, None)
        del hashes
        groups = picture_groups.of_facts(contents.values(), folder.facts, folder.near)
        picture_groups.store(groups)
        parts = yield from self._parts(contents, groups)
        del contents
        photos = (_in_part(photo, parts.get(photo.path, photo.split)) for photo in listed.photos)
        result = dataclasses.replace(listed, photos=tuple(photos), split_pending=False)
        return dataclasses.replace(result, problems=trainable.find(result))

    def _paths(self) -> list[str]:
        return sorted([path for photos in self._by_class.values() for path in photos] + list(self._tests))

    def _known_groups(self, contents: Mapping[str, str]) -> PictureGroups | None:
        """The stored groups; None where photos have to be opened."""
        if not split_groups.needs_pictures(self._spec):
            return PictureGroups()
        return picture_groups.load(contents.values())

    def _opened(self, contents: Mapping[str, str]) -> Generator[Event, None, PictureGroups]:
        photos = tuple(Photo(path, 0, "train") for path in self._paths())
        folder = yield from checked_folder.check(Dataset(self._root, (), photos))
        groups = picture_groups.of_facts(contents.values(), folder.facts, folder.near)
        picture_groups.store(groups)
        return groups

    def _parts(self, contents: Mapping[str, str], groups: PictureGroups) -> Generator[Event, None, dict[str, Split]]:
        return (
            yield from split_groups.divide(self._spec, self._root, self._by_class, contents, groups, bool(self._tests))
        )


def _in_part(photo: Photo, part: Split) -> Photo:
    return photo if photo.split == part else dataclasses.replace(photo, split=part)
