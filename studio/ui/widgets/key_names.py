"""Names of keys in the language of the window: “Ctrl+Del” is “Strg+Entf” on a German keyboard."""

from __future__ import annotations

import re

from studio.formatting.language import tr

_NAMES = {
    "Ctrl": tr("Ctrl"),
    "Shift": tr("Shift"),
    "Alt": tr("Alt"),
    "Del": tr("Del"),
    "Return": tr("Return"),
    "Home": tr("Home"),
    "End": tr("End"),
    "Esc": tr("Esc"),
    "Space": tr("Space"),
}
_WORD = re.compile(rf"\b(?:{'|'.join(_NAMES)})\b")


def named(keys: str) -> str:
    """Keys as they are called on the user's keyboard."""
    return _WORD.sub(lambda found: _NAMES[found[0]], keys)
