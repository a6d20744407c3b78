"""The crop policies in words: measured on the photos of the folder, with the backbone's own marked."""

from __future__ import annotations

import pytest

from studio.catalog import catalog
from studio.events import Dataset
from studio.session.plan import crop_words
from studio.session.state import AppState
from studio.spec import BackboneSpec, DatasetSpec, RunSpec
from studio.spec.backbone import CropPolicy

SIZES = ((100, 100, 6), (300, 100, 4), (1000, 100, 1))


def rows(spec: BackboneSpec, sizes: tuple[tuple[int, int, int], ...] = SIZES) -> dict[str, crop_words.PolicyRow]:
    state = AppState(spec=RunSpec(DatasetSpec("/p"), spec), dataset=Dataset("/p", ("a",), (), sizes=sizes))
    return {row.policy: row for row in crop_words.rows(state)}


def words(row: crop_words.PolicyRow) -> str:
    return row.words.replace("\u202f", " ")


def test_each_policy_says_what_it_does_to_the_photos() -> None:
    own = rows(BackboneSpec())
    assert words(own["center"]) == "Cuts away 23 % (median, at most 92 %) of each photo."
    assert words(own["squash"]) == "Cuts nothing away; one side is stretched × 1.0 (median, at most × 10.0)."
    assert words(own["fit"]) == "Cuts nothing away; 0 % (median, at most 90 %) of the input is border."
    assert [row.is_chosen for row in own.values()] == [True, False, False]
    assert own["center"].title == "Center crop · the weights’ own"
    assert rows(BackboneSpec(), ())["fit"].words == crop_words.GENERAL["fit"]
    assert words(rows(BackboneSpec(), ((90, 90, 5),))["center"]) == "Cuts away 23 % of each photo."


@pytest.mark.parametrize("name", ["tf_efficientnet_lite0", "dm_nfnet_f0", "deepseek_vit_412m"])
def test_the_policy_of_the_weights_is_stored_as_the_default(name: str) -> None:
    own = catalog.policy_of(catalog.find(name).preprocess)
    policies: tuple[CropPolicy, ...] = ("center", "squash", "fit")
    for policy in policies:
        spec = crop_words.with_policy(BackboneSpec(name, crop="fit"), policy)
        assert spec.crop == ("default" if policy == own else policy)
        assert [row.policy for row in rows(spec).values() if row.is_chosen] == [policy]
        assert bool(crop_words.advice(spec)) == (policy != own)


def test_a_single_photo_is_measured_too() -> None:
    steps = {policy: catalog.preprocess_for(BackboneSpec(crop=policy)) for policy in ("center", "squash", "fit")}
    assert crop_words.of_photo((400, 200), steps["center"])[0] == "62\u202f% is cut away"
    assert crop_words.of_photo((400, 200), steps["squash"])[1] == "one side stretched ×\u202f2.0"
    assert crop_words.of_photo((400, 200), steps["fit"]) == ("nothing is cut away", "50\u202f% is border")


def test_large_factors_have_no_decimals() -> None:
    assert [crop_words._factor(value) for value in (1.25, 99.4, 99.5, 1234.0)] == [
        "×\u202f1.2", "×\u202f99.4", "×\u202f100", "×\u202f1,234",
    ]  # fmt: skip
