"""The catalog of messages: complete, with the same placeholders, and used only where it is chosen."""

from __future__ import annotations

import ast
import gettext
import importlib.util
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
from epochs import class_epoch

from studio.evaluate.epochs import trend
from studio.evaluate.metrics import ACCURACY
from studio.events import Stage
from studio.formatting import language, numbers
from studio.formatting.language import counted, tr
from studio.runs import layer_changes
from studio.session.jobs import job_words
from studio.session.plan.setting_texts import group_title, setting_of
from studio.session.state import JobState
from studio.spec import TrainSpec
from studio.system import preferences

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "resources" / "locale"
CODES = sorted(file.stem for file in LOCALE.glob("*.po"))


SHOWING = frozenset(
    {"setText", "setToolTip", "setAccessibleName", "setAccessibleDescription", "setWindowTitle", "setPlaceholderText"}
    | {"addAction", "addMenu", "show_text", "set_title", "QLabel", "QPushButton", "QCheckBox", "QMenu", "QFileDialog"}
    | {"open_file", "open_folder", "Card", "PlotFiles"}
)
"""Functions that show the texts that they get, as the modules of the window call them."""

KINDS = {"good", "caution", "bad", "info", "Thaw Studio"}
"""Arguments of these functions that are no texts, and the program's name."""


