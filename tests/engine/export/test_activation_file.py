"""Outputs of layers as files: the numbers are those of a plain hook."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny import LAST_BLOCK, SMALL, load, only, trained

from studio.data.images import decode
from studio.data.images.preprocess import frame
from studio.engine.backbones.backbone import normalize
from studio.engine.export import activation_file
from studio.engine.training.run_files import checkpoints
from studio.events import LayerOutput, Saved
from studio.spec import TrainSpec, UserError

LAYER = "blocks.6.0.conv_pw"


def hooked(photo: Path, tensors: dict[str, torch.Tensor] | None = None, seed: int = 0) -> np.ndarray:
    base = load(seed=seed)
    base.network.load_state_dict(tensors or {}, strict=False)
    outputs: list[torch.Tensor] = []
    base.network.get_submodule(LAYER).register_forward_hook(lambda _m, _i, output: outputs.append(output))
    pixels = frame(decode.read(photo), base.preprocess)[None]
    with torch.no_grad():
        base.network(normalize(pixels, base.preprocess, torch.device("cpu")))
    return outputs[0][0].numpy()


def test_the_stored_output_is_that_of_the_network(photos: Path, tmp_path: Path) -> None:
    photo, out = photos / "warm" / "03.jpg", tmp_path / "out.npz"
    events = list(activation_file.write(None, SMALL, str(photo), LAYER, out))
    assert only(events, Saved)[0].path == str(out)
    with np.load(out) as file:
        assert np.array_equal(file["output"], hooked(photo))
        assert str(file["layer"]) == LAYER
    picture = tmp_path / "out.png"
    (event,) = only(list(activation_file.write(None, SMALL, str(photo), LAYER, picture)), LayerOutput)
    with Image.open(picture) as image:
        assert min(image.size) >= activation_file.LEAST_SIDE
    assert event.shape == hooked(photo).shape
    with pytest.raises(UserError, match=r"should end in"):
        list(activation_file.write(None, SMALL, str(photo), LAYER, tmp_path / "out.jpg"))
    with pytest.raises(UserError, match="no layer called"):
        list(activation_file.write(None, SMALL, str(photo), "nowhere", out))
    Image.new("RGB", (9, 9)).save(mine := tmp_path / "mine.png")
    before = mine.read_bytes()
    with pytest.raises(UserError, match="is the photo itself"):
        list(activation_file.write(None, SMALL, str(mine), LAYER, mine))
    assert mine.read_bytes() == before


@pytest.mark.slow
def test_a_run_gives_the_output_of_its_newest_weights(photos: Path, tmp_path: Path) -> None:
    photo, out, run = photos / "warm" / "03.jpg", tmp_path / "out.npz", tmp_path / "run"
    trained(photos, run, LAST_BLOCK, backbone_lr=1e-2)
    (event,) = only(list(activation_file.write(run, SMALL, str(photo), LAYER, out)), LayerOutput)
    assert event.weights == "after epoch 2"
    state = checkpoints.read(run)
    assert state is not None
    with np.load(out) as file:
        seed = TrainSpec().seed
        assert np.array_equal(file["output"], hooked(photo, state.of("network."), seed))
        assert not np.array_equal(file["output"], hooked(photo, seed=seed))


def test_maps_of_a_picture_are_separated_and_use_all_gray_levels() -> None:
    maps = np.stack([np.linspace(low, low + 1, 12).reshape(3, 4) for low in range(5)]).astype(np.float32)
    picture = activation_file.sheet(maps)
    assert (picture[0, 0] != picture[-1, -1]).any()
    scale = -(-activation_file.LEAST_SIDE // 4)
    assert (picture[:, 4 * scale : 4 * scale + activation_file.GAP] == 255).all()
    first, second = (
        picture[: 3 * scale, : 4 * scale],
        picture[: 3 * scale, 4 * scale + activation_file.GAP :][:, : 4 * scale],
    )
    assert np.array_equal(first, second), "each map has a range of its own"
    assert activation_file.sheet(np.zeros((1, 1, 40), np.float32)).shape[2] == 3
