"""The user's choices in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from studio.data.journal.actions import ROWS
from studio.data.journal.entries import Action, Entry
from studio.events import AppliedChoices, PhotoChoice
from studio.formatting.numbers import many

NAMED = 3
"""Largest number of photos that are named in the description of an action; more are only counted."""


def summary(choices: Iterable[PhotoChoice]) -> str:
    """The choices about photos in one line: “3 photos excluded, 1 relabeled by your choices”; "" without any."""
    excluded, relabeled, moved = AppliedChoices(tuple(choices)).counts()
    parts = [
        (excluded, "excluded"),
        (relabeled, "relabeled"),
        (moved, "moved to another split"),
    ]
    words = [f"{count:,} {what}" for count, what in parts if count]
    if not words:
        return ""
    first, what = next((count, what) for count, what in parts if count)
    return ", ".join([f"{many(first, 'photo')} {what}", *words[1:]]) + " by your choices"


def choice_words(choice: PhotoChoice) -> str:
    """A choice: “excluded”, “class bees, split test”."""
    if choice.excluded:
        return "excluded"
    parts = [f"class {choice.label}"] if choice.label else []
    parts += [f"split {choice.split}"] if choice.split else []
    return ", ".join(parts)


def actions_words(actions: Sequence[Action]) -> str:
    """The actions of an entry, as a command: “exclude 3 photos”."""
    kinds = {(action.kind, action.value if ROWS[action.kind].about == "photo" else "") for action in actions}
    if len(kinds) != 1:
        number = sum(max(1, len(action.photos)) for action in actions)
        return many(number, "choice")
    (kind, value) = next(iter(kinds))
    row = ROWS[kind]
    photos = {key for action in actions for key in action.photos}
    return row.words(many(len(photos) if row.about == "photo" else len(actions), row.about), value)


def entry_words(entry: Entry) -> str:
    """An entry, as a command: “exclude 3 photos”, “take over 3 choices from “one””."""
    if not entry.origins:
        return actions_words(entry.actions)
    return f"take over {many(_choices(entry.actions), 'choice')} from {_names(entry.origins)}"


def takeover_words(entry: Entry) -> str:
    """The choices taken over from nested folders: “Took over 3 choices from “one”: 2 photos excluded, 1 relabeled”."""
    counts = dict.fromkeys(ROWS, 0)
    for action in entry.actions:
        counts[action.kind] += _choices([action])
    parts = [f"{many(counts[kind], row.about)} {row.done}" for kind, row in ROWS.items() if counts[kind]]
    title = entry_words(entry)
    return f"{title[0].upper()}{title[1:]}".replace("Take over", "Took over", 1) + f": {', '.join(parts)}"


def _choices(actions: Sequence[Action]) -> int:
    """Number of choices that actions make, one per photo or finding."""
    return sum(len(action.photos) if ROWS[action.kind].about == "photo" else 1 for action in actions)


def _names(folders: Sequence[str]) -> str:
    """Names of folders; their paths where names are equal."""
    names = [folder.replace("\\", "/").rstrip("/").rpartition("/")[2] or folder for folder in folders]
    shown = names if len(set(names)) == len(names) else folders
    return ", ".join(f"“{name}”" for name in shown)


def change_words(actions: Sequence[Action]) -> str:
    """The action, with the photos where they are few: “Excluded 1 photo: 1.jpg”."""
    words = actions_words(actions)
    for verb, past in (pair for row in ROWS.values() for pair in row.past.items()):
        if words.startswith(verb):
            words = past + words.removeprefix(verb)
            break
    else:
        words = f"Made {words}"
    paths = list(dict.fromkeys(key.path for action in actions for key in action.photos))
    names = ", ".join(path.rpartition("/")[2] for path in paths) if len(paths) <= NAMED else ""
    return words + (f": {names}" if names else "")
