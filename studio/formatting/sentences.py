"""Sentences of the rooms below the window, translated by the templates in the catalog of messages.

These rooms know no language: their texts also go into records, JSON documents and the terminal. A text that they write
with values in it, `f"{photos} are cut off"`, is in the catalog as the template “{photos} are cut off”. Here, a finished
text is compared with the templates: the one with the most letters of its own that fits is translated, and its values
are put into the translation. Values that are texts of the program, as “3 photos”, are translated as well; names are
not: what is in quotation marks, or in a part that is called a name, a file or a folder.
"""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Callable, Iterable, Iterator

Message = str | tuple[str, str]
"""A text, or a noun and its plural."""

Lookup = Callable[[str], str]
PluralLookup = Callable[[str, str, int], str]

_COMMON = "of to and or in at on by from with for the is are was only more not all no"
COMMON = frozenset(_COMMON.split())
"""Words that say nothing by themselves: the parts of a template without others have no spaces."""

MARK, MARK_OR_WORD = r"(?:[,;:(.]| [(·])", "[ ,;:(.]"
"""Beginnings of a part that follows another one without a text between them; the first is tried first."""

_FIELD = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_NUMBERED = re.compile(r"([\d,]+) (\S.*)", re.DOTALL)
_BREAKS = tuple(re.compile(one) for one in (r"(\n+)", r"(?<=[.!?”])( )(?=[^\W_a-z])", r"( · |; |: | \()", r"(, |\))"))
"""Where a text that fits no template is divided: lines, sentences, parts of a sentence, parts of a list."""
_CHOICE = re.compile(r",? (or|and) |, ")

_FILES, _CLASSES = "name file folder path photo layer layers column key error", "true truth guess label"
NAMES = frozenset([*_FILES.split(), *_CLASSES.split()])
"""Parts that are data of the user or words of the system, and stay as they are; a number may follow."""


def messages_of(compiled: bytes) -> Iterator[Message]:
    """All messages of a compiled catalog (`.mo`), with the plurals that `gettext` does not give back."""
    order = "<" if compiled[:4] == b"\xde\x12\x04\x95" else ">"
    count, start = struct.unpack_from(f"{order}2I", compiled, 8)
    for row in range(count):
        length, place = struct.unpack_from(f"{order}2I", compiled, start + 8 * row)
        singular, _, plural = compiled[place : place + length].decode("utf-8").partition("\0")
        if singular:
            yield (singular, plural) if plural else singular


class Sentences:
    """The templates of a catalog."""

    def __init__(self, messages: Iterable[Message], lookup: Lookup, plural: PluralLookup) -> None:
        """Index the messages.

        Args:
            messages: All messages of the catalog.
            lookup: Returns the translation of a text, as `gettext`.
            plural: Returns that of a noun for a number, as `ngettext`.
        """
        self._lookup, self._plural = lookup, plural
        self._nouns: dict[str, tuple[str, str]] = {}
        self._texts: set[str] = set()
        self._templates: dict[str, list[str]] = {}
        for message in messages:
            if not isinstance(message, str):
                self._nouns |= dict.fromkeys(message, message)
                continue
            self._texts.add(message)
            words = _WORD.findall(_FIELD.sub(" ", message)) if "{" in message else []
            if words:
                self._templates.setdefault(max(words, key=len), []).append(message)
        self.translate = functools.lru_cache(maxsize=8192)(self._translate)

    def _translate(self, text: str) -> str:
        """The text in the language of the catalog; what it does not know stays as it is."""
        known = self._known(text)
        return known if known is not None else self._in_parts(text)

    def _known(self, text: str) -> str | None:
        """The translation of a whole text; None where no message fits."""
        inner = text.strip(" ")
        if inner != text:
            found = self._known(inner) if inner else None
            return None if found is None else text.replace(inner, found, 1)
        if text in self._texts:
            return self._lookup(text)
        pieces = _CHOICE.split(text)
        if any(pieces[1::2]) and self._texts.issuperset(pieces[::2]):
            return "".join(self._lookup(one) if row % 2 == 0 else self._between(one) for row, one in enumerate(pieces))
        numbered = _NUMBERED.fullmatch(text)
        if numbered and numbered[2] in self._nouns:
            number = int(numbered[1].replace(",", "") or 0)
            return f"{numbered[1]} {self._plural(*self._nouns[numbered[2]], number)}"
        if numbered and numbered[2] in self._texts:
            return f"{numbered[1]} {self._lookup(numbered[2])}"
        found = self._by_template(text)
        if found is None and text[:1].isupper() and (small := self._known(text[0].lower() + text[1:])) is not None:
            return _capital(small)
        if found is None and text[:1].islower() and (large := _capital(text)) in self._texts:
            return self._lookup(large)  # a title within a sentence, as of a metric
        if found is None and text.endswith(".") and (whole := self._known(text[:-1])) is not None:
            return f"{whole}."
        return found

    def _between(self, word: str | None) -> str:
        """What stands between two parts of a list: “, ” or a word."""
        return f" {self._lookup(word)} " if word else ", "

    def _by_template(self, text: str) -> str | None:
        words = dict.fromkeys(_WORD.findall(text))
        fitting = [one for word in words for one in self._templates.get(word, ())]  # by the longest word of each
        for template in sorted(fitting, key=_own_letters, reverse=True):
            found = _pattern(template, MARK).fullmatch(text) or _pattern(template, MARK_OR_WORD).fullmatch(text)
            if found:
                values = {name: self._value(template, name, value) for name, value in found.groupdict().items()}
                return self._lookup(template).format(**values)
        return None

    def _value(self, template: str, name: str, value: str) -> str:
        """A value in the text of a template: translated where it is a text of the program."""
        if name.rstrip("0123456789") in NAMES or f"“{{{name}}}”" in template:
            return value
        return self.translate(value)

    def _in_parts(self, text: str) -> str:
        """A text of several sentences or parts of a list, each translated by itself."""
        for between in _BREAKS:
            parts = between.split(text)
            if len(parts) > 1:
                return "".join(part if row % 2 else self.translate(part) for row, part in enumerate(parts))
        return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@functools.cache
def _own_letters(template: str) -> int:
    """Number of characters of a template outside its parts."""
    return len(_FIELD.sub("", template))


@functools.cache
def _pattern(template: str, begins: str) -> re.Pattern[str]:
    """The expression of all texts that a template makes; a part that occurs twice has the same value.

    Of two parts without a text between them, the second is empty or begins as `begins` says: “, or more”. The
    parts of a template of common words have no spaces, because “{all} of {total}” would fit anything.
    """
    short = COMMON.issuperset(_WORD.findall(_FIELD.sub(" ", template)))
    seen: set[str] = set()
    pieces = _FIELD.split(template)
    found: list[str] = []
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            found.append(re.escape(piece))
        elif piece in seen:
            found.append(f"(?P={piece})")
        else:
            seen.add(piece)
            if short:
                found.append(rf"(?P<{piece}>\S*)")
                continue
            after, before = not pieces[place - 1] and place > 1, not pieces[place + 1] and place + 2 < len(pieces)
            found.append(f"(?P<{piece}>{f'(?:{begins}.*?)?' if after else '.+?' if before else '.*?'})")
    return re.compile("".join(found), re.DOTALL)
