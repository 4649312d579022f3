"""Themes that are changed while comments are scored again: rules go by the labels that stand in the end."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.themes import taxonomy
from tests.api.conftest import MovedClock
from tests.api.rescoring.rescore_calls import EN_LATE, JA_LATE, lane, order, receive
from tests.api.theme_calls import changed, table

NEGATIVE = {"kind": "rule", "label": {"ja": "否定的", "en": "negative"}, "query": "sentiment:negative"}


@pytest.fixture
def rescored_meanwhile(client: TestClient, clock: MovedClock, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what lets a re-scoring come between the working out of the next change and its writing."""
    apply_plan = taxonomy.apply_plan

    def arrange() -> None:
        def after(*arguments: Any, **options: Any) -> None:
            order(client)
            assert lane(client, clock).run_once().done == 1
            apply_plan(*arguments, **options)

        monkeypatch.setattr(taxonomy, "apply_plan", after)

    return arrange


def test_a_new_rule_asks_the_new_labels(client: TestClient, rescored_meanwhile: Any) -> None:
    ids = receive(client, JA_LATE, EN_LATE)
    rescored_meanwhile()
    answer = changed(client, "POST", "", NEGATIVE)
    assert answer["changes"]["comments"] == 2  # each comment counts once
    assert [("rule-001" in table(client)[one]) for one in ids] == [True, True]


def test_a_rule_that_stands_keeps_what_the_new_labels_gave_it(
    client: TestClient, rescored_meanwhile: Any
) -> None:
    ids = receive(client, JA_LATE, EN_LATE)
    changed(client, "POST", "", NEGATIVE)
    assert "rule-001" not in str(table(client))
    rescored_meanwhile()
    changed(client, "PATCH", "/theme-001", {"archived": True})
    placed = [table(client)[one] for one in ids]
    assert [("rule-001" in each, "theme-001" in each) for each in placed] == [(True, False)] * 2
