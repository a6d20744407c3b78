"""Ready-made recipes of augmentation."""

from __future__ import annotations

import pytest

from studio.planning.recipes import RECIPES, recipe_of, steps_of
from studio.spec import AugmentSpec, AugmentStep, UserError
from studio.spec.settings import mistakes


def test_recipes_are_valid_and_known_by_their_steps() -> None:
    assert list(RECIPES) == ["none", "light", "strong"]
    for name, recipe in RECIPES.items():
        assert list(mistakes(AugmentSpec(recipe.steps))) == []
        assert recipe_of(recipe.steps) == name
        assert steps_of([name.upper()]) == recipe.steps
    assert recipe_of((AugmentStep("flip"),)) == ""


def test_steps_may_follow_a_recipe() -> None:
    steps = steps_of(["light", "rotation:0.1", AugmentStep("rand")])
    assert steps[:-2] == RECIPES["light"].steps
    assert [step.kind for step in steps[-2:]] == ["rotation", "rand"]
    with pytest.raises(UserError, match="no augmentation called"):
        steps_of(["lite"])
