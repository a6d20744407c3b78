"""The user's choices about photos, as they apply to a listed data set and are recorded in a run."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from dataclasses import dataclass

from studio.events.split import Split
from studio.spec.journal import LABEL_ERROR


@dataclass(frozen=True, slots=True)
class PhotoChoice:
    """The choice about one photo of a data set.

    Attributes:
        path: Path of the photo relative to the data set's folder, with forward slashes.
        content: Hash of its file, by which it is recognized after it was moved or renamed.
        size: Size of its file in bytes.
        excluded: True where it is left out.
        label: Name of the class that it counts as; "" for the one that it has without the choice.
        split: Part of the data set that it is moved to; None for the one that it has without the choice.
        others: Paths of the copies of the photo to which the choice does not apply.
    """

    path: str
    content: str
    size: int
    excluded: bool = False
    label: str = ""
    split: Split | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AcceptedFinding:
    """A finding of the data check that the user accepted.

    Attributes:
        kind: Kind of finding, as in `thaw scan --json`; for a finding on a class “kind:class”.
        photos: Relative paths of the photos that it concerns, sorted.
    """

    kind: str
    photos: tuple[str, ...] = ()


@dataclass(frozen=True)
class AppliedChoices:
    """The choices that apply to a data set.

    Attributes:
        photos: Choices about its photos, sorted by path.
        accepted: Findings that the user accepted.
        missing: Number of choices about photos that are not in the folder.
        moved_from: Earlier path of the folder if its choices were found by the content of its photos; "" otherwise.
        taken_over: Choices, made while a nested folder was open, that were just added to its journal, in words.
    """

    photos: tuple[PhotoChoice, ...] = ()
    accepted: tuple[AcceptedFinding, ...] = ()
    missing: int = 0
    moved_from: str = ""
    taken_over: str = dataclasses.field(default="", compare=False)

    def counts(self) -> tuple[int, int, int]:
        """Number of excluded photos, and of relabeled and moved ones among the others."""
        used = [choice for choice in self.photos if not choice.excluded]
        return (
            len(self.photos) - len(used),
            sum(bool(choice.label) for choice in used),
            sum(choice.split is not None for choice in used),
        )

    @functools.cached_property
    def right_labels(self) -> frozenset[str]:
        """Paths of the photos whose label the user accepted as right."""
        return frozenset(path for one in self.accepted if one.kind == LABEL_ERROR for path in one.photos)

    @functools.cached_property
    def settled_labels(self) -> frozenset[str]:
        """Paths of the photos that are excluded or relabeled, or whose label the user accepted as right."""
        return self.right_labels.union(one.path for one in self.photos if one.excluded or one.label)

    @functools.cached_property
    def by_path(self) -> dict[str, PhotoChoice]:
        """Choices about photos by their paths."""
        return {one.path: one for one in self.photos}

    @functools.cached_property
    def fingerprint(self) -> str:
        """Hash of the choices that change the photos used; "" without any. Results with another one are stale."""
        lines = sorted((one.content, one.excluded, one.label, one.split or "") for one in self.photos)
        return hashlib.blake2b(repr(lines).encode(), digest_size=16).hexdigest() if lines else ""
