"""Models with another encoder take over: requests under way keep theirs, and a fit mends the themes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry
from sqlalchemy import select

from api.analysis.analyzer import PooledAnalyzer
from api.analysis.figures import AnalysisFigures
from api.analysis.process import ThreadWorker
from api.db.tables import CommentVectorRow
from api.themes import backfill
from api.themes.shelf import ThemeShelf
from api.worker.themes import ThemeLane
from tests.api.analysis.doubles import VersionedAnalyzer
from tests.api.conftest import MovedClock
from tests.api.doubles import DIMENSION, WordAnalyzer, WordEmbedder, word_themes
from tests.api.test_themes_fits import fill_more
from tests.api.theme_calls import change, changed, post, table
from voc_nlp.schema import Analysis, Comment, Refusal
from voc_nlp.sentence_encoder import probe_encoder


class TurnedEmbedder(WordEmbedder):
    """Gives the same texts other vectors, perhaps longer ones."""

    def __init__(self, more: int) -> None:
        self.dimension = DIMENSION + more

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts."""
        return np.pad(super().embed(texts)[:, ::-1], ((0, 0), (0, self.dimension - DIMENSION)))


class OtherAnalyzer(VersionedAnalyzer):
    """Has another encoder."""

    def __init__(self, more: int) -> None:
        super().__init__("words-2")
        embedder = self.embedder = TurnedEmbedder(more)
        shipped = word_themes(embedder)
        self.themes = replace(
            shipped,
            prototypes=np.pad(shipped.prototypes[:, ::-1], ((0, 0), (0, more))),
            centers=np.zeros((2, embedder.dimension), dtype=np.float32),
            encoder="turned",
            probe=probe_encoder(embedder),
        )


def put_in_service(client: TestClient, analyzer: WordAnalyzer) -> None:
    """Do what a turnover does when models are loaded."""
    assert isinstance(client.app, FastAPI)
    client.app.state.analyzer = PooledAnalyzer(
        analyzer,
        [ThreadWorker(analyzer)],
        limit=1000,
        figures=AnalysisFigures(CollectorRegistry()),
        until_started=analyzer,
    )


def meanwhile(analyzer: WordAnalyzer, happens: Callable[[], object]) -> None:
    """Let something happen once, in the middle of a request."""
    analyze = analyzer.analyze

    def after(comments: Sequence[Comment | str]) -> list[Analysis | Refusal]:
        analyzer.analyze = analyze  # type: ignore[method-assign]
        happens()
        return analyze(comments)

    analyzer.analyze = after  # type: ignore[method-assign]


def encoder_of(client: TestClient, comment_id: str) -> str:
    """Read which encoder made the vector of a comment."""
    assert isinstance(client.app, FastAPI)
    with client.app.state.database.reading() as session:
        found = session.scalars(
            select(CommentVectorRow.encoder).where(CommentVectorRow.comment_id == comment_id)
        ).one()
        return str(found)


def fit(client: TestClient, analyzer: WordAnalyzer, clock: MovedClock) -> None:
    """Fit the themes in a worker that has changed to other models."""
    assert isinstance(client.app, FastAPI)
    answer = change(client, "POST", "/fit", {})
    assert answer.status_code == 202, answer.text
    shelf = ThemeShelf(analyzer.embedder, analyzer.themes)
    lane = ThemeLane(client.app.state.database, lambda: shelf, ZoneInfo("Asia/Tokyo"), clock)
    assert lane.run_once().done == 1
    state = client.get(answer.headers["location"]).json()
    assert state["state"] == "succeeded", state


