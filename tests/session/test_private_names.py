"""Names of folders and files that an error report must not contain."""

from __future__ import annotations

from studio.session.private_names import private_names
from studio.session.state import AppState
from studio.spec import BackboneSpec, DatasetSpec
from studio.spec.structs import replace


def test_there_are_no_private_names_before_a_folder_is_open():
    assert set(private_names(AppState())) == set()


def test_names_of_chosen_folders_and_files_are_private():
    state = AppState()
    spec = replace(
        state.spec,
        dataset=DatasetSpec(
            "/data/my cats", targets="/tables/weights of cats.csv", folders=("Otto",), split_table="/tables/owners.csv"
        ),
        backbone=BackboneSpec("resnet18", weights="/nets/anna.pt"),
    )
    names = set(private_names(replace(state, spec=spec)))
    assert {"/data/my cats", "my cats", "Otto", "weights of cats.csv", "owners.csv", "anna.pt"} <= names
    assert "default" not in names


def test_a_label_pattern_is_not_a_private_name():
    state = AppState()
    spec = replace(state.spec, dataset=DatasetSpec("/data/cats", label_pattern="^([a-z]+)_"))
    assert "^([a-z]+)_" not in set(private_names(replace(state, spec=spec)))
    tables = replace(state.spec, dataset=DatasetSpec("/data/cats", labels="/tables/owners.csv"))
    assert {"/tables/owners.csv", "owners.csv"} <= set(private_names(replace(state, spec=tables)))
