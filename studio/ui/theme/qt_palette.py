"""The colors of the application as a palette of Qt."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from studio.ui.theme.palette import Palette


def of_colors(colors: Palette) -> QPalette:
    """The palette for Qt's own widgets."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    pairs = {
        role.Window: colors.window,
        role.WindowText: colors.text,
        role.Base: colors.card,
        role.AlternateBase: colors.raised,
        role.Text: colors.text,
        role.PlaceholderText: colors.muted,
        role.Button: colors.card,
        role.ButtonText: colors.text,
        role.ToolTipBase: colors.card,
        role.ToolTipText: colors.text,
        role.Highlight: colors.accent,
        role.HighlightedText: colors.accent_text,
        role.Accent: colors.accent,
        role.Link: colors.accent,
        role.BrightText: colors.bad,
        role.Light: colors.card,
        role.Midlight: colors.raised,
        role.Mid: colors.border,
        role.Dark: colors.border,
        role.Shadow: colors.border,
    }
    palette = QPalette()
    for name, value in pairs.items():
        palette.setColor(name, QColor(value))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(group.Disabled, name, QColor(colors.faint))
    palette.setColor(group.Disabled, role.Highlight, QColor(colors.border))
    return palette
