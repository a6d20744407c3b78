"""The files that are being exported, after each event of their job."""

from __future__ import annotations

import pytest
from folded_states import finished

from studio.events import Cancelled, Certificate, Done, ExportStep, Failed, ModelExported
from studio.session import model_exports
from studio.session.model_exports import ModelExports
from studio.session.reducer import job_started, reduce
from studio.spec.structs import replace

START = ModelExports("/r", "best", waiting=("onnx", "pt2"))


def made(form: str, file: str = "/out/m") -> ModelExported:
    return ModelExported(file, (file,), Certificate(file="m", format=form, precision="float32"))


def after(*events) -> ModelExports:
    now = START
    for event in events:
        now = model_exports.after(now, event)
    return now


def test_a_written_format_is_no_longer_waiting():
    now = after(ExportStep("onnx"))
    assert (now.current, now.waiting) == ("onnx", ("pt2",))
    now = after(ExportStep("onnx"), made("onnx"), ExportStep("pt2"))
    assert (now.current, now.waiting, now.made) == ("pt2", (), (made("onnx"),))
    assert now.made_of("onnx") == made("onnx")
    assert now.made_of("pt2") is None
    twice = after(made("onnx"), made("onnx", "/out/m-2"))
    assert twice.made_of("onnx").file == "/out/m-2", "the last one"


def test_a_format_that_cannot_be_written_does_not_stop_the_others():
    now = after(ExportStep("onnx"), ExportStep("onnx", "It is too large."))
    assert (now.current, now.waiting) == ("", ("pt2",))
    assert now.refusal_of("onnx") == "It is too large."
    assert now.refusal_of("pt2") == ""


@pytest.mark.parametrize(
    ("begun", "refused"), [(True, (("onnx", "It broke. Try again."),)), (False, ())], ids=["current", "before"]
)
def test_a_failure_is_that_of_the_format_in_progress(begun, refused):
    now = after(*[ExportStep("onnx")] * begun, Failed("It broke.", "Try again."))
    assert (now.current, now.waiting, now.refused) == ("", (), refused)


def test_files_written_before_a_stop_are_listed():
    now = after(made("onnx"), ExportStep("pt2"), Cancelled())
    assert (now.current, now.waiting, now.made) == ("", (), (made("onnx"),))
    assert after(Done()) == START


def test_formats_requested_again_and_those_of_another_run_are_reset():
    now = replace(START, made=(made("onnx"), made("pt2")), refused=(("onnx", "no"), ("model", "no")))
    again = model_exports.asked(now, "/r", "best", ("onnx",))
    assert (again.waiting, again.made, again.refused) == (("onnx",), (made("pt2"),), (("model", "no"),))
    for run, weights in (("/other", "best"), ("/r", "last")):
        assert model_exports.asked(now, run, weights, ("pt2",)) == ModelExports(run, weights, waiting=("pt2",))


def test_the_end_of_the_job_is_that_of_the_exports():
    state = replace(job_started(finished(), "export_models"), exports=replace(START, current="onnx"))
    assert reduce(state, "export_models", Cancelled()).exports.current == ""
    other = replace(job_started(finished(), "export"), exports=replace(START, current="onnx"))
    assert reduce(other, "export", Cancelled()).exports.current == "onnx"
