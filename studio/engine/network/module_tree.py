"""Networks built layer by layer from the paths of their tensors."""

from __future__ import annotations

from torch import nn


def module_at(root: nn.Module, path: str) -> nn.Module:
    """Return the module at a path; create it and its parents if they are missing."""
    module = root
    for name in path.split(".") if path else ():
        if name not in module._modules:
            module.add_module(name, nn.Module())
        child = module._modules[name]
        assert child is not None
        module = child
    return module
