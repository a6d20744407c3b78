"""Sentences in the code of the rooms below the window, as templates of the catalog of messages.

`f"{numbers.many(n, 'photo')} are cut off"` is the template “{photos} are cut off”; the finished sentence is matched
with it in the window (`studio/formatting/sentences.py`). Parts are named after the last name in their code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

NARROW = "\u202f"

FORMATS = frozenset(
    {"percent", "strict_percent", "plain_percent", "figures", "exact", "count", "compact", "seconds", "megabytes"}
    | {"one_line", "round", "len", "str", "learning_rate", "plain", "int", "float", "max", "min", "escaped", "shape"}
)
"""Functions that only format their argument, which gives the part its name."""

VAGUE = frozenset(
    {"value", "format", "removesuffix", "removeprefix", "get", "lower", "replace", "mean", "join", "strip"}
)
"""Last names that say little; the one before is used."""

SILENT = frozenset({"ValueError", "TypeError", "RuntimeError", "KeyError", "AssertionError", "NotImplementedError"})
"""Errors that only programmers read."""

_CODE = re.compile(
    r"\btorch\.\w+\(|\bimport \w+|^model = |\.T \+|\w\(\w+=|^, aux_logits|set_submodule|Attributes:$|settings_hash"
    r"|^hf:|^_\w|\.\w+\.\w+\("
)
"""Lines of programs, which are the same in every language."""

_LETTERS = re.compile(r"[A-Za-z]")
_SENTENCE = re.compile(r"[A-Za-z’']{2,},? [A-Za-z“0-9(]|^[A-Z][a-z]+[.…]$|[A-Za-z]{2,}: ?$")


def in_errors(tree: ast.AST, calls: frozenset[str]) -> Iterator[str]:
    """Templates in the first arguments of calls, such as `UserError(title, hint)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in calls:
            for given in (*node.args[:2], *(one.value for one in node.keywords if one.arg in ("title", "hint"))):
                yield from sentences(given)


def sentences(tree: ast.AST, validation: bool = False) -> Iterator[str]:
    """Templates of all texts of two words or more in the code, except its documentation and programmers' errors.

    Args:
        tree: The code.
        validation: The words “validation photos” are a part, because other photos may take their place.
    """
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            skipped |= {id(one) for one in ast.iter_child_nodes(node)}
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _name(node.exc.func) in SILENT:
            skipped.add(id(node.exc))
        elif isinstance(node, ast.Call) and _name(node.func) in ("tr", "counted", "many", "compile", "TypeVar", "cast"):
            skipped |= {id(one) for one in node.args if isinstance(one, ast.Constant)}
        elif isinstance(node, ast.JoinedStr):
            skipped |= {id(one) for one in node.values if isinstance(one, ast.Constant)}
            for one in node.values:
                if isinstance(one, ast.FormattedValue) and one.format_spec is not None:
                    skipped.add(id(one.format_spec))
            for text in templates(node):
                if (
                    " " in text.strip()
                    and not _CODE.search(text)
                    and len(_LETTERS.findall(re.sub(r"\{\w+\}", "", text))) >= 4
                ):
                    yield _of_part(text.strip(), validation)
        elif _is_sentence(node):
            yield _of_part(str(node.value).strip(), validation)


def _is_sentence(node: ast.AST) -> TypeGuard[ast.Constant]:
    """True for a text of two words or more, or one that is a sentence by itself."""
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and "{" not in text and not _CODE.search(text) and _SENTENCE.search(text) is not None


def nouns(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Nouns that `many` counts, with their plurals."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "many" and len(node.args) > 1:
            texts = [one.value for one in node.args[1:] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if texts:
                yield (texts[0], texts[1] if len(texts) > 1 else f"{texts[0]}s")


def templates(node: ast.JoinedStr) -> list[str]:
    """The texts of an f-string with a named part for each of its values; one for each of two words, “is” and “are”."""
    names: dict[str, str] = {}
    texts = [""]
    for one in node.values:
        if isinstance(one, ast.Constant):
            texts = [text + str(one.value).replace("{", "(").replace("}", ")") for text in texts]
        elif isinstance(one, ast.FormattedValue):
            if _name(one.value) == "NARROW":
                texts = [text + NARROW for text in texts]
                continue
            if len(texts) <= 2 and (words := _two_words(one.value)):
                texts = [text + word for word in words for text in texts]
                continue
            code = ast.unparse(one)
            if code not in names:
                name = _part(one.value) or "part"
                same = sum(re.fullmatch(rf"{name}\d*", other) is not None for other in names.values())
                names[code] = f"{name}{same + 1}" if same else name
            texts = [f"{text}{{{names[code]}}}" for text in texts]
    return texts


def _two_words(node: ast.expr) -> tuple[str, str] | None:
    """The words of `'is' if … else 'are'`; None for anything else."""
    if not isinstance(node, ast.IfExp):
        return None
    words = [one.value for one in (node.body, node.orelse) if isinstance(one, ast.Constant)]
    if len(words) == 2 and all(isinstance(word, str) and re.fullmatch(r"[a-z]{0,8}", word) for word in words):
        return str(words[0]), str(words[1])
    return None


def _of_part(text: str, validation: bool) -> str:
    own = text not in ("validation photo", "validation photos")
    return re.sub(r"validation (photos?)\b", r"{\1_of_part}", text) if validation and own else text


def _part(node: ast.expr) -> str:
    """Name of a part, after its code."""
    if isinstance(node, ast.Name):
        return node.id.lstrip("_").lower()
    if isinstance(node, ast.Attribute):
        return _part(node.value) if node.attr in VAGUE else node.attr.lstrip("_").lower()
    if isinstance(node, ast.Subscript):
        return _part(node.value)
    if isinstance(node, ast.Call):
        name = _name(node.func)
        if name == "many" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            return re.sub(r"\W+", "_", str(node.args[1].value)) + "s"  # “photos”
        if (name in FORMATS or not name) and node.args:
            return _part(node.args[0])
        return _part(node.func) if isinstance(node.func, ast.Attribute) else name.lstrip("_")
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr) and (name := _part(child)):
            return name
    return ""


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
