"""Matching of a network's tensors with those of a file, which may have a prefix, other names, and other tensors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from torch import Tensor, nn

from studio.engine.network import last_linear
from studio.engine.weight_files.contents import StoredTensor

Shape = tuple[int, ...]

WRAPPERS = frozenset(("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_fpw_module"))
"""Parts that compilers and sharding insert anywhere in the name of a tensor."""

HEADS = frozenset(
    [
        "head",
        "heads",
        "fc",
        "classifier",
        "classif",
        "last_linear",
        "linear",
        "logits",
        "head_dist",
        "heads_dist",
        "aux",
        "aux1",
        "aux2",
        "AuxLogits",
        "aux_head",
        "aux_logits",
        "cls_head",
        "projector",
        "projection_head",
        "projection",
        "predictor",
        "prototypes",
        "mlp_head",
    ]
)
"""Names of parts after a backbone: its classifier, auxiliary classifiers, heads of self-supervised training."""

EXTRAS = frozenset(
    [
        "criterion",
        "loss",
        "loss_fn",
        "loss_func",
        "metric",
        "metrics",
        "train_metrics",
        "val_metrics",
        "train_acc",
        "val_acc",
        "queue",
        "queue_ptr",
        "center",
        "n_averaged",
        "optimizer",
        "mask_token",
    ]
)
"""Names of other parts besides a backbone in a state dict."""

BOOKKEEPING = frozenset(
    [
        "num_batches_tracked",
        "n_averaged",
        "total_ops",
        "total_params",
        "_extra_state",
        "relative_position_index",
        "relative_coords_table",
        "attn_mask",
    ]
)
"""Last parts of the names of counters and tables, which a file may lack: those of the built network are correct."""

POSITIONS = re.compile(r"(pos_emb|pos_embed|position|rel_pos|relative_|attention_bias|attn_mask)", re.IGNORECASE)
"""Pattern in the names of tensors whose shape depends on the image size."""

FIRST_CHOICE = ("ema", "swa", "averaged", "teacher", "q", "online")
LAST_CHOICE = frozenset(["student", "k", "momentum", "target", "key"])
"""Preference among several networks in one file: averaged weights, DINO's teacher, MoCo's query encoder."""

MAX_PREFIXES = 100
"""Largest number of prefixes that are tried, the most frequent ones first; each requires a search of the whole file."""

Naming = Callable[[str], str]
"""Converts a tensor's name in the network to its name in the file."""


@dataclass(frozen=True)
class Fit:
    """Match of a file's tensors with a network.

    Attributes:
        names: Name in the file of each tensor of the network that has the same shape there.
        prefix: Prefix of the network's names in the file.
        others: Other prefixes that fit as well.
        missing: Tensors of the network that are not in the file.
        shapes: Shapes in the file and in the network, of tensors whose shapes differ.
        unexpected: Other names under the prefix, except those of heads and counters.
        unused: Other parts of the file, with their numbers of tensors.
        places: Names in the file of the tensors in `shapes`.
    """

    names: dict[str, str]
    prefix: str = ""
    others: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    shapes: dict[str, tuple[Shape, Shape]] = field(default_factory=dict)
    unexpected: tuple[str, ...] = ()
    unused: dict[str, int] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    @property
    def fits(self) -> bool:
        """True if the file contains exactly this network."""
        return not (self.missing or self.shapes or self.unexpected)

    @property
    def only_positions(self) -> bool:
        """True if only shapes of position tensors differ."""
        return not (self.missing or self.unexpected) and all(POSITIONS.search(name) for name in self.shapes)


def fit(network: nn.Module, stored: Mapping[str, StoredTensor | Tensor]) -> Fit:
    """Return the best match for the tensors of `network`; `Fit.fits` tells whether it is complete."""
    return _Matcher(network, stored).best()


def is_part_of_head(name: str) -> bool:
    """True for a tensor's name that belongs to a head or to training, not to the backbone."""
    first, _, _ = name.partition(".")
    return first in HEADS or first in EXTRAS or name.rsplit(".", 1)[-1] in BOOKKEEPING


def is_index(name: str, tensor: Tensor) -> bool:
    """True for a table of indices, which is never loaded, because it could point out of range."""
    return name.rsplit(".", 1)[-1] != "num_batches_tracked" and not (tensor.is_floating_point() or tensor.is_complex())


def unwrap(name: str) -> str:
    """Return a tensor's name without the parts that compilers and sharding insert."""
    return ".".join(part for part in name.split(".") if part not in WRAPPERS)


