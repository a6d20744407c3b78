"""Photos of every class in every part.

A group of near duplicates that is most of a class is divided, and for a class that by chance has no photo in a part, a
group is moved there from its largest part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from studio.events import Split

MOST_ALIKE = 4
"""Largest group of near duplicates that stays together even where it is most of a class."""


def too_large(
    pictures: Mapping[str, str], contents: Mapping[str, str], by_class: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """Contents of photos in groups of near duplicates that are all of a class, or most of it, by path.

    Such a class has photos that look alike, such as digits; together they would all be in one part. The data check then
    reports the pairs that cross the split.

    Args:
        pictures: For each photo, by path, the content that identifies its group.
        contents: Content of each photo by path.
        by_class: The photos of each class.
    """
    large: set[str] = set()
    for photos in by_class.values():
        own = {contents[path] for path in photos if path in contents}
        sizes = Counter(pictures[path] for path in photos if path in pictures)
        for picture, count in sizes.items():
            alone = len(sizes) == 1 and len(own) > 1
            if alone or count > max(MOST_ALIKE, len(photos) / 2):
                large.add(picture)
    return {path: contents[path] for path, picture in pictures.items() if picture in large}


def cover(
    parts: dict[str, Split],
    keys: Mapping[str, str],
    by_class: Mapping[str, Mapping[str, str]],
    order: Callable[[str], tuple[float, str]],
    with_test: bool,
) -> None:
    """Move groups in place until each class that has enough of them has photos in all parts.

    Only groups of a single class are moved. A split then depends on the other photos of the class, but only where a
    part has none of them: among classes of 20 photos, that is one in a hundred.

    Args:
        parts: Split of each photo by path.
        keys: Key of the group of each photo.
        by_class: The photos of each class.
        order: Sort key of a group; groups are held out in this order.
        with_test: True where there is a test part.
    """
    names: tuple[Split, ...] = ("train", "val", "test") if with_test else ("train", "val")
    lacking = [photos for photos in by_class.values() if set(names) - {parts[path] for path in photos}]
    concerned = {keys[path] for photos in lacking for path in photos}
    classes: dict[str, set[str]] = {}
    members: dict[str, list[str]] = {}
    for name, photos in by_class.items() if concerned else ():
        for path in photos:
            if (key := keys[path]) in concerned:
                classes.setdefault(key, set()).add(name)
                members.setdefault(key, []).append(path)
    for photos in lacking:
        own: list[str] | None = None
        for split in names:
            if any(parts[path] == split for path in photos):
                continue
            if own is None:
                own = sorted({keys[path] for path in photos if len(classes[keys[path]]) == 1}, key=order)
            groups: dict[Split, list[str]] = {part: [] for part in names}
            for key in own:
                groups[parts[members[key][0]]].append(key)
            donor = max(groups.values(), key=len)
            if len(donor) > 1:
                moved = donor[-1 if split == "train" else 0]
                parts.update(dict.fromkeys(members[moved], split))
