"""Tests of the output: streams, exit statuses, and one JSON document in every case."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import sys
from pathlib import Path

import pytest
from trimming import few

from studio import __main__ as start
from studio.cli.data import dataset
from studio.commands import dataset as jobs
from studio.spec import UserError
from studio.system import failures, log, output
from studio.system.process import signals, streams


@pytest.mark.parametrize(
    ("arguments", "file"),
    few(
        [
            (("scan", "nowhere", "--json"), "nowhere"),
            (("train", "nowhere", "--json"), "nowhere"),
            (("train", "PHOTOS", "--json", "--epochs", "none"), None),
            (("train", "PHOTOS", "--json", "--epochs", "0"), None),
            (("train", "PHOTOS", "--jso", "--targets", "nowhere.csv"), "nowhere.csv"),
            (("extract", "PHOTOS", "--json"), None),
            (("extract", "nowhere", "--json", "--out", "f.npz"), "nowhere"),
            (("layers", "resnet81", "--json"), None),
            (("backbones", "--json", "--no-such-option"), None),
            (("resume", "nowhere", "--json"), "nowhere"),
            (("runs", "nowhere", "--json"), "nowhere"),
            (("predict", "nowhere", "a.jpg", "--json"), "nowhere"),
            (("export", "nowhere", "--json", "--out", "h.pt"), "nowhere"),
            (("cache", "--limit", "-1", "--json"), None),
            (("scan", "is", "--json"), "is"),
            (("trian", "PHOTOS", "--json"), None),
            (("nowhere", "--json"), None),
            (("--json",), None),
            (("--json", "scan", "PHOTOS"), None),
        ],
        [
            ("scan", "nowhere", "--json"),
            ("train", "PHOTOS", "--json", "--epochs", "0"),
            ("cache", "--limit", "-1", "--json"),
            ("trian", "PHOTOS", "--json"),
            ("--json",),
            ("runs", "nowhere", "--json"),
        ],
    ),
)
def test_with_json_an_error_is_one_document(photos, tmp_path, thaw, monkeypatch, arguments, file):
    monkeypatch.chdir(tmp_path)
    status, out, err = thaw(*[photos if argument == "PHOTOS" else argument for argument in arguments])
    document = json.loads(out)
    assert status == 2
    assert f"thaw: {document['error']} {document['hint']}".rstrip() in err.splitlines()
    assert (document["file"] and Path(document["file"]).name) == file


def test_the_json_of_an_error_names_the_file_with_the_mistake(photos, tmp_path, thaw):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("{")
    (tmp_path / "head.pt").write_bytes(b"")
    (tmp_path / "few.csv").write_text("path,age\nnowhere.jpg,3\n")
    for arguments, file in (
        (("export", tmp_path / "run", "--out", tmp_path / "h.pt"), "run/run.json"),
        (("runs", tmp_path / "few.csv"), "few.csv"),
        (("predict", tmp_path / "head.pt", photos / "cold" / "00.jpg"), "head.json"),
        (("scan", photos, "--targets", tmp_path / "few.csv"), "few.csv"),
        (("train", photos, "--out", tmp_path / "few.csv" / "run"), "few.csv/run"),
    ):
        status, out, _ = thaw(*arguments, "--json")
        assert (status, json.loads(out)["file"]) == (2, str(tmp_path / file)), arguments


def test_without_json_stdout_stays_empty(thaw):
    assert thaw("scan", "nowhere")[:2] == (2, "")
    assert thaw("scan", "--", "--json")[:2] == (2, "")


def test_an_untrainable_folder_is_described_in_the_same_document(photos, thaw):
    for file in (photos / "cold").iterdir():
        file.unlink()
    status, out, _ = thaw("scan", photos, "--json")
    document = json.loads(out)
    assert (status, document["error"], document["file"]) == (2, document["problems"][0]["title"], str(photos))
    assert document["counts"]["train"]["warm"]


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (KeyboardInterrupt(), 130, "Stopped."),
        (MemoryError(), 2, "There is not enough memory for this step."),
        (OSError(errno.EMFILE, "Too many open files", "/photos/a.jpg"), 2, "The system allows no more open files"),
        (OSError(errno.EROFS, "Read-only file system", b"/photos/\xff"), 2, "Read-only file system"),
        (RuntimeError("can't start new thread"), 2, "The system allows no more threads."),
        (ImportError("libtorch_cpu.so: failed to map segment from shared object"), 2, "There is not enough memory"),
        (OSError("libgomp.so.1: cannot allocate memory in static TLS block"), 2, "There is not enough memory"),
        (ModuleNotFoundError("No module named 'timm'", name="timm"), 2, "The library timm is not installed."),
        (KeyError("label"), 1, "Something went wrong inside the program: KeyError: 'label'"),
        (RuntimeError("shapes differ"), 1, "Something went wrong inside the program: RuntimeError: shapes differ"),
        (RecursionError("too deep"), 1, "Something went wrong inside the program: RecursionError"),
    ],
)
def test_every_error_is_one_line_with_its_exit_status(thaw, monkeypatch, error, status, words):
    def fail(_options: object) -> int:
        raise error

    monkeypatch.setattr(dataset, "scan", fail)
    done, out, err = thaw("scan", "x", "--json")
    assert (done, json.loads(out)["error"][: len(words)]) == (status, words)
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1
    if status == 1:
        file = Path(err.rpartition("the log ")[2].strip().rstrip("."))
        assert file.is_relative_to(os.environ["XDG_STATE_HOME"])
        assert "in fail" in file.read_text(encoding="utf-8")


def test_an_import_error_without_its_cause_is_reported_as_lack_of_memory(thaw, monkeypatch):
    def fail(_options: object) -> int:
        try:
            raise ImportError("libopenblas.so: failed to map segment from shared object")
        except ImportError as error:
            raise ImportError("IMPORTANT: PLEASE READ THIS FOR ADVICE ON HOW TO SOLVE THIS ISSUE!") from error

    monkeypatch.setattr(dataset, "scan", fail)
    assert thaw("scan", "x")[2].startswith("thaw: There is not enough memory")


@pytest.mark.parametrize("how", ["--debug", "--deb", "environment"])
def test_a_traceback_is_shown_on_request(thaw, monkeypatch, how):
    def fail(_options: object) -> int:
        raise KeyError("label")

    monkeypatch.setattr(dataset, "scan", fail)
    if how == "environment":
        monkeypatch.setenv("THAW_DEBUG", "1")
    status, _, err = thaw("scan", "x", *(() if how == "environment" else (how,)))
    assert status == 1
    assert "in fail" in err
    assert err.splitlines()[-1].startswith("thaw: Something went wrong")


def test_a_defect_that_cannot_be_logged_is_shown(thaw, monkeypatch):
    def fail(_options: object) -> int:
        raise KeyError("label")

    monkeypatch.setattr(dataset, "scan", fail)
    monkeypatch.setattr(log, "_append", lambda *_: (_ for _ in ()).throw(OSError("read-only")))
    status, _, err = thaw("scan", "x")
    assert (status, "in fail" in err) == (1, True)


def test_the_log_is_limited_in_size(monkeypatch):
    monkeypatch.setattr(log, "MAX_BYTES", 2_000)
    files = {log.defect(ValueError("x" * 500)) for _ in range(20)}
    (file,) = files
    assert file is not None
    assert file.stat().st_size < 4_000
    assert sorted(path.name for path in file.parent.iterdir()) == ["defects.log", "defects.old.log"]


class Full(io.StringIO):
    """A stream whose disk is full."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


