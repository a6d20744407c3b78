"""Layout of a data set's folders: one folder per class, or `train/` and `val/` with such folders.

Both are common, and the program detects which one it is. A folder named “train” alone proves nothing, since it may be a
class beside “bus” and “tram”; it counts as a split only if it has subfolders and its neighbors match.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from studio.data.folder import label_pattern, walk
from studio.events import PhotoNote, Skipped, Split
from studio.spec import UserError
from studio.system import paths as places
from studio.system import remote

ROLES: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
ALIKE = "its name looks like that of another class: rename one, or put all photos into one folder"
EMPTY = "an empty class folder: it contains no photos"
REPEATED = "contains no photos of its own, but the same folders as every other class"
_RENAME = "rename the folders above them to “train”, “val” and “test”"
MAX_PARTS = 10
"""Number of top folders up to which folders alike inside may be splits; more than that are classes."""

_ARRANGE = "Make one folder for each class, put the photos into them, and open the folder that contains those folders."


@dataclass(frozen=True)
class ClassFolder:
    """A folder with photos of one class: its path relative to the root, the class, and the split."""

    path: str
    name: str
    split: Split


@dataclass
class Layout:
    """Class folders of a data set, and the files beside them.

    Attributes:
        folders: Class folders, sorted by path.
        split_found: True where there are validation folders; otherwise the photos in `train` still have to be split.
        skipped: Files and folders left out so far.
    """

    folders: list[ClassFolder] = field(default_factory=list)
    split_found: bool = False
    skipped: list[Skipped] = field(default_factory=list)


def find(folder: str) -> tuple[str, Layout]:
    """Examine a folder and find its classes.

    Returns:
        Absolute path of the folder, and its layout.

    Raises:
        UserError: The folder is missing, not a folder, unreadable, empty, or has no class folders.
    """
    root, top = root_of(folder)
    splits = _splits(root, top.folders)
    layout = Layout(skipped=list(top.skipped))
    if splits:
        _by_split(root, splits, layout)
        layout.skipped += [
            Skipped(name, "is beside train and val and belongs to neither")
            for name in top.folders
            if name not in splits
        ]
    else:
        if not top.folders:
            raise _no_classes(root, top)
        layout.folders = [ClassFolder(name, name, "train") for name in top.folders]
    layout.skipped += [Skipped(name, "is beside the class folders, not in one") for name in top.photos]
    return root, layout


def root_of(folder: str) -> tuple[str, walk.Entries]:
    """Absolute path of a folder, and its entries.

    Raises:
        UserError: The folder is missing, not a folder, or unreadable.
    """
    root = places.absolute(folder) if folder else ""
    try:
        if remote.url_of(root):
            return root, walk.entries(root, "")
        if not root or not Path(root).exists():
            raise UserError(
                f"There is no folder “{root or folder}”.", "Check the name, or choose another folder.", root or folder
            )
        if not Path(root).is_dir():
            raise UserError(
                f"“{root}” is a file, not a folder.", "Choose the folder that contains one folder for each class.", root
            )
        top = walk.entries(root, "")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"There is no folder {root}.", "Check the address, or choose another folder.", root) from error
    except PermissionError as error:
        raise UserError(
            f"You are not permitted to read “{root}”.", "Change its permissions, or choose another folder.", root
        ) from error
    except (OSError, ValueError) as error:
        raise UserError(
            f"“{root}” cannot be read: {error}.", "Check the disk, or choose another folder.", root
        ) from error
    return root, top


def _splits(root: str, names: list[str]) -> dict[str, Split]:
    """Split of each subfolder that is one, if the folder is split; empty if it contains class folders."""
    splits = {name: ROLES[name.lower()] for name in names if name.lower() in ROLES}
    training = [name for name, split in splits.items() if split == "train"]
    if not training:
        return {}
    insides = [_peek(root, name) for name in training]
    if not any(inside.folders for inside in insides):
        if len(splits) == len(names) and any(inside.photos for inside in insides):
            raise UserError(
                f"“{Path(root, training[0])}” contains photos but no folder for each class.",
                _ARRANGE,
                Path(root, training[0]),
            )
        return {}
    if "val" in splits.values():
        return splits
    # Only `train`, without `val`: a split if no folder beside it looks like another class.
    others = [name for name in names if name not in splits]
    mixed = any(inside.photos for inside in insides) or any(_peek(root, name).photos for name in others)
    return {} if mixed and others else splits


def _by_split(root: str, splits: dict[str, Split], layout: Layout) -> None:
    """Find the class folders in train, val and test."""
    for top, split in sorted(splits.items()):
        try:
            inside = walk.entries(root, top)
        except OSError as error:
            layout.skipped.append(Skipped(top, walk.cause(error)))
            continue
        layout.skipped += inside.skipped
        layout.skipped += [Skipped(f"{top}/{name}", "is not in a class folder") for name in inside.photos]
        layout.folders += [ClassFolder(f"{top}/{name}", name, split) for name in inside.folders]
    trained = {folder.name for folder in layout.folders if folder.split == "train"}
    layout.folders = [_named_as_trained(folder, trained) for folder in layout.folders]
    unknown = [folder for folder in layout.folders if folder.split == "test" and folder.name not in trained]
    layout.skipped += [Skipped(folder.path, "a class for testing that is not in train") for folder in unknown]
    layout.folders = [folder for folder in layout.folders if folder not in unknown]
    layout.split_found = "val" in splits.values()


def _named_as_trained(folder: ClassFolder, trained: set[str]) -> ClassFolder:
    """The folder with the name that its class has in train: macOS decomposes accents, other systems do not."""
    if folder.name in trained or (folder.name.isascii() and all(name.isascii() for name in trained)):
        return folder
    same = [name for name in trained if _composed(name) == _composed(folder.name)]
    return replace(folder, name=same[0]) if len(same) == 1 else folder


def lookalike_notes(folders: Sequence[ClassFolder]) -> tuple[PhotoNote, ...]:
    """Notes on class folders whose name looks like that of another class on the screen.

    Composed and decomposed accents, other code points for the same letter, and spaces at either end look the same.
    """
    by_look: dict[str, dict[str, str]] = {}
    for folder in folders:
        by_look.setdefault(unicodedata.normalize("NFKC", folder.name).strip(), {}).setdefault(folder.name, folder.path)
    paths = sorted(path for names in by_look.values() if len(names) > 1 for path in names.values())
    return tuple(PhotoNote(path, ALIKE) for path in paths)


def repetition_notes(root: str, folders: Sequence[ClassFolder]) -> tuple[PhotoNote, ...]:
    """A note if all classes have the same subfolders and no other photos: the subfolders may be the classes.

    `train_set` and `test_set`, for example, are not recognized as splits, and would be used as classes.
    """
    names = sorted({folder.name for folder in folders})
    if not 2 <= len(names) <= MAX_PARTS:
        return ()
    insides = [_peek(root, folder.path) for folder in folders]
    same = insides[0].folders
    if len(same) < 2 or any(inside.photos or inside.folders != same for inside in insides):
        return ()
    shown = ", ".join(f"“{name}”" for name in same[:3]) + (", …" if len(same) > 3 else "")
    return (PhotoNote(folders[0].path, f"{REPEATED} ({shown}): if those are the classes, {_RENAME}"),)


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _no_classes(root: str, top: walk.Entries) -> UserError:
    if top.photos:
        pattern = label_pattern.propose(top.photos)
        names = f" Or use labels in their names: --label-pattern '{pattern}'" if pattern else ""
        names += ", in the window “Target”, “Classes from file names”." if pattern else ""
        names += " Or use a table of them: --labels FILE, in the window “Target”, “Classes from a table”."
        title = f"“{root}” contains {len(top.photos):,} photos but no folder for each class."
        return UserError(title, f"{_ARRANGE}{names}", root)
    if top.skipped:
        return UserError(
            f"“{root}” contains no photos and no folders.",
            "Choose the folder that contains one folder for each class.",
            root,
        )
    return UserError(f"“{root}” is empty.", "Put one folder for each class into it, or choose another folder.", root)


def _peek(root: str, name: str) -> walk.Entries:
    try:
        return walk.entries(root, name)
    except OSError:
        return walk.Entries()
