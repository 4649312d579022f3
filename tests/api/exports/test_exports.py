"""GET /v1/exports: what was stored comes out whole in all formats, filtered, in pages; on both databases."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from api.exports import reading, writing
from api.exports.columns import COMMENT_COLUMNS, TICKET_COLUMNS
from tests.api.theme_calls import EN, JA

TEXTS = {
    "formula": '=HYPERLINK("http://x.example","クリック")',
    "phone": "+81 is the code",
    "wide": "－1+1",
    "dde": "=cmd|' /C calc'!A0",
    "emoji": "😡🙏👨‍👩‍👧 とても残念です",
    "lines": 'first line\r\nsecond "quoted", line\n3行目',
    "quotes": '"quoted" and ""twice""',
    "long": "あ" * 20_000,
    "plain": "普通のコメント",
}


def post(client: TestClient, external_id: str, text: str, **fields: object) -> dict[str, Any]:
    sent = {"source": "s", "external_id": external_id, "text": text, **fields}
    response = client.post("/v1/comments", json=sent)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


def export(client: TestClient, what: str = "comments", **query: object) -> Any:
    params: Any = {key.strip("_"): value for key, value in query.items()}
    response = client.get(f"/v1/exports/{what}", params=params)
    assert response.status_code == 200, response.text
    return response


def read_csv(content: bytes, encoding: str = "utf-8") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(encoding), newline="")))


def read_jsonl(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.decode().split("\n") if line]


@pytest.fixture(scope="module", autouse=True)
def _small_pages() -> Any:
    """Let the pages be so small that every test has several."""
    patch = pytest.MonkeyPatch()
    patch.setattr(reading, "_PAGE", 4)
    patch.setattr(writing, "_GROUP", 5)
    yield
    patch.undo()


def test_csv_comes_back_as_it_was_but_for_formulas(client: TestClient) -> None:
    for name, text in TEXTS.items():
        post(client, name, text, 郵便番号="0123456", nps=0, csat=-1.5)
    for bom in (False, True):
        response = export(client, format="csv", bom=bom)
        assert response.headers["content-type"] == "text/csv; charset=utf-8"
        assert response.headers["content-disposition"] == 'attachment; filename="comments-20260109.csv"'
        assert response.content.startswith(b"\xef\xbb\xbf") == bom
        rows = read_csv(response.content, "utf-8-sig" if bom else "utf-8")
        assert list(rows[0]) == list(COMMENT_COLUMNS)
        by_id = {row["external_id"]: row for row in rows}
        for name, text in TEXTS.items():
            dangerous = name in ("formula", "phone", "wide", "dde")
            assert by_id[name]["text"] == ("'" + text if dangerous else text), name
            assert (by_id[name]["nps"], by_id[name]["csat"]) == ("0", "-1.5")
            assert json.loads(by_id[name]["extra"]) == {"郵便番号": "0123456"}
            assert by_id[name]["corrections"] == ""
    frame = pd.read_csv(io.BytesIO(response.content), dtype={"external_id": str})
    assert set(frame["external_id"]) == set(TEXTS)
    assert frame["csat"].tolist() == [-1.5] * len(TEXTS)
    assert not frame["text"].str.match(r"[=+\-@\t\r\n＝＋－＠]").any()


def test_json_lines_and_parquet_hold_what_is_stored(client: TestClient) -> None:
    for name, text in TEXTS.items():
        post(client, name, text, 郵便番号="0123456", nps=3)
    rows = read_jsonl(export(client, format="jsonl").content)
    assert {row["external_id"]: row["text"] for row in rows} == TEXTS
    assert list(rows[0]) == list(COMMENT_COLUMNS)
    assert rows[0]["extra"] == {"郵便番号": "0123456"}
    response = export(client, format="parquet")
    assert response.headers["content-type"] == "application/vnd.apache.parquet"
    file = pq.ParquetFile(io.BytesIO(response.content))
    assert file.metadata.num_row_groups == 2
    table = file.read()
    assert dict(zip(table["external_id"].to_pylist(), table["text"].to_pylist(), strict=True)) == TEXTS
    assert table.schema.field("received_at").type == pa.timestamp("us", tz="UTC")
    assert table["nps"].to_pylist() == [3] * len(TEXTS)
    assert table["departments"].to_pylist() == [row["departments"] for row in rows]
    assert json.loads(table["extra"][0].as_py()) == {"郵便番号": "0123456"}


def test_a_row_holds_analysis_themes_and_ticket(client: TestClient) -> None:
    sent = post(client, "1", "配送が遅い。解約します 03-1234-5678", customer_id="C-1", channel="app", nps=0)
    post(client, "2", EN[1])
    first, second = read_jsonl(export(client, format="jsonl").content)
    analysis, ticket = sent["analysis"], sent["ticket"]
    assert first["text"] == "配送が遅い。解約します [電話番号1]"
    expected = {
        "id": sent["comment"]["id"],
        "language": "ja",
        "channel": "app",
        "customer_id": "C-1",
        "sentiment": "negative",
        "intent": "complaint",
        "urgency": "high",
        "urgency_reasons": ["leaving"],
        "churn_at_risk": True,
        "departments": ["logistics"],
        "themes": [theme["id"] for theme in analysis["themes"]],
        "theme_labels": [theme["label"] for theme in analysis["themes"]],
        "model_version": "words-1",
        "ticket_id": ticket["id"],
        "ticket_status": ticket["status"],
        "ticket_level": ticket["level"],
        "ticket_department": "logistics",
        "ticket_root_cause": None,
    }
    assert {name: first[name] for name in expected} == expected
    assert first["themes"]
    assert second["language"] == "en"
    [row] = read_jsonl(export(client, "tickets", format="jsonl", theme=first["themes"][0]).content)
    assert list(row) == list(TICKET_COLUMNS)
    assert (row["id"], row["comment_ids"]) == (ticket["id"], [sent["comment"]["id"]])
    assert row["due_at"] == ticket["due_at"].replace("Z", "+00:00")


def test_filters(client: TestClient) -> None:
    days = ("2026-01-31T23:30:00+09:00", "2026-02-01T00:30:00+09:00", "2026-03-01T12:00:00+09:00")
    for number, (day, text) in enumerate(zip(days * 2, (*JA[:3], *EN[:3]), strict=True)):
        post(client, str(number), text, created_at=day, nps=0)

    def found(what: str = "comments", **query: object) -> list[str]:
        rows = read_csv(export(client, what, **query).content)
        return [row["external_id"] if what == "comments" else row["language_of"] for row in rows]

    assert found() == ["0", "1", "2", "3", "4", "5"]
    assert found(to="2026-01-31") == ["0", "3"]
    assert found(from_="2026-02-01", to="2026-02-28") == ["1", "4"]
    assert found(language="en") == ["3", "4", "5"]
    themed = {row["external_id"]: row["themes"] for row in read_csv(export(client).content)}
    assert found(theme="theme-001") == [name for name, themes in themed.items() if "theme-001" in themes]
    group = [name for name, themes in themed.items() if "theme-001" in themes or "theme-002" in themes]
    assert found(theme="group-001") == group
    owners = {row["external_id"]: row["departments"] for row in read_csv(export(client).content)}
    billing = [name for name, departments in owners.items() if "billing" in departments]
    assert billing
    assert found(department="billing") == billing
    assert found(department="nobody") == []


def test_filters_of_tickets(client: TestClient) -> None:
    japanese = post(client, "1", "配送が遅い", nps=0)["ticket"]
    english = post(client, "2", "I was charged twice, terrible", nps=0)["ticket"]

    def found(**query: object) -> list[str]:
        return [row["id"] for row in read_csv(export(client, "tickets", **query).content)]

    assert found() == [japanese["id"], english["id"]]
    assert found(language="en") == [english["id"]]
    assert found(department="logistics") == [japanese["id"]]
    assert found(from_="2026-01-09", to="2026-01-09") == [japanese["id"], english["id"]]
    assert found(to="2026-01-08") == []


def test_an_empty_export_has_a_header(client: TestClient) -> None:
    assert read_csv(export(client).content) == []
    assert export(client).content.startswith(b"id,source,external_id,")
    assert export(client, format="jsonl").content == b""
    assert pq.read_table(io.BytesIO(export(client, "tickets", format="parquet").content)).num_rows == 0


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"format": "xlsx"}, 422),
        ({"from": "2026-02-01", "to": "2026-01-01"}, 422),
        ({"from": "yesterday"}, 422),
        ({"language": "fr"}, 422),
        ({"theme": "theme-999"}, 404),
    ],
)
def test_unusable_parameters(plain_client: TestClient, query: dict[str, str], status: int) -> None:
    for what in ("comments", "tickets"):
        response = plain_client.get(f"/v1/exports/{what}", params=query)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"


def test_another_tenants_rows_are_not_in_it(client: TestClient, make_key: Callable[..., str]) -> None:
    post(client, "1", "配送が遅い", nps=0)
    client.headers["Authorization"] = f"Bearer {make_key(client, tenant='other', scopes='read')}"
    for what in ("comments", "tickets"):
        assert read_csv(export(client, what).content) == []
    client.headers["Authorization"] = f"Bearer {make_key(client, scopes='score')}"
    assert client.get("/v1/exports/comments").status_code == 403


def test_rows_that_come_in_meanwhile_are_not_in_it(client: TestClient) -> None:
    for number in range(5):
        post(client, str(number), "great")
    app: Any = client.app
    wanted = reading.Filter("default", app.state.rulebook.policy.calendar.zone)
    pages = reading.comment_pages(app.state.database, wanted, lambda *_: {})
    first = next(pages)
    post(client, "late", "great")
    assert [row["external_id"] for row in [*first, *next(pages)]] == ["0", "1", "2", "3", "4"]
    assert list(pages) == []