def shown_untranslated(code: str) -> list[str]:
    """Texts that a module shows as they are written, without `tr`."""
    found: list[ast.expr] = []
    for call in (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        for given in call.args if name in SHOWING else ():
            found += (given.body, given.orelse) if isinstance(given, ast.IfExp) else (given,)
    texts = [one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return [text for text in texts if text not in KINDS and re.search("[A-Za-z]{3}", text)]


ARTICLES = {("article", "")}
"""Parts of sentences that another language need not have."""


@pytest.fixture(autouse=True)
def english_again():
    yield
    language.choose("en")


@pytest.fixture(scope="module")
def maker():
    spec = importlib.util.spec_from_file_location("make_messages", ROOT / "packaging" / "make_messages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entries(code: str) -> dict[str, list[str]]:
    """Translations of each message, of a noun one for each number."""
    with (LOCALE / f"{code}.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog
    found: dict[str, list[str]] = {}
    for key, text in catalog.items():
        found.setdefault(key[0] if isinstance(key, tuple) else key, []).append(text)
    found.pop("", None)
    return found


def fields(text: str) -> set[tuple[str, str]]:
    return {(name, form) for _, name, form, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("code", CODES)
def test_every_text_of_the_code_is_translated(code: str, maker) -> None:
    wanted = {one if isinstance(one, str) else one[0] for one in maker.messages()}
    there = entries(code)
    assert wanted - set(there) == set(), "run packaging/make_messages.py, and translate what is new"
    assert set(there) - wanted == set(), "run packaging/make_messages.py"
    assert all(all(texts) for texts in there.values())


@pytest.mark.parametrize("code", CODES)
def test_translations_have_the_same_parts(code: str) -> None:
    for text, translations in entries(code).items():
        for translated in translations:
            if "{" in text:
                assert fields(translated) <= fields(text), text
                assert fields(text) - fields(translated) <= ARTICLES, text
            assert translated.count("\t") == text.count("\t"), text
            assert ("*." in translated) == ("*." in text), text  # kinds of files in dialogs
            assert translated.endswith("…") == text.endswith("…"), text
            assert translated.strip() == translated or text.strip() != text, text


@pytest.mark.parametrize("code", CODES)
def test_the_compiled_catalog_is_that_of_its_source(code: str) -> None:
    po = pytest.importorskip("babel.messages.pofile", reason="Babel, which makes catalogs, is not installed")
    with (LOCALE / f"{code}.po").open("rb") as file:
        source = po.read_po(file, locale=code)
    texts = {
        (one.id if isinstance(one.id, str) else one.id[0]): list(
            one.string if isinstance(one.string, tuple) else (one.string,)
        )
        for one in source
        if one.id
    }
    assert texts == entries(code)
    with (LOCALE / f"{code}.mo").open("rb") as file:
        info = gettext.GNUTranslations(file).info()
    assert info["pot-creation-date"].startswith("1970-01-01"), "the same texts must give the same file"


def test_every_language_has_a_catalog() -> None:
    assert {*CODES, "en"} == set(preferences.LANGUAGES)


def test_a_language_is_chosen_and_left() -> None:
    assert (tr("&Quit"), counted(1200, "photo")) == ("&Quit", f"{numbers.exact(1200)} photos")
    language.choose("de")
    assert (tr("&Quit"), tr("a text without a translation"), tr("")) == ("&Beenden", "a text without a translation", "")
    assert (counted(1, "photo"), counted(2, "photo")) == ("1 Foto", "2 Fotos")
    assert counted(2, "class", "classes") == "2 Klassen"
    assert (tr("recipe|Light"), tr("Light"), tr("column|nowhere")) == ("Leicht", "Hell", "nowhere")
    language.choose("en")
    assert (tr("&Quit"), tr("recipe|Light"), tr("change: |now| / 2")) == ("&Quit", "Light", "change: |now| / 2")


def test_texts_of_tables_are_in_the_language_of_the_window() -> None:
    epochs = [class_epoch(number, 0.5, 0.9, 0.5, 0.6 + 0.1 * number, 1.0) for number in (1, 2)]
    changes = layer_changes.ChangeSummary(3, 2, None, ())
    assert job_words.title_of(JobState("scan")) == "Scanning the folder"
    language.choose("de")
    setting = setting_of(TrainSpec, "patience")
    assert (setting.name, setting.tip.rpartition("; ")[2]) == ("Geduld", "0: Training bis zur letzten Epoche")
    assert setting_of(TrainSpec, "schedule").choices == ("Konstant", "Kosinus", "One-Cycle")
    assert group_title("safety") == "Ende und Sicherheit"
    assert job_words.title_of(JobState("scan")) == "Ordner wird gelesen"
    assert job_words.title_of(JobState("scan", stage=Stage("x", "Computing features"))) == "Merkmale werden berechnet"
    assert trend.sentence(ACCURACY, epochs, language.translated).startswith("Genauigkeit (Validierung) steigt von 70")
    assert layer_changes.sentence(changes, (), language.translated) == "2 von 3 Schichten unverändert (Hash gleich)"
    assert layer_changes.sentence(changes).startswith("2 of 3 layers"), "reports and terminal are in English"


@pytest.mark.parametrize(("value", "code"), [("de_AT.UTF-8", "de"), ("fr_FR.UTF-8", "en"), ("C", "en"), ("", "en")])
def test_the_language_of_the_system_is_used_where_none_is_chosen(
    monkeypatch: pytest.MonkeyPatch, value: str, code: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", value)
    monkeypatch.setattr("locale.getlocale", lambda *_: (None, None))
    assert language.of_system() == code


def test_the_terminal_stays_english(thaw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_LANGUAGE", "de")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    _, out, _ = thaw("settings", "language")
    assert "Language of the window" in out


def test_a_text_without_tr_is_found() -> None:
    code = 'box.setText("Close")\nbox.setToolTip("Open it" if is_open else tr("Close it"))\nbox.setText(tr("Fine"))'
    assert shown_untranslated(code) == ["Close", "Open it"]


@pytest.mark.slow
def test_no_module_of_the_window_shows_a_text_without_tr() -> None:
    files = sorted((ROOT / "studio" / "ui").rglob("*.py"))
    found = {file.name: shown_untranslated(file.read_text(encoding="utf-8")) for file in files}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.slow
def test_the_window_is_translated_completely_in_its_own_process(tmp_path: Path) -> None:
    """Constants of modules are translated when they are imported, so this needs a process that begins in German."""
    program = ROOT / "tests" / "support" / "window" / "german_window.py"
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, check=False, timeout=600, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "all fits"
