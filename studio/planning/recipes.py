"""Ready-made recipes of augmentation: none, light, strong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from studio.planning import augmentation
from studio.spec import AugmentStep


@dataclass(frozen=True)
class Recipe:
    """A list of augmentation steps under a name.

    Attributes:
        title: Display name.
        about: Description, a sentence without a period.
        steps: The steps, in order.
    """

    title: str
    about: str
    steps: tuple[AugmentStep, ...] = ()


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "none": Recipe("None", "Every epoch sees the photos as they are, so that features are computed only once"),
        "light": Recipe(
            "Light",
            "Mirrored half of the time, cropped to at least 80 % of the area, colors changed a little: safe for most "
            "photos, but not for letters and digits, which must not be mirrored",
            (AugmentStep("flip", probability=0.5), AugmentStep("crop", 0.2, 1.0), AugmentStep("colour", 0.1, 1.0)),
        ),
        "strong": Recipe(
            "Strong",
            "Mirrored half of the time, cropped to at least 40 % of the area, and one random operation of random "
            "strength (TrivialAugment): against overfitting in long runs of many layers",
            (AugmentStep("flip", probability=0.5), AugmentStep("crop", 0.6, 1.0), AugmentStep("trivial", 0.3, 1.0)),
        ),
    }
)


def steps_of(texts: Iterable[str | AugmentStep]) -> tuple[AugmentStep, ...]:
    """The steps that texts describe: names of recipes, or `kind:amount:probability`; steps are returned as they are.

    Raises:
        UserError: A text is neither.
    """
    steps: list[AugmentStep] = []
    for text in texts:
        if isinstance(text, AugmentStep):
            steps.append(text)
        elif (recipe := RECIPES.get(text.strip().lower())) is not None:
            steps += recipe.steps
        else:
            steps.append(augmentation.parse(text))
    return tuple(steps)


def recipe_of(steps: tuple[AugmentStep, ...]) -> str:
    """Name of the recipe with exactly these steps; "" where there is none."""
    return next((name for name, recipe in RECIPES.items() if recipe.steps == steps), "")
