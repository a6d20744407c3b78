"""Conversion of names and sentences to label text: on one line, with line-break marks, escaped for tooltips."""

from __future__ import annotations

import html
import re

from studio.formatting.numbers import NARROW
from studio.spec.network_file import title_of
from studio.system.names import escaped, escaped_lines


def tip(text: str) -> str:
    """Convert `text` to a plain-text tooltip: Qt would interpret a file name like “<b>x” as HTML."""
    text = escaped_lines(text.replace("\u200b", ""))  # without the optional line breaks of `breakable`
    return f"<span>{html.escape(text)}</span>".replace("\n", "<br>") if "<" in text else text


def one_line(text: str) -> str:
    """Escape a name to one line: file names may contain line breaks and other control characters."""
    return escaped(text)


def unbroken(text: str) -> str:
    """Convert `text` for a label of several lines, in which long names may wrap but a number and its unit may not.

    Qt wraps at narrow no-break spaces, but not at ordinary no-break spaces.
    """
    return breakable(text).replace(NARROW, "\u00a0")


def breakable(text: str, longest: int = 16) -> str:
    """Insert optional line breaks into long words: class and file names often have no spaces."""

    def break_word(match: re.Match[str]) -> str:
        parts = re.split(r"(?<=[_/.\\-])", match.group())
        pieces = (part[start : start + longest] for part in parts for start in range(0, len(part), longest))
        return "\u200b".join(pieces)

    return re.sub(rf"\S{{{longest + 1},}}", break_word, escaped_lines(text))


def backbone(name: str) -> str:
    """Display name of a backbone."""
    lite = re.fullmatch(r"tf_efficientnet_lite(\d)", name)
    return f"EfficientNet-Lite{lite[1]}" if lite else title_of(name)


def short_backbone(name: str) -> str:
    """Short display name of a backbone: "Lite0"."""
    return backbone(name).removeprefix("EfficientNet-")
