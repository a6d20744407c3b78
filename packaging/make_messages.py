"""Updates the catalogs of messages, `resources/locale/*.po`, from the texts in the code, and compiles them.

    uv run python packaging/make_messages.py

Every text of a call of `tr`, and every noun of `counted`, is a message; so are the texts in `TABLES`, which code
without a language writes and the window translates with `translated`. New ones are added without a translation, those
that are no longer used are removed. Then translate the empty ones in the `.po` file, and run this again.
"""

from __future__ import annotations

import ast
import datetime
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "resources" / "locale"

UNDATED = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
"""Date in the compiled catalogs, so that the same texts give the same file."""

TABLES: dict[str, tuple[int | str, ...]] = {
    "Setting": ("label", "help", "unit", "zero", "choices"),
    "JobKind": (1,),
    "Stage": (1,),
    "worded": (0,),
    "Metric": (1, "of_validation"),
    "Column": (1, "short"),
}
"""The arguments of a call, by place or by name, that are messages where they are written out."""

TITLES = ("GROUPS",)
"""Dictionaries at the top of a module whose values are messages."""

Message = str | tuple[str, str]
"""A text, or a noun and its plural."""


def messages(root: Path = ROOT / "studio") -> set[Message]:
    """All messages in the code."""
    calls = re.compile(rf"\b(tr|counted|{'|'.join(TABLES)})\(|\b({'|'.join(TITLES)}):")
    found: set[Message] = set()
    for file in sorted(root.rglob("*.py")):
        code = file.read_text(encoding="utf-8")
        if calls.search(code):  # parsing all files takes seconds
            found |= set(_in(ast.parse(code), file))
    return found


def _in(tree: ast.AST, file: Path) -> Iterator[Message]:
    for node in ast.walk(tree):
        yield from _in_table(node)
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if not isinstance(node, ast.Call) or name not in ("tr", "counted"):
            continue
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if name == "tr" and len(texts) == 1:
            yield texts[0]
        elif name == "counted" and texts:
            yield (texts[0], texts[1] if len(texts) > 1 else f"{texts[0]}s")
        else:
            raise SystemExit(f"{file}:{node.lineno}: {name}() needs the text itself, not a variable.")


def _in_table(node: ast.AST) -> Iterator[str]:
    """Messages in a row of a table."""
    found: list[ast.expr] = []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TABLES:
        named = {one.arg: one.value for one in node.keywords}
        for key in TABLES[node.func.id]:
            if isinstance(key, int):
                found += node.args[key : key + 1]
            elif key in named:
                found.append(named[key])
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in TITLES:
        found += [one for made in ast.walk(node) if isinstance(made, ast.Dict) for one in made.values]
    found += [one for several in found if isinstance(several, ast.Tuple) for one in several.elts]
    yield from (
        one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value
    )


def main() -> None:
    """Update and compile every catalog."""
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po, write_po

    wanted = sorted(messages(), key=lambda one: one if isinstance(one, str) else one[0])
    for file in sorted(LOCALE.glob("*.po")):
        with file.open("rb") as stream:
            before = read_po(stream, locale=file.stem)
        after = Catalog(locale=file.stem, project="Thaw Studio", charset="utf-8", fuzzy=False)
        for message in wanted:
            former = before.get(message if isinstance(message, str) else message[0])
            after.add(message, string=former.string if former is not None else "")
        with file.open("wb") as stream:
            write_po(stream, after, width=120, omit_header=False)
        text = file.read_text(encoding="utf-8")
        dated = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Report-Msgid")
        lines = [line for line in text.splitlines() if not any(f'"{word}' in line for word in dated)]
        file.write_text("\n".join(line for line in lines if not line.startswith("# ")) + "\n", encoding="utf-8")
        with file.open("rb") as stream:
            done = read_po(stream, locale=file.stem)
        done.creation_date = UNDATED
        with file.with_suffix(".mo").open("wb") as out:
            write_mo(out, done)
        empty = sum(not (all(one.string) if isinstance(one.string, tuple) else one.string) for one in after if one.id)
        print(f"{file.name}: {len(wanted)} messages, {empty} without a translation")


if __name__ == "__main__":
    main()
