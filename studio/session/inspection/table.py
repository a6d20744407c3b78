"""Numbers of the activation microscope as CSV."""

from __future__ import annotations

from studio.session.inspection.exhibit import Exhibit


def as_csv(exhibit: Exhibit | None) -> str:
    """The numbers of an exhibit: one per feature of a vector, else a row of a picture per line; "" for none."""
    if exhibit is None:
        return ""
    if exhibit.bars:
        values = exhibit.pictures.reshape(-1).tolist()
        return "".join(["feature,value\n", *(f"{place},{value:.6g}\n" for place, value in enumerate(values))])
    if exhibit.colors:
        names = [f"{column}{color}" for column in range(exhibit.pictures.shape[2]) for color in "rgb"]
    else:
        names = [str(column) for column in range(exhibit.pictures.shape[2])]
    lines = [f"{exhibit.noun},row,{','.join(names)}\n"]
    for number, picture in zip(exhibit.numbers, exhibit.pictures, strict=True):
        for row, values in enumerate(picture.reshape(picture.shape[0], -1).tolist()):
            lines.append(f"{number},{row},{','.join(f'{value:.6g}' for value in values)}\n")
    return "".join(lines)
