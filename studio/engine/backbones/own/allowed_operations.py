"""The operations of torch that an exported program may use: those that networks compute with.

Other operations, such as the gradients of pooling layers, read or write out of bounds if an index or shape in their
arguments is wrong, or access files and settings. A file from a stranger must not be able to call them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

PREFIXES = ("conv", "fft_", "linalg_", "upsample_", "_upsample_")
"""Prefixes of the names of allowed operations."""

NAMES = frozenset(
    (
        "_cdist_forward", "_convolution", "_fft_c2c", "_prelu_kernel", "_safe_softmax",
        "_scaled_dot_product_attention_math", "_scaled_dot_product_flash_attention_for_cpu", "_unsafe_index",
        "_unsafe_view", "absolute", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
        "adaptive_max_pool2d", "adaptive_max_pool3d", "addbmm", "addmv", "addr", "affine_grid_generator", "all",
        "alpha_dropout", "aminmax", "arange", "argsort", "atleast_1d", "atleast_2d", "atleast_3d", "baddbmm",
        "batch_norm",
        "block_diag", "broadcast_tensors", "broadcast_to", "cdist", "channel_shuffle", "chunk", "column_stack",
        "complex", "concat", "concatenate", "conj", "contiguous", "cosine_similarity", "count_nonzero", "cross",
        "cummax", "cummin", "cumprod", "detach", "diag", "diag_embed", "diagflat", "diff", "dim", "dist", "divide",
        "dot", "dropout", "dsplit", "dstack", "einsum", "empty_like", "expand_as", "eye", "feature_alpha_dropout",
        "feature_dropout", "fill_diagonal", "fix", "flatten", "fliplr", "flipud", "floor_divide", "frobenius_norm",
        "glu", "greater", "greater_equal", "grid_sampler", "group_norm", "hamming_window", "hann_window", "hardswish",
        "hsplit", "hstack", "im2col", "imag", "index_add", "index_copy", "index_fill", "inner", "instance_norm",
        "inverse", "isclose", "item", "kron", "layer_norm", "less", "less_equal", "lift", "lift_fresh",
        "lift_fresh_copy", "linear", "linspace", "log_sigmoid", "log_softmax", "logcumsumexp", "logsumexp", "mT",
        "masked_select", "matmul", "matrix_exp", "max_pool1d", "max_pool2d", "max_pool3d", "median", "meshgrid",
        "moveaxis", "movedim", "multiply", "mv", "nanmean", "nansum", "narrow", "native_channel_shuffle", "negative",
        "new_empty", "new_full", "new_ones", "new_zeros", "norm", "not_equal", "numel", "numpy_T", "one_hot", "ones",
        "ones_like", "outer", "pad", "pairwise_distance", "pixel_shuffle", "pixel_unshuffle", "polar", "prelu",
        "quantile", "real", "renorm", "repeat_interleave", "replication_pad1d", "reshape", "reshape_as", "rms_norm",
        "roll", "rot90", "row_stack", "scaled_dot_product_attention", "size", "softmax", "special_erf", "special_expit",
        "special_softmax", "split", "stack", "std", "std_mean", "stft", "subtract", "sum", "sum_to_size", "swapaxes",
        "swapdims", "t", "take_along_dim", "tensor_split", "tensordot", "tile", "to", "trace", "transpose", "tril",
        "tril_indices", "triu", "triu_indices", "type_as", "unbind", "unflatten", "unfold", "unsafe_chunk",
        "unsafe_split", "unsafe_split_with_sizes", "var_mean", "view_as", "view_as_complex", "view_as_real", "vstack",
        "zero", "zeros", "zeros_like",
    )
)  # fmt: skip
"""Operations that are allowed in addition to those that torch tags as `core` or `pointwise`."""

REFUSED = frozenset(("_embedding_bag", "_native_batch_norm_legit", "_pdist_forward", "resize"))
"""Operations that torch tags as `core` and that are not allowed."""


def is_allowed(name: str, operation: torch._ops.OpOverload) -> bool:
    """True if a program may use the operation; an in-place operation is allowed if its out-of-place form is."""
    plain = name.rstrip("_")
    if plain in REFUSED or "backward" in name:
        return False
    if name.startswith("__"):
        plain = f"bitwise_{name.strip('_')}"
    if plain in NAMES or name.startswith(PREFIXES):
        return True
    return _computes(operation) or (name != plain and any(map(_computes, _variants(plain))))


def _computes(operation: torch._ops.OpOverload) -> bool:
    return torch.Tag.core in operation.tags or torch.Tag.pointwise in operation.tags


def _variants(name: str) -> list[torch._ops.OpOverload]:
    packet = getattr(torch.ops.aten, name, None)
    return [] if packet is None else [getattr(packet, overload) for overload in packet.overloads()]


def guarded(name: str, operation: torch._ops.OpOverload) -> Callable[..., Any]:
    """The operation, preceded by a check of its shapes if torch itself does not check them."""
    check = _CHECKS.get(name)
    return operation if check is None else functools.partial(_checked, check, operation)


def _checked(check: Callable[..., None], operation: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    check(*arguments)
    return operation(*arguments, **named)


def _check_attention(query: Tensor, key: Tensor, value: Tensor, *_others: Any) -> None:
    if key.shape[-2] != value.shape[-2] or query.shape[-1] != key.shape[-1]:
        shapes = ", ".join(str(tuple(one.shape)) for one in (query, key, value))
        raise ValueError(f"query, key and value of shapes {shapes} do not fit together")


def _check_norm(photos: Tensor, *others: Any) -> None:
    """Check that weight, bias, mean and variance have one value per channel."""
    if any(isinstance(one, Tensor) and one.numel() != photos.shape[1] for one in others[:4]):
        raise ValueError(f"a normalization of {photos.shape[1]} channels has parameters of another length")


_CHECKS: dict[str, Callable[..., None]] = {
    "scaled_dot_product_attention": _check_attention,
    "_scaled_dot_product_flash_attention_for_cpu": _check_attention,
    "_native_batch_norm_legit_no_training": _check_norm,
}
