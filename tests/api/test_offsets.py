"""Spans in UTF-16 code units: as JavaScript's slice counts, on emoji, flags and rare kanji."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.offsets import to_utf16

TEXTS = [
    "配送が遅い 090-1234-5678",
    "😀配送が最悪👨\u200d👩\u200d👧 解約する 090-1234-5678😡",
    "𠮷野家の配送は terrible 🇯🇵 call 03-1234-5678 delivery",
    "e\u0301 delivery is late 🙏🏽 I cancel",
]


def in_javascript(text: str, start: int, end: int) -> str:
    """Slice as JavaScript does."""
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def spans(value: Any) -> list[tuple[int, int]]:
    if isinstance(value, dict):
        own = [(value["start"], value["end"])] if "start" in value else []
        return own + [span for inner in value.values() for span in spans(inner)]
    return [span for inner in value for span in spans(inner)] if isinstance(value, list) else []


@pytest.mark.parametrize("text", TEXTS)
def test_every_span_means_the_same_words(plain_client: TestClient, text: str) -> None:
    body = {"comments": [{"id": "1", "text": text}]}
    points = plain_client.post("/v1/score", json=body).json()["results"]
    units = plain_client.post("/v1/score?offsets=utf16", json=body).json()["results"]
    assert points == plain_client.post("/v1/score?offsets=codepoint", json=body).json()["results"]
    assert len(spans(points)) >= 2
    for (start, end), (first, last) in zip(spans(points), spans(units), strict=True):
        assert in_javascript(text, first, last) == text[start:end]
    assert (points == units) is (max(text) <= "\uffff")


@pytest.mark.parametrize("text", TEXTS)
def test_comments_count_alike_when_they_are_new_and_when_they_are_known(
    plain_client: TestClient, text: str
) -> None:
    comment = {"source": "s", "external_id": text[:5], "text": text}
    new = plain_client.post("/v1/comments?offsets=utf16", json=comment)
    known = plain_client.post("/v1/comments?offsets=utf16", json=comment)
    batch = plain_client.post("/v1/comments/batch?offsets=utf16", json={"comments": [comment]})
    points = plain_client.post("/v1/comments", json=comment).json()["analysis"]
    assert (new.status_code, known.status_code, batch.status_code) == (201, 200, 200)
    assert new.json()["analysis"] == known.json()["analysis"] == batch.json()["results"][0]["analysis"]
    for (start, end), (first, last) in zip(spans(points), spans(new.json()["analysis"]), strict=True):
        assert in_javascript(text, first, last) == text[start:end]


def test_another_unit_is_refused(plain_client: TestClient) -> None:
    for path, body in (
        ("/v1/score", {"comments": [{"id": "1", "text": "x"}]}),
        ("/v1/comments", {"source": "s", "external_id": "1", "text": "x"}),
    ):
        response = plain_client.post(f"{path}?offsets=bytes", json=body)
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/query/offsets")


def test_a_span_beyond_the_text_ends_with_it() -> None:
    assert to_utf16({"reasons": [{"start": 1, "end": 99}]}, "😀a") == {"reasons": [{"start": 2, "end": 3}]}
    assert json.loads(json.dumps(to_utf16({"start": 5}, "😀"))) == {"start": 5}
