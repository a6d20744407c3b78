r"""Safe display of names of files and folders, and quoting for a shell.

File names may contain line breaks, terminal escape codes and characters that change the direction of text. Printed
unchanged, these can fake a second line, color or move text in a terminal, or make “gpj.exe” look like “exe.jpg”; so
they are shown as escapes: “a\nb.jpg”.
"""

from __future__ import annotations

import functools
import re
import shlex

_CONTROLS = (
    r"\x00-\x1f\x7f-\x9f"  # control characters
    r"\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # invisible or directional
    r"\ud800-\udfff"  # bytes that are not text
    "\U000e0000-\U000e007f"
)
_ODD = re.compile(f"[{_CONTROLS}]")
_ODD_IN_LINES = re.compile(f"(?!\n)[{_CONTROLS}]")
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def escaped(text: str) -> str:
    """Escape a name, or a sentence with names, to one safe line."""
    return text if text.isascii() and text.isprintable() else _escaped(text)


@functools.lru_cache(maxsize=4096)  # a page shows the same thousand names of classes in several places
def _escaped(text: str) -> str:
    return _ODD.sub(_escape, text)


def escaped_lines(text: str) -> str:
    """Like `escaped` for a text of several lines."""
    return _ODD_IN_LINES.sub(_escape, text)


def escaped_json(document: str) -> str:
    """Make a JSON document safe to print: the same content, with unsafe characters as JSON escapes."""
    return _ODD_IN_LINES.sub(lambda match: _utf16(match.group()), document)


def command_word(text: str) -> str:
    """Quote a path as one word of a shell command, on one line."""
    if not _ODD.search(text):
        return shlex.quote(text)
    inside = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{_ODD.sub(_escape, inside)}'"


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    number = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if 0xDC80 <= number <= 0xDCFF:  # Python's surrogate for a byte that is not text
        return f"\\x{number - 0xDC00:02x}"
    if number < 0x80:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _utf16(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))
