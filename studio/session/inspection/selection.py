"""The exhibit of a view, with a key that changes when it has to be created again."""

from __future__ import annotations

from dataclasses import dataclass

from studio.events import LayerOutput
from studio.session.inspection import attention, exhibit
from studio.session.inspection.exhibit import Exhibit, View, Weights


@dataclass(frozen=True)
class Selection:
    """Selection in a view of an output.

    Attributes:
        view: The view.
        weights: Whose weights.
        token: Number of the token before the patches; None for the patch at the cell.
        cell: Row and column of the crosshair.
    """

    view: View
    weights: Weights
    token: int | None
    cell: tuple[int, int]

    def key(self, output: LayerOutput) -> tuple[object, ...]:
        """A key that is equal for two selections with the same exhibit."""
        follows = self.view in ("tokens", "attention")
        return self.view, self.weights, id(output), *((self.token, self._place(output)) if follows else ())

    def exhibit(self, output: LayerOutput) -> Exhibit | None:
        """The pictures; None where the output has none in this view."""
        match self.view:
            case "tokens":
                return exhibit.of_tokens(output, self.weights, self._place(output) or (0, 0), self.token)
            case "attention":
                return exhibit.of_attention(output, self.weights, self._token(output), self._place(output) or ())
            case "filters":
                return exhibit.of_filters(output, self.weights)
        return exhibit.of_output(output, self.weights)

    def _place(self, output: LayerOutput) -> tuple[int, int] | None:
        """The cell within the grid of patches; None for a token before them."""
        if self.token is not None:
            return None
        rows, columns = output.attention.side if output.attention is not None else output.maps.shape[1:]
        return min(self.cell[0], rows - 1), min(self.cell[1], columns - 1)

    def _token(self, output: LayerOutput) -> int:
        place = self._place(output)
        if output.attention is None or place is None:
            return self.token or 0
        return attention.token_at(output.attention, place)
