"""The Use page: photos that are dropped or pasted, the list of answers, and the photo shown.

Long, because the tests share a page with a trained run.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from fakes import Fakes
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest

from studio.session.state import AppState
from studio.session.using import words
from studio.spec.decision import DecisionRule
from studio.spec.structs import replace
from studio.system import paths
from studio.ui.photos.photo_viewer import PhotoViewer
from studio.ui.stations.use.evidence.photo_view import PHOTO
from studio.ui.stations.use.page import UsePage
from studio.ui.window import MainWindow


def files(paths: list[str]) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def drop(window: MainWindow, data: QMimeData, proposed: Qt.DropAction = Qt.DropAction.CopyAction) -> QDropEvent:
    """Drop data on the window, as Qt does; returns the event."""
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    entered = QDragEnterEvent(QPointF(9, 9).toPoint(), actions, data, left, none)
    entered.setDropAction(proposed)
    window.dragEnterEvent(entered)
    event = QDropEvent(QPointF(9, 9), actions, data, left, none)
    event.setDropAction(proposed)
    window.dropEvent(event)
    return event


def done(window: MainWindow, qtbot: Any, count: int) -> None:
    """Wait until this many photos are on the list and nothing runs."""
    qtbot.waitUntil(lambda: len(window.store.state.given.rows) == count and not window.store.state.jobs)


def rows(page: UsePage) -> list[str]:
    model = page.photos.model
    return [model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]


def test_without_a_run_the_page_says_what_to_do(make_window: Any, qtbot: Any, photos: list[str]) -> None:
    window = make_window(pages=("use",))
    window.open_folder("/nowhere/photos", "use")
    qtbot.waitUntil(lambda: window.store.state.dataset is not None and not window.store.state.jobs)
    window.ribbon.button("use").click()
    page = window.pages["use"]
    assert window.stack.currentWidget() is page
    assert page.nothing.text() == words.NO_RUN
    assert not page.drop.photos.isEnabled()
    assert page.drop.photos.accessibleDescription() == words.NO_RUN
    assert window.ribbon.button("use").summary().shape == "2 scores"
    assert window.ribbon.button("use").summary().line == "no run yet"
    drop(window, files(photos))
    assert page.drop.message.text() == words.NO_RUN
    page.drop.say("")
    window.menus.paste.trigger()
    assert page.drop.message.text() == words.NO_RUN
    assert not window.store.state.given.waiting


def test_dropped_photos_are_predicted_and_listed(
    trained: MainWindow,
    use: UsePage,
    fakes: Fakes,
    qtbot: Any,
    photos: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trained.show_station("images")  # photos are for the Use page, wherever they are dropped
    event = drop(trained, files(photos), Qt.DropAction.MoveAction)
    assert event.dropAction() == Qt.DropAction.CopyAction  # a source that moves would delete them
    assert trained.stack.currentWidget() is use
    done(trained, qtbot, 3)
    assert fakes.predicted == [("/nowhere/runs/1", tuple(photos), "best")]
    assert rows(use) == [
        "a sure one.png, bees, 0.986",
        "unsure.png, not sure, 0.570",
        "unlike.png, unlike anything seen",
    ]
    assert use.photos.words.text() == "3 photos, 1 not sure, 1 unlike"
    assert use.stack.currentIndex() == PHOTO
    assert use.answer.answer.text() == "bees"
    assert use.answer.why.text() == "Sure: like the training photos (0.30 of the distance that counts as unlike)"
    assert use.place.text() == "1 of 3"
    assert "bees 0.986" in use.answer.bars.accessibleDescription()
    qtbot.waitUntil(lambda: trained.ribbon.button("use").summary().line == "3 photos predicted")
    drop(trained, files(photos[1:2]))  # it is on the list: it is shown, and not predicted again
    qtbot.waitUntil(lambda: use.answer.answer.text() == words.NOT_SURE)
    assert len(fakes.predicted) == 1
    trained.grab()
    opened: list[str] = []
    monkeypatch.setattr(trained.automation, "open_project", opened.append)
    project = str(Path(photos[0]).with_name("p.thaw"))
    Path(project).write_text("{}")
    drop(trained, files([project]))
    assert opened == [project], "a project is no photo"
    assert len(fakes.predicted) == 1


@pytest.mark.slow
def test_photos_are_pasted_as_files_as_paths_and_as_an_image(
    trained: MainWindow, use: UsePage, qtbot: Any, photos: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(paths, "pasted_folder", lambda: tmp_path / "pasted")
    clipboard = QGuiApplication.clipboard()
    clipboard.setMimeData(files(photos[:1]))
    trained.menus.paste.trigger()
    done(trained, qtbot, 1)
    clipboard.setText(f"'{photos[1]}'\nno path\n")
    QTest.keyClick(trained, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    done(trained, qtbot, 2)
    clipboard.setText("only words")
    trained.menus.paste.trigger()
    assert "neither a photo" in use.drop.message.text()
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    for count in (3, 4):
        clipboard.setImage(image)
        trained.menus.paste.trigger()
        done(trained, qtbot, count)
    saved = sorted((tmp_path / "pasted").iterdir())
    assert [QImage(str(file)).size() for file in saved] == [image.size()] * 2
    clipboard.clear()


@pytest.mark.slow
def test_keys_step_open_copy_and_remove(trained: MainWindow, use: UsePage, qtbot: Any, photos: list[str]) -> None:
    drop(trained, files(photos))
    done(trained, qtbot, 3)
    view = use.photos.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: use.name.text() == "unsure.png")
    QTest.keyClick(view, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: use.name.text() == "unlike.png")
    QTest.keyClick(view, Qt.Key.Key_Home, Qt.KeyboardModifier.ShiftModifier)
    assert len(view.selected_paths()) == 3
    qtbot.waitUntil(lambda: use.name.text() == "a sure one.png")
    QTest.keyClick(view, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: use.name.text() == "unsure.png")
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[-1].split("\t")[:3] == ["unsure.png", "not sure", "0.57"]
    QTest.keyClick(view, Qt.Key.Key_Return)
    viewer = use.findChild(PhotoViewer)
    assert viewer is not None
    assert viewer.photo().path == photos[1]
    assert viewer.photo().text == "not sure, 0.570"
    viewer.step(1)
    qtbot.waitUntil(lambda: use.name.text() == "unlike.png")
    viewer.close()
    QTest.keyClick(view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(rows(use)) == 2)
    qtbot.waitUntil(lambda: use.name.text() == "unsure.png")
    use.next.click()
    qtbot.waitUntil(lambda: use.name.text() == "a sure one.png")
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: use.name.text() == "unlike.png")
    assert use.photos.paths() == photos
    view.selectAll()
    QTest.keyClick(view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not rows(use))
    QTest.keyClick(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: use.photos.paths() == photos)


@pytest.mark.slow
def test_the_list_is_sorted_and_keeps_its_photo(
    trained: MainWindow, use: UsePage, qtbot: Any, photos: list[str]
) -> None:
    trained.store.using.add([*reversed(photos), "/nowhere/unread.png"])
    done(trained, qtbot, 4)
    assert rows(use)[-1] == "unread.png, not an image"
    for place, first in ((1, "a sure"), (3, "unsure"), (4, "a sure"), (0, "unlike")):
        use.photos.sort.setCurrentIndex(place)
        use.photos.sort.activated.emit(place)
        assert rows(use)[0].startswith(first)
        current = use.photos.view.current_photo()
        assert current is not None
        assert current.path == photos[2]


@pytest.mark.slow
def test_a_prediction_is_stopped_and_more_photos_wait(
    trained: MainWindow, use: UsePage, fakes: Fakes, qtbot: Any, photos: list[str]
) -> None:
    fakes.predict_gate = fakes.hold()
    trained.store.using.add(photos)
    qtbot.waitUntil(lambda: len(rows(use)) == 1)
    assert use.photos.stop.isVisible()
    trained.store.using.add(["/nowhere/later.png"])
    assert len(fakes.predicted) == 1
    fakes.predict_gate.set()
    done(trained, qtbot, 4)
    assert [one[1] for one in fakes.predicted] == [tuple(photos), ("/nowhere/later.png",)]
    fakes.predict_gate = fakes.hold()
    trained.store.using.add(["/nowhere/x.png", "/nowhere/y.png"])
    qtbot.waitUntil(lambda: len(rows(use)) == 5)
    use.photos.stop.click()
    qtbot.waitUntil(lambda: not trained.store.state.jobs)
    fakes.predict_gate.set()
    qtbot.waitUntil(use.photos.rest.isVisible)
    assert not use.photos.stop.isVisible()
    assert use.photos.rest.text.text() == "Some photos are not predicted yet."
    assert "/nowhere/x.png" in use.photos.paths()
    assert "/nowhere/y.png" not in use.photos.paths()
    use.photos.rest.go_on.click()
    done(trained, qtbot, 6)
    assert fakes.predicted[-1][1] == ("/nowhere/y.png",)
    assert {*photos, "/nowhere/x.png"} <= fakes.known
    assert not use.photos.rest.isVisible()


@pytest.mark.slow
def test_another_run_predicts_the_photos_again(
    trained: MainWindow, use: UsePage, fakes: Fakes, qtbot: Any, photos: list[str]
) -> None:
    trained.store.using.add(photos)
    done(trained, qtbot, 3)
    use.weights_requested.emit("last")
    trained.show_station("use")
    qtbot.waitUntil(lambda: len(fakes.predicted) == 2)
    assert fakes.predicted[1] == ("/nowhere/runs/1", tuple(photos), "last")
    done(trained, qtbot, 3)


@pytest.mark.slow
def test_ten_thousand_photos_are_listed_in_pieces(trained: MainWindow, use: UsePage, qtbot: Any) -> None:
    from fake_jobs.data import fake_answer

    from studio.events import PhotosPredicted

    store = trained.store
    store.using.add(["/nowhere/p/first.png"])
    done(trained, qtbot, 1)
    for start in range(0, 10_000, 250):
        answers = tuple(fake_answer(f"/nowhere/p/{number:05}.png") for number in range(start, start + 250))
        store._fold("predict_given", PhotosPredicted(store.state.given.run, answers))
        store.emit_now()
    assert use.photos.model.rowCount() == 10_001
    assert use.photos.model.row_of("/nowhere/p/09999.png") == 10_000
    use.photos.view.grab()


@pytest.mark.slow
def test_answers_are_saved_and_the_file_is_named(
    trained: MainWindow, use: UsePage, qtbot: Any, photos: list[str]
) -> None:
    assert not use.photos.save.table.isEnabled()
    trained.store.using.add(photos)
    done(trained, qtbot, 3)

    def written() -> str:
        return f"{use.photos.written.text.text()} {use.photos.written.file.text()}"

    use.photos.save.table_requested.emit("/nowhere/answers.csv")
    qtbot.waitUntil(lambda: written() == "The answers are in /nowhere/answers.csv")
    use.photos.save.sort_requested.emit("/nowhere/sorted", True)
    qtbot.waitUntil(lambda: written() == "The photos are sorted in /nowhere/sorted")
    use.photos.written.undo.click()
    kept = "2 links and copies removed. “/nowhere/sorted/ants/a.jpg” stays: it differs from its photo now. Folder:"
    qtbot.waitUntil(lambda: written().replace("\u200b", "") == f"{kept} /nowhere/sorted")
    assert use.photos.written.undo.isHidden()
    assert use.photos.save.undo.isEnabled()


def test_the_page_needs_no_scroll_bar_in_a_maximized_window_of_1280_by_800(
    trained: MainWindow, use: UsePage, qtbot: Any, photos: list[str]
) -> None:
    drop(trained, files(photos))
    done(trained, qtbot, 3)
    trained.resize(1280, 770)  # what title bar and frame leave
    qtbot.waitUntil(lambda: use.evidence.isVisible())
    qtbot.waitUntil(lambda: use.minimumSizeHint().height() <= use.visibleRegion().boundingRect().height())
    assert use.bar.width() <= use.beside.width()
    use.parts.setCurrentIndex(1)
    assert not use.place.isVisible()
    assert not use.next.isVisible()
    assert use.run.isVisible()  # the exports are of this run and epoch


def test_the_decision_rule_is_shown_and_changed_on_the_evaluate_page(use: UsePage, qtbot: Any) -> None:
    assert use.doubt.isVisible()
    assert use.doubt.limits.toolTip().startswith("No least confidence")
    asked: list[str] = []
    use.station_requested.connect(asked.append)
    use.doubt.change.click()
    assert asked == ["evaluate"]
    state = use._state
    run = state.run
    assert run is not None
    ruled = state.with_run(replace(run, decision=DecisionRule(least_confidence=0.99)))
    use.doubt.show_state(ruled)
    assert "not sure below 0.99" in use.doubt.limits.text()
    assert " sure" in use.doubt.counts.text()
    assert use.doubt.counts.toolTip().startswith("Validation photos")


def test_photos_are_refused_with_the_reason_until_a_run_is_chosen(use: UsePage) -> None:
    chosen = use._state
    use.show_state(AppState())
    use.paste()
    assert use.drop.message.text() == "Open an image folder first."
    use.show_state(AppState())
    assert use.drop.message.isVisible()
    use.show_state(chosen)
    assert use.drop.message.isHidden()


def test_saving_leaves_the_focus_on_its_button_and_says_where_it_was_stopped(
    trained: MainWindow, fakes: Fakes, use: UsePage, qtbot: Any, photos: list[str], tmp_path: Path
) -> None:
    trained.store.using.add(photos)
    done(trained, qtbot, 3)
    use.photos.save.setFocus()
    fakes.predict_gate = threading.Event()
    table = tmp_path / "answers.csv"
    use.photos.save.table_requested.emit(str(table))
    assert "write_given" in trained.store.state.jobs
    use.show_state(trained.store.state)
    assert use.photos.save.isEnabled()
    assert not use.photos.save.table.isEnabled()
    table.write_text("some rows")
    use.photos.stop.click()
    qtbot.waitUntil(lambda: not trained.store.state.jobs)
    qtbot.waitUntil(lambda: use.photos.written.text.text().startswith("Stopped: some answers are saved."))
    assert use.photos.written.file.text() == str(table)
