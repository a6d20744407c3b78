r"""Names of files and folders as they can be shown, and as words of a command.

A file system allows line ends, escape codes of terminals and signs that turn the direction of writing in a name. Shown
as they are they forge a second line, color or move what a terminal shows, or make “gpj.exe” look like “exe.jpg”; so
they are shown as escapes: “a\nb.jpg”.
"""

from __future__ import annotations

import re
import shlex

_CONTROLS = (
    r"\x00-\x1f\x7f-\x9f"  # of terminals
    r"\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # invisible, or of direction
    r"\ud800-\udfff"  # bytes that are no text
    "\U000e0000-\U000e007f"
)
_ODD = re.compile(f"[{_CONTROLS}]")
_ODD_IN_LINES = re.compile(f"(?!\n)[{_CONTROLS}]")
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def escaped(text: str) -> str:
    """A name, or a sentence that holds names, on one line."""
    return text if text.isascii() and text.isprintable() else _ODD.sub(_escape, text)


def escaped_lines(text: str) -> str:
    """As `escaped` for a text of several lines."""
    return _ODD_IN_LINES.sub(_escape, text)


def escaped_json(document: str) -> str:
    """A JSON document that a terminal can show: the same content, with such signs as JSON's own escapes."""
    return _ODD_IN_LINES.sub(lambda found: _utf16(found.group()), document)


def command_word(text: str) -> str:
    """A path as a word of a shell's command line, on one line."""
    if not _ODD.search(text):
        return shlex.quote(text)
    inside = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{_ODD.sub(_escape, inside)}'"


def _escape(found: re.Match[str]) -> str:
    sign = found.group()
    number = ord(sign)
    if sign in _SHORT:
        return _SHORT[sign]
    if 0xDC80 <= number <= 0xDCFF:  # a byte that is no text, as Python passes it on
        return f"\\x{number - 0xDC00:02x}"
    if number < 0x80:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _utf16(sign: str) -> str:
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))
