"""Colors, fonts and icons of the application, light and dark.

The palette follows the system's color scheme unless the user chose one. On some platforms Qt ignores a request for a
scheme, so the choice is stored here and not in Qt; widgets that paint by hand register with `when_changed`.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontDatabase, QIcon
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget
from shiboken6 import isValid

from studio.ui.theme import qt_palette
from studio.ui.theme.icons import painted_once
from studio.ui.theme.palette import DARK, LIGHT, Palette
from studio.ui.theme.stylesheet import stylesheet

__all__ = [
    "DARK",
    "LIGHT",
    "Palette",
    "apply",
    "current",
    "enlarge",
    "enlarged",
    "enlargement",
    "icon",
    "is_dark",
    "is_still",
    "mono",
    "reduce_motion",
    "scaled",
    "scheme",
    "set_color_role",
    "style",
    "when_changed",
]

EFFECTS = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
    Qt.UIEffect.UI_AnimateToolBox,
)
SCHEMES = ("system", "light", "dark")


@dataclass
class _Choice:
    scheme: str = "system"
    dark: bool = False


class _ThemeNotifier(QObject):
    """Signals a change of the palette; a child of the application, so that both have the same lifetime."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName("theme_notifier")
        self.choice = _Choice()
        self.styled = False
        self.sheet = ""
        self.font = QFont()
        self.factor, self.enlarged = 1.0, 1.0
        self.still = False
        self.effects = {effect for effect in EFFECTS if QApplication.isEffectEnabled(effect)}
        self.blinking = QApplication.cursorFlashTime()
        self.windows: weakref.WeakSet[QWidget] = weakref.WeakSet()
        self.icons: dict[tuple[str, str, str], QIcon] = {}
        app.styleHints().colorSchemeChanged.connect(self.follow)

    def follow(self) -> None:
        """Handle the system's change between light and dark."""
        app = QApplication.instance()
        if isinstance(app, QApplication) and self.choice.scheme == "system":
            apply(app, "system")


def apply(app: QApplication, scheme: str = "system") -> None:
    """Apply palette, style and font to the application, and the style sheet to the windows of `style`.

    Args:
        app: The application.
        scheme: `system`, `light` or `dark`.
    """
    notifier = _notifier(app)
    wants_dark = app.styleHints().colorScheme() == Qt.ColorScheme.Dark
    dark = scheme == "dark" or (scheme == "system" and wants_dark)
    notifier.choice = _Choice(scheme if scheme in SCHEMES else "system", dark)
    if not notifier.styled:  # under a style sheet Qt does not say which style it uses
        app.setStyle(QStyleFactory.create("Fusion"))
        notifier.styled = True
    font = app.font()
    if font.family() in ("Sans Serif", "sans-serif"):  # without a desktop Qt has only this generic name
        if "Inter" in QFontDatabase.families():
            font.setFamily("Inter")
        font.setPointSizeF(max(font.pointSizeF(), 10.0))
        app.setFont(font)
    if notifier.factor != 1.0:
        font = app.font()
        font.setPointSizeF(font.pointSizeF() * notifier.factor)
        app.setFont(font)
        notifier.factor = 1.0  # the application's font is enlarged now
    colors = current()
    app.setPalette(qt_palette.of_colors(colors))
    sheet = stylesheet(colors, enlargement())
    # Each style sheet, even the same, lays out every widget again; without it widgets keep a former font.
    if notifier.sheet != sheet or app.font() != notifier.font:
        notifier.sheet, notifier.font = sheet, app.font()
        for window in list(notifier.windows):
            if isValid(window):
                window.setStyleSheet(sheet)
    notifier.changed.emit()


def enlarge(app: QApplication, factor: float) -> None:
    """Make all texts larger by a factor; called once, before `apply` and before a window is made."""
    notifier = _notifier(app)
    notifier.factor = notifier.enlarged = factor


def enlargement() -> float:
    """The factor by which texts are larger than usual; pages need more room by the same factor."""
    app = QApplication.instance()
    return _notifier(app).enlarged if isinstance(app, QApplication) else 1.0


def enlarged(pixels: int) -> int:
    """A length for text in pixels, multiplied by the factor by which texts are enlarged."""
    return round(pixels * enlargement())