class _Matcher:
    """Comparison of the tensors of a network and of a file."""

    def __init__(self, network: nn.Module, stored: Mapping[str, StoredTensor | Tensor]) -> None:
        self._network, self._stored = network, stored
        self._tensors: dict[str, Tensor] = network.state_dict()
        self._needed = [name for name, tensor in self._tensors.items() if not _is_optional(name, tensor)]
        self._buffers = {name for name, _ in network.named_buffers()}
        self._in_file: dict[str, str] = {}
        for name in reversed(list(stored)):
            unwrapped = unwrap(name)
            # Of two names of one tensor, use the one without wrappers: using the first one in the file could mix the
            # tensors of two networks.
            if len(name) <= len(self._in_file.get(unwrapped, name)):
                self._in_file[unwrapped] = name
        children = list(network.named_children())
        with_numbers = [index for index, (_, child) in enumerate(children) if child.state_dict()]
        self._first_of_head = max(with_numbers, default=-1) + 1
        self._head = last_linear.path_of(network)
        self._children = {name: str(index) for index, (name, _) in enumerate(children)}

    def best(self) -> Fit:
        fits: list[tuple[tuple[int, int, int, int, int], Fit]] = []
        namings: tuple[Naming, ...] = (str, _old_densenet, self._by_place)
        for order, naming in enumerate(namings):
            for index, prefix in enumerate(self._prefixes(naming)):
                match = self._fit_with(prefix, naming)
                matches = 0 if match.fits else -len(match.names)
                fits.append(((int(not match.fits), matches, order, _rank(prefix), index), match))
        if not fits:
            return Fit({}, missing=tuple(self._needed))
        best = min(fits, key=lambda ranked: ranked[0])[1]
        others = dict.fromkeys(match.prefix for _, match in fits if match.fits and match.prefix != best.prefix)
        return replace(best, others=tuple(others), unused=self._unused(best))

    def _by_place(self, name: str) -> str:
        """Return the name in `nn.Sequential(*network.children())`, which fastai and many tutorials use."""
        first, dot, rest = name.partition(".")
        return self._children.get(first, first) + dot + rest

    def _prefixes(self, naming: Naming) -> list[str]:
        """Return possible prefixes, from a few of the network's names."""
        few = {naming(name) for name in self._needed[:: max(1, len(self._needed) // 8)]}
        if naming is not str:
            few -= {*self._needed}
        ends = {f".{name}": len(name) for name in few}
        prefixes = Counter({"": len(few)} if few & self._in_file.keys() else {})
        for name in reversed(self._in_file):
            for end, length in ends.items():
                if name.endswith(end):
                    prefixes[name[: len(name) - length]] += 1
        most = dict(prefixes.most_common(MAX_PREFIXES))
        return [prefix for prefix in prefixes if prefix in most]

    def _fit_with(self, prefix: str, naming: Naming) -> Fit:
        names: dict[str, str] = {}
        shapes: dict[str, tuple[Shape, Shape]] = {}
        places: dict[str, str] = {}
        for name, tensor in self._tensors.items():
            stored_name = self._in_file.get(prefix + naming(name))
            if stored_name is None:
                continue
            shape = tuple(self._stored[stored_name].shape)
            if shape == tuple(tensor.shape):
                names[name] = stored_name
            elif not _is_optional(name, tensor):
                shapes[name], places[name] = (shape, tuple(tensor.shape)), stored_name
        missing = tuple(name for name in self._needed if name not in names and name not in shapes)
        expected = {naming(name) for name in (*self._tensors, *self._buffers)}
        relative = [name.removeprefix(prefix) for name in self._in_file if name.startswith(prefix)]
        unexpected = tuple(
            prefix + name for name in relative if name not in expected and not self._is_unused(name, naming)
        )
        return Fit(names, prefix, (), missing, shapes, unexpected[::-1], places=places)

    def _is_unused(self, name: str, naming: Naming) -> bool:
        first, _, _ = name.partition(".")
        if first.isdecimal() and first not in self._children:  # a sequence of body and head, as in fastai
            return naming != self._by_place or int(first) >= self._first_of_head
        return is_part_of_head(name) or (bool(self._head) and name.startswith(f"{naming(self._head)}."))

    def _unused(self, match: Fit) -> dict[str, int]:
        """Count the unused tensors by the part of their names after the common prefix."""
        used = {unwrap(name) for name in match.names.values()}
        placed = {unwrap(name) for name in match.places.values()}
        counts: Counter[str] = Counter()
        above = match.prefix.split(".")
        for name in reversed(self._in_file):
            parts = name.split(".")
            if name in used or name in match.unexpected or name in placed or parts[-1] in BOOKKEEPING:
                continue
            same = next(
                (index for index, (one, other) in enumerate(zip(parts, above, strict=False)) if one != other), 0
            )
            counts[parts[same] if same < len(parts) else name] += 1
        return dict(counts)


def _is_optional(name: str, tensor: Tensor) -> bool:
    """True for counters and tables of indices, which the built network has already."""
    return name.rsplit(".", 1)[-1] in BOOKKEEPING or not (tensor.is_floating_point() or tensor.is_complex())


def _old_densenet(name: str) -> str:
    """Return the name in torchvision's published DenseNets: `denselayer1.norm.1` for `denselayer1.norm1`."""
    return re.sub(r"(denselayer\d+\.(?:norm|conv))([12])\.", r"\1.\2.", name)


def _rank(prefix: str) -> int:
    """Return the rank of a prefix among several that fit; that of the smallest rank is used."""
    words = re.split(r"[._]", prefix.lower())
    if LAST_CHOICE.intersection(words):
        return len(FIRST_CHOICE) + 1
    return min((FIRST_CHOICE.index(word) for word in words if word in FIRST_CHOICE), default=len(FIRST_CHOICE))
