"""The dialog for labels in file names: it proposes a pattern, shows what it finds, and refuses what finds nothing."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from studio.session.state import AppState
from studio.spec import DatasetSpec, RunSpec
from studio.ui.dialogs.label_pattern import LabelPatternDialog
from studio.ui.stations.images.targets_panel import TargetsLine


def test_a_pattern_is_proposed_tried_and_chosen(qtbot, tmp_path: Path) -> None:
    for name in ("cat.1.png", "cat.2.png", "dog.1.png", "dog.2.png", "odd.png"):
        (tmp_path / name).write_bytes(b"")
    chosen: list[str] = []
    dialog = LabelPatternDialog(str(tmp_path), "", chosen.append)
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.use.isEnabled()
    qtbot.waitUntil(dialog.use.isEnabled)
    assert dialog.words.text().startswith("2 classes: cat 2, dog 2 · 1 name without a label")
    assert dialog.table.item(0, 1).text() == "cat"
    dialog.pattern.setEditText("(")
    assert not dialog.use.isEnabled()
    assert "not a regular expression" in dialog.use.toolTip()
    dialog.pattern.setEditText("^(.)")
    assert "3 classes: c 2, d 2, o 1" in dialog.words.text()
    dialog.use.click()
    assert chosen == ["^(.)"]


def test_the_target_line_leads_there_and_back(show) -> None:
    line = show(TargetsLine(), 340, 40)
    requests: list[str] = []
    for source in ("names", "labels", "classes", "targets"):
        getattr(line, f"{source}_requested").connect(partial(requests.append, source))
    line.show_state(AppState(spec=RunSpec(DatasetSpec("/photos"))))
    actions = line.actions_by_source
    assert line.choice.text() == "Classes of the folders"
    assert [action.text() for action in actions.values()] == [
        "Classes of the folders", "Classes from file names…", "Classes from a table…", "Numbers from a table…",
    ]  # fmt: skip
    assert not actions[""].isEnabled()
    for source in ("names", "table", "numbers"):
        actions[source].trigger()
    line.show_state(AppState(spec=RunSpec(DatasetSpec("/photos", label_pattern="^(.)"))))
    assert line.choice.text() == "Classes from file names"
    actions[""].trigger()
    assert requests == ["names", "labels", "targets", "classes"]
    line.show_state(AppState(spec=RunSpec(DatasetSpec("/photos", labels="/labels.csv"))))
    assert (line.choice.text(), line.file.text()) == ("Classes from a table", "labels.csv")


@pytest.mark.slow
def test_the_window_uses_the_labels_until_another_folder_is_opened(make_window, qtbot, photos, tmp_path: Path) -> None:
    window = make_window()
    window.open_folder(str(photos))
    qtbot.waitUntil(lambda: window.store.state.dataset is not None and not window.store.state.jobs)
    window.menus.names.trigger()
    dialog = window.findChild(LabelPatternDialog)
    dialog.pattern.setEditText("^(.)")
    qtbot.waitUntil(dialog.use.isEnabled)
    dialog.use.click()
    assert window.store.state.spec.dataset.label_pattern == "^(.)"
    qtbot.waitUntil(window.menus.classes.isEnabled)
    window.store.choose_labels(file=str(tmp_path / "labels.csv"))
    assert window.store.state.spec.dataset.sources == ("", str(tmp_path / "labels.csv"), "")
    window.open_folder(str(tmp_path))
    assert window.store.state.spec.dataset.sources == ("", "", "")
