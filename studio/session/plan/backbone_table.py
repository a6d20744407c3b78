"""The catalog of backbones as a table: columns, filters and order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from studio.catalog import catalog
from studio.catalog.catalog import BackboneInfo
from studio.formatting import numbers
from studio.formatting.language import tr

Show = Literal["all", "favorites", "recent", "here"]
"""The backbones that are shown: all, favorites, recently used ones, those with weights on this computer."""

SHOWN: dict[Show, str] = {
    "all": tr("All backbones"),
    "favorites": tr("Favorites"),
    "recent": tr("Recently used"),
    "here": tr("On this computer"),
}

MOST_RECENT = 8


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        title: Heading.
        tip: What it states.
        text: Text of a cell.
        order: Value to sort by; "" or None come last.
        is_number: True to align it at the right.
    """

    title: str
    tip: str
    text: Callable[[BackboneInfo], str]
    order: Callable[[BackboneInfo], float | str | None]
    is_number: bool = False


def weights(entry: BackboneInfo) -> str:
    """The state of the weights in words. Reads the disk."""
    where = catalog.whereabouts(entry)
    if where == "to download":
        return f"↓ {numbers.megabytes(entry.download_mb * 1e6)}" if entry.download_mb else tr("to download")
    return {"bundled": tr("bundled"), "on disk": tr("on disk"), "none": tr("none")}[where]


def _weights_order(entry: BackboneInfo) -> float:
    """Sort key: bundled ones first, then those on disk, then by the size of the download; without weights last."""
    where = catalog.whereabouts(entry)
    return {"bundled": -2.0, "on disk": -1.0, "none": float("inf")}.get(where, entry.download_mb)


COLUMNS = (
    Column("Name", "Name in the library; search finds parts of it", lambda one: one.name, lambda one: one.name),
    Column("Family", "Module of the library with this kind of network", lambda one: one.family, lambda one: one.family),
    Column(
        "Parameters",
        "Numbers that can be learned, without the last layer",
        lambda one: numbers.count(one.parameters),
        lambda one: one.parameters,
        True,
    ),
    Column(
        "GMACs",
        "Billions of multiply-accumulate operations for one photo: how long a pass takes",
        lambda one: f"{one.macs / 1e9:.2f}" if one.macs < 1e11 else numbers.exact(round(one.macs / 1e9)),
        lambda one: one.macs,
        True,
    ),
    Column(
        "ImageNet",
        "Top-1 accuracy on ImageNet as published with the weights",
        lambda one: "–" if one.accuracy is None else f"{one.accuracy:.1f}{numbers.NARROW}%",
        lambda one: one.accuracy,
        True,
    ),
    Column(
        "Input",
        "Size of the photos that the weights were trained with, in pixels",
        lambda one: f"{one.input_size[1]}{numbers.NARROW}×{numbers.NARROW}{one.input_size[2]}",
        lambda one: one.input_size[1],
        True,
    ),
    Column(
        "License",
        "License of the weights, as the library states it",
        lambda one: one.license or tr("not stated"),
        lambda one: one.license,
    ),
    Column("Weights", "Whether the weights are on this computer; ↓ is the size of a download", weights, _weights_order),
)


def rows(
    text: str, show: Show, favorites: Sequence[str], recent: Sequence[str], column: int, descending: bool
) -> list[BackboneInfo]:
    """The backbones that a search and a filter leave, in order.

    Args:
        text: Words that name, family or library must contain.
        show: The filter.
        favorites: Names of favorites.
        recent: Names of recently used ones, newest first.
        column: Column to sort by; -1 for the order of the catalog, or of use.
        descending: True to sort in descending order; missing values stay last.
    """
    matches = catalog.search(text) if text.strip() else list(catalog.load())
    if show == "favorites":
        matches = [one for one in matches if one.name in favorites]
    elif show == "here":
        matches = [one for one in matches if catalog.whereabouts(one) in ("bundled", "on disk")]
    elif show == "recent":
        matches = [one for one in matches if one.name in recent]
        matches.sort(key=lambda one: recent.index(one.name))
    if column < 0:
        return matches
    order = COLUMNS[column].order
    stated = [one for one in matches if order(one) not in (None, "")]
    stated.sort(key=lambda one: order(one), reverse=descending)  # type: ignore[arg-type,return-value]  # of one kind
    return stated + [one for one in matches if order(one) in (None, "")]


def used(recent: Sequence[str], name: str) -> list[str]:
    """The recently used backbones after one more use."""
    return [name, *(other for other in recent if other != name)][:MOST_RECENT]


def toggled(favorites: Sequence[str], name: str) -> list[str]:
    """The favorites with a name added, or removed if it is among them."""
    return [other for other in favorites if other != name] if name in favorites else [*favorites, name]


def nothing(show: Show, text: str) -> str:
    """The reason why no row is shown."""
    if text.strip():
        return tr("No backbone matches “{text}”{show}.").format(
            text=text.strip(), show="" if show == "all" else tr(" among: {shown}").format(shown=SHOWN[show].lower())
        )
    return {
        "favorites": tr("No favorites yet: mark one with * or a click on its star."),
        "recent": tr("No backbone was chosen yet."),
        "here": tr("No weights are on this computer."),
        "all": tr("The catalog is empty."),
    }[show]
