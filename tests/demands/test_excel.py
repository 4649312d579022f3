"""Demand J29, Excel: CSV as it saves them is read, and what is written it opens without loss."""

import csv
from pathlib import Path

import pytest

from voc_nlp.records import RecordReader, RecordWriter, answer_columns
from voc_nlp.schema import Comment

ROWS = [
    ["id", "text", "郵便番号", "担当", "金額"],
    ["007", "届くのが遅い。\n箱も潰れていた。", "0600001", "髙橋", "￥1,000"],
    ["008", '"至急"と書いたのに、返事がない', "1500002", "﨑山", "～500円"],
]


def save(path: Path, encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(ROWS)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_what_excel_saves_is_read(tmp_path: Path, encoding: str) -> None:
    save(tmp_path / "in.csv", encoding)
    records = list(RecordReader(tmp_path / "in.csv"))
    assert [record.item.id for record in records] == ["007", "008"]
    assert [record.item.text for record in records if isinstance(record.item, Comment)] == [
        "届くのが遅い。\n箱も潰れていた。",
        '"至急"と書いたのに、返事がない',
    ]
    assert [record.columns["郵便番号"] for record in records] == ["0600001", "1500002"]
    assert [record.columns["担当"] for record in records] == ["髙橋", "﨑山"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_the_round_trip_changes_no_cell(tmp_path: Path, encoding: str) -> None:
    save(tmp_path / "in.csv", encoding)
    with RecordWriter(tmp_path / "out.csv") as out:
        for record in RecordReader(tmp_path / "in.csv"):
            out.write(answer_columns(record, {"id": record.item.id, "themes": []}))
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        back = list(csv.DictReader(file))
    assert [[row[name] for name in ROWS[0]] for row in back] == ROWS[1:]
