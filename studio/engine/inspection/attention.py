"""Queries and keys of an attention layer, from which its weights are computed.

Networks compute attention in one fused step that never stores the weights, so the inputs of that step are recorded:
queries and keys after everything a network does with them (normalization, rotary position embedding), and what it adds
to their products (relative position bias).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle

from studio.engine.inspection.folding import square_of
from studio.events import Attention


class _FusedStep(TorchFunctionMode):
    """Records the inputs of the fused step while the mode is active.

    Attributes:
        inputs: Queries (N, heads, T, d), multiplied by the scale, keys, and what is added to their products; None
            before the step, or if there was more than one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.inputs: tuple[Tensor, Tensor, Tensor | None] | None = None
        self._steps = 0

    def __torch_function__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Record the inputs of the fused step."""
        kwargs = kwargs or {}
        if func is nn.functional.scaled_dot_product_attention:
            self._steps += 1
            self.inputs = self._noted(*args, **kwargs) if self._steps == 1 else None
        return func(*args, **kwargs)

    def _noted(
        self, query: Tensor, key: Tensor, _value: Tensor, attn_mask: Tensor | None = None, *_dropout: float,
        is_causal: bool = False, scale: float | None = None, **_more: Any,
    ) -> tuple[Tensor, Tensor, Tensor | None] | None:  # fmt: skip
        if is_causal:
            return None
        if attn_mask is not None and attn_mask.dtype is torch.bool:
            attn_mask = torch.zeros_like(attn_mask, dtype=query.dtype).masked_fill(~attn_mask, -torch.inf)
        factor = query.shape[-1] ** -0.5 if scale is None else scale
        return query.detach() * factor, key.detach(), attn_mask.detach() if attn_mask is not None else None


class QueryKeyHook:
    """Records queries and keys of one attention layer in the next pass.

    Attributes:
        path: Path of the attention layer.
    """

    def __init__(self, path: str, module: nn.Module) -> None:
        self.path = path
        self._module = module
        self._taken: tuple[Tensor, Tensor, Tensor | None] | None = None
        self._step: Any = None
        self._photos = 0

    def register(self) -> list[RemovableHandle]:
        """Register the hook."""
        if isinstance(self._module, nn.MultiheadAttention):
            return [self._module.register_forward_pre_hook(self._project, with_kwargs=True)]
        return [
            self._module.register_forward_pre_hook(self._enter),
            self._module.register_forward_hook(self._leave, always_call=True),
        ]

    def result(self) -> Attention | None:
        """Queries and keys of the first photo.

        None if no pass was made, the tokens do not form a square, or it is windowed attention or cross-attention.
        """
        if self._taken is None:
            return None
        query, key, added = self._taken
        if query.ndim != 4 or query.shape != key.shape or len(query) != self._photos:
            return None
        square = square_of(query.shape[2])
        if square is None:
            return None
        queries, keys = query[0].float().cpu().numpy(), key[0].float().cpu().numpy()
        side, extra = square
        if added is None:
            return Attention(self.path, queries, keys, (side, side), extra)
        bias = added.float().expand(len(query), *queries.shape[:2], queries.shape[1])[0].cpu().numpy()
        return Attention(self.path, queries, keys, (side, side), extra, bias)

    def _enter(self, _module: nn.Module, inputs: tuple[Any, ...]) -> None:
        self._photos = len(inputs[0])
        self._step = _FusedStep()
        self._step.__enter__()

    def _leave(self, _module: nn.Module, _inputs: Any, _output: Any) -> None:
        if self._step is not None:
            self._step.__exit__(None, None, None)
            self._taken, self._step = self._step.inputs, None

    def _project(self, _layer: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
        module: Any = self._module
        query = inputs[0] if inputs else named["query"]
        width, heads = query.shape[-1], module.num_heads
        parts = nn.functional.linear(
            query, module.in_proj_weight[: 2 * width], module.in_proj_bias[: 2 * width]
        )  # self-attention: queries and keys come from the same tokens
        batch, tokens, _ = query.shape
        both = parts.detach().reshape(batch, tokens, 2, heads, width // heads).permute(2, 0, 3, 1, 4)
        self._photos = batch
        self._taken = both[0] * (width // heads) ** -0.5, both[1], None


@contextmanager
def hooked(network: nn.Module, layer: str) -> Iterator[QueryKeyHook | None]:
    """Record queries and keys of the attention at, in or around a layer inside the block; None if there is none."""
    hook = find(network, layer)
    handles = hook.register() if hook is not None else []
    try:
        yield hook
    finally:
        for handle in handles:
            handle.remove()


def find(network: nn.Module, layer: str) -> QueryKeyHook | None:
    """The attention that a layer is, belongs to, or contains as the only one; None for other layers."""
    known = {path: module for path, module in network.named_modules() if _is_known(module)}
    around = [path for path in known if layer == path or layer.startswith(f"{path}.")]
    inside = [path for path in known if path.startswith(f"{layer}.")]
    paths = around or (inside if len(inside) == 1 else [])
    return QueryKeyHook(paths[0], known[paths[0]]) if paths else None


def _is_known(module: nn.Module) -> bool:
    """True for torch's multi-head self-attention, and for timm's classes of attention."""
    if type(module) is nn.MultiheadAttention:
        return bool(module.in_proj_weight is not None and module.in_proj_bias is not None and module.batch_first)
    kind = type(module)
    return kind.__name__.endswith("Attention") and kind.__module__.startswith("timm.") and hasattr(module, "num_heads")
