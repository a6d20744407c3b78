"""Export of a whole model as a state dict that plain timm or torchvision loads, with a card that says how.

The card's three lines are tried before the file is written: by themselves, without the studio's code, they must make a
network that gives the scores of the run.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.engine.export.model.model_format import Precision
from studio.engine.predict.whole_models import plain_network
from studio.spec import UserError

if TYPE_CHECKING:
    from torch import nn

    from studio.engine.export.model.whole_model import WholeModel

NO_UNLIKE = (
    "This file does not recognize photos unlike the training photos, as the run does: plain timm or torchvision give "
    "scores alone. Exports as ONNX, OpenVINO or PyTorch program do."
)
"""What the file and its card say of a run that recognizes such photos."""

LINES = "load"
"""Key of the card with the lines that load the file."""


class PlainFile:
    """A state dict of timm or torchvision, as a `model_format.ModelFormat`."""

    name = "model"
    suffix = ".safetensors"
    title = "Whole model (safetensors)"
    companion = ""
    precisions: tuple[Precision, ...] = ("float32", "float16")
    writers: tuple[str, ...] = ("safetensors",)
    libraries: dict[str, str] = {  # noqa: RUF012  # never changed
        "torch": "torch",
        "torchvision": "torchvision",
        "timm": "timm",
        "safetensors": "safetensors",
    }
    used: tuple[str, ...] = ("torch", "torchvision", "timm", "safetensors")
    runtime = "torch"
    known_difference = ""
    script = '''
import torch

ABOUT = json.loads(FILE.with_suffix(".json").read_text(encoding="utf-8"))
STEPS = ABOUT["preprocess"]
exec("\\n".join(ABOUT["load"]), names := {"file": str(FILE)})
model = names["model"]


def crop(whole, side):
    """First and last pixel of a center crop, and where it begins in the network's input."""
    if side > whole:
        return 0, whole, (side - whole) // 2
    first = round((whole - side) / 2)
    return first, first + side, 0


def frame(image):
    """The part of a photo that the network sees, in its size."""
    (height, width), (down, across), kind = STEPS["size"], STEPS["resize"], STEPS["crop"]
    if kind == "border":
        share = min(width / image.width, height / image.height)
        across, down = max(1, round(image.width * share)), max(1, round(image.height * share))
        left, top, right, bottom, x, y = 0, 0, across, down, (width - across) // 2, (height - down) // 2
        color = tuple(STEPS.get("fill") or (round(255 * number) for number in STEPS["mean"]))
    else:
        if kind == "center":
            wide = image.width > image.height
            across, down = (int(down * image.width / image.height), down) if wide else (
                down, int(down * image.height / image.width))
        (left, right, x), (top, bottom, y), color = crop(across, width), crop(down, height), (0, 0, 0)
    x_scale, y_scale = image.width / across, image.height / down
    box = (left * x_scale, top * y_scale, min(right * x_scale, image.width), min(bottom * y_scale, image.height))
    method = Image.Resampling[STEPS["interpolation"].upper()]
    canvas = Image.new("RGB", (width, height), color)
    canvas.paste(image.resize((right - left, bottom - top), method, box=box), (x, y))
    return canvas


def outputs(image):
    pixels = np.asarray(frame(Image.fromarray(image)), np.float32) / 255
    values = (pixels - np.float32(STEPS["mean"])) / np.float32(STEPS["std"])
    with torch.no_grad():
        scores = model(torch.from_numpy(values).permute(2, 0, 1)[None])[0]
    return {"value": scores[0].numpy()} if ABOUT["target"] else {"probabilities": scores.softmax(0).numpy()}
'''

    def write(
        self,
        model: WholeModel,
        about: dict[str, Any],
        file: Path,
        precision: Precision,
        writer: str,  # noqa: ARG002
        photos: list[str],  # noqa: ARG002
    ) -> None:
        """See `model_format.ModelFormat`."""
        import torch
        from safetensors.torch import save_file

        lines, network = _plain(model)
        state = {name: value.contiguous().clone() for name, value in network.state_dict().items()}
        if precision == "float16":
            state = {name: value.half() if value.dtype == torch.float32 else value for name, value in state.items()}
        header = {"format": "pt", "made_by": about["made_by"], "kind": about["kind"], "epoch": str(about["epoch"])}
        limits = {"limits": NO_UNLIKE} if model.network.distance is not None else {}
        save_file(state, file, metadata=header | limits)
        card = {
            **about,
            **limits,
            "outputs": about["outputs"][:1],
            LINES: [line.replace("FILE", "file") for line in lines],
        }
        card["example"] = "\n".join(line.replace("FILE", repr(file.name)) for line in lines)
        text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
        file.with_suffix(".json").write_text(text, encoding="utf-8")


def _plain(model: WholeModel) -> tuple[list[str], nn.Module]:
    """The lines that load a file `FILE`, and the network that they make, with the weights of the model."""
    import torch

    if model.base.info.source not in ("timm", "torchvision"):
        raise UserError(
            "Neither timm nor torchvision has this network: it is a network of your own.",
            "Export it as ONNX or as a PyTorch program (--format onnx or pt2), which carry the network.",
        )
    height, width = model.base.preprocess.size
    photos = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = model.network.scores(photos)
    reasons: list[str] = []
    head = [one for one in model.network.head.layers if isinstance(one, torch.nn.Linear)]
    sizes = tuple((one.in_features, one.out_features) for one in head)
    for lines, prefixes in plain_network.ways(model.base.info, sizes, height):
        try:
            network = plain_network.build(lines)
            network.load_state_dict(_state(model, prefixes))
            with torch.no_grad():
                difference = float((network(photos) - expected).abs().max())
        except (RuntimeError, TypeError, AttributeError, ValueError, AssertionError) as error:
            reasons.append((str(error).splitlines() or [type(error).__name__])[0])
            continue
        if difference <= 1e-4 * max(1.0, float(expected.abs().max())):
            return lines, network
        reasons.append(f"its scores differ by {difference:.3g}")
    raise UserError(
        f"Plain {model.base.info.source} cannot make this network with the readout “{model.readout}” ({reasons[-1]}).",
        "Export it as ONNX or as a PyTorch program (--format onnx or pt2), which carry the network.",
    )


def _state(model: WholeModel, prefixes: tuple[str, str]) -> dict[str, Any]:
    """The tensors of the model by the names in a network of `plain_network.ways`."""
    from torch import nn

    before, after = prefixes
    state = {f"{before}{name}": value for name, value in model.base.network.state_dict().items()}
    linear = [(place, one) for place, one in enumerate(model.network.head.layers) if isinstance(one, nn.Linear)]
    first = int(after[:-1]) if after[:-1].isdecimal() else None
    for place, one in linear:
        named = after if len(linear) == 1 else f"{after}{place}."
        name = named if first is None else f"{first + place}."
        state |= {f"{name}weight": one.weight, f"{name}bias": one.bias}
    return state
