"""How the photos of a folder may be divided, with the reasons why a way is not possible; free of Qt."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from studio.data.journal.accepted import is_accepted
from studio.events import Dataset
from studio.formatting import numbers
from studio.formatting.language import counted, tr
from studio.spec import DatasetSpec
from studio.spec.dataset import SplitBy

WAYS: Mapping[SplitBy, str] = MappingProxyType(
    {
        "content": tr("nothing (by content)"),
        "photo": tr("nothing (by path)"),
        "folder": tr("folder"),
        "date": tr("day (EXIF)"),
        "camera": tr("camera (EXIF)"),
        "name": tr("part of the name…"),
        "table": tr("column of a table…"),
    }
)
"""Ways to group photos, in the order of a list."""

BY: Mapping[SplitBy, str] = MappingProxyType(
    {
        "content": tr("by content"),
        "photo": tr("by path"),
        "folder": tr("by folder"),
        "date": tr("by day"),
        "camera": tr("by camera"),
        "name": tr("by name"),
        "table": tr("by table"),
    }
)
"""Ways to divide the photos, after a comma or at the beginning of a line."""

TIPS: Mapping[SplitBy, str] = MappingProxyType(
    {
        "content": tr(
            "Each photo by its content: renamed photos stay where they are. A new one moves others only as a near "
            "duplicate that is larger or joins two groups, or in a small class"
        ),
        "photo": tr("The same share of each class, by a hash of the paths: a new photo may move another one"),
        "folder": tr("Photos of a folder inside the class folders stay on one side"),
        "date": tr("Photos of one day stay on one side"),
        "camera": tr("Photos of one camera stay on one side"),
        "name": tr("Photos whose names have the same part, found by a regular expression, stay on one side"),
        "table": tr("Photos with the same value in a column of a CSV file stay on one side"),
    }
)
UNCHECKED = tr("Known once all photos were opened.")
NONE: Mapping[str, str] = MappingProxyType(
    {
        "folder": tr("No class folder has folders in it."),
        "date": tr("No photo says when it was taken (EXIF)."),
        "camera": tr("No photo says which camera took it (EXIF)."),
    }
)
ONE: Mapping[str, str] = MappingProxyType(
    {
        "folder": tr("All photos are in folders of one name."),
        "date": tr("All photos were taken on one day."),
        "camera": tr("One camera took all photos."),
    }
)
OWN_SPLIT = tr("The folder has a split of its own.")
TEST_SHARES = (0.0, 0.1, 0.15, 0.2, 0.3)


def obstacle(dataset: Dataset | None, way: SplitBy) -> str:
    """The reason why photos cannot be grouped by this property; "" where they can."""
    if dataset is None or way not in NONE:
        return ""
    groups = dict(dataset.groupings).get(way)
    if groups is None:
        return "" if way == "folder" else UNCHECKED
    if not groups:
        return NONE[way]
    return tr("{one} One side would be empty.").format(one=ONE[way]) if groups == 1 else ""


def crossing(dataset: Dataset | None) -> int:
    """Number of pairs that cross the split and are not accepted."""
    if dataset is None:
        return 0
    accepted = dataset.choices.accepted
    done = {one.photos for one in accepted if one.kind == "across_split"}
    pairs = [
        pair
        for finding in dataset.findings
        if finding.kind == "across_split" and not is_accepted(finding, accepted)
        for pair in finding.photos
    ]
    return sum(tuple(sorted(pair)) not in done for pair in pairs)


def crossing_words(number: int) -> str:
    """Pairs that cross the split in words; "" for none."""
    return (
        (
            tr("{pairs} of the same photo crosses it") if number == 1 else tr("{pairs} of the same photo cross it")
        ).format(pairs=counted(number, "pair"))
        if number
        else ""
    )


def options(spec: DatasetSpec) -> str:
    """How the photos are divided, for a folded card: “by content, no test set”."""
    share = (
        tr("{test_fraction} test").format(test_fraction=numbers.percent(spec.test_fraction, 0))
        if spec.test_fraction
        else tr("no test set")
    )
    return f"{BY[spec.split_by]}, {share}"


def summary(dataset: Dataset | None, share: float | None = None) -> str:
    """The numbers of photos of the parts in words.

    Args:
        dataset: The data set.
        share: Validation share that is not applied yet, for an estimate.
    """
    if dataset is None:
        return tr("Photos held out to see how well training generalizes.")
    counts = {name: sum(row) for name, row in dataset.counts().items()}
    if share is not None:
        movable = counts.get("train", 0) + counts.get("val", 0)
        counts["val"] = round(movable * share)
        counts["train"] = movable - counts["val"]
    words = tr("{train} training · {val} validation").format(
        train=numbers.exact(counts.get("train", 0)), val=numbers.exact(counts.get("val", 0))
    )
    if counts.get("test"):
        words += tr(" · {counts} test").format(counts=numbers.exact(counts["test"]))
    if dataset.split_found:
        return tr("Split found in the folder: {words}").format(words=words)
    if dataset.split_pending:
        return tr("The photos are divided once all were opened.")
    return tr("{words}, the same every time").format(words=words)
