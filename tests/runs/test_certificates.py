"""Certificates beside exported files, which their run finds again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec
import pytest

from studio.events import Certificate
from studio.jobs.protocol import Interrupted
from studio.runs import certificates
from studio.spec import UserError


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "2026-11-26-1"
    folder.mkdir(parents=True)
    return folder


def certify(run: Path | str, file: Path, content: bytes = b"weights", made: str = "2026-11-26", **more: object) -> None:
    """Write a file and its certificate."""
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    one = Certificate(file=file.name, format="onnx", precision="float32", run=str(run), sha256=digest, made=made)
    one = msgspec.structs.replace(one, **more)
    Path(f"{file}{certificates.SUFFIX}").write_bytes(msgspec.json.encode(one))


def states(run: Path, *more: str) -> list[tuple[str, str]]:
    return [(Path(one.file).name, one.state) for one in certificates.find(run, more)]


def test_files_are_found_in_remembered_and_given_folders(run: Path, tmp_path: Path) -> None:
    certify(run, tmp_path / "a" / "late.onnx", made="2026-11-27")
    certify(run, tmp_path / "b" / "early.onnx")
    assert states(run) == []
    certificates.remember(run, tmp_path / "a")
    certificates.remember(run, tmp_path / "gone")
    assert states(run) == [("late.onnx", "same")]
    assert states(run, str(tmp_path / "b"), str(tmp_path / "a")) == [("early.onnx", "same"), ("late.onnx", "same")]
    assert certificates.places_of(run)[0] == str(tmp_path / "gone")


def test_a_file_that_changed_or_is_missing_is_marked(run: Path, tmp_path: Path) -> None:
    place = tmp_path / "files"
    for name in ("same.onnx", "changed.onnx", "gone.onnx"):
        certify(run, place / name, made=name)
    (place / "changed.onnx").write_bytes(b"weightz")
    (place / "gone.onnx").unlink()
    xml = {"two.bin": hashlib.sha256(b"values").hexdigest()}
    (place / "two.bin.unproved").write_bytes(b"values")
    certify(run, place / "two.xml.unproved", made="z", sha256_of_others=xml)
    found = [("changed.onnx", "changed"), ("gone.onnx", "gone"), ("same.onnx", "same"), ("two.xml.unproved", "same")]
    assert states(run, str(place)) == found
    (place / "two.bin.unproved").write_bytes(b"valuez")
    assert states(run, str(place))[-1] == ("two.xml.unproved", "changed")
    (place / "two.bin.unproved").unlink()
    assert states(run, str(place))[-1] == ("two.xml.unproved", "gone")


def test_certificates_of_other_runs_are_left_out_but_not_of_a_run_that_moved(run: Path, tmp_path: Path) -> None:
    place = tmp_path / "files"
    other = tmp_path / "elsewhere" / run.name
    other.mkdir(parents=True)
    certify(other, place / "of another run.onnx")
    certify(tmp_path / "runs" / "2", place / "of another name.onnx")
    certify("", place / "of none.onnx")
    certify(f"/no/longer/there/{run.name}", place / "moved.onnx")
    assert states(run, str(place)) == [("moved.onnx", "same")]


def test_files_that_are_not_certificates_are_ignored(run: Path, tmp_path: Path) -> None:
    place = tmp_path / "files"
    certify(run, place / "model.onnx")
    for number, text in enumerate((b"", b"[1]", b"{" * 4000, b'{"file": 3}', b"\xff\xfe")):
        (place / f"{number}{certificates.SUFFIX}").write_bytes(text)
    (place / f"folder{certificates.SUFFIX}").mkdir()
    os.mkfifo(place / f"pipe{certificates.SUFFIX}")  # opening it would wait forever
    with (place / f"large{certificates.SUFFIX}").open("wb") as large:
        large.truncate(certificates.MOST_BYTES + 1)
    assert states(run, str(place)) == [("model.onnx", "same")]


def test_a_certificate_never_reads_files_outside_its_folder(run: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    digest = hashlib.sha256(b"secret").hexdigest()
    certify(run, tmp_path / "files" / "model.xml", sha256_of_others={"../secret": digest})
    assert states(run, str(tmp_path / "files")) == [("model.xml", "changed")]


def test_hashes_are_remembered_until_a_file_changes_and_computing_them_stops(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "files" / "model.onnx"
    certify(run, file)
    known: dict[tuple[object, ...], str] = {}
    assert len(list(certificates.find(run, (str(file.parent),), known=known))) == 1
    known[next(iter(known))] = "another"
    assert [one.state for one in certificates.find(run, (str(file.parent),), known=known)] == ["changed"]
    os.utime(file, (1, 1))
    assert [one.state for one in certificates.find(run, (str(file.parent),), known=known)] == ["same"]
    with pytest.raises(Interrupted):
        list(certificates.find(run, (str(file.parent),), lambda: True))


def test_a_run_that_cannot_be_written_or_has_a_broken_list_exports_all_the_same(tmp_path: Path) -> None:
    certificates.remember(tmp_path / "no run", tmp_path)
    assert certificates.places_of(tmp_path / "no run") == []
    (tmp_path / certificates.PLACES).write_text('{"a": 1}')
    assert certificates.places_of(tmp_path) == []
    certificates.remember(tmp_path, tmp_path / "files")
    assert certificates.places_of(tmp_path) == [str(tmp_path / "files")]


def test_a_run_remembers_the_last_twenty_folders(run: Path) -> None:
    (run / certificates.PLACES).write_bytes(msgspec.json.encode([f"/{number}" for number in range(20)]))
    certificates.remember(run, Path("/new"))
    assert certificates.places_of(run) == ["/new", *(f"/{number}" for number in range(19))]
    certificates.remember(run, Path("/5"))
    assert certificates.places_of(run)[:3] == ["/5", "/new", "/0"]
    assert len(certificates.places_of(run)) == 20
    certificates.remember(run, Path("/\udcff"))
    assert certificates.places_of(run)[0] == "/5", "a name that is no text is not remembered"


@pytest.mark.parametrize(("size", "accepted"), [(16 << 20, True), ((16 << 20) + 1, False)])
def test_a_file_of_more_than_16_mib_is_not_a_certificate(run: Path, tmp_path: Path, size: int, accepted: bool) -> None:
    certify(run, tmp_path / "model.onnx")
    file = tmp_path / f"model.onnx{certificates.SUFFIX}"
    file.write_bytes(file.read_bytes().ljust(size))
    assert (certificates.read(file) is not None) is accepted


def test_reading_a_large_file_stops_within_a_mebibyte(run: Path, tmp_path: Path) -> None:
    certify(run, tmp_path / "files" / "model.onnx", bytes((2 << 20) + 1))
    asked = []
    list(certificates.find(run, [str(tmp_path / "files")], lambda: bool(asked.append(1))))
    assert len(asked) == 1 + 3, "for the certificate, and for each mebibyte that was begun"


def test_a_changed_card_or_file_is_refused(run: Path, tmp_path: Path) -> None:
    file, card = tmp_path / "h.safetensors", tmp_path / "h.json"
    card.write_bytes(b"card")
    others = {"h.json": hashlib.sha256(b"card").hexdigest(), "h.novelty.safetensors": "0", "h./../../other.txt": ""}
    certify(run, file, sha256_of_others=others)
    assert certificates.require_unchanged(file, only=(".json",)) is not None
    with pytest.raises(UserError, match=r"h\.novelty\.safetensors is missing, which was certified together"):
        certificates.require_unchanged(file)
    # Renamed together, they are the same files.
    for old in (file, card, Path(f"{file}{certificates.SUFFIX}")):
        old.rename(tmp_path / old.name.replace("h.", "new."))
    assert certificates.require_unchanged(tmp_path / "new.safetensors", only=(".json",)) is not None
    (tmp_path / "new.json").write_bytes(b"lies")
    with pytest.raises(UserError, match=r"new\.json has changed since new\.safetensors was certified"):
        certificates.require_unchanged(tmp_path / "new.safetensors", only=(".json",))