class FullAtLast(io.StringIO):
    """A stream that accepts everything but cannot be flushed."""

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("stream", [Full, FullAtLast])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_results_that_cannot_be_written_are_an_error(thaw, monkeypatch, form, stream):
    monkeypatch.setattr(sys, "stdout", stream())
    status, _, err = thaw("backbones", "resnet18", *form)
    assert status == 2
    assert err.startswith("thaw: The results could not be written to standard output: No space left on device.")


def test_numbers_without_a_json_form_are_null(capsys):
    output.begin(["--json"])
    output.say_json({"losses": [0.5, float("nan")], "interval": (float("-inf"), 1), "best": {"loss": float("inf")}})
    out = capsys.readouterr().out
    document = json.loads(out, parse_constant=lambda name: pytest.fail(name))
    assert document == {"losses": [0.5, None], "interval": [None, 1], "best": {"loss": None}}


def test_a_second_document_is_a_defect():
    output.begin(["--json"])
    output.say_json({})
    with pytest.raises(AssertionError):
        output.say_json({})


def test_a_stop_swallowed_by_a_library_still_ends_the_command(photos, thaw, monkeypatch):
    answers: list[bool] = []

    def scan(_spec: object):
        def work(stop):
            monkeypatch.setattr(signals, "_stop_requested", True)
            answers.append(stop())
            raise ImportError("numpy was interrupted")
            yield

        return work

    monkeypatch.setattr(jobs, "scan", scan)
    status, out, err = thaw("scan", photos, "--json")
    assert (status, json.loads(out)["error"], answers) == (130, "Stopped.", [True])
    assert err.splitlines() == ["thaw: Stopped."]


def test_a_failing_stream_is_ignored_and_a_busy_one_is_waited_for():
    with open("/dev/full", "wb", closefd=True) as full:  # noqa: PTH123
        stream = streams.ErrorFreeFile(full.fileno(), "wb", closefd=False)
        assert stream.write(b"progress") == 8
        stream.close()
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(theirs, b"x" * 4096)
    os.read(ours, 8192)
    patient = streams.BlockingFile(theirs, "wb", closefd=False)
    assert patient.write(b"more") == 4
    patient.close()
    os.close(ours)
    os.close(theirs)


def test_an_error_names_the_file_that_the_system_refused():
    fault = UserError("It cannot be read.", "Check it.")
    fault.__cause__ = PermissionError(errno.EACCES, "Permission denied", "/photos/a.jpg")
    assert failures.message_of(fault).file == "/photos/a.jpg"


def test_an_error_that_hides_its_cause_does_not_name_its_file():
    fault = UserError("There is no backbone called “resnet81”.")
    fault.__context__ = FileNotFoundError(errno.ENOENT, "No such file or directory", "/tmp/lock")
    assert failures.message_of(fault).file == "/tmp/lock"
    fault.__suppress_context__ = True  # `from None`
    assert failures.message_of(fault).file == ""


def test_a_stop_after_the_document_is_out_makes_no_second_one(monkeypatch, capsys):
    monkeypatch.setattr(signals, "finish", lambda: None)
    monkeypatch.setattr(streams, "secure", lambda: None)
    output.begin(["--json"])
    output.say_json({"done": True})
    assert start._failed(KeyboardInterrupt()) == 130
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == ({"done": True}, "thaw: Stopped.\n")
