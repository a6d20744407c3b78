"""Updates the catalogs of messages, `resources/locale/*.po`, from the texts in the code, and compiles them.

    uv run python packaging/make_messages.py

Every text of a call of `tr`, and every noun of `counted`, is a message; so are the texts in `TABLES`, which code
without a language writes and the window translates with `translated`, the sentences of the modules in `SENTENCES`, and
the errors of all rooms below the window. New ones are added without a translation, those
that are no longer used are removed. Then translate the empty ones in the `.po` file, and run this again.
"""

from __future__ import annotations

import ast
import datetime
import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import message_templates

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "resources" / "locale"

UNDATED = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
"""Date in the compiled catalogs, so that the same texts give the same file."""

Message = str | tuple[str, str]
"""A text, or a noun and its plural."""

TABLES: dict[str, tuple[int | str, ...]] = {
    "Setting": ("label", "help", "unit", "zero", "choices"),
    "JobKind": (1,),
    "Stage": (1,),
    "worded": (0,),
    "Metric": (1, 3, "of_validation", "tip", "column", "short", "unit"),
    "replace": ("tip",),
    "Preference": (3,),
    "Probe": (0, 1),
    "Column": (1, "short"),
}
"""The arguments of a call, by place or by name, that are messages where they are written out."""

TITLES = ("GROUPS",)
"""Dictionaries at the top of a module whose values are messages."""

SENTENCES = (
    "catalog/*.py",
    *(f"commands/{name}.py" for name in ("copy", "dataset", "journal", "training")),
    *(f"commands/evaluation/{name}.py" for name in ("evaluation", "evaluation_evidence", "test_photos")),
    "data/**/*.py",
    "engine/export/model/model_registry.py",
    *(
        f"engine/{part}/**/*.py"
        for part in ("advice", "backbones", "cache", "extraction", "inspection", "network", "predict")
    ),
    *(f"engine/{part}/**/*.py" for part in ("replay", "training", "weight_files", "workers")),
    "evaluate/**/*.py",
    "events/runs.py",
    "formatting/run_names.py",
    "planning/*.py",
    "runs/**/*.py",
    "session/evaluation/threshold_view.py",
    "session/inspection/exhibit.py",
    "spec/encoding/serialization.py",
    "spec/settings.py",
    "spec/validation.py",
    "system/files/output_file.py",
    "system/preferences.py",
    "ui/store/state_store.py",
)
"""Modules that know no language, whose texts the window shows: all their texts of two words or more are messages."""

ERRORS = frozenset({"UserError", "ErrorMessage", "ImageSizeError", "WholeModelError", "Warned"})
"""Errors and warnings: what happened and what to do are messages in all rooms but those in `ENGLISH`."""

ENGLISH = ("cli/", "notebook/", "reports/", "planning/sweeps/", "commands/batches/")
"""Folders whose texts are never in the window."""

JUDGING = "evaluate/"
"""Where the words “validation photos” stand for the photos of any part."""

SINGLE = (
    "is are has have shows show it them once twice low high or and last unknown conservative Wilson "
    "done stopped failed interrupted running improving constant cosine bicubic bilinear nearest "
    "precision recall confidence accuracy features pixels channel token filter head heatmap feature "
    "Channel Token Filter Head Heatmap None Light Strong Flip Crop Rotation Color Name Family"
)
"""Words that stand for themselves in the code: verbs, states, settings, metrics, parts of a network."""

WORDS: tuple[Message, ...] = (
    *SINGLE.split(),
    *("one cycle", "Features and labels", "PyTorch program", "Starting…", "Waiting for the previous job to end"),
    *("lowest validation loss", "highest validation accuracy", "highest validation macro F1"),
    *("lowest mean absolute error", "lowest loss", "highest accuracy", "highest macro F1", "lowest error"),
    "Every photo has to be opened for that, once for each version of the folder.",
    *((f"{part} photo", f"{part} photos") for part in ("training", "validation", "test")),
    *((noun, f"{noun}s") for noun in ("channel", "token", "filter", "head", "row")),
)
"""Words that make parts of these sentences."""


def messages(root: Path = ROOT / "studio") -> set[Message]:
    """All messages in the code."""
    calls = re.compile(rf"\b(tr|counted|{'|'.join(TABLES)})\(|\b({'|'.join(TITLES)}):")
    errors = re.compile(rf"\b({'|'.join(sorted(ERRORS))})\(")
    plain = {file for pattern in SENTENCES for file in root.glob(pattern)}
    found: set[Message] = set(WORDS)
    for file in sorted(root.rglob("*.py")):
        code = file.read_text(encoding="utf-8")
        if not calls.search(code) and file not in plain and not errors.search(code):  # parsing all files takes seconds
            continue
        tree = ast.parse(code)
        found |= set(_in(tree, file))
        if not file.relative_to(root).as_posix().startswith(ENGLISH):
            found |= set(message_templates.in_errors(tree, ERRORS))
        if file in plain:
            place = file.relative_to(root).as_posix()
            found |= set(message_templates.sentences(tree, place.startswith(JUDGING)))
            found |= set(message_templates.nouns(tree))
    nouns = {one[0] for one in found if not isinstance(one, str)}
    return {one for one in found if one not in nouns}


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
        one.value
        for one in found
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and re.search("[A-Za-z]", one.value)
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
