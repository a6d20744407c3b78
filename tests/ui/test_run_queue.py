"""The queue of trainings in the real window."""

from __future__ import annotations

import threading

from studio.spec.structs import replace


def test_queued_trainings_start_one_after_the_other_and_can_be_removed(make_window, qtbot, fakes):
    window = make_window()
    store = window.store
    window.open_folder("/nowhere/photos")
    qtbot.waitUntil(lambda: store.state.dataset is not None and not store.state.jobs)
    assert not window.menus.queue.isEnabled()
    gate = fakes.gate = threading.Event()
    store.train()
    qtbot.waitUntil(lambda: store.state.run is not None and window.menus.queue.isEnabled())
    card = window.pages["head"].runs
    spec = store.state.spec
    specs = [replace(spec, train=replace(spec.train, epochs=number)) for number in (4, 5, 6)]
    for one in specs:
        store.choose(one)
        window.menus.queue.trigger()
    qtbot.waitUntil(card.queue.isVisible)
    assert [one.spec for one in store.state.queue] == specs
    card.queue.lines[1][2].click()
    assert [one.spec for one in store.state.queue] == [specs[0], specs[2]]
    store.looking.outputs("stem", "/nowhere/photos/ants/0000.jpg")
    qtbot.waitUntil(lambda: store.state.output is not None)
    assert "train" in store.state.jobs, "a layer was looked at while the training ran"
    fakes.gate = None
    gate.set()
    qtbot.waitUntil(lambda: not store.state.queue and "train" not in store.state.jobs)
    assert fakes.calls.count("train") == 3
    assert store.state.run.started.spec == specs[2]
    assert store.state.run.status == "done"
    qtbot.waitUntil(card.queue.isHidden)