def reduce_motion(reduced: bool) -> None:
    """Show menus and changes without animation, and a cursor that does not blink; or follow the system."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    notifier = _notifier(app)
    notifier.still = reduced
    for effect in EFFECTS:
        QApplication.setEffectEnabled(effect, not reduced and effect in notifier.effects)
    QApplication.setCursorFlashTime(0 if reduced else notifier.blinking)


def is_still() -> bool:
    """True where changes are shown at once, without animation."""
    app = QApplication.instance()
    return isinstance(app, QApplication) and _notifier(app).still


def style(window: QWidget) -> None:
    """Give a window with its content and dialogs the style sheet, now and after each change of the colors.

    The sheet belongs to windows and not to the application, because then each widget that is put into another would be
    styled again with its whole content, at every level: pages took twice as long to build.
    """
    app = QApplication.instance()
    if isinstance(app, QApplication):
        notifier = _notifier(app)
        notifier.windows.add(window)
        window.setStyleSheet(notifier.sheet)


def current() -> Palette:
    """The colors in use now."""
    return DARK if is_dark() else LIGHT


def is_dark() -> bool:
    """True where the dark palette is in use."""
    if _recent and isValid(_recent[0]):  # a notifier lives as long as the application, of which there is one
        return _recent[0].choice.dark
    app = QApplication.instance()
    return _notifier(app).choice.dark if isinstance(app, QApplication) else False


def scheme() -> str:
    """The user's choice: `system`, `light` or `dark`."""
    app = QApplication.instance()
    return _notifier(app).choice.scheme if isinstance(app, QApplication) else "system"


def when_changed(slot: Callable[[], None]) -> None:
    """Call `slot`, a method of a QObject, after each change of the colors."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        _notifier(app).changed.connect(slot)


def icon(name: str, color: str | None = None) -> QIcon:
    """A Material Design icon, for instance `snowflake` or `mdi6.snowflake`.

    Args:
        name: Name in the mdi6 set, its prefix optional.
        color: Hex string; None for the muted text color.
    """
    shades = current()
    key = (name if "." in name else f"mdi6.{name}", color or shades.muted, shades.border)
    app = QApplication.instance()
    icons = _notifier(app).icons if isinstance(app, QApplication) else {}
    if key not in icons:
        os.environ.setdefault("QT_API", "pyside6")
        import qtawesome

        icons[key] = painted_once(qtawesome.icon(key[0], color=key[1], color_disabled=key[2]))
    return icons[key]


def mono(size: float | None = None) -> QFont:
    """The system's monospaced font.

    Args:
        size: In points; None for slightly less than the application's.
    """
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    if font.family() in ("monospace", "Monospace") and _has_dejavu():
        font.setFamily("DejaVu Sans Mono")
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPointSizeF(size or max(7.0, QApplication.font().pointSizeF() - 0.5))
    return font


@cache
def _has_dejavu() -> bool:
    """True where the font is installed. Cached: looking it up takes 0.4 ms, and each cell painted in it needs it."""
    return "DejaVu Sans Mono" in QFontDatabase.families()


def scaled(factor: float, bold: bool = False) -> QFont:
    """The application's font, scaled."""
    font = QApplication.font()
    font.setPointSizeF(font.pointSizeF() * factor)
    font.setBold(bold)
    return font


def set_color_role(widget: QWidget, name: str) -> None:
    """Set a label's text color: `muted`, `accent`, `good`, `caution`, `bad`, `ice`, `warm`, or "" for the default."""
    if widget.property("color_role") == name:
        return
    widget.setProperty("color_role", name)
    # Otherwise, the style reads it when the label is first shown.
    if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        widget.style().unpolish(widget)
        widget.style().polish(widget)


ICON = QSize(16, 16)
"""Size of icons in buttons and rows."""


_recent: list[_ThemeNotifier] = []
"""The notifier used last. Cached: painting needs the colors for each cell, and finding the notifier takes 0.1 ms."""


def _notifier(app: QApplication) -> _ThemeNotifier:
    if not (_recent and isValid(_recent[0]) and _recent[0].parent() is app):
        child = app.findChild(_ThemeNotifier, "theme_notifier", Qt.FindChildOption.FindDirectChildrenOnly)
        _recent[:] = [child if isinstance(child, _ThemeNotifier) else _ThemeNotifier(app)]
    return _recent[0]
