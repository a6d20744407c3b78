"""Regression tests of rough use: narrow windows, plain texts, the keyboard."""

from __future__ import annotations

import numpy as np
import pytest
import states
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QFileDialog, QLabel, QPushButton, QScrollArea, QWidget
from trimming import few

from studio.engine.export import registry
from studio.jobs.job import Job
from studio.session.plan.layer_rows import CutMarker, NewHead
from studio.session.state import STATIONS
from studio.spec.structs import replace
from studio.ui.dialogs import files
from studio.ui.plots.matrix import cells as matrix_cells
from studio.ui.plots.matrix.view import ConfusionMatrix
from studio.ui.plots.plot_parts import EpochAxis
from studio.ui.stations.features.layers.layer_cells import NARROW_COLUMNS
from studio.ui.stations.features.layers.layer_tree import LayerTree
from studio.ui.stations.features.microscope.photo_picker import PhotoPicker
from studio.ui.stations.head.page import HeadPage
from studio.ui.stations.head.run_card import RunCard
from studio.ui.store.job_thread import JobThread
from studio.ui.theme import color_scale, theme
from studio.ui.theme import palette as tones
from studio.ui.widgets.fields.narrow_combo import NarrowCombo


@pytest.mark.parametrize("palette", [tones.LIGHT, tones.DARK], ids=["light", "dark"])
def test_colors_of_the_matrix_are_monotonic_and_legible(palette):
    colors, inks = color_scale.ramp(*color_scale.ends(palette))
    names = ["#{:02x}{:02x}{:02x}".format(*color) for color in colors]
    shades = [color_scale.luminance(name) for name in (palette.raised, *names)]
    steps = np.diff(shades) * np.sign(shades[-1] - shades[0])
    assert (steps >= 0).all()  # 53 % was once darker than 100 %
    assert color_scale.contrast(names[0], names[-1]) > 2  # the two ends differ visibly
    assert min(color_scale.contrast(name, ink) for name, ink in zip(names, inks, strict=True)) >= 4.5
    assert color_scale.contrast(palette.raised, palette.muted) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_matrix_paints_shares_in_the_order_of_the_ramp(qtbot, qapp, scheme):
    theme.apply(qapp, scheme)
    counts = np.array([[share, 100 - share] for share in range(101)], np.int64)
    counts = np.pad(counts, ((0, 0), (0, 99)))
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.show_counts(counts, [str(number) for number in range(101)])
    matrix.resize(2000, 2000)
    matrix.fit()
    picture = matrix.viewport().grab().toImage()
    ratio = picture.devicePixelRatio()
    spots = [matrix.cell_rect(row, 0).topLeft() * ratio for row in range(101)]
    shades = [color_scale.luminance(picture.pixelColor(spot).name()) for spot in spots]
    steps = np.diff(shades) * np.sign(shades[-1] - shades[0])
    inks, codes = matrix_cells.inks(theme.current()), matrix.cells.codes[:, 0]
    readable = color_scale.ramp(*matrix_cells.ramps(theme.current())[1])[1][-1]
    assert [inks[codes[row]] for row in (0, 100)] == [theme.current().muted, readable]
    theme.apply(qapp, "light")
    assert (steps >= 0).all()


def test_a_run_of_any_name_fits_into_its_card(qtbot):
    card = RunCard()
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(card)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    qtbot.addWidget(area)
    area.resize(264, 700)
    area.show()
    run = states.run()
    long = "/home/somebody/.local/share/thaw-studio/runs/2026-11-21_09-46-49_vit_small_patch14_reg4_dinov2.lvd142m"
    backbone = replace(run.started.spec.backbone, name="vit_small_patch14_reg4_dinov2.lvd142m")
    started = replace(run.started, run=long, spec=replace(run.started.spec, backbone=backbone))
    card.show_state(replace(run, started=started))
    qtbot.wait(10)
    assert card.width() <= area.viewport().width()
    assert card.facts.value("Backbone") == backbone.name
    card.copy.click()
    from PySide6.QtGui import QGuiApplication

    assert QGuiApplication.clipboard().text() == long


