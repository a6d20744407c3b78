"""The one stylesheet. Fusion and the palette do most of the work; this adds the cards, rows and focus rings."""

from __future__ import annotations

import dataclasses
import string

from studio.system import resources
from studio.ui.theme.palette import Palette

_SHEET = string.Template("""
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QToolTip { background: $card; color: $text; border: 1px solid $border; padding: 4px; }
QFrame#card { background: $card; border: 1px solid $border; border-radius: 8px; }
QFrame#popup { background: $card; border: 1px solid $border; border-radius: 6px; }
QFrame#bar { background: $card; border: none; border-bottom: 1px solid $border; }
QLabel#card_title { color: $muted; font-weight: 600; }
QLabel[color_role="muted"] { color: $muted; }
QLabel[color_role="accent"] { color: $accent; }
QLabel[color_role="good"] { color: $good; }
QLabel[color_role="caution"] { color: $caution; }
QLabel[color_role="bad"] { color: $bad; }
QLabel[color_role="ice"] { color: $ice; }
QLabel[color_role="warm"] { color: $warm; }

QPushButton, QToolButton[flat="false"] {
  background: $card; border: 1px solid $border; border-radius: 6px; padding: 5px 12px; min-height: ${button}px;
}
QPushButton:hover { background: $raised; border-color: $faint; }
QPushButton:pressed, QPushButton:checked { background: $accent_soft; border-color: $accent; }
QPushButton:focus { border: 2px solid $accent; padding: 4px 11px; }
QPushButton:disabled { color: $faint; background: $raised; }
QPushButton[role="primary"] {
  background: $accent; color: $accent_text; border: 2px solid $accent; font-weight: 600; padding: 6px 16px;
}
QPushButton[role="primary"]:hover { background: $accent; border-color: $text; }
QPushButton[role="primary"]:focus { border: 2px solid $text; padding: 6px 16px; }
QPushButton[role="primary"]:disabled { background: $raised; color: $faint; border: 2px solid $border; }
QPushButton[role="preset"] { padding: 5px 4px; }
QPushButton[role="preset"]:focus { padding: 4px 3px; }
QToolButton[heading="true"]:checked { background: transparent; }
QToolButton[heading="true"] { color: $text; font-weight: 600; padding: 4px 6px 4px 0; }
QPushButton[role="link"] {
  background: transparent; border: 1px solid transparent; color: $accent; padding: 2px 4px; text-align: left;
}
QPushButton[role="link"]:hover { background: $accent_soft; }
QPushButton[role="link"]:focus { border: 1px solid $accent; }
QPushButton[role="link"]:disabled { color: $faint; }
QToolButton { border: 1px solid transparent; border-radius: 6px; padding: 4px; background: transparent; }
QToolButton:hover { background: $raised; }
QToolButton:pressed, QToolButton:checked { background: $accent_soft; }
QToolButton:focus { border: 1px solid $accent; }
QToolButton::menu-indicator { image: none; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {
  background: $card; border: 1px solid $border; border-radius: 6px; padding: 3px 8px; min-height: ${field}px;
  selection-background-color: $accent; selection-color: $accent_text;
}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus { border: 1px solid $accent; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {
  color: $faint; background: $raised;
}
QComboBox::drop-down { border: none; width: 20px; subcontrol-origin: padding; subcontrol-position: center right; }
QComboBox::down-arrow { image: url("$arrow_down"); width: 14px; height: 14px; }
QSpinBox, QDoubleSpinBox { padding-right: 22px; }
QSpinBox::up-button, QDoubleSpinBox::up-button {
  subcontrol-origin: border; subcontrol-position: top right; width: 20px; border: none; background: transparent;
}
QSpinBox::down-button, QDoubleSpinBox::down-button {
  subcontrol-origin: border; subcontrol-position: bottom right; width: 20px; border: none; background: transparent;
}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url("$arrow_up"); width: 12px; height: 12px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url("$arrow_down"); width: 12px; height: 12px; }
QAbstractSpinBox[buttonSymbols="2"] { padding-right: 8px; }
QComboBox QAbstractItemView {
  background: $card; border: 1px solid $border; selection-background-color: $accent_soft; selection-color: $text;
}

QCheckBox::indicator {
  width: 14px; height: 14px; border: 1px solid $muted; border-radius: 3px; background: $card;
}
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$check"); }
QCheckBox::indicator:disabled { border-color: $faint; background: $raised; }
QCheckBox::indicator:checked:disabled { background: $faint; }
QCheckBox:focus { color: $accent; }
QCheckBox::indicator:focus { border: 2px solid $accent; width: 12px; height: 12px; }

QRadioButton::indicator {
  width: 14px; height: 14px; border: 1px solid $muted; border-radius: 8px; background: $card;
}
QRadioButton::indicator:checked { width: 6px; height: 6px; border: 5px solid $accent; }
QRadioButton::indicator:disabled { border-color: $faint; background: $raised; }
QRadioButton:focus { color: $accent; }

QSlider::groove:horizontal { height: 4px; background: $border; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::sub-page:horizontal:disabled { background: $faint; }
QSlider::handle:horizontal {
  width: 12px; height: 12px; margin: -5px 0; border: 1px solid $accent; border-radius: 7px; background: $card;
}
QSlider::handle:horizontal:focus { border: 2px solid $text; width: 10px; height: 10px; }
QSlider::handle:horizontal:disabled { border-color: $faint; background: $raised; }

QAbstractItemView {
  background: $card; border: none; outline: none; gridline-color: $border;
  selection-background-color: $accent_soft; selection-color: $text; alternate-background-color: $raised;
}
QTableView::item, QTreeView::item { border-bottom: 1px solid $border; padding: 2px 6px; }
QTableView#runs::item { padding: 2px; }
QTableView#runs QHeaderView::section { padding: 4px 5px; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected {
  background: $accent_soft; color: $text;
}
QTableView:focus, QTreeView:focus, QListView:focus { border: 1px solid $accent; border-radius: 4px; }
QTableView, QTreeView, QListView { border: 1px solid transparent; }
QHeaderView { background: $card; border: none; }
QHeaderView::section {
  background: $card; color: $muted; border: none; border-bottom: 1px solid $border; padding: 4px 9px;
}
QTableCornerButton::section { background: $card; border: none; }

QTabBar::tab {
  background: transparent; color: $muted; border: none; border-bottom: 2px solid transparent; padding: 5px 10px;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent; }

QMenuBar { background: $card; border-bottom: 1px solid $border; padding: 2px 8px; }
QMenuBar::item { padding: 4px 8px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $accent_soft; color: $text; }
QMenu { background: $card; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QMenu::item:checked { color: $accent; font-weight: 600; }
QPushButton::menu-indicator {
  image: url("$arrow_down"); width: 14px; height: 14px; subcontrol-position: center right; right: 6px;
}
QStatusBar { background: $card; border-top: 1px solid $border; color: $muted; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $muted; }

QProgressBar { background: $border; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QSplitter::handle { background: transparent; }
QSplitter::handle:horizontal { image: url("$grip_upright"); }
QSplitter::handle:vertical { image: url("$grip_flat"); }
QSplitter::handle:hover { background: $border; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: 4px; margin: 1px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


def stylesheet(colors: Palette, enlargement: float = 1.0) -> str:
    """The style sheet in these colors, for texts enlarged by a factor."""
    arrows = {
        name: resources.path(f"{name}.svg").as_posix()
        for name in ("arrow_up", "arrow_down", "grip_upright", "grip_flat")
    }
    check = "check_light.svg" if colors.accent_text == "#ffffff" else "check_dark.svg"
    images = arrows | {"check": resources.path(check).as_posix()}
    heights = {"button": round(18 * enlargement), "field": round(20 * enlargement)}
    return _SHEET.substitute(dataclasses.asdict(colors) | images | heights)
