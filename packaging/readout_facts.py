"""Which readouts a network has, and which of them its published last layer takes; for `make_catalog.py`.

Determined from one forward pass on torch's meta device: the shape of the last map or tokens, and the operations between
them and the features.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, TypedDict

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from studio.engine.backbones import readout

VIEWS = (
    "as_strided_",
    "view",
    "_unsafe_view",
    "reshape",
    "alias",
    "clone",
    "detach",
    "permute",
    "squeeze",
    "unsqueeze",
    "expand",
)
"""Operations that do not change the numbers."""

OTHER_FORWARD = ("NaFlexVit",)
"""Classes of timm that pass more than tokens to their head."""


class Facts(TypedDict):
    """The fields of a row of the catalog."""

    published: str
    readouts: list[str]
    channels: int
    blocks: int


NONE: Facts = {"published": "", "readouts": [], "channels": 0, "blocks": 0}


def facts(network: nn.Module, photo: Tensor) -> Facts:
    """Return the readouts of a network in eval mode without its last layer.

    Args:
        network: The network, on any device.
        photo: One photo (1, 3, H, W) on that device.
    """
    timm = readout.is_timm(network)
    if type(network).__name__ in OTHER_FORWARD or not (timm or readout.source_layer(network)):
        return dict(NONE)  # type: ignore[return-value]
    recorder, outputs = _Recorder(), []
    watched = readout.blocks(network)
    handles = [block.register_forward_hook(lambda _m, _i, output: outputs.append(output)) for block in watched]
    try:
        with _watching(network, recorder), torch.no_grad(), recorder:
            network(photo)
    finally:
        for handle in handles:
            handle.remove()
    last = recorder.last
    if not isinstance(last, Tensor) or last.ndim not in (3, 4):
        return dict(NONE)  # type: ignore[return-value]
    if last.ndim == 4:
        return _of_map(network, last, recorder.operations)
    return _of_tokens(network, last, outputs, recorder.operations)


def _of_map(network: nn.Module, last: Tensor, operations: list[tuple[str, Any]]) -> Facts:
    channels = last.shape[3 if getattr(network, "output_fmt", "NCHW") == "NHWC" else 1]
    names = [name for name, _ in operations]
    if type(network).__name__ in readout.RECTIFIED:
        names = [name for name in names if not name.startswith("relu")]
    pooled: tuple[list[str], ...] = (["mean"], ["_adaptive_avg_pool2d"], ["adaptive_avg_pool2d"], ["avg_pool2d"])
    if readout.pooled_norm(network) is not None:
        pooled = tuple([*names_, "native_layer_norm"] for names_ in pooled)
    published = "pooled" if names in pooled else ""
    readouts = ["pooled", "average+maximum"]
    if any("AttentionPool" in type(layer).__name__ for layer in network.modules()) and not published:
        published = "attention"
        readouts.append("attention")
    return {"published": published, "readouts": readouts, "channels": channels, "blocks": 0}


def _of_tokens(network: nn.Module, last: Tensor, outputs: list[Any], operations: list[tuple[str, Any]]) -> Facts:
    prefix, has_class = readout.prefix_tokens(network), readout.has_class_token(network)
    norm = ["native_layer_norm"] if isinstance(getattr(network, "fc_norm", None), nn.LayerNorm) else []
    names = [name for name, _ in operations]
    arguments = [argument for _, argument in operations]
    known = hasattr(network, "num_prefix_tokens") or not readout.is_timm(network)
    published = ""
    if getattr(network, "attn_pool", None) is not None:
        published = "attention"
    elif names == ["select", *norm] and arguments[0] == (1, 0) and has_class:
        published = "class"
    elif names == ["slice", "mean", *norm] and known and arguments[0][:2] == (1, prefix):
        published = "patches"
    elif names == ["mean", *norm] and arguments[0][0] in (1, [1]) and prefix == 0:
        published, known = "patches", True
    if not known:
        return dict(NONE)  # type: ignore[return-value]  # which tokens are the patches' is not known
    readouts = ["class"] if has_class else []
    readouts.append("patches")
    number = 0
    if has_class:
        readouts.append("class+patches")
        same = outputs and all(isinstance(one, Tensor) and one.shape == last.shape for one in outputs)
        if same and (isinstance(getattr(network, "norm", None), nn.Module) or not readout.is_timm(network)):
            readouts.append("blocks")
            number = len(outputs)
    if published == "attention":
        readouts.append("attention")
    return {"published": published, "readouts": readouts, "channels": last.shape[2], "blocks": number}


class _Recorder(TorchDispatchMode):
    """Records the operations from the last map or tokens to the features."""

    def __init__(self) -> None:
        super().__init__()
        self.last: Any = None
        self.is_on = False
        self.operations: list[tuple[str, Any]] = []

    def __torch_dispatch__(self, function: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        output = function(*args, **(kwargs or {}))
        name = function.__name__.partition(".")[0]
        whole = name == "slice" and len(args) > 2 and args[2] == 0
        if self.is_on and name not in VIEWS and not whole:
            self.operations.append((name, tuple(args[1:])))
        return output

    def start(self, last: Any) -> None:
        """Begin to record, at this map or these tokens."""
        self.last, self.is_on, self.operations = last, True, []


@contextmanager
def _watching(network: nn.Module, recorder: _Recorder) -> Any:
    if readout.is_timm(network):
        own = network.forward_head

        def head(x: Any, *args: Any, **options: Any) -> Any:
            recorder.start(x)
            output = own(x, *args, **options)
            recorder.is_on = False
            return output

        network.forward_head = head
        try:
            yield
        finally:
            del network.forward_head
        return
    layer = network.get_submodule(readout.source_layer(network))
    handle = layer.register_forward_hook(lambda _module, _inputs, output: recorder.start(output))
    try:
        yield
    finally:
        handle.remove()
