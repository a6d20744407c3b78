"""A new metric over epochs needs a row and a function: epochs, record, terminal, table and curves use the row."""

from __future__ import annotations

import json

import pytest
import states
from PySide6.QtCore import Qt
from tiny import only, trained

from studio.engine.training import tasks
from studio.evaluate import metrics
from studio.evaluate.epochs.best_epoch import best_epoch, criterion
from studio.evaluate.metrics import Metric
from studio.events import Epoch
from studio.jobs import event_lines
from studio.runs import folder
from studio.spec.structs import replace
from studio.ui.stations.head.page import HeadPage

MARGIN = Metric("margin", "mean margin", "up", "scores", "figures", column="margin", tip="Lead of the likeliest class")


def lead(_task, scores, _targets):
    first, second = scores.topk(2).values.T
    return first - second


@pytest.fixture
def with_margin(monkeypatch):
    rows = (*metrics.OVER_EPOCHS["classification"], MARGIN)
    monkeypatch.setitem(metrics.OVER_EPOCHS, "classification", rows)
    monkeypatch.setitem(tasks.PHOTO_METRICS, "margin", lead)


@pytest.mark.slow
def test_a_new_metric_needs_a_row_and_a_function(with_margin, photos, tmp_path, qtbot, monkeypatch):
    epochs = only(trained(photos, tmp_path / "run"), Epoch)
    assert [epoch.val("margin") > 0 for epoch in epochs] == [True, True]
    last = epochs[-1]

    assert tuple(folder.read(tmp_path / "run").epochs) == tuple(epochs)
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [line["val_margin"] for line in lines] == [epoch.val("margin") for epoch in epochs]
    words = event_lines.epoch_words(last)
    assert f"mean margin {MARGIN.plain_text(last.train('margin'))}; validation loss" in words
    assert f"mean margin {MARGIN.plain_text(last.val('margin'))}  (" in words

    page = HeadPage()
    qtbot.addWidget(page)
    page.show()
    page.show_state(states.state().showing(replace(states.run(), epochs=tuple(epochs))))
    page.parts.finish()
    model, header = page.table.epochs, page.table.horizontalHeader()
    names = [
        model.headerData(header.logicalIndex(place), Qt.Orientation.Horizontal) for place in range(model.columnCount())
    ]
    assert names[3:8] == ["Train acc", "Val acc", "Train margin", "Val margin", "Time"]
    assert model.index(0, header.logicalIndex(6)).data() == MARGIN.text(last.val("margin"))
    titles = [card.plot.accessibleName().removesuffix(" over epochs") for card in page.curves]
    assert titles == ["Loss", "Accuracy", "Mean margin"]
    assert page.curves[2].isVisible()
    assert page.curves[2].plot.line_data("validation")[1].tolist() == [epoch.val("margin") for epoch in epochs]

    monkeypatch.setitem(metrics.CRITERIA, "classification", {"loss": "loss", "metric": "margin", "last": "loss"})
    assert best_epoch(epochs, "metric") is max(epochs, key=lambda epoch: epoch.val("margin"))
    assert criterion("metric", "classification") == "highest validation mean margin"

    page.show_state(states.state().showing(states.run()))
    assert not page.curves[2].isVisible(), "a run without it"
    assert "Train margin" not in [model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())]
