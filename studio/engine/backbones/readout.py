"""The readouts of a network other than its published one: its tokens or its last map, instead of its own pooling.

`apply` changes what a network without its last layer returns; the layers before that run unchanged, so layer table,
cuts, compiled networks and training work as for the published readout. timm's networks give tokens or a map to
`forward_head`, those of torchvision in the output of one layer, which is observed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

MAPS: dict[str, str] = {
    "AlexNet": "features",
    "ConvNeXt": "features",
    "DenseNet": "features",
    "EfficientNet": "features",
    "GoogLeNet": "inception5b",
    "Inception3": "Mixed_7c",
    "MNASNet": "layers",
    "MaxVit": "blocks.3",
    "MobileNetV2": "features",
    "MobileNetV3": "features",
    "RegNet": "trunk_output",
    "ResNet": "layer4",
    "ShuffleNetV2": "conv5",
    "SqueezeNet": "features",
    "SwinTransformer": "permute",
    "VGG": "features",
}
"""Path of the layer that returns the last feature maps (N, C, H, W), by the class of the torchvision network."""

RECTIFIED = ("DenseNet", "SqueezeNet")
"""Classes of torchvision networks that apply a ReLU to that layer's output."""

TOKENS: dict[str, str] = {"VisionTransformer": "encoder"}
"""Path of the layer that returns the tokens (N, T, D), by the class of the torchvision network."""


@dataclass
class Tap:
    """Forward hook that holds a layer's output until it is taken, within one pass."""

    outputs: list[Tensor] = field(default_factory=list)

    def __call__(self, _module: nn.Module, _inputs: Any, output: Tensor) -> None:
        """Hold the output."""
        self.outputs[:] = [output]

    def take(self) -> Tensor:
        """Return the output of the current pass, and forget it."""
        return self.outputs.pop()


@dataclass
class Reader:
    """Computes the features (N, D) of a network from its last map or tokens.

    It holds no module, so that a copy of the network reads with its own layers.

    Attributes:
        kind: The readout.
        blocks: Hooks of the blocks that are read, without the last one.
        last: Hook of the layer with the last map or tokens; None if they are passed to `forward_head`.
    """

    kind: str
    blocks: tuple[Tap, ...] = ()
    last: Tap | None = None

    def __call__(self, network: nn.Module, output: Tensor) -> Tensor:
        """The features of a network from its tokens (N, T, D) or its map (N, C, H, W) or (N, H, W, C)."""
        return self._pooled(network, output) if output.ndim == 4 else self._tokens(network, output)

    def _tokens(self, network: nn.Module, tokens: Tensor) -> Tensor:
        vectors: list[Tensor] = []
        if self.blocks:
            earlier = torch.stack([tap.take()[:, 0] for tap in self.blocks], 1)
            # Not by a call of the layer: hooks on it, of the microscope for instance, get its output for all tokens.
            vectors += _last_norm(network).forward(earlier).unbind(1)
        if self.kind in ("class", "class+patches", "blocks"):
            vectors.append(tokens[:, 0])
        if self.kind in ("patches", "class+patches"):
            vectors.append(tokens[:, prefix_tokens(network) :].mean(dim=1))
        norm = getattr(network, "fc_norm", None)  # some networks normalize after pooling instead of before
        if len(vectors) == 1:
            return norm(vectors[0]) if isinstance(norm, nn.Module) else vectors[0]
        stacked = torch.stack(vectors, 1)  # one call of the layer for all
        return (norm(stacked) if isinstance(norm, nn.Module) else stacked).flatten(1)

    def _pooled(self, network: nn.Module, output: Tensor) -> Tensor:
        if type(network).__name__ in RECTIFIED:
            output = torch.relu(output)
        sides = (1, 2) if getattr(network, "output_fmt", "NCHW") == "NHWC" else (2, 3)
        vectors = [output.mean(dim=sides)]
        if self.kind == "average+maximum":
            vectors.append(output.amax(dim=sides))
        norm = pooled_norm(network)
        if norm is not None:
            two_dimensional = "2d" in type(norm).__name__
            both = torch.cat(vectors)  # one call of the layer for all
            both = norm(both[:, :, None, None]).flatten(1) if two_dimensional else norm(both)
            vectors = list(both.chunk(len(vectors)))
        return torch.cat(vectors, 1)


class _ReadsHead(nn.Module):
    """Mixin for networks of timm: `forward_head` takes the last map or tokens and returns the readout."""

    _readout: Reader

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:  # noqa: ARG002  # as timm calls it
        """Return the features of the chosen readout."""
        return self._readout(self, x)


