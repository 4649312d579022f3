"""GET /v1/labelling-queue: doubtful comments, no second time the same, none that has its label; on both."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.corrections.second_opinion import SecondOpinion
from api.db.tables import AnalysisRow
from tests.api.access.test_keys import bearer
from tests.api.corrections.correction_calls import correct, stored
from tests.api.corrections.test_corrections import database_of
from tests.api.doubles import WordAnalyzer
from voc_nlp.schema import Analysis, Comment, Refusal, Sentiment, SentimentLabel

TEXTS = [
    "配送が遅い",
    "請求が二重でした",
    "店員の接客が最高",
    "The app is broken",
    "I was charged twice",
    "The taste is great",
]


class Contrary(WordAnalyzer):
    """Says the contrary of comments on one subject, and refuses another one."""

    model_version = "words-small"

    def analyze(self, comments: Sequence[Comment | str]) -> list[Analysis | Refusal]:
        """Analyse a batch."""
        self.batches.append(len(comments))
        answers: list[Analysis | Refusal] = []
        for comment in comments:
            assert isinstance(comment, Comment)
            [answer] = WordAnalyzer().analyze([comment])
            assert isinstance(answer, Analysis)
            if "taste" in comment.text:
                answers.append(Refusal(comment.id, "invalid_text", "not this one"))
                continue
            if "請求" in comment.text:
                sure = {each: float(each == SentimentLabel.POSITIVE) for each in SentimentLabel}
                answer = replace(answer, sentiment=Sentiment(SentimentLabel.POSITIVE, 1.0, sure))
            answers.append(answer)
        return answers


def asked(client: TestClient, **query: object) -> dict[str, Any]:
    """Ask for the queue."""
    params: Any = query
    response = client.get("/v1/labelling-queue", params=params)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def ids_of(answer: dict[str, Any]) -> list[str]:
    """List the comments of a queue."""
    return [item["comment"]["id"] for item in answer["items"]]


def doubt(client: TestClient, comment_id: str, sentiment: dict[str, float]) -> None:
    """Store other probabilities of the sentiment."""
    with database_of(client).writing() as session:
        row = session.scalars(select(AnalysisRow).where(AnalysisRow.comment_id == comment_id)).one()
        row.body = {**row.body, "sentiment": {**row.body["sentiment"], "probabilities": sentiment}}


def test_the_doubtful_come_first_and_the_labelled_not_again(client: TestClient) -> None:
    ids = [stored(client, str(number), text) for number, text in enumerate(TEXTS)]
    stored(client, "empty", "特になし")
    doubt(client, ids[5], {"positive": 0.51, "neutral": 0.49, "negative": 0.0, "mixed": 0.0})
    doubt(client, ids[2], {"positive": 0.6, "neutral": 0.4, "negative": 0.0, "mixed": 0.0})
    first = asked(client, task="sentiment")
    assert first["pool"] == len(TEXTS)
    assert set(ids_of(first)) == set(ids)
    assert ids_of(first)[:2] == [ids[5], ids[2]]
    best = first["items"][0]
    assert (best["uncertainty"], best["disagreement"], best["reason"]) == (0.98, None, "uncertain")
    assert best["analysis"] == client.get(f"/v1/comments/{ids[5]}").json()["analysis"]
    assert first["second_opinion"] is None
    assert ids_of(asked(client, task="sentiment", count=1)) == [ids[5]]
    made = correct(client, ids[5], "sentiment", "positive")
    assert ids_of(asked(client, task="sentiment"))[0] == ids[2]
    assert ids[5] not in ids_of(asked(client))
    assert ids[5] in ids_of(asked(client, task="intent"))
    client.delete(f"/v1/corrections/{made['id']}")
    assert ids_of(asked(client, task="sentiment"))[0] == ids[5]


def test_the_same_comment_is_asked_for_once(client: TestClient) -> None:
    for number in range(4):
        stored(client, str(number), "配送が遅い")
    stored(client, "other", "The app is broken")
    answer = asked(client)
    assert (answer["pool"], len(answer["items"])) == (5, 2)
    correct(client, ids_of(answer)[0], "churn", True)
    assert len(asked(client)["items"]) == 1


def test_filters(client: TestClient, make_key: Callable[..., str]) -> None:
    ids = [stored(client, str(number), text) for number, text in enumerate(TEXTS)]
    assert set(ids_of(asked(client, language="ja"))) == set(ids[:3])
    assert set(ids_of(asked(client, department="billing"))) == {ids[1], ids[4]}
    assert ids_of(asked(client, department="billing", language="en")) == [ids[4]]
    assert asked(client, department="nobody")["items"] == []
    client.headers |= bearer(make_key(client, scopes="read", departments=["logistics"]))
    assert ids_of(asked(client)) == [ids[0]]
    assert asked(client, department="billing")["items"] == []
    client.headers |= bearer(make_key(client, tenant="other", scopes="read"))
    assert asked(client) == {"items": [], "pool": 0, "second_opinion": None}


@pytest.mark.parametrize("query", [{"task": "theme"}, {"count": 0}, {"count": 101}, {"language": "fr"}])
def test_unusable_parameters(plain_client: TestClient, query: dict[str, object]) -> None:
    params: Any = query
    assert plain_client.get("/v1/labelling-queue", params=params).status_code == 422


def test_where_the_tiers_disagree_is_asked_for(client: TestClient) -> None:
    ids = [stored(client, str(number), text) for number, text in enumerate(TEXTS)]
    contrary = Contrary()
    client.app.state.second_opinion = SecondOpinion(lambda: contrary)  # type: ignore[attr-defined]
    answer = asked(client, task="sentiment")
    assert answer["second_opinion"] == "words-small"
    first = answer["items"][0]
    assert (first["comment"]["id"], first["disagreement"], first["reason"]) == (ids[1], 1.0, "tiers_disagree")
    apart = {item["comment"]["id"]: item["disagreement"] for item in answer["items"]}
    assert apart == {ids[1]: 1.0, ids[5]: None, **dict.fromkeys((ids[0], *ids[2:5]), 0.0)}
    assert asked(client, task="sentiment") == answer
    assert contrary.batches == [len(TEXTS)]
