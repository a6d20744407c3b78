"""A network of the folded weights of a head, as a reference for other ways to compute its scores."""

from __future__ import annotations

from torch import Tensor, nn


def network_of(tensors: dict[str, Tensor]) -> nn.Sequential:
    """A network, in eval mode, of folded weights (`Head.folded_weights`): raw features (N, D) to scores (N, K)."""
    layers: list[nn.Module] = []
    for name in ("hidden.", ""):
        if f"{name}weight" in tensors:
            outputs, width = tensors[f"{name}weight"].shape
            layer = nn.Linear(width, outputs)
            layer.load_state_dict({"weight": tensors[f"{name}weight"], "bias": tensors[f"{name}bias"]})
            layers += [layer] if not name else [layer, nn.ReLU()]
    return nn.Sequential(*layers).eval()
