"""From corrections over HTTP to labelled comments that the training reads; on both databases."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.__main__ import main
from api.corrections import export
from api.corrections.export import Wanted, export_labels
from api.corrections.tasks import Task
from tests.api.conftest import MovedClock
from tests.api.corrections.correction_calls import correct, stored
from tests.api.corrections.test_corrections import database_of
from tests.api.privacy.test_erasure import erase
from tests.api.theme_calls import changed
from training.data.labelled_file import read_labelled

JA = "配送が遅い。店員は最高でした"
EN = "The delivery is late and the staff were great"


def exported(client: TestClient, path: Path, now: datetime, **wanted: Any) -> list[dict[str, Any]]:
    """Export, and read the lines."""
    export_labels(database_of(client), Wanted("default", **wanted), path, now)
    assert not list(path.parent.glob(".*"))
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_training_reads_what_people_said(client: TestClient, clock: MovedClock, tmp_path: Path) -> None:
    ja = stored(client, "1", JA, customer_id="c-1", channel="app", industry="retail")
    en = stored(client, "2", EN, customer_id="c-1")
    alone = stored(client, "3", "特になし")
    stored(client, "4", "nobody corrected this")
    correct(client, ja, "sentiment", "mixed", annotator="佐藤")
    correct(client, ja, "aspects", [{"term": "店員", "sentiment": "positive"}], annotator="alex")
    correct(client, ja, "departments", ["store_operations", "logistics"])
    correct(client, en, "departments", [])
    correct(client, en, "intent", "suggestion")
    correct(client, en, "urgency", "low")
    correct(client, en, "churn", False)
    correct(client, en, "aspects", [])
    correct(client, alone, "theme", None)
    header, *lines = exported(client, tmp_path / "labels.jsonl", clock.now)
    assert (header["erased"], header["comments"], header["disagreed"]) == (0, 3, {})
    assert header["labels"]["aspects"] == 2
    assert lines[0]["annotator"] == "alex; key:bootstrap; 佐藤"
    assert (lines[0]["model_version"], lines[0]["corrected_at"]) == ("words-1", clock.now.isoformat())
    assert lines[2]["theme"] is None
    assert "c-1" not in json.dumps(lines)
    found = read_labelled(tmp_path / "labels.jsonl")
    assert (found.broken, found.erased) == ((), 0)
    first, second, third = found.rows
    assert (first.text, first.lang, first.channel, first.industry) == (JA, "ja", "app", "retail")
    assert (first.sentiment, first.departments) == ("mixed", ("store_operations", "logistics"))
    assert first.aspects == (("店員", "positive"),)
    assert (first.intent, first.urgency, first.churn_risk) == (None, None, None)
    assert (second.lang, second.departments, second.aspects) == ("en", (), ())
    assert (second.intent, second.urgency, second.churn_risk) == ("suggestion", "low", False)
    assert second.sentiment is None
    assert first.group == second.group != ""
    assert third.group == ""


def test_an_erased_persons_comments_are_gone_and_counted(
    client: TestClient, clock: MovedClock, tmp_path: Path
) -> None:
    ids = [stored(client, str(number), JA, customer_id="c-1") for number in range(3)]
    kept = stored(client, "kept", EN, customer_id="c-2")
    for comment_id in [*ids[:2], kept]:
        correct(client, comment_id, "sentiment", "mixed", annotator="a")
        correct(client, comment_id, "sentiment", "neutral", annotator="a")
    erase(client, "c-1")
    clock.forward(days=1)
    header, *lines = exported(client, tmp_path / "labels.jsonl", clock.now)
    assert (header["erased"], [line["id"] for line in lines]) == (2, [kept])
    assert read_labelled(tmp_path / "labels.jsonl").erased == 2
    header = exported(client, tmp_path / "labels.jsonl", clock.now, tasks=(Task.CHURN,))[0]
    assert header["erased"] == 0
    header = exported(client, tmp_path / "labels.jsonl", clock.now, since=clock.now)[0]
    assert (header["erased"], header["comments"]) == (0, 0)


def test_who_is_erased_while_it_runs_is_left_out(
    client: TestClient, clock: MovedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_PAGE", 1)
    correct(client, stored(client, "1", JA, customer_id="c-1"), "churn", True)
    kept = stored(client, "2", EN, customer_id="c-2")
    correct(client, kept, "churn", True)
    agreed = export._agreed

    def erase_meanwhile(rows: Any, told: Any) -> Any:
        if rows[0].comment_id == kept:
            erase(client, "c-1")
        return agreed(rows, told)

    monkeypatch.setattr(export, "_agreed", erase_meanwhile)
    header, *lines = exported(client, tmp_path / "labels.jsonl", clock.now)
    assert (header["erased"], header["comments"], [line["id"] for line in lines]) == (1, 1, [kept])


def test_an_erasure_that_began_before_it_is_seen_too(
    client: TestClient, clock: MovedClock, tmp_path: Path
) -> None:
    correct(client, stored(client, "1", JA, customer_id="c-1"), "churn", True)
    later = clock.now + timedelta(hours=1)
    rows = export._rows

    def erase_meanwhile(*arguments: Any) -> Any:
        yield from rows(*arguments)
        erase(client, "c-1")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "_rows", erase_meanwhile)
        header, *lines = exported(client, tmp_path / "labels.jsonl", later)
    assert (header["erased"], header["comments"], lines) == (1, 0, [])


def test_themes_are_told_by_their_present_ids(client: TestClient, clock: MovedClock, tmp_path: Path) -> None:
    both, alone = stored(client, "1", JA), stored(client, "2", EN)
    correct(client, both, "theme", "theme-002", annotator="a")
    correct(client, both, "theme", "theme-003", annotator="b")
    correct(client, alone, "theme", "theme-003")
    assert exported(client, tmp_path / "labels.jsonl", clock.now)[0]["disagreed"] == {"theme": 1}
    changed(client, "POST", "/merge", {"themes": ["theme-002", "theme-003"]})
    header, *lines = exported(client, tmp_path / "labels.jsonl", clock.now)
    assert (header["disagreed"], [line["theme"] for line in lines]) == ({}, ["theme-002"] * 2)
    stands = client.get("/v1/corrections").json()["items"]
    assert {one["label"] for one in stands} == {"theme-002", "theme-003"}


def test_disagreement_without_a_majority_is_left_out_and_counted(
    client: TestClient, clock: MovedClock, tmp_path: Path
) -> None:
    split, most = stored(client, "1", JA), stored(client, "2", EN)
    for annotator, label in (("a", ["billing", "logistics", "sales"]), ("b", ["billing"])):
        correct(client, split, "departments", label, annotator=annotator)
    for annotator, label in (
        ("a", ["billing", "logistics", "sales"]),
        ("b", ["billing", "sales", "logistics"]),
        ("c", ["logistics"]),
    ):
        correct(client, most, "departments", label, annotator=annotator)
    correct(client, most, "churn", True, annotator="c")
    header, *lines = exported(client, tmp_path / "labels.jsonl", clock.now)
    assert header["disagreed"] == {"departments": 1}
    assert [(line["id"], line["departments"], line["churn"]) for line in lines] == [
        (most, ["billing", "sales", "logistics"], True)
    ]


def test_tasks_times_and_withdrawals(client: TestClient, clock: MovedClock, tmp_path: Path) -> None:
    old, new = stored(client, "1", JA), stored(client, "2", EN)
    correct(client, old, "churn", True)
    clock.forward(days=1)
    correct(client, new, "churn", True)
    correct(client, new, "intent", "praise")
    gone = correct(client, new, "sentiment", "positive")
    client.delete(f"/v1/corrections/{gone['id']}")
    path = tmp_path / "labels.jsonl"
    assert [line["id"] for line in exported(client, path, clock.now)[1:]] == [old, new]
    [line] = exported(client, path, clock.now, since=clock.now)[1:]
    assert {"churn", "intent", "sentiment"} & set(line) == {"churn", "intent"}
    [line] = exported(client, path, clock.now, tasks=(Task.INTENT,))[1:]
    assert {"churn", "intent"} & set(line) == {"intent"}


def test_the_command(
    plain_client: TestClient,
    sqlite_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    correct(plain_client, stored(plain_client, "1", JA, customer_id="c-1"), "churn", True)
    correct(plain_client, stored(plain_client, "2", EN, customer_id="c-2"), "churn", True)
    erase(plain_client, "c-2")
    monkeypatch.setenv("VOC_DATABASE_URL", sqlite_url)
    out = tmp_path / "labels.jsonl"
    assert main(["export-labels", str(out), "--task", "churn", "--since", "2026-01-01"]) == 0
    told = capsys.readouterr().out
    assert "1 comments; labels: churn 1\n" in told
    assert "not in it: 1" in told
    [row] = read_labelled(out).rows
    assert (row.churn_risk, row.lang) == (True, "ja")
    for wrong in (["labels.csv"], [str(tmp_path / "no" / "labels.jsonl")], [str(out), "--since", "gestern"]):
        assert main(["export-labels", *wrong]) == 2
    assert datetime.fromisoformat(json.loads(out.read_text().splitlines()[0])["exported_at"]).tzinfo == UTC
