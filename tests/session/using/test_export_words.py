"""The exports of the Use page in words."""

from __future__ import annotations

from typing import Any

import pytest
from folded_states import after, finished, trained

from studio.events import (
    Certificate,
    CertificatesFound,
    CertifiedFile,
    Difference,
    GoldenPhoto,
    ModelExported,
    Progress,
    Stage,
)
from studio.formatting.numbers import plain
from studio.session.evaluation import judging
from studio.session.model_exports import ModelExports, ModelOffer
from studio.session.reducer import job_started
from studio.session.state import AppState
from studio.session.using import export_words
from studio.spec.structs import replace

ONNX = ModelOffer("onnx", "ONNX", ".onnx", ("float32",))
CERTIFICATE = Certificate(
    file="m.onnx", format="onnx", precision="float32", runtime="onnxruntime 1.2", photos=20, same_class=20,
    largest_difference=1.234e-6, photos_per_second=31.25, bytes=2_500_000, passed=True,
)  # fmt: skip
MADE = ModelExported("/out/m.onnx", ("/out/m.onnx",), CERTIFICATE)


def exporting(**changes: Any) -> AppState:
    state = finished()
    known: dict[str, Any] = {"run": state.shown, "weights": judging.weights(state)} | changes
    return replace(state, exports=ModelExports(**known))


@pytest.mark.parametrize(
    ("changes", "text", "role"),
    [
        ({}, "not made", "muted"),
        ({"waiting": ("onnx",)}, "waiting", "muted"),
        ({"waiting": ("pt2",)}, "not made", "muted"),
        ({"refused": (("onnx", "It is too large."),)}, "It is too large.", "bad"),
        ({"made": (MADE,)}, "Verified · 2.5 MB", "good"),
        ({"made": (MADE,), "run": "/other"}, "not made", "muted"),
    ],
)
def test_the_state_of_a_format(changes, text, role):
    row = export_words.row(exporting(**changes), ONNX)
    assert (plain(row.text), row.color_role, row.share) == (text, role, None)
    assert row.file == ("/out/m.onnx" if role == "good" else "")


def test_a_format_that_cannot_be_written_says_why():
    row = export_words.row(exporting(made=(MADE,)), replace(ONNX, why_not="onnx is not installed."))
    assert row.text == "Not offered: onnx is not installed."


def test_the_progress_of_the_comparison_is_shown():
    state = job_started(exporting(current="onnx"), "export_models")
    assert export_words.row(exporting(current="onnx"), ONNX).text == "not made", "the job has ended"
    assert (export_words.row(state, ONNX).text, export_words.row(state, ONNX).share) == ("Beginning…", 0.0)
    state = after(state, "export_models", Stage("write", "Writing"))
    assert export_words.row(state, ONNX).text == "Writing…"
    state = after(state, "export_models", Stage("check", "Checking"), Progress("check", 5, 20, "photos"))
    row = export_words.row(state, ONNX)
    assert (row.text, row.share) == ("Checking 5 of 20", 0.25)


def test_what_a_certificate_says():
    assert tuple(map(plain, export_words.lines(CERTIFICATE))) == (
        "same class 20 of 20, largest difference 1.2e-06",
        "loaded by onnxruntime 1.2, 31.2 photos/s",
        "float32, epoch 0",
    )
    made = certificate(made="2026-11-26T14:12:00+00:00", epoch=3)
    assert export_words.lines(made)[-1].startswith("float32, epoch 3, compared on 2026-11-2")
    assert export_words.lines(certificate(made="yesterday"))[-1] == "float32, epoch 0"
    more = certificate(thresholds_same=19, unlike_same=0, golden=GoldenPhoto("", "", {}))
    assert export_words.lines(more)[1:3] == ("same by thresholds 19 of 20", "same “unlike” 0 of 20")
    plain_file = replace(more, format="model", unlike_same=None)
    assert "without “unlike anything seen”, which plain timm and torchvision lack" in export_words.lines(plain_file)
    assert export_words.lines(more)[-2] == "with a golden photo and its expected scores"
    assert export_words.row(exporting(made=(MADE,)), ONNX).certificate[0] == "m.onnx"
    other = certificate(known_difference="It rounds differently.", left_out=2)
    assert export_words.lines(other)[1:3] == (
        "It rounds differently",
        "not compared, because they could not be read: 2",
    )


def test_a_file_that_is_not_verified_has_its_difference_named():
    failed = certificate(passed=False, same_class=19)
    row = export_words.row(exporting(made=(replace(MADE, certificate=failed),)), ONNX)
    assert (row.text, row.color_role) == (
        "Not verified: 19 of 20 the same. The file's name ends in “.unproved”.",
        "bad",
    )
    first = certificate(passed=False, same_class=19, first_difference=Difference("/p/a.jpg", 0.25, "ants", "bees", ""))
    row = export_words.row(exporting(made=(replace(MADE, certificate=first),)), ONNX)
    assert "First difference: a.jpg, ants became bees, by 0.25. The file" in row.text


def certificate(**changes: Any) -> Certificate:
    return replace(CERTIFICATE, **changes)


def test_nothing_is_exported_without_an_epoch_or_during_a_run():
    state = finished()
    assert export_words.obstacle(state) == ""
    assert export_words.obstacle(job_started(state, "export_models")) == "Files are being exported."
    words = "Open a run with at least one finished epoch first."
    assert export_words.obstacle(replace(state, shown=None)) == export_words.obstacle(trained()) == words
    run = state.run
    assert run is not None
    running = replace(state, runs={**state.runs, state.shown: replace(run, status="running")})
    assert export_words.obstacle(running) == "Training is in progress."


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ([("a", 1, "same"), ("b", 1, "same")], "Verified · 2.5 MB"),
        ([("a", 1, "same"), ("b", 1, "gone")], "Verified · 2.5 MB"),
        ([("a", 1, "changed")], "Not verified: the file has changed since its certificate of ."),
        ([("a", 1, "gone")], "not made"),
        ([("a", 2, "same")], "not made"),
        ([], "not made"),
    ],
)
def test_files_of_earlier_sessions_are_those_of_the_epoch_shown(found, text):
    state = exporting()
    files = tuple(CertifiedFile(f"/out/{name}.onnx", certificate(epoch=epoch), kind) for name, epoch, kind in found)
    now = replace(state, certified=CertificatesFound(state.shown, files))
    row = export_words.row(now, ONNX)
    assert plain(row.text) == text
    assert row.file == (f"/out/{'b' if found[-1] == ('b', 1, 'same') else 'a'}.onnx" if text != "not made" else "")
    assert export_words.row(replace(now, certified=CertificatesFound("/other", files)), ONNX).text == "not made"
    assert export_words.row(now, replace(ONNX, name="pt2")).text == "not made"


def test_a_new_file_keeps_its_state_until_it_is_checked_again():
    state = exporting(made=(replace(MADE, certificate=certificate(made="2026-11-26T10:00:00+00:00")),))
    for made, kind, text in (
        ("2026-11-26T09:00:00+00:00", "gone", "Verified · 2.5 MB"),
        ("2026-11-26T10:00:00+00:00", "gone", "m.onnx is gone from its folder."),
    ):
        files = (CertifiedFile(MADE.file, certificate(made=made), kind),)
        row = export_words.row(replace(state, certified=CertificatesFound(state.shown, files)), ONNX)
        assert plain(row.text) == text
