"""What made an analysis, before and after changes of words, themes, departments and texts."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.comments.made_by import Text
from api.db.tables import AnalysisRow
from api.policy.rulebook import Rulebook
from api.rescoring.texts import choose_text
from tests.api.conftest import MovedClock
from tests.api.doubles import WordAnalyzer
from tests.api.rescoring.rescore_calls import (
    JA_BILL,
    JA_LATE,
    NewerAnalyzer,
    analyses,
    app_of,
    database_of,
    lane,
    order,
    receive,
    report,
    themes,
)
from tests.api.theme_calls import changed, etag
from tests.api.vault.test_originals import give_key
from voc_nlp.schema import Department

PHONED_JA, PHONED_EN = "配送が最悪。03-1234-5678 まで", "The delivery is late, call 0312345678"


def test_other_words_are_the_reason_of_other_themes(client: TestClient, clock: MovedClock) -> None:
    [ja] = receive(client, "クーリエが雑")
    [en] = receive(client, "The messenger was rude")
    words = {"synonyms": {"クーリエ": "配送", "messenger": "delivery"}}
    put = client.put("/v1/themes/dictionary", json=words, headers={"If-Match": etag(client)})
    assert put.status_code == 200, put.text
    placed = themes(client)
    job = order(client)
    lane(client, clock).run_once()
    assert themes(client) == placed
    told = report(client, job["id"])
    assert told["tasks"]["themes"]["reasons"] == {"dictionary": 2}
    assert told["tasks"]["themes"]["pairs"] == [{"before": "none", "after": "theme-001", "comments": 2}]
    assert {each["id"]: each["gained"] for each in told["themes"]} == {"theme-001": 2}
    assert told["reasons"] == {"dictionary": 2}
    assert [len(analyses(client, one)) for one in (ja, en)] == [2, 2]
    lane(client, clock)
    again = order(client)
    lane(client, clock).run_once()
    assert report(client, again["id"])["changed"] == 0


def test_a_rule_theme_that_asks_for_the_analysis_follows_it(client: TestClient, clock: MovedClock) -> None:
    theme = {"kind": "rule", "label": {"ja": "不満", "en": "bad"}, "query": "sentiment:negative"}
    changed(client, "POST", "", theme)
    [late] = receive(client, JA_LATE)
    learnt = [row[1] for row in themes(client)]
    job = order(client)
    lane(client, clock).run_once()
    rule, *others = [row[1] for row in themes(client) if row[0] == late]
    assert (rule in learnt, others) == (False, learnt)
    assert report(client, job["id"])["tasks"]["themes"]["reasons"] == {"model": 1}


def test_themes_that_change_while_a_part_is_scored(client: TestClient, clock: MovedClock) -> None:
    [late] = receive(client, "クーリエが雑")

    class Rewording(NewerAnalyzer):
        def analyze(self, comments):  # type: ignore[no-untyped-def]
            words = {"synonyms": {"クーリエ": "配送"}}
            client.put("/v1/themes/dictionary", json=words, headers={"If-Match": etag(client)})
            return super().analyze(comments)

    order(client)
    lane(client, clock, Rewording()).run_once()
    assert [row[1] for row in themes(client)] == ["theme-001"]
    made_by = analyses(client, late)[1].made_by
    assert made_by is not None
    assert made_by["themes"] == ["theme-001"]


def test_other_departments_are_the_reason_of_other_owners(client: TestClient, clock: MovedClock) -> None:
    [bill] = receive(client, JA_BILL)
    state = app_of(client).state
    rulebook: Rulebook = state.rulebook
    departments = dict(rulebook.taxonomy.departments)
    del departments["billing"]
    state.rulebook = Rulebook(rulebook.policy, replace(rulebook.taxonomy, departments=departments))

    class WithoutBilling(WordAnalyzer):
        def analyze(self, comments):  # type: ignore[no-untyped-def]
            return [
                replace(each, departments=(Department("customer_support", 0.6),))
                for each in super().analyze(comments)
            ]

    job = order(client, filter={})
    assert job["total"] == 1
    lane(client, clock, WithoutBilling()).run_once()
    told = report(client, job["id"])["tasks"]["departments"]
    assert told["reasons"] == {"taxonomy": 1}
    assert [row.model_version for row in analyses(client, bill)] == ["words-1", "words-1"]
    assert order(client, filter={})["total"] == 0


def test_rows_from_before_it_was_written_down(client: TestClient, clock: MovedClock) -> None:
    receive(client, JA_BILL)
    with database_of(client).writing() as session:
        session.execute(update(AnalysisRow).values(made_by=None))
    assert order(client, filter={})["total"] == 0
    job = order(client)
    lane(client, clock).run_once()
    assert report(client, job["id"])["tasks"]["departments"]["reasons"] == {"model": 1, "unknown": 1}


@pytest.mark.parametrize("keeps_originals", [True, False])
def test_personal_data(vault_client: TestClient, clock: MovedClock, *, keeps_originals: bool) -> None:
    if keeps_originals:
        give_key(vault_client)
    ids = receive(vault_client, PHONED_JA, PHONED_EN)
    before = [analyses(vault_client, one)[0].body for one in ids]
    analyzer = NewerAnalyzer()
    job = order(vault_client)
    lane(vault_client, clock, analyzer).run_once()
    if keeps_originals:
        assert analyzer.texts == [PHONED_JA, PHONED_EN]
    else:
        assert analyzer.texts == [
            "配送が最悪。090-1234-5678 まで",
            "The delivery is late, call 090-1234-5678",
        ]
    after = [analyses(vault_client, one)[1] for one in ids]
    assert [row.body["pii"] for row in after] == [body["pii"] for body in before]
    assert [row.body["aspects"] for row in after] == [body["aspects"] for body in before]
    assert [row.body["sentences"] for row in after] == [body["sentences"] for body in before]
    text = "original" if keeps_originals else "masked"
    assert report(vault_client, job["id"])["texts"] == {text: 2}
    assert [row.made_by["text"] for row in after if row.made_by] == [text, text]


def test_masking_alone_is_named_as_the_reason(client: TestClient, clock: MovedClock) -> None:
    receive(client, PHONED_JA)

    class Numbered(WordAnalyzer):
        def analyze(self, comments):  # type: ignore[no-untyped-def]
            return [replace(each, abstained=True, departments=()) for each in super().analyze(comments)]

    job = order(client)
    lane(client, clock, Numbered()).run_once()
    assert report(client, job["id"])["reasons"] == {"masking": 1}


def test_a_kind_of_personal_data_without_a_stand_in_keeps_its_placeholder(client: TestClient) -> None:
    [one] = receive(client, PHONED_JA)
    with database_of(client).reading() as session:
        from api.db.tables import CommentRow

        row = session.get(CommentRow, one)
        assert row is not None
        body = analyses(client, one)[0].body
        body = body | {"pii": [each | {"type": "unheard_of"} for each in body["pii"]]}
        chosen = choose_text(session, None, row, body)
    assert (chosen.kind, chosen.text) == (Text.MASKED, "配送が最悪。[電話番号1] まで")
