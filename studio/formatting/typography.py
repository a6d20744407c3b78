"""Names and sentences for labels: on one line, with places to break, escaped for tooltips."""

from __future__ import annotations

import html
import re

from studio.formatting.numbers import NARROW
from studio.spec import BUNDLED_BACKBONE
from studio.system.names import escaped, escaped_lines


def tip(text: str) -> str:
    """`text` as a tooltip that shows it as it is: Qt would take a file called “<b>x” for formatted text."""
    text = escaped_lines(text.replace("\u200b", ""))  # places where a label may break, see `breakable`
    return f"<span>{html.escape(text)}</span>".replace("\n", "<br>") if "<" in text else text


def one_line(text: str) -> str:
    """A name on one line: the file system allows line ends and other control characters in it."""
    return escaped(text)


def unbroken(text: str) -> str:
    """`text` for a label of several lines: long names may break, numbers and their units not.

    Qt ends lines at a narrow no-break space as at any other; only the wide one holds.
    """
    return breakable(text).replace(NARROW, "\u00a0")


def breakable(text: str, longest: int = 16) -> str:
    """`text` with places where a line may end inside of its long words: class and file names often have no space."""

    def cut(found: re.Match[str]) -> str:
        parts = re.split(r"(?<=[_/.\\-])", found.group())
        pieces = (part[start : start + longest] for part in parts for start in range(0, len(part), longest))
        return "\u200b".join(pieces)

    return re.sub(rf"\S{{{longest + 1},}}", cut, escaped_lines(text))


def backbone(name: str) -> str:
    """What a backbone is called on the screen."""
    return "EfficientNet-Lite0" if name == BUNDLED_BACKBONE else name


def short_backbone(name: str) -> str:
    """The same where there is little room: "Lite0"."""
    return backbone(name).removeprefix("EfficientNet-")
