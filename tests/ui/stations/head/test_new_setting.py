"""A new setting needs one row: form, options, checks, JSON and documentation use it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Annotated, Any

import pytest
import states
from PySide6.QtCore import Qt

from studio.cli.options import parser, specs, train_options
from studio.session.state import AppState
from studio.spec import DatasetSpec, RunSpec, TrainSpec, UserError
from studio.spec.encoding import serialization
from studio.spec.settings import Setting, documented
from studio.spec.structs import replace
from studio.spec.validation import check
from studio.ui.stations.head import fields
from studio.ui.stations.head.form import HeadForm


@documented
class MoreTrainSpec(TrainSpec, frozen=True):
    """Training settings with one more field."""

    momentum: Annotated[
        float, Setting(label="Momentum", help="Share of the last step that is taken again", ge=0, lt=1, group="rates")
    ] = 0.9


class MoreRunSpec(RunSpec, frozen=True):
    """Settings of a run with one more field."""

    train: MoreTrainSpec = MoreTrainSpec()


SPEC = MoreRunSpec(DatasetSpec("/photos"))


@pytest.fixture(autouse=True)
def one_setting_more(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (fields, train_options, specs, serialization):
        monkeypatch.setattr(module, "RunSpec", MoreRunSpec)


def test_the_form_shows_and_changes_it(qtbot: Any) -> None:
    form = HeadForm()
    qtbot.addWidget(form)
    form.show_state(replace(AppState(), spec=SPEC, dataset=states.dataset()))
    line = form.fields["momentum"].line
    assert (line.text(), line.accessibleName()) == ("0.9", "Momentum")
    assert line.toolTip() == "Share of the last step that is taken again"
    line.selectAll()
    qtbot.keyClicks(line, "1")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert form.fields["momentum"].message.text() == "Momentum must be 0 or more and less than 1."
    line.selectAll()
    qtbot.keyClicks(line, "0.5")
    with qtbot.waitSignal(form.spec_requested) as signal:
        qtbot.keyClick(line, Qt.Key.Key_Return)
    assert signal.args[0] == MoreRunSpec(DatasetSpec("/photos"), train=MoreTrainSpec(momentum=0.5))


def test_the_terminal_has_an_option_for_it() -> None:
    arguments = parser.make_parser().parse_args(["train", "/photos", "--momentum", "0.5"])
    assert specs.run_of(arguments).train == MoreTrainSpec(momentum=0.5)


def test_the_new_setting_is_checked_by_its_bounds() -> None:
    check(SPEC)
    with pytest.raises(
        UserError, match=r"^Momentum must be 0 or more and less than 1 \(got 1\.0\)\. The default is 0\.9"
    ):
        check(replace(SPEC, train=MoreTrainSpec(momentum=1.0)))


def test_the_new_setting_is_written_and_read() -> None:
    spec = replace(SPEC, train=MoreTrainSpec(momentum=0.5))
    written = json.loads(json.dumps(serialization.to_json(spec)))
    assert written["train"]["momentum"] == 0.5
    assert serialization.run_spec_from_json(written) == spec
    del written["train"]["momentum"]
    assert serialization.run_spec_from_json(written) == SPEC
    with pytest.raises(UserError, match=r"“spec\.train\.momentum” cannot be 'much'"):
        serialization.run_spec_from_json({**written, "train": {"momentum": "much"}})


def test_the_new_setting_is_documented() -> None:
    path = Path(__file__).parents[4] / "packaging" / "make_settings_page.py"
    module_spec = importlib.util.spec_from_file_location("make_settings_page", path)
    assert module_spec is not None
    assert module_spec.loader is not None
    maker = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(maker)
    row = "| Momentum | `momentum` | `--momentum` | 0.9 | 0 or more and less than 1 | Share of the last step"
    assert row in maker.page(MoreRunSpec)
    assert "momentum: Share of the last step that is taken again." in str(MoreTrainSpec.__doc__)