class _ReadsLayer(nn.Module):
    """Mixin for networks of torchvision: reads the output of a layer, and drops the network's own features."""

    _readout: Reader

    def forward(self, x: Tensor) -> Tensor:
        """Return the features of the chosen readout."""
        super().forward(x)  # of the network's own class
        assert self._readout.last is not None
        return self._readout(self, self._readout.last.take())


def apply(network: nn.Module, readout: str) -> None:
    """Make a network without its last layer return the features of a readout.

    Args:
        network: A network of timm or torchvision; changed.
        readout: `BackboneInfo.readout`; "" leaves the network unchanged.
    """
    if not readout:
        return
    kind, _, number = readout.partition("/")
    taps = tuple(_tap(block) for block in blocks(network)[-int(number) : -1]) if number else ()
    if is_timm(network):
        reader = Reader(kind, taps)
        _drop_head(network)
        network.__class__ = _class_with(_ReadsHead, type(network))
    else:
        reader = Reader(kind, taps, _tap(network.get_submodule(source_layer(network))))
        if pooled_norm(network) is None and isinstance(getattr(network, "classifier", None), nn.Module):
            network.classifier = nn.Identity()
        network.__class__ = _class_with(_ReadsLayer, type(network))
    network._readout = reader  # type: ignore[assignment]  # a plain attribute: no module, and not in the state dict


def is_timm(network: nn.Module) -> bool:
    """True for a network whose tokens or map are passed to `forward_head`."""
    return callable(getattr(network, "forward_head", None))


def source_layer(network: nn.Module) -> str:
    """Path of the layer of a network of torchvision with its last map or tokens; "" if none is known."""
    name = type(network).__name__
    return TOKENS.get(name) or MAPS.get(name, "")


def prefix_tokens(network: nn.Module) -> int:
    """Number of tokens before those of the patches: class, distillation and register tokens."""
    return int(getattr(network, "num_prefix_tokens", 0 if is_timm(network) else 1))


def has_class_token(network: nn.Module) -> bool:
    """True if the first token is a class token, and not a register."""
    if not is_timm(network):
        return source_layer(network) in TOKENS.values()
    own = getattr(network, "has_class_token", getattr(network, "cls_token", None) is not None)
    return bool(own) and prefix_tokens(network) > 0


def blocks(network: nn.Module) -> list[nn.Module]:
    """The blocks of a network with tokens; [] if they are not in a list."""
    encoder = getattr(network, "encoder", None)
    found = getattr(network, "blocks", None) if is_timm(network) else getattr(encoder, "layers", None)
    return list(found) if isinstance(found, nn.Sequential | nn.ModuleList) else []


def pooled_norm(network: nn.Module) -> nn.Module | None:
    """The layer that normalizes a pooled map, which belongs to every readout of the map; None if there is none."""
    head = getattr(network, "head" if is_timm(network) else "classifier", None)
    if is_timm(network):
        norm = getattr(head, "norm", None)
        return norm if isinstance(norm, nn.Module) and not isinstance(norm, nn.Identity) else None
    layers = list(head) if isinstance(head, nn.Sequential) else []
    return next((layer for layer in layers if isinstance(layer, nn.LayerNorm)), None)


def _last_norm(network: nn.Module) -> nn.Module:
    norm: nn.Module = network.norm if is_timm(network) else network.get_submodule("encoder.ln")  # type: ignore[assignment]
    return norm


def _tap(layer: nn.Module) -> Tap:
    tap = Tap()
    layer.register_forward_hook(tap)
    return tap


def _drop_head(network: nn.Module) -> None:
    """Replace the layers that only timm's `forward_head` uses, and that a readout does not, with `Identity`."""
    own = type(network)
    used = set(own.forward_features.__code__.co_names)  # type: ignore[attr-defined]
    after = set(own.forward_head.__code__.co_names) | {"attn_pool"}  # type: ignore[attr-defined]
    norm = pooled_norm(network)
    for name in after - used - {"fc_norm"}:
        layer = getattr(network, name, None)
        if not isinstance(layer, nn.Module):
            continue
        if norm is None or all(norm is not inner for inner in layer.modules()):
            setattr(network, name, nn.Identity())
            continue
        for inner, module in layer.named_children():
            if module is not norm:
                setattr(layer, inner, nn.Identity())


def _class_with(mixin: type[nn.Module], own: type[nn.Module]) -> type[nn.Module]:
    """The class of a network with another readout; its module stays that of the library, which is looked up in it."""
    return type(own.__name__, (mixin, own), {"__module__": own.__module__})
