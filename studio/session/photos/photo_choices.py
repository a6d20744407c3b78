"""Choices about selected photos: what is chosen now, and the requests that change it. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studio.data.journal.accepted import is_accepted
from studio.events import AcceptedFinding, Dataset, Finding, PhotoChoice
from studio.formatting.language import tr
from studio.spec.journal import JournalAction, JournalRequest

SPLIT_TITLES = {"train": tr("Training"), "val": tr("Validation"), "test": tr("Test")}
BADGES = (
    ("cancel", lambda choice: choice.excluded),
    ("tag-outline", lambda choice: bool(choice.label)),
    ("swap-horizontal", lambda choice: choice.split is not None),
)
"""Icons of choices, each with a function that tells whether a choice has it."""

FINDING_BADGES = {
    "exact_duplicate": "content-copy",
    "near_duplicate": "content-copy",
    "two_labels": "content-copy",
    "across_split": "content-copy",
    "exif_rotated": "rotate-right",
}
"""Icons of findings, by their kind."""


@dataclass(frozen=True)
class ChosenPhotos:
    """Selected photos of a data set.

    Attributes:
        used: Relative paths of those that are used.
        excluded: Relative paths of those that the user excluded.
        relabeled: True where one of them has another class by choice.
        moved: True where one of them has another split by choice.
    """

    used: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    relabeled: bool = False
    moved: bool = False

    @property
    def all(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.used, *self.excluded)


def chosen_photos(dataset: Dataset, paths: Iterable[str]) -> ChosenPhotos:
    """The choices about photos at relative paths; paths that are not in the data set are left out."""
    choices = dataset.choices.by_path
    used: list[str] = []
    excluded: list[str] = []
    relabeled = moved = False
    for path in paths:
        choice = choices.get(path)
        if choice is None:
            used.append(path)
            continue
        (excluded if choice.excluded else used).append(path)
        relabeled, moved = relabeled or bool(choice.label), moved or choice.split is not None
    used = [path for path in used if path in dataset.files]
    return ChosenPhotos(tuple(used), tuple(excluded), relabeled, moved)


def classes_of(dataset: Dataset, paths: Iterable[str]) -> set[str]:
    """Names of the classes of photos at relative paths."""
    chosen = set(paths)
    return {dataset.classes[photo.label] for photo in dataset.shown if photo.path in chosen}


def exclude(paths: Iterable[str]) -> JournalRequest:
    """The request to exclude photos."""
    return JournalRequest((JournalAction("exclude", tuple(paths)),))


def restore(paths: Iterable[str]) -> JournalRequest:
    """The request to use excluded photos again."""
    return JournalRequest((JournalAction("restore", tuple(paths)),))


def relabel(paths: Iterable[str], name: str) -> JournalRequest:
    """The request to give photos another class; "" gives them that of their folder."""
    return JournalRequest((JournalAction("relabel", tuple(paths), name),))


def move(paths: Iterable[str], split: str) -> JournalRequest:
    """The request to move photos to another split; "" moves them back."""
    return JournalRequest((JournalAction("split", tuple(paths), split),))


def toggled(photos: ChosenPhotos) -> JournalRequest:
    """The request to exclude the used ones among photos; where all are excluded, to restore them."""
    return exclude(photos.used) if photos.used else restore(photos.excluded)


def groups_of(finding: Finding) -> list[tuple[str, ...]]:
    """Photos and pairs of a finding, each as sorted paths."""
    return [(one,) if isinstance(one, str) else tuple(sorted(one)) for one in finding.photos]


def accept(finding: Finding, groups: Sequence[tuple[str, ...]] | None = None) -> JournalRequest:
    """The request to accept a finding for some of its photos or pairs; for all where none are given."""
    if finding.classes:
        return JournalRequest(
            tuple(JournalAction("accept", (), f"{finding.kind}:{name}") for name in dict.fromkeys(finding.classes))
        )
    some = groups_of(finding) if groups is None else groups
    return JournalRequest(tuple(JournalAction("accept", group, finding.kind) for group in dict.fromkeys(some)))


def reopen(finding: Finding, accepted: Iterable[AcceptedFinding]) -> JournalRequest:
    """The request to reopen what was accepted of a finding."""
    own = (one for one in accepted if one.kind.partition(":")[0] == finding.kind)
    return JournalRequest(tuple(JournalAction("reopen", one.photos, one.kind) for one in own))


def findings_on(dataset: Dataset, paths: Iterable[str]) -> list[tuple[Finding, list[tuple[str, ...]]]]:
    """Findings on these photos that are not accepted, each with the photos or pairs concerned."""
    chosen = set(paths)
    accepted = dataset.choices.accepted
    done = {(one.kind, one.photos) for one in accepted}
    kinds = {kind for path in chosen for kind in dataset.kinds_by_path.get(path, ())}
    result = []
    for finding in dataset.findings:
        if finding.kind not in kinds or finding.classes or is_accepted(finding, accepted):
            continue
        groups = [group for group in groups_of(finding) if not chosen.isdisjoint(group)]
        groups = [group for group in groups if (finding.kind, group) not in done]
        result += [(finding, groups)] if groups else []
    return result


def badges(dataset: Dataset, path: str) -> tuple[str, ...]:
    """Icons of the choice about a photo and of its findings."""
    choice = dataset.choices.by_path.get(path)
    icons = [icon for icon, applies in BADGES if choice is not None and applies(choice)]
    if choice is None or not choice.excluded:
        icons += [FINDING_BADGES[kind] for kind in dataset.kinds_by_path.get(path, ()) if kind in FINDING_BADGES]
    return tuple(dict.fromkeys(icons))


def remarks(dataset: Dataset, path: str) -> tuple[str, ...]:
    """The choice about a photo and its findings in words, one line each."""
    choice = dataset.choices.by_path.get(path)
    lines = list(_choice_words(choice)) if choice is not None else []
    lines += [
        tr("Finding: {kind_words}").format(kind_words=kind_words(kind)) for kind in dataset.kinds_by_path.get(path, ())
    ]
    return tuple(lines)


def _choice_words(choice: PhotoChoice) -> Iterable[str]:
    if choice.excluded:
        yield tr("Excluded by your choice")
    if choice.label:
        yield tr("Relabeled: counts as {label} by your choice").format(label=choice.label)
    if choice.split is not None:
        yield tr("Moved to {split_titles} by your choice").format(split_titles=SPLIT_TITLES[choice.split].lower())


def kind_words(kind: str) -> str:
    """A kind of finding in a few words, for one photo."""
    return KIND_WORDS.get(kind, kind.replace("_", " "))


KIND_WORDS = {
    "corrupt": tr("damaged"),
    "truncated": tr("cut off"),
    "wrong_extension": tr("suffix of another format"),
    "bomb": tr("very large"),
    "exif_rotated": tr("rotated by EXIF"),
    "high_bit_depth": tr("more than 8 bits"),
    "cmyk": tr("CMYK colors"),
    "alpha": tr("transparency"),
    "animated": tr("animation"),
    "multi_page": tr("several pages"),
    "too_small": tr("far too small"),
    "extreme_aspect": tr("very long or tall"),
    "exact_duplicate": tr("the same file twice"),
    "near_duplicate": tr("nearly the same picture"),
    "two_labels": tr("one photo, two labels"),
    "across_split": tr("copies across the split"),
    "imbalance": tr("underrepresented class"),
}
"""Texts of `kind_words` that differ from the name of the kind."""
