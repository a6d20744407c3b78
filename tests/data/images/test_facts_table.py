"""Facts about all photos of a folder in columns."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest

from studio.data.images.facts import PhotoFacts
from studio.data.images.facts_table import FactsTable


def some(number: int, seed: int = 0) -> dict[str, PhotoFacts]:
    """Facts that use the range of every attribute."""
    draw = random.Random(seed)
    facts = [
        PhotoFacts(
            draw.choice(("JPEG", "PNG", "TIFF")),
            draw.choice((1, 500, 2**31)),
            draw.choice((1, 375, 2**32 - 1)),
            draw.randint(1, 8),
            *(draw.random() < 0.5 for _ in range(4)),
            draw.choice((1, 3, 2**32)),
            draw.choice(("", "frames", "pages")),
            draw.choice((bytes(16), b"\1" + bytes(15), draw.randbytes(16))),
            b"",
            draw.randint(0, 255),
            draw.random(),
            draw.randint(1, 4096),
            draw.random() < 0.5,
            draw.choice((1, 2**40)),
            draw.choice(("", "2024-05-31", "2024-06-01")),
            draw.choice(("", "Canon EOS 80D", "相機 é")),
        )
        for _ in range(number)
    ]
    return {f"{row:04}.jpg": one for row, one in enumerate(facts)}


def test_the_same_facts_come_back_without_the_small_picture() -> None:
    facts = some(200)
    table = FactsTable.of({path: dataclasses.replace(one, small=b"pixels") for path, one in facts.items()})
    assert dict(table.items()) == facts
    for name in ("width", "flat", "deep", "images", "file_size"):
        assert table.column(name).tolist() == [getattr(one, name) for one in facts.values()]
    for name in ("format", "unit", "day", "camera"):
        assert table.texts(name) == [getattr(one, name) for one in facts.values()]
    assert table.is_text("unit", "pages").tolist() == [one.unit == "pages" for one in facts.values()]
    assert not table.is_text("format", "BMP").any()
    assert list(table.digests()) == [one.digest for one in facts.values()]
    assert list(table.contents()) == [(path, one.digest.hex()) for path, one in facts.items()]
    assert [path for path, _ in table.where(table.column("alpha"))] == [path for path in facts if facts[path].alpha]


@pytest.mark.parametrize("order", [("a", "b", "c"), ("c", "a", "b")])
def test_photos_are_found_by_path_in_any_order(order: tuple[str, ...]) -> None:
    facts = dict(zip(order, some(3).values(), strict=True))
    table = FactsTable.of(facts)
    assert {path: table[path] for path in "abc"} == facts
    assert "d" not in table
    assert None not in table
    with pytest.raises(KeyError):
        table["d"]
    part = table.of_photos(["c", "x", "b"])
    assert dict(part) == {"c": facts["c"], "b": facts["b"]}
    assert list(part) == ["c", "b"]
    assert part["b"] == facts["b"]
    assert table.of_photos(order) is table
    assert dict(FactsTable().of_photos(["a"])) == {}


@pytest.mark.parametrize("number", [0, 1, 2, 300])
def test_files_of_the_same_content_are_found(number: int) -> None:
    facts = some(number, seed=number)
    groups: dict[bytes, list[int]] = {}
    for row, one in enumerate(facts.values()):
        groups.setdefault(one.digest, []).append(row)
    assert FactsTable.of(facts).copies() == [rows for rows in groups.values() if len(rows) > 1]


def test_a_table_with_fewer_photos_than_expected_has_columns_of_those_there_are() -> None:
    table = FactsTable(5)
    for path, one in some(2).items():
        table.add(path, one)
    assert table.column("width").shape == (2,)
    assert len(list(table.digests())) == 2
    assert np.count_nonzero(table.is_text("format", "JPEG")) == table.texts("format").count("JPEG")


def test_rows_of_a_table_that_is_not_sorted_are_found_by_path() -> None:
    facts = dict(zip(("a", "b", "c"), some(3).values(), strict=True))
    table = FactsTable.of(facts)
    for order in (["b", "a"], ["c", "a", "b"], ["a", "c"], ["c"]):
        assert {path: table.of_photos(order)[path] for path in order} == {path: facts[path] for path in order}
        assert {path: table.of_photos(["c", *order]).of_photos(order)[path] for path in order} == {
            path: facts[path] for path in order
        }
    assert table.of_photos(["b", "c"]).paths == ["b", "c"]


def test_photos_in_order_are_found_without_a_dictionary_of_all() -> None:
    table = FactsTable.of(dict(zip("abcde", some(5).values(), strict=True)))
    for order, sorted_already in ((["b", "c", "d"], True), (["a", "c"], True), (["c", "b"], False)):
        part = table.of_photos(order)
        assert [part[path] for path in order] == [table[path] for path in order]
        assert ("_row_of_path" not in vars(part)) == sorted_already
    assert "_row_of_path" not in vars(table)
