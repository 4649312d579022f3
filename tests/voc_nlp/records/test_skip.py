"""Passing over the first records: what follows is what would have followed them."""

import gzip
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records import Record, RecordReader, parquet

JSONL = """{"id": "a", "text": "配送が遅い"}

{"text": "Late again"}
not json
{"id": "a", "text": "twice 二度"}
{"text": 5}
{"id": [1], "text": "x"}
{"text": "良い"}
{"id": "2", "text": "taken by row 2"}
{"id": "9", "text": "takes row 9"}
{"text": "its row is taken"}
"no object"
{"id": "a", "text": "third"}
"""
CSV = """id,text
a,"配送が
遅い"

,Late again
a,twice 二度
b,one,too many
,
"open,never closed
9,nine
,良い
9,again
1,one
"""


def read(path: Path, skip: int = 0) -> list[Record]:
    """Read the records of a file behind the first ones."""
    with RecordReader(path) as records:
        if skip:
            records.skip(skip)
        return list(records)


def table(path: Path) -> Path:
    """Write a Parquet file with ids, without ids, twice the same, and with broken cells."""
    good = pa.array(["配送が遅い", "Late", "two", None, "良い", "six"] * 4)
    ids = pa.array(["a", None, "a", "2", "7", None, "b", "8", None, None, "b", "x"] * 2)
    offsets = good.buffers()[1]
    cells = bytearray(good.buffers()[2].to_pybytes())
    cells[15 * 3] = 0xFF
    broken = pa.Array.from_buffers(pa.string(), 24, [good.buffers()[0], offsets, pa.py_buffer(bytes(cells))])
    rows = pa.table({"id": ids, "text": broken, "other": list(range(24))})
    pq.write_table(rows, path, row_group_size=5)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.csv", "a.csv.gz", "a.parquet"])
def test_the_rest_is_the_same_after_any_number(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROWS_AT_ONCE", 2)
    path = tmp_path / name
    if name == "a.parquet":
        table(path)
    else:
        content = (JSONL if "jsonl" in name else CSV).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    whole = read(path)
    assert {"broken_record", "duplicate_id"} <= {getattr(record.item, "code", None) for record in whole}
    for skip in range(len(whole) + 1):
        assert read(path, skip) == whole[skip:]


def test_parquet_without_ids(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["良い", "ok", None] * 500}), path, row_group_size=1_200)
    whole = read(path)
    for skip in (1, 1_000, 1_200, 1_499):
        assert read(path, skip) == whole[skip:]


@settings(max_examples=40)
@given(
    ids=st.lists(st.sampled_from([None, "a", "1", "2", "5", "b"]), min_size=1, max_size=12),
    share=st.floats(0, 1),
)
def test_ids_of_records_that_were_passed_over_are_remembered(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str | None], share: float
) -> None:
    path = tmp_path_factory.mktemp("p") / "a.jsonl"
    path.write_text("".join(json.dumps({"id": given_id, "text": "良い"}) + "\n" for given_id in ids))
    skip = int(share * len(ids))
    assert read(path, skip) == read(path)[skip:]


def test_over_the_files_of_a_folder(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl", "lang=en/c.jsonl.gz"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(JSONL.encode()) if name.endswith(".gz") else JSONL.encode())
    whole = read(tmp_path)
    assert len(whole) == 36
    assert {record.file for record in whole} == {"a.jsonl", "b.jsonl", "lang=en/c.jsonl.gz"}
    for skip in range(37):
        assert read(tmp_path, skip) == whole[skip:]


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(JSONL.encode())))
    with RecordReader("-") as records:
        records.skip(10)
        assert [record.line for record in records] == [12, 13]


def test_fewer_records_than_were_read_before(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    with pytest.raises(UnreadableFileError, match=r"has 10 records; expected 5 more"):
        read(tmp_path / "a.csv", 15)
