"""Queries and keys of an attention layer, from which its weights are computed.

Networks compute attention in one fused step that never holds the weights, so queries and keys are taken before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from studio.engine.inspection.folding import square_of
from studio.events import Attention


class QueryKeyHook:
    """Takes queries and keys of one attention layer in the next pass.

    Attributes:
        path: Path of the attention layer.
    """

    def __init__(self, path: str, module: nn.Module) -> None:
        self.path = path
        self._module = module
        self._pair: tuple[Tensor, Tensor] | None = None

    def register(self) -> RemovableHandle:
        """Register the hook."""
        if isinstance(self._module, nn.MultiheadAttention):
            return self._module.register_forward_pre_hook(self._project, with_kwargs=True)
        module: Any = self._module
        handle: RemovableHandle = module.qkv.register_forward_hook(self._split)
        return handle

    def result(self) -> Attention | None:
        """Queries and keys of the first photo; None where no pass was made, or its tokens form no square."""
        if self._pair is None:
            return None
        queries, keys = (tensor[0].float().cpu().numpy() for tensor in self._pair)
        square = square_of(queries.shape[1])
        if square is None or queries.shape != keys.shape:
            return None
        side, extra = square
        return Attention(self.path, queries, keys, (side, side), extra)

    def _split(self, _layer: nn.Module, _inputs: Any, output: Tensor) -> None:
        module: Any = self._module
        batch, tokens, _ = output.shape
        parts = output.reshape(batch, tokens, 3, module.num_heads, -1).permute(2, 0, 3, 1, 4)
        self._pair = module.q_norm(parts[0]).detach() * module.scale, module.k_norm(parts[1]).detach()

    def _project(self, _layer: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
        module: Any = self._module
        query = inputs[0] if inputs else named["query"]
        width, heads = query.shape[-1], module.num_heads
        parts = nn.functional.linear(
            query, module.in_proj_weight[: 2 * width], module.in_proj_bias[: 2 * width]
        )  # of self-attention: queries and keys are of the same tokens
        batch, tokens, _ = query.shape
        both = parts.detach().reshape(batch, tokens, 2, heads, width // heads).permute(2, 0, 3, 1, 4)
        self._pair = both[0] * (width // heads) ** -0.5, both[1]


@contextmanager
def hooked(network: nn.Module, layer: str) -> Iterator[QueryKeyHook | None]:
    """Take queries and keys of the attention at, in or around a layer in the passes inside; None without any."""
    hook = find(network, layer)
    handle = hook.register() if hook is not None else None
    try:
        yield hook
    finally:
        if handle is not None:
            handle.remove()


def find(network: nn.Module, layer: str) -> QueryKeyHook | None:
    """The attention that a layer is, is part of, or is the only one in; None for other layers."""
    known = {path: module for path, module in network.named_modules() if _is_known(module)}
    around = [path for path in known if layer == path or layer.startswith(f"{path}.")]
    inside = [path for path in known if path.startswith(f"{layer}.")]
    paths = around or (inside if len(inside) == 1 else [])
    return QueryKeyHook(paths[0], known[paths[0]]) if paths else None


def _is_known(module: nn.Module) -> bool:
    """True for the attentions whose weights are exactly softmax(queries · keys), without any bias or rotation."""
    if type(module) is nn.MultiheadAttention:
        return bool(module.in_proj_weight is not None and module.in_proj_bias is not None and module.batch_first)
    kind = type(module)
    return kind.__name__ == "Attention" and kind.__module__ in (
        "timm.layers.attention",
        "timm.models.vision_transformer",
    )
