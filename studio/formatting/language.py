"""Texts of the window in the user's language, from one catalog of messages.

The English text is the key. A text is wrapped where it is written, `tr("Open image folder…")`, with its variable parts
by name: `tr("Open {folder}").format(folder=folder)`. Terminal, JSON documents, records and the library never choose a
language, so they are in English. Texts at the top of a module are translated when it is imported, so `choose` is called
before the window's modules are.
"""

from __future__ import annotations

import gettext
import io
import locale
import os

from studio.formatting import numbers
from studio.formatting.sentences import Sentences, messages_of
from studio.system import preferences, resources

_catalog: gettext.NullTranslations = gettext.NullTranslations()
_sentences: Sentences | None = None
_code = "en"


def choose(code: str) -> None:
    """Use a language for all texts that are translated from now on: `en`, another code, or `system`."""
    global _code
    code = of_system() if code == "system" else code
    _code = "en"
    use(gettext.NullTranslations(), b"")
    if code != "en" and code in preferences.LANGUAGES:
        _code = code
        compiled = resources.path(f"locale/{code}.mo").read_bytes()
        use(gettext.GNUTranslations(io.BytesIO(compiled)), compiled)


def use(catalog: gettext.NullTranslations, compiled: bytes) -> None:
    """Translate by a catalog, and sentences by the templates of a compiled one; by none where it is empty."""
    global _catalog, _sentences
    _catalog = catalog
    _sentences = Sentences(messages_of(compiled), catalog.gettext, catalog.ngettext) if compiled else None


def code() -> str:
    """Code of the language in use: `en` where none was chosen."""
    return _code


def of_system() -> str:
    """Code of the system's language; `en` where the window does not have it."""
    variables = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next(filter(None, variables), "") or locale.getlocale()[0] or ""
    return name[:2].lower() if name[:2].lower() in preferences.LANGUAGES else "en"


def tr(text: str) -> str:
    """A text in the chosen language; the text itself where there is no translation.

    A word that another language needs several words for has its context before it: `tr("recipe|Light")` is “Light”.
    """
    found = _catalog.gettext(text) if text else text
    context, _, rest = text.partition("|")
    return rest if found == text and rest and context.isalpha() else found


def translated(text: str) -> str:
    """A text from the rooms that know no language, such as a title of a table, a finding or an error.

    It is not marked there: `packaging/make_messages.py` finds tables and sentences, and `sentences` says how a finished
    sentence is translated. What the catalog does not know is returned as it is. A repeated text costs a look-up.
    """
    return _sentences.translate(text) if _sentences is not None and text else text


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun in the chosen language, as `numbers.many`: “1 photo”, “397 photos”."""
    return f"{numbers.exact(number)} {_catalog.ngettext(noun, plural or f'{noun}s', number)}"
