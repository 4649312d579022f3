"""Peers: rules of lexicon tools, their cache and worker, learnt peers, the tables they fill."""

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.training.evaluate.builders import comment
from training.evaluate import peer_tools
from training.evaluate.peer_models import PeerModels
from training.evaluate.peer_tools import PeerTool, PeerUnavailableError, Reading, Rule, read_texts, tune
from training.evaluate.peers import TEST, SystemFigures, score_sentiment
from training.evaluate.sets import EvaluationSet
from training.heads.tasks import LABELS

TOOL = PeerTool("vader", "VADER", "en", Rule(-0.05, 0.05))
GOOD, BAD, BOTH = Reading(0.8, 0.9, 0.0), Reading(-0.8, 0.0, 0.9), Reading(0.1, 0.5, 0.5)
FAKE = """
import json, sys
print(json.dumps({"tool": sys.argv[1], "version": "9.9"}))
for line in sys.stdin:
    score = 1.0 if "good" in json.loads(line)["text"] else -1.0
    print(json.dumps({"score": score, "positive": max(score, 0), "negative": max(-score, 0)}))
"""


@pytest.mark.parametrize(
    ("rule", "reading", "label"),
    [
        (Rule(-0.05, 0.05), GOOD, "positive"),
        (Rule(-0.05, 0.05), BAD, "negative"),
        (Rule(-0.05, 0.05), Reading(0.0, 0.0, 0.0), "neutral"),
        (Rule(-0.05, 0.05), BOTH, "positive"),
        (Rule(-0.05, 0.05, mixed_from=0.4), BOTH, "mixed"),
    ],
)
def test_rules(rule: Rule, reading: Reading, label: str) -> None:
    assert rule.label(reading) == label


def test_tuning_finds_a_rule_that_tells_them_apart() -> None:
    readings, truth = [GOOD, BAD, BOTH], ["positive", "negative", "mixed"]
    four = tune(readings, truth, mixed=True)
    assert [four.label(reading) for reading in readings] == truth
    assert tune(readings, truth, mixed=False).label(BOTH) != "mixed"


def test_the_cache_answers_when_it_knows_every_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(FAKE, "utf-8")
    monkeypatch.setattr(peer_tools, "_WORKER", worker)
    texts = ["good", "bad", "good"]
    first = read_texts(TOOL, texts, Path(sys.executable), tmp_path / "cache")
    assert first == ("9.9", [Reading(1, 1, 0), Reading(-1, 0, 1), Reading(1, 1, 0)])
    assert read_texts(TOOL, texts, Path("/nowhere/python"), tmp_path / "cache") == first
    with pytest.raises(PeerUnavailableError):
        read_texts(TOOL, ["a text it does not know"], Path("/nowhere/python"), tmp_path / "cache")


def test_a_tool_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text("raise ModuleNotFoundError('no such tool')", "utf-8")
    monkeypatch.setattr(peer_tools, "_WORKER", worker)
    with pytest.raises(PeerUnavailableError, match="no such tool"):
        read_texts(TOOL, ["good"], Path(sys.executable), tmp_path)


def test_learnt_peers(tmp_path: Path) -> None:
    train = ["very good room", "very bad room"] * 4
    labels = ["positive", "negative"] * 4
    models = PeerModels("en", train, train, ["good", "bad"], tmp_path)
    found = models.predict("tfidf", "sentiment", labels, labels)
    assert [LABELS["sentiment"][column] for column in found.argmax(axis=1)] == ["positive", "negative"]
    np.testing.assert_array_equal(found, models.predict("tfidf", "sentiment", labels, labels))
    majority = models.predict("majority", "sentiment", [*labels, "negative"], labels)
    assert set(majority.argmax(axis=1)) == {LABELS["sentiment"].index("negative")}


def test_three_classes_leave_the_mixed_out() -> None:
    rows = (comment(sentiment="positive"), comment(sentiment="mixed"), comment(sentiment="negative"))
    figures = SystemFigures("mine")
    # Mixed is likeliest in the first row too; among the three it is positive.
    table = np.asarray([[0.4, 0, 0, 0.6], [0, 0, 0, 1], [0, 0, 1, 0]], dtype=np.float32)
    score_sentiment(figures, [EvaluationSet(TEST, "ja", rows)], table)
    assert figures.three[(TEST, "ja")].value == 1.0
    assert figures.three[(TEST, "ja")].n == 2
    assert figures.four[(TEST, "ja")].value < 1.0
