"""torchvision's image functions, imported without loading torch's compiler."""

from __future__ import annotations

from studio.system import lazy_compiler

with lazy_compiler.placeholder():
    from torchvision.transforms.v2 import InterpolationMode, functional

__all__ = ["InterpolationMode", "functional"]
