"""Files of trained weights that were changed after they were written are not used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import safetensors.torch
import torch

from studio.engine.predict import exported_head, head_arrays
from studio.engine.training.run_files import weight_files
from studio.runs import head_card
from studio.spec import UserError


def head() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {"weight": torch.randn(3, 8), "bias": torch.randn(3)}


def turn_a_bit(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-5] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize("name", [weight_files.HEAD, weight_files.THAWED, weight_files.OUTCOME])
def test_weights_of_a_run_that_changed_on_the_disk_are_not_used(tmp_path, name):
    best = tmp_path / weight_files.BEST
    weight_files.save(best, head(), {"conv.weight": torch.ones(2, 2)}, 4, torch.zeros(5, 3))
    tensors, epoch = weight_files.of_epoch(tmp_path, "best")
    assert (epoch, sorted(tensors)) == (4, ["backbone.conv.weight", "bias", "weight"])
    assert weight_files.outcome_of(tmp_path, 4, 5) is not None
    turn_a_bit(best / name)
    if name == weight_files.OUTCOME:  # it can be computed again
        assert weight_files.outcome_of(tmp_path, 4, 5) is None
        return
    with pytest.raises(UserError, match=rf"{name} is damaged: its checksum does not match"):
        weight_files.of_epoch(tmp_path, "best")


def test_weights_of_version_0_1_have_no_checksum_and_are_read(tmp_path):
    safetensors.torch.save_file(head(), tmp_path / weight_files.HEAD, {"epoch": "2"})
    assert weight_files.load(tmp_path)["weight"].equal(head()["weight"])


def exported(file: Path, tensors: dict[str, torch.Tensor], checksum: str | None) -> Path:
    if file.suffix == ".pt":
        torch.save(tensors, file)
    else:
        safetensors.torch.save_file(tensors, file)
    card: dict[str, object] = {"classes": ["a", "b", "c"], "spec": {"dataset": {"folder": "/photos"}}}
    card |= {} if checksum is None else {weight_files.CHECKSUM: checksum}
    head_card.path_of(file).write_text(json.dumps(card), encoding="utf-8")
    return file


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_an_exported_head_beside_the_card_of_another_one_is_refused(tmp_path, suffix):
    file = tmp_path / f"head{suffix}"
    assert exported_head.read(exported(file, head(), weight_files.checksum(head())))[1]["bias"].equal(head()["bias"])
    assert exported_head.read(exported(file, head(), None))[1]["bias"].equal(head()["bias"])
    other = {**head(), "bias": torch.zeros(3)}
    with pytest.raises(UserError, match=r"head\.json do not belong together"):
        exported_head.read(exported(file, other, weight_files.checksum(head())))


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("card", [{"classes": ["a", "b"]}, {"classes": [], "target": "age"}])
def test_a_card_with_other_classes_than_scores_is_refused(tmp_path, suffix, card):
    file = exported(tmp_path / f"head{suffix}", head(), weight_files.checksum(head()))
    path = head_card.path_of(file)
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | card), encoding="utf-8")
    with pytest.raises(UserError, match=r"head\.json names .*, and .* has 3 scores"):
        exported_head.read(file)
    assert head_arrays.read(file, None) is None


def test_the_error_for_a_truncated_head_says_what_to_do(tmp_path):
    file = exported(tmp_path / "head.safetensors", head(), None)
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(UserError) as error:
        exported_head.read(file)
    assert str(file) in error.value.title
    assert "Export the head again" in error.value.hint
