"""The catalog as a table: filters, order, marks."""

from __future__ import annotations

import pytest

from studio.catalog import catalog
from studio.session.plan import backbone_table
from studio.session.plan.backbone_table import COLUMNS
from studio.spec.structs import replace

TITLES = [column.title for column in COLUMNS]


def names(text: str = "", show: backbone_table.Show = "all", column: str = "", descending: bool = False) -> list[str]:
    place = TITLES.index(column) if column else -1
    found = backbone_table.rows(text, show, ("vgg11", "resnet18"), ("vgg11", "resnet50"), place, descending)
    return [one.name for one in found]


def test_all_backbones_are_listed_in_the_order_of_the_catalog() -> None:
    assert names() == [one.name for one in catalog.load()]


def test_filters_leave_favorites_recent_ones_and_those_on_this_computer() -> None:
    assert sorted(names(show="favorites")) == ["resnet18", "vgg11"]
    assert names(show="recent") == ["vgg11", "resnet50"], "newest first, not as in the catalog"
    assert names(show="here") == list(catalog.PACKAGED)
    assert names("vgg", "favorites") == ["vgg11"]


@pytest.mark.parametrize("title", ["Parameters", "GMACs", "ImageNet", "Input"])
def test_numbers_are_sorted_by_size_and_missing_ones_are_last(title: str) -> None:
    order = COLUMNS[TITLES.index(title)].order
    for descending in (False, True):
        values = [order(catalog.find(name)) for name in names("res", column=title, descending=descending)]
        stated = [value for value in values if value is not None]
        assert stated == sorted(stated, reverse=descending)
        assert values[len(stated) :] == [None] * (len(values) - len(stated))


def test_names_are_sorted_alphabetically() -> None:
    found = names("res", column="Name")
    assert found == sorted(found) != names("res")
    assert names("res", column="Name", descending=True) == found[::-1]


def test_the_texts_of_a_row() -> None:
    entry = catalog.find("resnet18")
    texts = {column.title: column.text(entry) for column in COLUMNS}
    assert texts["Name"] == "resnet18"
    assert texts["Parameters"] == "11\u202fM"
    assert texts["GMACs"] == "1.81"
    assert texts["ImageNet"] == "69.8\u202f%"
    assert texts["Input"] == "224\u202f×\u202f224"
    assert texts["License"] == (entry.license or "not stated")
    assert texts["Weights"].startswith("↓ 4")
    assert COLUMNS[-1].text(catalog.find("tf_efficientnet_lite2")) == "bundled"
    without = next(one for one in catalog.load() if one.accuracy is None and not one.license and not one.weights)
    texts = {column.title: column.text(without) for column in COLUMNS}
    assert (texts["ImageNet"], texts["License"], texts["Weights"]) == ("–", "not stated", "none")


def test_marks() -> None:
    assert backbone_table.toggled(["a"], "b") == ["a", "b"]
    assert backbone_table.toggled(["a", "b"], "a") == ["b"]
    assert backbone_table.used(["a", "b"], "b") == ["b", "a"]
    assert len(backbone_table.used([str(number) for number in range(8)], "x")) == 8


def test_an_empty_table_says_why() -> None:
    assert backbone_table.nothing("all", "zzz") == "No backbone matches “zzz”."
    assert backbone_table.nothing("here", " zzz ") == "No backbone matches “zzz” among: on this computer."
    assert "mark one with *" in backbone_table.nothing("favorites", "")


def test_weights_on_this_computer_come_before_downloads_by_size() -> None:
    found = [catalog.find(name) for name in names("resnet", column="Weights")]
    sizes = [one.download_mb for one in found if one.weights]
    assert sizes == sorted(sizes)
    assert names(column="Weights")[:3] == list(catalog.PACKAGED)
    assert not any(one.weights for one in found[len(sizes) :])


@pytest.mark.parametrize(
    ("macs", "text"), [(4e6, "0.00"), (1.814e9, "1.81"), (99.994e9, "99.99"), (1e11, "100"), (1.2346e12, "1,235")]
)
def test_operations_have_two_decimals_below_a_hundred_billion(macs: float, text: str) -> None:
    column = COLUMNS[TITLES.index("GMACs")]
    assert column.text(replace(catalog.find("resnet18"), macs=macs)) == text


def test_bundled_weights_come_before_those_on_disk_and_downloads(monkeypatch: pytest.MonkeyPatch) -> None:
    order, found = COLUMNS[-1].order, []
    for where in ("bundled", "on disk", "to download", "none"):
        monkeypatch.setattr(catalog, "whereabouts", lambda _, where=where: where)
        found.append(order(replace(catalog.find("resnet18"), download_mb=0.0)))
    assert found == sorted(found)
    assert len(set(found)) == 4


@pytest.mark.parametrize("column", ["Name", "Family"])
def test_the_first_columns_sort_by_their_text(column: str) -> None:
    found = [COLUMNS[TITLES.index(column)].text(catalog.find(name)) for name in names("res", column=column)]
    assert found == sorted(found)
