"""Shortens names so that different ones stay distinguishable: their differing part is kept, the rest is elided."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from studio.ui.widgets.tables.columns import PADDING

HEAD = 4
"""Letters kept of a beginning that several names share."""
STEP = 8
"""Widths in pixels are rounded down to a multiple of it: to shorten 1,000 names takes 0.03 s, which a longer number
beside them would cost again."""
MOST_CACHED = 8
"""Number of cached results: a table, a matrix, and the widths seen while a border is dragged."""


class DistinctNames:
    """A group of names that must stay distinguishable."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._cache: dict[tuple[int, str], Mapping[str, str]] = {}

    def show(self, names: Sequence[str]) -> None:
        """Replace the names."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            self._cache.clear()

    def shortened(self, name: str, room: int, metrics: QFontMetrics) -> str:
        """A name shortened to a width; one that is not in the group is elided in its middle."""
        if metrics.horizontalAdvance(name) <= room:
            return name
        room -= room % STEP
        key = room, f"{metrics.height()} {metrics.horizontalAdvance('mMiI…')}"
        if key not in self._cache:
            if len(self._cache) >= MOST_CACHED:
                self._cache.clear()
            self._cache[key] = shortened(self._names, room, metrics)
        return self._cache[key].get(name) or metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room)


def shortened(names: Iterable[str], room: int, metrics: QFontMetrics) -> dict[str, str]:
    """Each name elided in its middle if that keeps it distinct, else around the part in which it differs."""
    shown: dict[str, str] = {}
    alike: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        shown[name] = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room)
        alike.setdefault(shown[name], []).append(name)
    waiting = [group for group in alike.values() if len(group) > 1]
    while waiting:
        group = waiting.pop()
        again: dict[str, list[str]] = {}
        for name in group:
            shown[name] = _around(name, *_differs(group), room, metrics)
            again.setdefault(shown[name], []).append(name)
        # A group that stays whole cannot be made distinct at this width; a part of it may differ somewhere else.
        waiting += [part for part in again.values() if 1 < len(part) < len(group)]
    _tell_families_apart(shown, room, metrics)
    return shown


def _tell_families_apart(shown: dict[str, str], room: int, metrics: QFontMetrics) -> None:
    """Change texts that are still alike: to a few first letters, then the part in which the most similar name differs.

    Where “red cat (female)” and “gray cat (female)” are “…female)” both, beside “red cat (male)” and “gray cat (male)”,
    they become “re…femal…” and “gr…femal…”.
    """
    times = Counter(shown.values())
    if len(times) == len(shown):
        return
    ordered = sorted(shown)
    before = [0, *(_common(one, other) for one, other in itertools.pairwise(ordered)), 0]
    used = {text for text, number in times.items() if number == 1}
    for place, name in enumerate(ordered):
        if times[shown[name]] == 1:
            continue
        own = max(before[place], before[place + 1])
        for letters in range(2 * HEAD, 0, -1):
            head = f"{name[: min(letters, own)]}…"
            rest = room - metrics.horizontalAdvance(head)
            text = head + metrics.elidedText(name[own:], Qt.TextElideMode.ElideRight, rest)
            if rest > 0 and text not in used and not text.endswith("……") and metrics.horizontalAdvance(text) <= room:
                shown[name] = text
                break
        used.add(shown[name])


def _common(one: str, other: str) -> int:
    """Number of letters that both have in common at the beginning."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _differs(names: Sequence[str]) -> tuple[int, int]:
    """Number of letters in the common beginning and in the common end."""
    first, last, least = min(names), max(names), min(len(name) for name in names)
    begin = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), least)
    backwards = [name[::-1] for name in names]
    first, last = min(backwards), max(backwards)
    end = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), least)
    return begin, min(end, least - begin)


def _around(name: str, begin: int, end: int, room: int, metrics: QFontMetrics) -> str:
    """The beginning, then the part between common beginning and common end, with as much around it as fits."""
    left, right = begin, max(len(name) - end, begin)
    head = name[:HEAD] if begin > HEAD else ""

    def candidate(left: int, right: int) -> str:
        before = f"{head}…{name[left:right]}" if left > len(head) else name[:right]
        return before if right >= len(name) else f"{before}…"

    if metrics.horizontalAdvance(candidate(left, right)) > room:
        return metrics.elidedText(f"…{name[begin:]}" if begin else name, Qt.TextElideMode.ElideRight, room)
    before, after = left > 0, right < len(name)
    while before or after:
        before = before and left > 0 and metrics.horizontalAdvance(candidate(left - 1, right)) <= room
        left -= before
        after = after and right < len(name) and metrics.horizontalAdvance(candidate(left, right + 1)) <= room
        right += after
    return candidate(left, right)


class NameDelegate(QStyledItemDelegate):
    """Delegate for a column of names: shortened, they stay distinguishable."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.names = DistinctNames()

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Shorten the name to the cell's width; without a cell (for a size hint) it stays whole."""
        super().initStyleOption(option, index)
        room = option.rect.width() - PADDING
        if room > 0:
            option.text = self.names.shortened(option.text, room, option.fontMetrics)
