"""``voc drift`` on a file of analyses, with the shipped encoder."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.voc_nlp.drift.made import MONDAY, body
from voc_nlp.cli.main import UNUSABLE, run

TEXTS = {"ja": ("配送が遅い", "店員さんが親切"), "en": ("The parcel is late", "Kind staff")}


def line(number: int, day: date | None, **more: object) -> str:
    language = "ja" if number % 5 < 3 else "en"
    record = {"id": str(number), "text": TEXTS[language][number % 2], **body(language), **more}
    if day is not None:
        record["created_at"] = day.isoformat()
    return json.dumps(record, ensure_ascii=False)


@pytest.fixture
def analysed(tmp_path: Path) -> Path:
    """Return a file of ten weeks; in the last one nobody complains any more."""
    lines = [line(0, None)]
    for week in range(10):
        day = MONDAY + timedelta(weeks=week, days=week % 7)
        changed = {"intent": {"label": "praise", "probabilities": {"praise": 0.8}}} if week == 9 else {}
        lines += [line(number, day, **changed) for number in range(60)]
    refused = {
        "id": "r",
        "text": "",
        "created_at": MONDAY.isoformat(),
        "error": {"code": "x", "message": "y"},
    }
    path = tmp_path / "analysed.jsonl"
    path.write_text("\n".join([*lines, json.dumps(refused)]) + "\n", encoding="utf-8")
    return path


def test_a_line_a_week(analysed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["drift", str(analysed)]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert len(lines) == 10
    assert lines[0].split() == ["2025-01-06", "61", "too_few_weeks"]
    assert "steady" in lines[8]
    assert "intent (sudden) 0.99" in lines[9]
    assert "1 records without a readable created_at" in captured.err


def test_json(analysed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["drift", str(analysed), "--json"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["start"], last["n"]) == ("2025-03-10", 60)
    [intent] = [
        one for one in last["watched"] if (one["finding"]["measure"], one["pace"]) == ("intent", "sudden")
    ]
    assert (intent["finding"]["status"], intent["since"]) == ("alarm", "2025-03-10")


def test_a_file_without_analyses_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "raw.jsonl"
    path.write_text('{"id": "1", "text": "x", "created_at": "2026-01-01"}\n', encoding="utf-8")
    assert run(["drift", str(path)]) == UNUSABLE
    assert "Analyse the file first" in capsys.readouterr().err
