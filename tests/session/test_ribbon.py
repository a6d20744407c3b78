"""What the stations of the ribbon say."""

from __future__ import annotations

from dataclasses import replace

import states as made
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from studio.session.ribbon import faces
from studio.session.state import AppState, RunState
from studio.spec import DatasetSpec, HeadSpec
from studio.ui import ribbon


def head_line(state: AppState) -> str:
    return next(face.line for face in faces(state) if "Head" in face.title)


def test_the_head_is_called_by_its_kind() -> None:
    state = made.state()
    assert head_line(state).startswith("linear · ")
    state = replace(state, spec=replace(state.spec, head=HeadSpec(kind="mlp", hidden=64)))
    assert head_line(state).startswith("MLP 64 · ")


def test_a_run_that_goes_on_stands_where_it_was_left() -> None:
    state = made.with_job(made.state(), "train")
    started = replace(made.run().started, spec=state.spec, resumed=2)
    asked = state.spec.train.all_epochs
    assert head_line(replace(state, run=RunState(started))) == f"linear · epoch 2 / {asked}"


def test_a_figure_in_the_ribbon_is_written_shorter_before_it_is_cut(qapp: QApplication) -> None:
    metrics = QFontMetrics(qapp.font())
    for text, last in (
        ("94.8\u202f% (91–97)", "94.8\u202f%"),
        ("3 × 224 × 224", "3×224×224"),
        ("3 × 224 × 224", "224×224"),
    ):
        ways = ribbon.shorter_shapes(text)
        assert last in ways
        for way in ways:
            shown = ribbon.fitted(metrics, ways, metrics.horizontalAdvance(way))
            assert shown.replace(" ", "").replace("224²", "224×224") in text.replace(" ", "")
    square, other = ribbon.shorter_shapes("3 × 224 × 224"), ribbon.shorter_shapes("3 × 384 × 224")
    assert ribbon.fitted(metrics, square, metrics.horizontalAdvance("224²")) == "224²"
    assert other[-1] == "384×224"
    line = "EfficientNet-Lite0 · all frozen"
    short = "Lite0 · all frozen"
    assert ribbon.fitted(metrics, ribbon.shorter_lines(line), metrics.horizontalAdvance(short)) == short
    assert ribbon.fitted(metrics, ribbon.shorter_lines(line), 1000) == line
    far = "epoch 3 of 3 + 10"
    assert ribbon.fitted(metrics, ribbon.shorter_lines(f"linear · {far}"), metrics.horizontalAdvance(far)) == far


def test_a_folder_that_could_not_be_listed_is_not_called_missing() -> None:
    assert faces(AppState())[0].line == "no folder yet"
    spec = replace(AppState().spec, dataset=DatasetSpec("/photos"))
    assert faces(AppState(spec=spec))[0].line == "not listed"
