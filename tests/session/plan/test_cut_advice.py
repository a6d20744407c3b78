"""Texts and rows of the advice on the layers to freeze, without a window."""

from __future__ import annotations

import states

from studio.events import CutAdvice
from studio.events.advice import CutProbe
from studio.formatting.numbers import NARROW
from studio.session.plan import cut_advice
from studio.session.state import AppState
from studio.spec import BackboneSpec, DatasetSpec, FreezePlan
from studio.spec.structs import replace

STATE = states.state()
CUTS = (
    CutProbe("layer1", FreezePlan(until="layer1"), 0.75, 0.7, 0.8, 12.0, 5_000_000, 1500),
    CutProbe("features", FreezePlan(), 0.9, 0.85, 0.94, 0.0, 40_000, 0),
)
ADVICE = CutAdvice(STATE.spec.dataset, STATE.spec.backbone, CUTS, 1, "Freeze all.", 120, 7.0)


def advised(**changes: object) -> AppState:
    return replace(STATE, cut_advice=replace(ADVICE, **changes))


def test_the_advice_belongs_to_its_photos_and_its_network() -> None:
    assert cut_advice.advice_now(STATE) is None
    assert cut_advice.advice_now(advised()) == ADVICE
    assert cut_advice.advice_now(advised(dataset=DatasetSpec("/other"))) is None
    assert cut_advice.advice_now(advised(backbone=BackboneSpec("another"))) is None


def test_the_reason_why_layers_cannot_be_probed() -> None:
    assert cut_advice.cannot_probe(STATE) == ""
    assert cut_advice.cannot_probe(replace(STATE, dataset=None)) == "Open a folder of photos first."
    numbers = replace(STATE, spec=replace(STATE.spec, dataset=DatasetSpec("/photos", targets="/ages.csv")))
    assert cut_advice.cannot_probe(numbers) == "The probe needs classes, but the labels are numbers."
    assert cut_advice.cannot_probe(replace(STATE, layers=None)) == "The backbone’s layers are not loaded yet."
    assert cut_advice.cannot_probe(states.with_job(STATE, "advise_cut")) == "The layers are being probed."


def test_a_cut_after_all_layers_trains_the_head_alone() -> None:
    first, last = ([cell.replace(NARROW, " ") for cell in row] for row in cut_advice.rows(ADVICE))
    assert first[:4] == ["layer1", "75.0 %", "70.0 % – 80.0 %", "1,500"]
    assert first[4].startswith("about 12")
    assert (last[0], last[3], last[4]) == ("all layers", "head only", "–")
    assert [len(row) for row in cut_advice.rows(ADVICE)] == [len(cut_advice.COLUMNS)] * 2


def test_the_summary_has_the_reason_and_the_evidence() -> None:
    why, basis = cut_advice.summary(ADVICE).replace(NARROW, " ").split("\n")
    assert why == "Freeze all."
    assert basis.startswith("120 training photos, each judged by a classifier that was fitted without it; 7")