@pytest.mark.slow
def test_every_combo_box_is_drawn_as_qt_draws_it_with_one_arrow(make_window, monkeypatch):
    window = make_window()
    for page in window.pages.values():
        for box in page.findChildren(QComboBox):
            own = [kind for kind in type(box).__mro__ if not kind.__module__.startswith(("PySide6", "Shiboken"))]
            painted = [kind for kind in own if kind is not object and "paintEvent" in vars(kind)]
            if painted and painted != [NarrowCombo]:
                raise AssertionError(f"{painted}: the style sheet draws the arrow")
            if painted and box.currentText() == box.shown_text():
                shown = box.grab().toImage()
                with monkeypatch.context() as patch:
                    patch.setattr(NarrowCombo, "paintEvent", QComboBox.paintEvent)
                    assert box.grab().toImage() == shown, box.accessibleName()


@pytest.mark.slow
def test_a_photo_chosen_on_images_is_the_photo_of_the_other_pages(make_window, qtbot):
    window = make_window()
    window.open_folder("/photos")
    qtbot.waitUntil(lambda: window.store.state.dataset is not None and not window.store.state.jobs)
    window.pages["images"].photo_chosen.emit("/photos/bees/0007.jpg")
    window.show_station("features")
    picker = window.pages["features"].microscope.picker
    qtbot.waitUntil(lambda: picker.path() == "/photos/bees/0007.jpg")
    window.show_station("preprocess")
    preview = lambda: window.store.state.preview  # noqa: E731
    qtbot.waitUntil(lambda: preview() is not None and preview().path == "/photos/bees/0007.jpg")


def test_a_photo_chosen_before_the_folder_is_shown_stays_chosen(qtbot):
    picker = PhotoPicker()
    qtbot.addWidget(picker)
    picker.choose("/photos/bees/0003.jpg")
    picker.show_dataset(states.dataset())
    assert picker.path() == "/photos/bees/0003.jpg"


@pytest.mark.slow
def test_the_path_of_a_folder_is_shown_normalized(make_window, photos):
    window = make_window()
    window.open_folder(f"{photos}/../{photos.name}/.")
    assert window.store.state.spec.dataset.folder == str(photos)


@pytest.mark.slow
def test_tooltips_name_the_keys(make_window, qtbot):
    window = make_window()
    assert "Ctrl+Return" in window.ribbon.primary().toolTip()  # also where the tooltip has a reason
    assert "Ctrl+E" in window.pages["evaluate"].export.toolTip()


def test_ticks_stand_at_whole_epochs_up_to_the_last_one():
    axis = EpochAxis()
    axis.last = 10
    for most in (10.5, 14.0, 17.0):
        ((_, places),) = axis.tickValues(0, most, 260)
        assert places == [0, 2, 4, 6, 8, 10] or places == [float(place) for place in range(11)]
    axis.last = 1
    assert axis.tickValues(0, 1.6, 260)[0][1] == [0, 1]
    axis.last = 100_000
    assert len(axis.tickValues(0, 130_000, 260)[0][1]) < 12
    assert axis.tickValues(5.2, 6.9, 260)[0][1] == [6]


@pytest.mark.slow
def test_the_plot_of_a_run_in_progress_ends_at_the_last_planned_epoch(qtbot):
    page = HeadPage()
    qtbot.addWidget(page)
    page.resize(1240, 600)
    page.show()
    state = states.state(epochs=50)
    run = states.run(state.spec, number=2, done=False)
    page.show_state(state.showing(run))
    page.parts.finish()
    for card in page.curves:
        (_, right), _ = card.plot._box.viewRange()
        assert 50 < right < 53
    page.show_state(state.showing(replace(run, status="cancelled")))
    (_, right), _ = page.curves[0].plot._box.viewRange()
    assert right < 8


@pytest.mark.slow
def test_small_losses_are_written_as_they_are_in_other_colors_too(qtbot):
    page = HeadPage()
    qtbot.addWidget(page)
    page.resize(1240, 600)
    page.show()
    run = states.run(number=3)
    low = tuple(replace(one, train_loss=0.2 / one.epoch, val_loss=0.3 / one.epoch) for one in run.epochs)
    page.show_state(states.state().showing(replace(run, epochs=low)))
    page.parts.finish()
    page.curves[0].plot.recolor()
    assert page.curves[0].plot.plot.getAxis("left").autoSIPrefixScale == 1


