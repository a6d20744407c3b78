"""Finished sentences of the rooms below the window, translated by templates."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import pytest

from studio.evaluate import verdicts
from studio.evaluate.epochs.best_epoch import result_words, short_result
from studio.formatting import language
from studio.formatting.language import translated
from studio.formatting.sentences import Sentences, messages_of
from studio.spec import UserError
from studio.system import failures

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "resources" / "locale"
TEXTS = {
    "{photos} are cut off": "abgeschnitten: {photos}",
    "“{name}” is {state}": "„{name}“ ist {state}",
    "frozen": "eingefroren",
    "It has {rows}{more}": "Es hat {rows}{more}",
    ", and {number} more": ", und {number} mehr",
    "train longer": "länger trainieren",
    "{part} of {whole}": "{part} von {whole}",
}
NOUN = ("photo", "photos")


@pytest.fixture
def german():
    language.choose("de")
    yield
    language.choose("en")


def sentences() -> Sentences:
    plural = lambda one, many, number: "Foto" if number == 1 else "Fotos"  # noqa: E731
    return Sentences((*TEXTS, NOUN), lambda text: TEXTS.get(text, text), plural)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("3 photos are cut off", "abgeschnitten: 3 Fotos"),
        ("1 photo", "1 Foto"),
        ("“frozen” is frozen", "„frozen“ ist eingefroren"),
        ("It has 5\u202f%, and 2 more", "Es hat 5\u202f%, und 2 mehr"),
        ("It has 5\u202f%", "Es hat 5\u202f%"),
        ("It has 6 photos, and 2 more", "Es hat 6 Fotos, und 2 mehr"),
        ("Train longer", "Länger trainieren"),
        ("4 of 5", "4 von 5"),
        ("something of the system", "something of the system"),
        ("frozen · train longer; unknown words", "eingefroren · länger trainieren; unknown words"),
        ("2 photos are cut off. Train longer", "abgeschnitten: 2 Fotos. Länger trainieren"),
        ("", ""),
    ],
)
def test_a_sentence_is_translated_with_its_values_but_names_stay(text: str, wanted: str) -> None:
    assert sentences().translate(text) == wanted


def test_a_repeated_sentence_is_translated_once() -> None:
    asked: list[str] = []
    some = Sentences(TEXTS, lambda text: asked.append(text) or text, lambda one, many, number: one)
    for _ in range(3):
        some.translate("frozen")
    assert asked == ["frozen"]


def test_plurals_are_read_from_the_compiled_catalog() -> None:
    found = set(messages_of((LOCALE / "de.mo").read_bytes()))
    assert {("photo", "photos"), ("class", "classes"), "&Quit"} <= found
    assert "" not in found


def test_reasons_of_a_verdict_are_in_german(german) -> None:
    few = verdicts.too_few(4, (0.301, 0.954))
    assert few.startswith("With only 4 validation photos"), "records and terminal stay English"
    assert translated(few).startswith("Mit nur 4 Validierungsfotos kann die wahre Genauigkeit")
    of_test = few.replace("validation photo", "test photo")
    assert translated(of_test).startswith("Mit nur 4 Testfotos kann")
    assert translated(verdicts.low_accuracy(0.5, 40)) == (
        "Nur 50.0\u202f% von 40 Validierungsfotos sind richtig klassifiziert: länger trainieren oder mehr Schichten "
        "auftauen."
    )


def test_an_epoch_with_its_criterion_is_in_german(german) -> None:
    text = result_words(3, 10, "loss", "classification")
    assert translated(text) == "Epoche 3 von 10, kleinster Validierungsverlust"
    assert translated(short_result(3, "loss", "classification")) == "3, kleinster Verlust"


@pytest.mark.parametrize(
    ("error", "title", "hint"),
    [
        (
            OSError(28, "No space left on device", "/photos/a.jpg"),
            "Das Laufwerk ist voll: /photos/a.jpg.",
            "Schaffen Sie",
        ),
        (MemoryError(), "Für diesen Schritt reicht der Speicher nicht.", "Verwenden Sie kleinere Batches"),
        (
            RuntimeError("odd"),
            "Im Programm ist etwas schiefgegangen: RuntimeError: odd.",
            "Kopieren Sie die Einzelheiten",
        ),
        (
            UserError("There is no folder “frozen”.", "Check the path."),
            "Es gibt keinen Ordner „frozen“.",
            "Prüfen Sie den",
        ),
    ],
)
def test_errors_are_in_german(german, error: BaseException, title: str, hint: str) -> None:
    message = failures.message_of(error)
    assert translated(message.title) == title
    assert translated(message.hint).startswith(hint)


@pytest.mark.slow
def test_every_template_fits_its_own_sentence(german) -> None:
    """No other template fits better, with a value in each part that no sentence contains."""
    wrong = []
    for message in messages_of((LOCALE / "de.mo").read_bytes()):
        if not isinstance(message, str) or message != message.strip() or re.search(r"\{\w+:|\}\{", message):
            continue
        wanted = re.sub(r"\{\w+\}", "QX7", language.tr(message))
        if translated(re.sub(r"\{\w+\}", "QX7", message)) != wanted:
            wrong.append(message)
    assert [one for one in wrong if not re.search(r"\w\{\w+\}|^\{act\} |^\{part_words\} |^\{epochs\} more", one)] == []


def test_templates_are_found_in_the_code() -> None:
    spec = importlib.util.spec_from_file_location("message_templates", ROOT / "packaging" / "message_templates.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    code = '''
"""A docstring of words."""
def words(n, name):
    raise ValueError("for programmers only")
    return f"{many(n, 'photo')} of {name} {'is' if n == 1 else 'are'} cut off{more(n)}" + "Two words"
'''
    tree = ast.parse(code)
    assert sorted(module.sentences(tree)) == [
        "Two words",
        "{photos} of {name} are cut off{more}",
        "{photos} of {name} is cut off{more}",
    ]
    assert list(module.nouns(tree)) == [("photo", "photos")]


def test_classes_with_names_of_the_catalog_keep_them(german) -> None:
    assert translated("none") == "keine"
    assert translated("true none") == "wahr none"
    assert translated("predicted none").endswith(" none")
    assert "none" in translated("Labeled none")