@pytest.mark.parametrize("more", [0, 4], ids=["same-length", "longer"])
def test_another_encoder_takes_over(
    client: TestClient, analyzer: WordAnalyzer, clock: MovedClock, more: int
) -> None:
    other = OtherAnalyzer(more)
    fill_more(client)
    changed(client, "PATCH", "/theme-001", {"label": {"ja": "遅配"}})
    changed(client, "POST", "", {"kind": "rule", "label": {"en": "tea"}, "query": "紅茶 OR tea"})

    meanwhile(analyzer, lambda: put_in_service(client, other))
    under_way = post(client, "under way", "配送が遅い、紅茶も")
    assert under_way["analysis"]["model_version"] == "words-1"
    assert {one["id"] for one in under_way["analysis"]["themes"]} == {"rule-001", "theme-001"}
    assert encoder_of(client, under_way["comment"]["id"]) == f"words/{DIMENSION}"

    later = post(client, "later", "The delivery of the tea is late")
    assert later["analysis"]["model_version"] == client.get("/version").json()["model_version"] == "words-2"
    assert [one["label"] for one in later["analysis"]["themes"]] == ["tea"]  # rules go on, learnt ones wait
    assert encoder_of(client, later["comment"]["id"]) == f"turned/{DIMENSION + more}"

    paths = ("themes", "themes/lineage", "themes/trends?period=month", "themes/emerging", "themes/impact")
    for path in (*paths, "comments?limit=500", "exports/comments?format=jsonl"):
        answer = client.get(f"/v1/{path}")
        assert answer.status_code == 200, (path, answer.text)
    assert client.get("/v1/themes").json()["usable"] is False
    refused = change(client, "PATCH", "/theme-001", {"label": {"ja": "遅れ"}})
    assert (refused.status_code, refused.json()["code"]) == (409, "themes_outdated")
    assert "theme-001" in table(client)[under_way["comment"]["id"]]  # what was placed stays

    # A process that has not changed yet takes a comment in while the worker that has fits the themes anew.
    put_in_service(client, analyzer)
    meanwhile(analyzer, lambda: fit(client, other, clock))
    between = post(client, "between", "請求が二重でした")
    assert between["analysis"]["model_version"] == "words-1"
    put_in_service(client, other)
    assert client.get("/v1/themes").json()["usable"] is True
    placed = table(client)
    assert len(placed) == 43
    waiting = {one for one, themes in placed.items() if not themes}
    assert under_way["comment"]["id"] not in waiting
    assert later["comment"]["id"] not in waiting
    fit(client, other, clock)
    assert table(client)[between["comment"]["id"]]
    assert encoder_of(client, between["comment"]["id"]) == f"turned/{DIMENSION + more}"


def run_lane(client: TestClient, analyzer: WordAnalyzer, clock: MovedClock) -> None:
    """Run one pass of a fresh worker."""
    assert isinstance(client.app, FastAPI)
    shelf = ThemeShelf(analyzer.embedder, analyzer.themes)
    lane = ThemeLane(client.app.state.database, lambda: shelf, ZoneInfo("Asia/Tokyo"), clock)
    assert lane.run_once().done == 0


def test_after_a_rollback_comments_get_the_themes_that_the_other_encoder_could_not_find(
    client: TestClient, analyzer: WordAnalyzer, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "_CHUNK", 2)
    other = OtherAnalyzer(4)
    fill_more(client)
    changed(client, "POST", "", {"kind": "rule", "label": {"en": "tea"}, "query": "紅茶 OR tea"})
    put_in_service(client, other)
    texts = ("配送が遅い、紅茶も", "The delivery of the tea is late", "No parcel yet", "静かな雨の午後でした")
    later = [post(client, text, text)["comment"]["id"] for text in texts]
    stood = table(client)
    run_lane(client, other, clock)  # the themes are of the encoder before: they wait for a fit
    assert table(client) == stood

    put_in_service(client, analyzer)
    run_lane(client, analyzer, clock)
    placed = table(client)
    assert [set(placed[one]) for one in later] == [
        {"theme-001", "rule-001"},
        {"theme-001", "rule-001"},
        {"theme-001"},
        set(),
    ]
    assert {encoder_of(client, one) for one in later} == {f"words/{DIMENSION}"}
    assert {one: placed[one] for one in placed if one not in later} == {
        one: stood[one] for one in stood if one not in later
    }
