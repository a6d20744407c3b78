"""The photos given to a run: a list that grows by many small steps, without a copy of what was there before."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import overload

from studio.events import GivenPhoto


class PhotoRows(Sequence[GivenPhoto]):
    """An immutable sequence of photos with different paths; those made from it by `with_more` share its memory."""

    def __init__(self, photos: Sequence[GivenPhoto] = ()) -> None:
        self._photos: list[GivenPhoto] = []
        self._places: dict[str, int] = {}
        self._length = 0
        self._append(photos)

    def with_more(self, photos: Sequence[GivenPhoto]) -> PhotoRows:
        """These photos and more; a new answer for one of these photos replaces the former one."""
        is_newest = self._length == len(self._photos)
        if not is_newest or any(photo.path in self._places for photo in photos):
            return PhotoRows((*self, *photos))
        grown = PhotoRows()
        grown._photos, grown._places, grown._length = self._photos, self._places, self._length
        grown._append(photos)
        return grown

    def without(self, paths: frozenset[str]) -> PhotoRows:
        """These photos except those at `paths`."""
        return PhotoRows([photo for photo in self if photo.path not in paths])

    def place(self, path: str) -> int:
        """Index of a photo; -1 where it is not there."""
        found = self._places.get(path, -1)
        return found if found < self._length else -1

    def _append(self, photos: Sequence[GivenPhoto]) -> None:
        for photo in photos:
            found = self._places.get(photo.path)
            if found is None:
                self._places[photo.path] = len(self._photos)
                self._photos.append(photo)
            else:
                self._photos[found] = photo
        self._length = len(self._photos)

    @overload
    def __getitem__(self, place: int) -> GivenPhoto: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[GivenPhoto]: ...

    def __getitem__(self, place: int | slice) -> GivenPhoto | Sequence[GivenPhoto]:
        if isinstance(place, slice):
            return self._photos[: self._length][place]
        if not -self._length <= place < self._length:
            raise IndexError(place)
        return self._photos[place % self._length]

    def __iter__(self) -> Iterator[GivenPhoto]:
        return (self._photos[place] for place in range(self._length))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PhotoRows):
            return NotImplemented
        return self is other or (len(self) == len(other) and all(map(operator.eq, self, other)))

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return self._length
