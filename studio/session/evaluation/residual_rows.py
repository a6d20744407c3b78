"""The errors of a regression run by the size of the true number, as the Evaluate page shows them."""

from __future__ import annotations

from studio.formatting import numbers
from studio.formatting.language import counted, tr
from studio.session.evaluation.metric_tiles import Tile
from studio.session.part_results import PartResults


def rows(results: PartResults) -> tuple[Tile, ...]:
    """The mean residual of photos with low, middle and high numbers on one axis around 0; () before the evaluation."""
    table = results.document.get("residuals") or []
    ends = [
        abs(end)
        for row in table
        for end in (row["residual"]["value"], row["residual"]["low"], row["residual"]["high"])
        if end is not None
    ]
    far = 1.05 * max(ends, default=1.0) or 1.0
    tiles = []
    for row in table:
        one, error = row["residual"], row["mae"]
        low, high = one["low"], one["high"]
        interval = tr("{low} to {high}").format(low=_signed(low), high=_signed(high)) if low is not None else ""
        span = f"{numbers.figures(row['from'])} to {numbers.figures(row['to'])}"
        tip = tr(
            "Mean of predicted minus true number over {photos} from {span}.\n95\u202f% interval: {interval} "
            "({one})\nMean absolute error: {error}"
        ).format(
            photos=counted(one["n"], "photo"),
            span=span,
            interval=interval or "unknown",
            one=one["method"],
            error=numbers.figures(error["value"]),
        )
        tiles.append(
            Tile(
                row["size"],
                f"{row['size'].capitalize()}, {span}",
                _signed(one["value"]),
                interval,
                tip,
                one["value"],
                low,
                high,
                0.0,
                tr("0 means no systematic error"),
                (-far, far),
                interval,
            )
        )
    return tuple(tiles)


def words(results: PartResults) -> str:
    """The sizes with a systematic error, in a sentence."""
    table = rows(results)
    if not table:
        return tr("The errors by size follow after the training.")
    off = [
        (
            tr("{key} numbers are predicted too high") if tile.low > 0 else tr("{key} numbers are predicted too low")
        ).format(key=tile.key)
        for tile in table
        if tile.low is not None and tile.high is not None and not tile.low <= 0 <= tile.high
    ]
    if not off:
        return tr("Every interval contains 0: no size is predicted too high or too low.")
    text = tr(" and ").join(off)
    return tr("{upper}{text}, more than chance explains.").format(upper=text[0].upper(), text=text[1:])


def _signed(value: float) -> str:
    return numbers.figures(value) if value <= 0 else f"+{numbers.figures(value)}"
