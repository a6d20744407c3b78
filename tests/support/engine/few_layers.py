"""A small network in place of real ones, and the forms in which training scripts save its weights."""

from __future__ import annotations

import argparse
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

State = Mapping[str, Tensor]


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)

    def forward(self, maps: Tensor) -> Tensor:
        return torch.relu(self.bn1(self.conv1(maps)) + maps)


class Few(nn.Module):
    """Like a ResNet: a stem, one stage of `depth` blocks, pooling, and `fc`."""

    def __init__(self, depth: int = 2, classes: int = 5, channels: int = 3) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 8, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU()
        self.layer1 = nn.Sequential(*[Block(8) for _ in range(depth)])
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8, classes)

    def forward(self, photos: Tensor) -> Tensor:
        maps = self.avgpool(self.layer1(self.relu(self.bn1(self.conv1(photos)))))
        return self.fc(maps.flatten(1))


def original(depth: int = 2, seed: int = 1, **options: int) -> Few:
    """The whole network with distinct parameters, statistics and counters."""
    torch.manual_seed(seed)
    network = Few(depth, **options)
    for name, buffer in network.named_buffers():
        buffer.copy_(torch.rand(buffer.shape) + 0.5 if buffer.is_floating_point() else torch.tensor(7))
        assert name
    return network.eval()


def backbone(depth: int = 2) -> Few:
    """The network without its last layer, with different values."""
    network = original(depth, seed=2)
    network.fc = nn.Identity()
    return network


def under(prefix: str, state: State) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in state.items()}


def by_place(state: State) -> dict[str, Tensor]:
    """The state with names as in `nn.Sequential(*network.children())`."""
    places = {name: str(place) for place, (name, _) in enumerate(Few().named_children())}
    return {f"{places[name.split('.')[0]]}.{name.split('.', 1)[1]}": tensor for name, tensor in state.items()}


def body(state: State) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in state.items() if not name.startswith("fc.")}


def other(state: State) -> dict[str, Tensor]:
    """The same tensors with different values."""
    return {name: tensor + 1 for name, tensor in state.items()}


SAVED: dict[str, Callable[[State], Any]] = {
    "plain": lambda s: s,
    "tutorial of PyTorch": lambda s: {"epoch": 3, "model_state_dict": s, "optimizer_state_dict": {}, "loss": 0.1},
    "model_state": lambda s: {"model_state": s},
    "net": lambda s: {"net": s, "acc": 90, "epoch": 1},
    "network": lambda s: {"network": s},
    "params": lambda s: {"params": s},
    "weights": lambda s: {"weights": s},
    "model_weights": lambda s: {"model_weights": s},
    "any other key, and deep": lambda s: {"run 7": {"best": {"of all": s}}},
    "ImageNet example": lambda s: {"state_dict": under("module.", s), "best_acc1": torch.tensor(71.2), "optimizer": {}},
    "compiled": lambda s: under("_orig_mod.", s),
    "parallel, then compiled": lambda s: under("_orig_mod.module.", s),
    "compiled, then parallel": lambda s: {"model": under("module._orig_mod.", s)},
    "one layer compiled": lambda s: {name.replace("layer1.", "layer1._orig_mod."): t for name, t in s.items()},
    "sharded": lambda s: {name.replace("layer1.", "layer1._fsdp_wrapped_module."): t for name, t in s.items()},
    "Lightning": lambda s: {"state_dict": under("model.", s), "hyper_parameters": {"lr": 0.1}, "loops": {}},
    "Lightning, with a loss": lambda s: {"state_dict": {**under("net.", s), "criterion.weight": torch.ones(5)}},
    "backbone of a detector": lambda s: {
        "model": {**under("backbone.body.", body(s)), "rpn.conv.weight": torch.ones(3), "roi_heads.bias": torch.ones(2)}
    },
    "encoder": lambda s: {"state_dict": under("encoder.", s)},
    "resnet.": lambda s: under("resnet.", s),
    "fastai": lambda s: {"model": {**under("0.", by_place(body(s))), "1.8.weight": torch.ones(3, 8)}, "opt": {}},
    "sequence": lambda s: {**by_place(body(s)), "6.weight": torch.ones(3, 8)},
    "DINO": lambda s: {
        "student": under("module.backbone.", other(s)),
        "teacher": {**under("backbone.", s), "head.mlp.0.weight": torch.ones(4, 8)},
    },
    "MoCo": lambda s: {
        "state_dict": {
            **under("module.encoder_k.", other(s)),
            **under("module.encoder_q.", body(s)),
            "module.encoder_q.fc.0.weight": torch.ones(8, 8),
            "module.queue": torch.ones(8, 9),
            "module.queue_ptr": torch.tensor(4),
        }
    },
    "averaged weights of timm": lambda s: {"state_dict": other(s), "state_dict_ema": s},
    "averaged weights of torchvision": lambda s: {
        "model": other(s),
        "model_ema": {**under("module.", s), "n_averaged": torch.tensor(5)},
    },
    "settings beside the weights": lambda s: {"model": s, "args": argparse.Namespace(lr=0.1, depth=[1, 2])},
    "no counters": lambda s: {name: tensor for name, tensor in s.items() if "num_batches_tracked" not in name},
    "no head": body,
    "another number of classes": lambda s: {**s, "fc.weight": torch.ones(9, 8), "fc.bias": torch.ones(9)},
    "a head of several layers": lambda s: {
        **body(s),
        "fc.0.weight": torch.ones(16, 8),
        "fc.3.weight": torch.ones(3, 16),
    },
    "side classifiers": lambda s: {**s, "aux1.conv.weight": torch.ones(2), "AuxLogits.fc.weight": torch.ones(2)},
    "distillation": lambda s: {**s, "head_dist.weight": torch.ones(5, 8)},
    "counted operations": lambda s: {**s, "layer1.0.total_ops": torch.ones(1), "total_params": torch.ones(1)},
    "parameters": lambda s: {name: nn.Parameter(t) if t.is_floating_point() else t for name, t in s.items()},
    "channels last": lambda s: OrderedDict(
        (name, t.to(memory_format=torch.channels_last) if t.ndim == 4 else t) for name, t in s.items()
    ),
    "views of one storage": lambda s: in_one_storage(s),
}
"""Forms in which training scripts save the same network: functions from a state dict to the saved object."""


def in_one_storage(state: State) -> dict[str, Tensor]:
    """The tensors as views of one storage, as some training scripts have them."""
    numbers = torch.cat([tensor.flatten().float() for tensor in state.values() if tensor.is_floating_point()])
    parts, first = {}, 0
    for name, tensor in state.items():
        if not tensor.is_floating_point():
            parts[name] = tensor
            continue
        parts[name] = numbers[first : first + tensor.numel()].view(tensor.shape)
        first += tensor.numel()
    return parts


def save(path: Path, value: Any, protocol: int = 2, zipped: bool = True) -> Path:
    """Save a value as torch does."""
    torch.save(value, path, pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
    return path
