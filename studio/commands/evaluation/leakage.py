"""Near duplicates of judged photos among the training photos of a run, which make its metrics too good."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from studio.events import Dataset, Event, JudgedPart, Photo
from studio.runs.files import photos_file
from studio.system import paths

Pair = tuple[str, str]


def near_pairs(run: Path, judged: JudgedPart) -> Generator[Event, None, tuple[Pair, ...]]:
    """Pairs of a training photo and a judged photo that show the same picture; empty if the folder is gone.

    Photos are opened once, and again only after they have changed.

    Args:
        run: Folder of the run.
        judged: The judged photos.
    """
    trained = {photo.path: photo.content for photo in photos_file.read(run) if photo.split == "train"}
    if judged.split == "train" or not trained or not paths.is_folder(judged.folder):
        return ()
    from studio.data import checked_folder
    from studio.data.splits import picture_groups

    contents = {**trained, **dict(zip(judged.paths, judged.contents, strict=True))}
    groups = picture_groups.load(contents.values()) if all(contents.values()) else None
    if groups is None:
        photos = tuple(Photo(path, 0, "train") for path in sorted(contents))
        folder = yield from checked_folder.check(Dataset(str(paths.expanded(judged.folder)), (), photos))
        contents |= dict(folder.facts.contents())
        groups = picture_groups.of_facts(contents.values(), folder.facts, folder.near)
        picture_groups.store(groups)
    first: dict[str, str] = {}
    for path in sorted(trained, reverse=True):
        if (group := groups.near.get(contents[path])) is not None:
            first[group] = path
    near = ((first.get(groups.near.get(contents[path], "")), path) for path in judged.paths)
    return tuple((one, path) for one, path in near if one is not None)