@pytest.mark.slow
def test_both_plots_have_the_same_width(qtbot):
    page = HeadPage()
    qtbot.addWidget(page)
    page.resize(1248, 600)
    page.show()
    qtbot.wait(10)
    assert abs(page.curves[0].width() - page.curves[1].width()) <= 2


def test_types_of_layers_are_shortened_at_their_end(qtbot):
    tree = LayerTree()
    qtbot.addWidget(tree)
    tree.resize(680, 500)
    tree.show()
    tree.show_table(states.small_table(), (), NewHead(outputs=2), states_cut())
    from PySide6.QtWidgets import QStyleOptionViewItem

    option = QStyleOptionViewItem()
    tree.initViewItemOption(option)
    index = tree.layer_model.index_of("stem").siblingAtColumn(1)
    tree.itemDelegate().initStyleOption(option, index)
    assert option.textElideMode is Qt.TextElideMode.ElideRight
    assert tree.columnWidth(1) >= 112
    header = tree.layer_model.headerData(1, Qt.Orientation.Horizontal)
    assert header == NARROW_COLUMNS[1]


def states_cut():
    """State without a cut."""
    return CutMarker()


# ------------------------------------------------------------------------------------------ export, work


@pytest.mark.slow
def test_the_file_suffix_follows_the_chosen_export_format(make_window, qtbot, tmp_path):
    window = make_window()
    dialog = files.save_head(window, str(tmp_path), lambda path: None, registry.choices())
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.filterSelected.emit("PyTorch state dict (*.pt)")
    assert dialog.defaultSuffix() == "pt"
    assert dialog.selectedFiles()[0].endswith("head.pt")
    dialog.filterSelected.emit("Safetensors (*.safetensors)")
    assert dialog.selectedFiles()[0].endswith("head.safetensors")
    dialog.close()


def test_the_status_bar_names_the_job_that_a_new_job_waits_for():
    lane = JobThread("test")
    job = Job("inspect", lambda stop: iter(()))
    lane._waiting.append(job)
    assert lane.current() is None
    assert lane.ahead() is job


# ------------------------------------------------------------------------------------------ keyboard and reader


def _focusable(page: QWidget) -> list[QWidget]:
    every = [page, *page.findChildren(QWidget)]
    return [one for one in every if one.isVisible() and one.focusPolicy() & Qt.FocusPolicy.TabFocus]


def _by_arrows(control: QWidget, seen: set[QWidget]) -> bool:
    """True for a button of an exclusive group that Tab reaches: the arrow keys go on to the others, as Qt does it."""
    if not isinstance(control, QAbstractButton):
        return False
    group = control.group()
    if group is not None:
        return group.exclusive() and any(one in seen for one in group.buttons())
    siblings = control.parentWidget().findChildren(type(control), options=Qt.FindChildOption.FindDirectChildrenOnly)
    return control.autoExclusive() and any(one in seen for one in siblings if one.autoExclusive())


@pytest.mark.slow
@pytest.mark.parametrize("name", few(STATIONS, ("features", "head")))
def test_every_control_has_a_name_and_tab_reaches_it(make_window, qtbot, name):
    window = make_window()
    window.open_folder("/photos", name)
    qtbot.waitUntil(lambda: window.store.state.dataset is not None)
    window.store.train()
    qtbot.waitUntil(lambda: window.store.state.run is not None and window.store.state.run.status == "done")
    window.show_station(name)
    qtbot.waitUntil(lambda: not window.store.state.jobs)
    qtbot.wait(30)
    controls = [one for one in _focusable(window) if one.isEnabled()]
    for one in controls:
        text = one.text() if hasattr(one, "text") else ""
        assert (
            one.accessibleName()
            or (isinstance(one, QPushButton) and text)
            or _buddy(window, one)
            or (text and not isinstance(one, QComboBox))
        ), f"{type(one).__name__} {one.objectName()} in {one.parent()} has no name"
    window.activateWindow()
    controls[0].setFocus()
    seen = set()
    for _ in range(3 * len(controls) + 10):
        window.focusNextChild()
        seen.add(window.focusWidget())
    missing = [one for one in controls if one not in seen and one.focusProxy() is None and not _by_arrows(one, seen)]
    assert not missing, [(type(one).__name__, one.accessibleName()) for one in missing]


def _buddy(window: QWidget, control: QWidget) -> bool:
    return any(label.buddy() is control and label.text() for label in window.findChildren(QLabel))
