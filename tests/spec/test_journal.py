from __future__ import annotations

from studio.spec.journal import JournalAction, JournalRequest


def test_a_request_without_an_action_only_reads() -> None:
    request = JournalRequest()
    assert (request.actions, request.step, request.import_from, request.export_to) == ((), "", "", "")


def test_equal_journal_actions_have_equal_hashes() -> None:
    assert len({JournalAction("exclude", ("a.jpg",)), JournalAction("exclude", ("a.jpg",))}) == 1
