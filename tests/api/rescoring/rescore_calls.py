"""What the tests of re-scoring share: models that answer otherwise, a lane, ordering, stored comments."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.clock import Clock
from api.db.engine import Database
from api.db.tables import AnalysisRow, CommentThemeRow
from api.policy.rulebook import Rulebook
from api.rescoring.pace import Pace
from api.vault.master import Vault
from api.worker.rescoring import RescoreLane
from tests.api.doubles import WordAnalyzer
from voc_nlp.schema import Analysis, Comment, Department, Refusal, SentimentLabel

JA_LATE, EN_LATE = "配送が遅い。店員さんは最高です。", "The delivery is late, but the staff are great"
JA_BILL, EN_FINE = "請求が最悪です", "I love the staff"


class NewerAnalyzer(WordAnalyzer):
    """Says the same as the double, but that mixed is negative, and that bills are the staff's."""

    model_version = "words-2"

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def analyze(self, comments: Sequence[Comment | str]) -> list[Analysis | Refusal]:
        """Analyse a batch."""
        self.texts += [each.text if isinstance(each, Comment) else each for each in comments]
        return [
            self._otherwise(answer) if isinstance(answer, Analysis) else answer
            for answer in super().analyze(comments)
        ]

    def _otherwise(self, answer: Analysis) -> Analysis:
        owners = tuple(
            Department("store_operations", 0.8) if one.id == "billing" else one for one in answer.departments
        )
        sentiment = answer.sentiment
        if sentiment.label is SentimentLabel.MIXED:
            sentiment = replace(sentiment, label=SentimentLabel.NEGATIVE, score=-0.5)
        return replace(answer, departments=owners, sentiment=sentiment, model_version=self.model_version)


def app_of(client: TestClient) -> FastAPI:
    app = client.app
    assert isinstance(app, FastAPI)
    return app


def database_of(client: TestClient) -> Database:
    database: Database = app_of(client).state.database
    return database


def lane(
    client: TestClient,
    clock: Clock,
    analyzer: WordAnalyzer | None = None,
    *,
    pace: Pace | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> RescoreLane:
    state = app_of(client).state
    rulebook: Rulebook = state.rulebook
    vault: Vault | None = state.vault
    models = analyzer or NewerAnalyzer()
    return RescoreLane(state.database, lambda: models, rulebook, clock, vault, pace, is_stopping)


def receive(client: TestClient, *texts: str, **fields: Any) -> list[str]:
    """Store comments; their ids."""
    documents = [
        {"source": "survey", "external_id": f"{text}-{number}", "text": text} | fields
        for number, text in enumerate(texts)
    ]
    response = client.post("/v1/comments/batch", json={"comments": documents})
    assert response.status_code == 200, response.text
    return [each["comment"]["id"] for each in response.json()["results"]]


def order(client: TestClient, status: int = 202, **asked: Any) -> dict[str, Any]:
    asked.setdefault("filter", {"model_version": "any"})
    response = client.post("/v1/jobs", json={"kind": "rescore"} | asked)
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    return body


def report(client: TestClient, job_id: str, **query: Any) -> dict[str, Any]:
    response = client.get(f"/v1/jobs/{job_id}/report", params=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def analyses(client: TestClient, comment_id: str) -> list[AnalysisRow]:
    """All analyses of a comment, oldest first."""
    with database_of(client).reading() as session:
        return list(
            session.scalars(
                select(AnalysisRow).where(AnalysisRow.comment_id == comment_id).order_by(AnalysisRow.id)
            )
        )


def themes(client: TestClient) -> list[tuple[str, str, int, float, str]]:
    """All rows of comments' themes."""
    row = CommentThemeRow
    with database_of(client).reading() as session:
        found = session.execute(
            select(row.comment_id, row.theme_id, row.rank, row.similarity, row.origin).order_by(
                row.comment_id, row.rank
            )
        )
        return [(each[0], each[1], each[2], each[3], each[4]) for each in found]
