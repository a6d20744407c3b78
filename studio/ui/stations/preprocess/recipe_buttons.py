"""The ready-made recipes of augmentation: one button each, pressed while the steps are those of its recipe."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from studio.formatting import typography
from studio.formatting.language import tr, translated
from studio.planning.recipes import RECIPES, recipe_of
from studio.spec import AugmentStep

TITLES = {"none": tr("recipe|None"), "light": tr("recipe|Light"), "strong": tr("recipe|Strong")}
"""Titles of the recipes; as words of other things they have another translation."""


class RecipeButtons(QWidget):
    """Three buttons in a row.

    Signals:
        steps_requested: The steps of the chosen recipe.
    """

    steps_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: tuple[AugmentStep, ...] = ()
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for name, recipe in RECIPES.items():
            button = QPushButton(TITLES.get(name) or translated(recipe.title), self)
            button.setCheckable(True)
            button.setToolTip(typography.tip(translated(recipe.about)))
            button.setAccessibleName(tr("Recipe of augmentation: {title}").format(title=button.text()))
            button.setProperty("recipe", name)
            button.clicked.connect(self._choose)
            self.buttons[name] = button
            row.addWidget(button)

    def show_steps(self, steps: tuple[AugmentStep, ...]) -> None:
        """Press the button whose recipe has these steps."""
        self._steps = steps
        chosen = recipe_of(steps)
        for name, button in self.buttons.items():
            button.setChecked(name == chosen)

    def _choose(self) -> None:
        name = str(self.sender().property("recipe"))
        self.show_steps(self._steps)  # the pressed state follows the settings, not the click
        if RECIPES[name].steps != self._steps:
            self.steps_requested.emit(RECIPES[name].steps)
