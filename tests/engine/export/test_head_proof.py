"""An exported head is compared with its run on the validation photos, from its own file."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from tiny import ALL_FROZEN, LAST_BLOCK, only, trained

from studio.engine.export import head, head_proof
from studio.engine.predict import exported_head, head_arrays
from studio.engine.predict.predict import predict
from studio.events import Certificate, ImagePrediction, ModelExported, Warned
from studio.runs import certificates, decision_file, head_card, model_card
from studio.spec import UserError
from studio.spec.decision import ClassThreshold, DecisionRule

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("plan", [ALL_FROZEN, LAST_BLOCK], ids=["frozen", "thawed"])
@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_a_head_has_a_certificate(shared_photos, tmp_path, plan, suffix):
    run, out = tmp_path / "run", tmp_path / f"head{suffix}"
    trained(shared_photos, run, plan, epochs=1)
    rule = DecisionRule((ClassThreshold("warm", 0.3),), temperature=1.5, least_confidence=0.4)
    decision_file.write(run, rule)
    result = only(list(head.export(run, out, proved=True)), ModelExported)[0]
    certificate = result.certificate
    assert certificate.passed
    assert certificate.same_class == certificate.photos == 4
    assert (certificate.largest_difference, certificate.epoch, certificate.format) == (0.0, 1, "head")
    assert certificate.thresholds_same == 4
    assert certificate.unlike_same == (4 if head_card.novelty_path_of(out).exists() else None)
    png = tmp_path / "golden.png"
    assert certificate.golden is not None
    png.write_bytes(base64.b64decode(certificate.golden.png))
    events = list(predict(out, [str(png)], "cpu"))
    (ours,) = only(events, ImagePrediction)
    assert not only(events, Warned)
    shares = dict(zip(("cold", "warm"), ours.probabilities, strict=True))
    assert certificate.golden.expected == certificate.golden.given == pytest.approx(shares, abs=1e-6)
    stored = Path(f"{out}{certificates.SUFFIX}")
    assert msgspec.json.decode(stored.read_bytes(), type=Certificate) == certificate
    certificates.remember(run, tmp_path)
    assert [one.state for one in certificates.find(run)] == ["same"]
    card = json.loads(out.with_suffix(".json").read_text())
    out.with_suffix(".json").write_text(json.dumps(card | {"classes": card["classes"][::-1]}))
    assert [one.state for one in certificates.find(run)] == ["changed"]
    with pytest.raises(UserError, match=r"head\.json has changed since"):
        exported_head.read(out)
    assert head_arrays.read(out, None) is None
    digest = hashlib.sha256(out.with_suffix(".json").read_bytes()).hexdigest()
    edited = msgspec.structs.replace(certificate, sha256_of_others={"head.json": digest})
    stored.write_bytes(msgspec.json.encode(edited))  # swapped names, and their hash written anew
    with pytest.raises(UserError, match=r"names its classes in another order than its certificate"):
        exported_head.read(out)
    assert head_arrays.read(out, None) is None


def test_an_edited_card_without_a_certificate_is_used_with_a_warning(shared_photos, tmp_path):
    run, out = tmp_path / "run", tmp_path / "head.safetensors"
    trained(shared_photos, run, ALL_FROZEN, epochs=1)
    list(head.export(run, out, proved=True))
    Path(f"{out}{certificates.SUFFIX}").unlink()
    photo = str(next(shared_photos.rglob("*.jpg")))
    for _ in range(2):  # the second time from the cache of compiled networks
        (warned,) = only(list(predict(out, [photo], "cpu")), Warned)
        assert warned.title.startswith("head.safetensors has no certificate beside it")
    assert not only(list(predict(run, [photo], "cpu")), Warned)


def test_a_head_that_is_not_read_back_equal_is_not_verified(shared_photos, tmp_path, monkeypatch):
    run, out = tmp_path / "run", tmp_path / "head.safetensors"
    trained(shared_photos, run, ALL_FROZEN, epochs=1)
    real = head_proof._plain

    def turned(file: Path):
        library, tensors = real(file)
        return library, tensors | {"bias": tensors["bias"] + np.float32([0, 100])}

    monkeypatch.setattr(head_proof, "_plain", turned)
    events = list(head.export(run, out, proved=True))
    result = only(events, ModelExported)[0]
    assert not result.certificate.passed
    assert result.certificate.first_difference.why == "another class"
    assert result.file == f"{out}.unproved"
    assert not out.exists()
    assert "bias does not read back" in only(events, Warned)[0].title
    stored = Path(f"{out}.unproved{certificates.SUFFIX}")
    assert [str(Path(file)) for file in result.files] == [
        f"{tmp_path}/head.json.unproved",
        f"{out}.unproved",
        str(stored),
    ]
    certificates.remember(run, tmp_path)
    assert [(one.file, one.state) for one in certificates.find(run)] == [(f"{out}.unproved", "same")]
    with pytest.raises(UserError, match="did not pass its check"):
        model_card.read(Path(result.file))


def test_a_failed_verification_does_not_change_an_earlier_export(shared_photos, tmp_path, monkeypatch):
    run, out = tmp_path / "run", tmp_path / "to" / "head.safetensors"
    trained(shared_photos, run, ALL_FROZEN, epochs=1)
    list(head.export(run, out, proved=True))
    before = {file.name: file.read_bytes() for file in out.parent.iterdir()}
    assert sorted(before) == ["head.json", "head.safetensors", "head.safetensors.certificate.json"]
    real = head_proof._plain
    with monkeypatch.context() as planted:
        planted.setattr(head_proof, "_plain", lambda file: (real(file)[0], real(file)[1] | {"bias": np.zeros(2)}))
        assert not only(list(head.export(run, out, proved=True)), ModelExported)[0].certificate.passed
    after = {file.name: file.read_bytes() for file in out.parent.iterdir()}
    assert {name: after[name] for name in before} == before
    assert len(after) == 6
    certificates.remember(run, out.parent)
    assert [(one.state, one.certificate.passed) for one in certificates.find(run)] == [("same", True), ("same", False)]
    list(head.export(run, out, proved=True))  # one that passes removes what did not
    assert sorted(file.name for file in out.parent.iterdir()) == sorted(before)


def test_a_difference_of_one_bit_is_detected(shared_photos, tmp_path, monkeypatch):
    run, out = tmp_path / "run", tmp_path / "head.safetensors"
    trained(shared_photos, run, ALL_FROZEN, epochs=1)
    real = head_proof._plain

    def nudged(file: Path):
        library, tensors = real(file)
        return library, tensors | {"bias": np.nextafter(tensors["bias"], np.float32(9))}

    monkeypatch.setattr(head_proof, "_plain", nudged)
    certificate = only(list(head.export(run, out, proved=True)), ModelExported)[0].certificate
    assert certificate.same_class == certificate.photos > 0
    assert not certificate.passed


def test_a_head_is_exported_without_verification_if_the_photos_are_missing(photos, tmp_path):
    run, out = tmp_path / "run", tmp_path / "head.safetensors"
    trained(photos, run, ALL_FROZEN, epochs=1)
    photos.rename(tmp_path / "elsewhere")
    events = list(head.export(run, out, proved=True))
    assert not only(events, ModelExported)
    assert "not compared with its run" in only(events, Warned)[0].title
    assert out.is_file()
