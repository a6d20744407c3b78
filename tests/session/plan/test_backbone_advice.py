"""Texts and rows of the advice on the backbone, without a window."""

from __future__ import annotations

import states
from fake_jobs.data import fake_backbone_advice

from studio.formatting.numbers import NARROW
from studio.session.plan import backbone_advice
from studio.spec import DatasetSpec
from studio.spec.structs import replace

STATE = states.state()
ADVICE = fake_backbone_advice(STATE.spec)


def test_the_advice_belongs_to_its_photos_whatever_backbone_is_chosen_now() -> None:
    assert backbone_advice.advice_now(STATE) is None
    advised = replace(STATE, backbone_advice=ADVICE)
    other = replace(STATE.spec, backbone=replace(STATE.spec.backbone, name="resnet18"))
    assert backbone_advice.advice_now(replace(advised, spec=other)) is ADVICE
    elsewhere = replace(STATE, backbone_advice=replace(ADVICE, dataset=DatasetSpec("/other")))
    assert backbone_advice.advice_now(elsewhere) is None


def test_the_reason_why_backbones_cannot_be_compared() -> None:
    assert backbone_advice.cannot_compare(STATE) == ""
    assert backbone_advice.cannot_compare(replace(STATE, dataset=None)) == "Open a folder of photos first."
    numbers = replace(STATE, spec=replace(STATE.spec, dataset=DatasetSpec("/photos", targets="/ages.csv")))
    assert backbone_advice.cannot_compare(numbers) == "The probe needs classes, but the labels are numbers."
    assert "Download them" in backbone_advice.cannot_compare(replace(STATE, to_download=45.0))
    running = states.with_job(STATE, "advise_backbone")
    assert backbone_advice.cannot_compare(running) == "The backbones are being compared."


def test_rows_have_every_column_and_the_summary_states_the_evidence() -> None:
    rows = [[cell.replace(NARROW, " ") for cell in row] for row in backbone_advice.rows(ADVICE)]
    assert [row[:3] for row in rows] == [
        ["EfficientNet-Lite0", "70.0 %", "60.0 % – 80.0 %"],
        ["EfficientNet-Lite2", "90.0 %", "82.0 % – 95.0 %"],
    ]
    assert rows[1][5] == "260 × 260"
    assert {len(row) for row in rows} == {len(backbone_advice.COLUMNS)}
    summary = backbone_advice.summary(ADVICE).replace(NARROW, " ")
    for words in (
        "Lite2 is better.",
        "The photos are few.",
        "3 backbones on this computer were not compared",
        "resnet18 (45 MB)",
        "32 training photos",
    ):
        assert words in summary
    assert "1 backbone on this computer was not" in backbone_advice.summary(replace(ADVICE, left_out=1))
    alone = replace(ADVICE, left_out=0, downloads=())
    assert "not compared" not in backbone_advice.summary(alone)
    assert "download" not in backbone_advice.summary(alone)
