"""The user's preferences in the library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from studio.system import preferences as stored


class Preferences(Mapping[str, Any]):
    """The preferences of this user, by key; those of the window and the terminal are the same.

    `studio.preferences()["device"]` is the current value; `set` and `reset` change the stored one.
    """

    def __getitem__(self, key: str) -> Any:
        if key not in tuple(self):
            raise KeyError(key)
        return stored.value(key)

    def __iter__(self) -> Iterator[str]:
        return (row.key for row in stored.ROWS)

    def __len__(self) -> int:
        return len(stored.ROWS)

    def __repr__(self) -> str:
        lines = [f"{key} = {value!r}  # {stored.origin(key)}" for key, value in self.items()]
        return "\n".join([*lines, *stored.faults()])

    def set(self, **values: Any) -> None:
        """Store preferences, for instance `set(device="cpu", threads=4)`.

        Raises:
            UserError: A name or value is not valid, or cannot be stored; then nothing is changed.
        """
        stored.change(values)

    def reset(self, *keys: str) -> None:
        """Return to the default values, of all preferences if none is named.

        Raises:
            UserError: A name is not valid, or the file cannot be written.
        """
        stored.change(dict.fromkeys(keys or tuple(self)))


def preferences() -> Preferences:
    """The preferences of this user."""
    return Preferences()
