"""Lists that are narrower than their entries."""

from __future__ import annotations

from typing import Any

from studio.ui.widgets.fields.narrow_combo import NarrowCombo


def test_a_long_entry_is_shortened_in_its_middle(qtbot: Any) -> None:
    combo = NarrowCombo("Run", 4, entries=[(1, "Lite0, blocks.6 and many others thawed · 20:54"), (2, "B")])
    qtbot.addWidget(combo)
    combo.resize(160, 28)
    combo.show()
    text = combo.shown_text()
    assert "…" in text
    assert text.endswith("20:54"), "which tells runs apart"
    combo.grab()
    combo.setCurrentIndex(1)
    assert combo.shown_text() == "B"
    combo.setCurrentIndex(-1)
    combo.grab()
