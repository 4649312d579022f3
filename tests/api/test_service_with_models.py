"""The service on the shipped models: real analyses and tickets, and the demonstration from end to end."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.analyses import AnalysisOut
from api.main import create_app
from api.scoring.schemas import ScoredOut
from api.settings import Settings

CHECKOUT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not (CHECKOUT / "models" / "registry.toml").exists(), reason="models/registry.toml is not there yet"
)


@pytest.fixture(scope="module")
def client(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Yield a client of a service that loaded the shipped models itself."""
    path = tmp_path_factory.mktemp("with-models") / "voc.sqlite3"
    shutil.copy(sqlite_template, path)
    settings = Settings(database_url=f"sqlite:///{path}", bootstrap_key=SecretStr("k"))
    with TestClient(
        create_app(settings), headers={"Authorization": "Bearer k"}, raise_server_exceptions=False
    ) as client:
        yield client


def post(client: TestClient, external_id: str, text: str, **fields: object) -> dict[str, Any]:
    sent = {"source": "real", "external_id": external_id, "text": text, **fields}
    response = client.post("/v1/comments", json=sent)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("荷物が届きません。電話もつながらず、もう解約します。", "ja"),
        ("My parcel never arrived and nobody answers. I am cancelling today.", "en"),
    ],
)
def test_a_leaving_complaint_opens_a_ticket(client: TestClient, text: str, language: str) -> None:
    body = post(client, f"leaving-{language}", text, nps=0, customer_id=f"C-{language}")
    analysis = body["analysis"]
    assert AnalysisOut.model_validate(analysis).model_dump(mode="json") == analysis
    assert analysis["language"] == language
    assert analysis["sentiment"]["label"] in ("negative", "mixed")
    assert analysis["sentences"][0]["start"] == 0
    assert analysis["model_version"]
    assert body["ticket"] is not None
    assert body["ticket"]["reason"]["model_version"] == analysis["model_version"]
    assert client.get(f"/v1/comments/{body['comment']['id']}").json() == body


@pytest.mark.parametrize("text", ["特になし", "n/a", "", "。", "😀"])
def test_a_comment_without_content_opens_none(client: TestClient, text: str) -> None:
    body = post(client, f"nothing-{text!r}", text, nps=0)
    assert body["analysis"]["meaningful"] is False
    assert body["ticket"] is None


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("担当の方から09012345678に折り返しください。", "09012345678"),
        ("Please call me back on 090-1234-5678 today.", "090-1234-5678"),
        ("メールは taro.yamada@example.co.jp です。", "taro.yamada"),
    ],
)
def test_personal_data_is_not_stored(client: TestClient, text: str, hidden: str) -> None:
    body = post(client, f"pii-{len(text)}", text)
    assert body["analysis"]["pii"]
    assert hidden not in body["comment"]["text"]
    assert hidden not in client.get(f"/v1/comments/{body['comment']['id']}").text


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"id": "1", "text": "a\\ud800"}', "invalid_text"),
        ('{"id": "1", "text": "a\\u0000"}', "invalid_text"),
        ('{"id": "1", "text": "' + "あ" * 20_001 + '"}', "text_too_long"),
        ('{"id": "1", "text": "Доставка опоздала на три дня, очень плохо"}', "unsupported_language"),
    ],
)
def test_unusable_texts_are_errors_of_their_own(client: TestClient, content: str, code: str) -> None:
    response = client.post(
        "/v1/score",
        content='{"comments": [{"id": "0", "text": "店員さんが親切でした"}, ' + content + "]}",
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 200
    assert [each["id"] for each in response.json()["results"]] == ["0"]
    assert [each["error"]["code"] for each in response.json()["errors"]] == [code]


@pytest.mark.parametrize(
    "text", ["😀荷物が届きません。もう解約します。", "😀 My parcel never arrived. I am cancelling today."]
)
def test_an_explanation_names_words_of_the_text(client: TestClient, text: str) -> None:
    sent = {"comments": [{"id": "1", "text": text}, {"id": "2", "text": "Доставка опоздала на три дня"}]}
    answer = client.post("/v1/score?explain=true&offsets=utf16", json=sent)
    assert answer.status_code == 200, answer.text
    [shown], [refused] = answer.json()["results"], answer.json()["errors"]
    assert ScoredOut.model_validate(shown).model_dump(mode="json", exclude_unset=True) == shown
    assert refused["error"]["code"] == "unsupported_language"
    assert "explanation" not in client.post("/v1/score", json=sent).json()["results"][0]
    churn = next(one for one in shown["explanation"] if one["task"] == "churn")
    assert churn["label"] == "at_risk"
    units = text.encode("utf-16-le")
    words = [units[2 * one["start"] : 2 * one["end"]].decode("utf-16-le") for one in churn["rules"]]
    assert any("解約" in word or "cancelling" in word for word in words)


def test_the_demonstration_runs(tmp_path: Path) -> None:
    samples = CHECKOUT / "samples" / "comments.jsonl"
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(samples.read_text(encoding="utf-8").splitlines()[:60]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "api", "demo", "--samples", str(few)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for word in ("sentiment", "themes", "urgency", "ticket", "due", "Tickets", "60 comments"):
        assert word in done.stdout, word
    assert list(tmp_path.iterdir()) == [few]
