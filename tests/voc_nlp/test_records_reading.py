"""Reading comments: every format and encoding, and every kind of broken record."""

import gzip
import io
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records import Record, RecordReader, delimited, lines
from voc_nlp.records.jsonl import dump
from voc_nlp.schema import Comment, Refusal

JA = "配送が遅い。\n改行も「引用」もある"
EN = 'Late again, "as usual"\nsecond line'


def read(path: Path) -> list[Record]:
    """Read all records of a file."""
    with RecordReader(path) as records:
        return list(records)


def put(path: Path, content: str | bytes) -> Path:
    """Write a file as it is."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def texts(records: list[Record]) -> list[str | None]:
    """Return each comment's text, None for a refused record."""
    return [record.item.text if isinstance(record.item, Comment) else None for record in records]


def codes(records: list[Record]) -> list[str | None]:
    """Return each refusal's code, None for a comment."""
    return [record.item.code if isinstance(record.item, Refusal) else None for record in records]


def only(path: Path) -> Any:
    """Read the single item of a file."""
    (record,) = read(path)
    return record.item


def test_every_known_column_and_the_others_as_given(tmp_path: Path) -> None:
    row = {
        "id": 17,
        "text": JA,
        "lang": "ja",
        "channel": "survey",
        "industry": "retail",
        "touchpoint": "delivery",
        "customer_id": 901,
        "created_at": "2026-01-05T09:00:00+09:00",
        "nps": 3,
        "csat": 2.5,
        "ces": None,
        "店舗": {"code": "007"},
    }
    (record,) = read(put(tmp_path / "a.jsonl", json.dumps(row)))
    assert record == Record(
        line=1,
        columns=row,
        item=Comment(
            id="17",
            text=JA,
            lang="ja",
            channel="survey",
            industry="retail",
            touchpoint="delivery",
            customer_id="901",
            created_at="2026-01-05T09:00:00+09:00",
            nps=3,
            csat=2.5,
            ces=None,
            extra={"店舗": {"code": "007"}},
        ),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_csv_in_every_encoding(tmp_path: Path, encoding: str, delimiter: str, ending: str) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    rows = [
        ["ID", " Text ", "郵便番号", "nps"],
        ["a", quoted(JA), "0040001", "10"],
        ["b", quoted(EN), "090", ""],
        ["c", "最悪；①㈱～", "007", "０"],
    ]
    content = ending.join(delimiter.join(row) for row in rows) + ending
    records = read(put(tmp_path / "a.csv", content.encode(encoding)))
    assert texts(records) == [JA, EN, "最悪；①㈱～"]
    assert [record.line for record in records] == [2, 4, 6]
    assert [record.columns["郵便番号"] for record in records] == ["0040001", "090", "007"]
    assert [record.item.nps for record in records if isinstance(record.item, Comment)] == [10, None, 0]


def test_csv_of_western_excel_keeps_its_quotes_and_accents(tmp_path: Path) -> None:
    content = "id,text\n1,It’s “fine”\n2,café résumé\n"
    with RecordReader(put(tmp_path / "a.csv", content.encode("cp1252"))) as records:
        assert texts(list(records)) == ["It’s “fine”", "café résumé"]
        assert records.encoding == "cp1252"


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_one_undecodable_line_does_not_change_the_encoding(tmp_path: Path, encoding: str) -> None:
    lines = ["id,text", "1,配送が遅い", "2,X", "3,とても良い", "4,good"]
    content = b"\n".join(b"2,\xff\xfe?" if line == "2,X" else line.encode(encoding) for line in lines)
    records = read(put(tmp_path / "a.csv", content))
    assert texts(records) == ["配送が遅い", None, "とても良い", "good"]
    assert isinstance(records[1].item, Refusal)
    assert records[1].item.message.startswith("line 3: ")
    assert encoding.upper() in records[1].item.message
    assert records[1].columns["raw"] == "2,\\xff\\xfe?"


@pytest.mark.parametrize("bad", [b"\xff", b"\x81", b"\xfd\xfe"])
def test_an_undecodable_line_among_ascii(tmp_path: Path, bad: bytes) -> None:
    content = b"id,text\n1,good\n2,bad " + bad + b"\n3,fine\n"
    assert texts(read(put(tmp_path / "a.csv", content))) == ["good", None, "fine"]


def test_single_column_keeps_its_commas(tmp_path: Path) -> None:
    records = read(put(tmp_path / "a.csv", 'text\n早い、安い,うまい\n"quick, cheap"\n\nok;fine\n'))
    assert texts(records) == ["早い、安い,うまい", "quick, cheap", "ok;fine"]


def test_header_may_hold_line_breaks_and_repeated_or_empty_names(tmp_path: Path) -> None:
    records = read(put(tmp_path / "a.csv", '"設問1\n自由記述",text,,x,x\nq,良い,1,2,3\n'))
    assert records[0].columns == {
        "設問1\n自由記述": "q",
        "text": "良い",
        "column_3": "1",
        "x": "2",
        "x_5": "3",
    }


BROKEN_ROWS = [
    ("too many cells", "2,bad,x,y", ["good", None, "fine"]),
    ("too few cells", "2", ["good", None, "fine"]),
    ("too many but empty", "2,ok,x,,", ["good", "ok", "fine"]),
    ("quote never closed", '2,"bad,x', ["good", None, "fine"]),
    ("quote inside a plain cell", '2,6" tall,x', ["good", '6" tall', "fine"]),
    ("quote closed too early", '2,"he said "hi" ok",x', ["good", 'he said hi" ok"', "fine"]),
    ("broken row over two lines", '2,"a\nb"', ["good", None, "fine"]),
    ("NUL", "2,a\0b,x", ["good", "a\0b", "fine"]),
]


@pytest.mark.parametrize(
    ("row", "expected"), [case[1:] for case in BROKEN_ROWS], ids=[c[0] for c in BROKEN_ROWS]
)
def test_a_broken_row_in_the_middle_of_a_csv(tmp_path: Path, row: str, expected: list[str | None]) -> None:
    records = read(put(tmp_path / "a.csv", f"id,text,channel\n1,good,x\n{row}\n3,fine,x\n"))
    assert texts(records) == expected
    for record in records:
        if isinstance(record.item, Refusal):
            assert record.item.code == "broken_record"
            assert record.item.message.startswith("line 3: ")
            assert record.columns == {"raw": row}
            assert record.item.id == "2"


@pytest.mark.parametrize(
    "rows",
    [
        ['1,"good,x', '2,"bad",x', "3,fine,x"],
        ['1,"good,x', "2,bad,x", '3,"fine",x'],
        ['1,"good,x', "2,bad,x", "3,fine,x"],
        ['1,"good,x', *[f"{n},良い,x" for n in range(2, 3_000)]],
        ['1,"good,x', *[f"{n},{'長' * 20_000},x" for n in range(2, 30)]],
    ],
)
def test_an_open_quote_swallows_nothing(tmp_path: Path, rows: list[str]) -> None:
    records = read(put(tmp_path / "a.csv", "\n".join(["id,text,channel", *rows])))
    assert codes(records) == ["broken_record"] + [None] * (len(rows) - 1)
    assert [record.line for record in records] == list(range(2, len(rows) + 2))


def test_every_row_with_an_open_quote_is_read_in_linear_time(tmp_path: Path) -> None:
    records = read(put(tmp_path / "a.csv", "id,text\n" + '1,"open\n' * 20_000))
    assert set(codes(records)) == {"broken_record"}
    assert len(records) == 20_000


def test_a_long_cell_over_many_lines_stays_one_record(tmp_path: Path) -> None:
    text = "一行目です。\n" * (delimited.MAX_RECORD_LINES - 1)
    records = read(put(tmp_path / "a.csv", f'id,text\n1,"{text}"\n2,ok\n'))
    assert texts(records) == [text, "ok"]


def test_a_record_of_100_000_characters_is_read_whole(tmp_path: Path) -> None:
    text = "あ" * 100_000
    assert texts(read(put(tmp_path / "a.csv", f'id,text\n1,"{text}"\n2,{text}\n'))) == [text, text]
    assert texts(read(put(tmp_path / "a.jsonl", json.dumps({"text": text})))) == [text]


BROKEN_LINES = [
    b'{"id": "2", "text": "bad"',
    b"not json",
    b'["a", "list"]',
    b'"text"',
    b"12",
    b"null",
    b'{"text": "\xff"}',
    b"[" * 100_000,
    b'{"text": "x", "n": ' + b"9" * 5_000 + b"}",
]


@pytest.mark.parametrize("line", BROKEN_LINES, ids=[str(n) for n in range(len(BROKEN_LINES))])
def test_a_broken_line_in_the_middle_of_jsonl(tmp_path: Path, line: bytes) -> None:
    content = b'\xef\xbb\xbf{"text": "good"}\r\n\n' + line + b'\n{"text": "\xe8\x89\xaf\xe3\x81\x84"}'
    records = read(put(tmp_path / "a.jsonl", content))
    assert texts(records) == ["good", None, "良い"]
    item = records[1].item
    assert isinstance(item, Refusal)
    assert item.code == "broken_record"
    assert item.id == "2"
    assert item.message.startswith("line 3: ")
    assert records[1].columns["raw"] == line.decode("utf-8", "backslashreplace")


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_line_beyond_memory_is_passed_over(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 100)
    head, row = ("", '{"text": "%s"}\n') if name == "a.jsonl" else ("text\n", "%s\n")
    content = head + row % "ok" + row % ("x" * 1_000) + row % "fine"
    records = read(put(tmp_path / name, content))
    assert texts(records) == ["ok", None, "fine"]


FIELD_ERRORS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "missing_text", "column text"),
    ({"text": None}, "missing_text", "column text"),
    ({"text": float("nan")}, "missing_text", "column text"),
    ({"text": 12}, "invalid_record", "text is a number"),
    ({"text": ["良い"]}, "invalid_record", "text is a list"),
    ({"text": {"ja": "良い"}}, "invalid_record", "text is an object"),
    ({"text": True}, "invalid_record", "text is a boolean"),
    ({"text": "ok", "nps": 11}, "invalid_record", "nps is 11; expected a whole number from 0 to 10"),
    ({"text": "ok", "nps": -1}, "invalid_record", "nps is -1; expected a whole number from 0 to 10"),
    ({"text": "ok", "nps": 7.5}, "invalid_record", "nps is 7.5; expected a whole number from 0 to 10"),
    (
        {"text": "ok", "nps": "秘密"},
        "invalid_record",
        "nps is text of another form; expected a whole number from 0",
    ),
    ({"text": "ok", "nps": True}, "invalid_record", "nps is a boolean"),
    ({"text": "ok", "nps": [7]}, "invalid_record", "nps is a list"),
    ({"text": "ok", "nps": 1e400}, "invalid_record", "nps is"),
    ({"text": "ok", "nps": 10**400}, "invalid_record", "nps is"),
    ({"text": "ok", "csat": "high"}, "invalid_record", "csat is"),
    ({"text": "ok", "ces": "1_0"}, "invalid_record", "ces is"),
    (
        {"text": "ok", "lang": 3},
        "invalid_record",
        "lang is a number of another kind; expected ja, en or auto",
    ),
    ({"text": "ok", "channel": {"a": 1}}, "invalid_record", "channel is an object"),
    ({"text": "ok", "id": ["x"]}, "invalid_record", "id is a list"),
    ({"text": "ok", "id": True}, "invalid_record", "id is a boolean"),
]


@pytest.mark.parametrize(("row", "code", "message"), FIELD_ERRORS)
def test_unusable_fields_name_themselves_and_never_the_value(
    tmp_path: Path, row: dict[str, Any], code: str, message: str
) -> None:
    item = only(put(tmp_path / "a.jsonl", json.dumps(row)))
    assert isinstance(item, Refusal)
    assert item.code == code
    assert item.id == "1"
    assert item.message.startswith("line 1: ")
    assert message in item.message
    assert "秘密" not in item.message
    assert "良い" not in item.message


FINE_FIELDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"text": ""}, {"text": ""}),
    ({"text": "\ud800"}, {"text": "\ud800"}),
    ({"text": "a\0b"}, {"text": "a\0b"}),
    ({"nps": "7"}, {"nps": 7}),
    ({"nps": 7.0}, {"nps": 7}),
    ({"nps": ""}, {"nps": None}),
    ({"nps": 0}, {"nps": 0}),
    ({"nps": float("nan")}, {"nps": None}),
    ({"csat": "4.5"}, {"csat": 4.5}),
    ({"lang": " JA "}, {"lang": "ja"}),
    ({"lang": None}, {"lang": "auto"}),
    ({"lang": ""}, {"lang": "auto"}),
    ({"lang": "fr"}, {"lang": "fr"}),
    ({"id": " "}, {"id": "1"}),
    ({"id": 3.0}, {"id": "3"}),
    ({"id": "007"}, {"id": "007"}),
    ({"customer_id": 12.0}, {"customer_id": "12"}),
    ({"channel": ""}, {"channel": None}),
]


@pytest.mark.parametrize(("row", "expected"), FINE_FIELDS)
def test_fields_that_are_fine(tmp_path: Path, row: dict[str, Any], expected: dict[str, Any]) -> None:
    item = only(put(tmp_path / "a.jsonl", json.dumps({"text": "ok", **row})))
    assert {name: getattr(item, name) for name in expected} == expected


def test_duplicate_ids_refuse_the_later_record(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "a"},
        {"id": "a"},
        {"id": 4},
        {},
        {},
        {"id": "5"},
        {"id": "05"},
        {"id": "9"},
    ]
    content = "\n".join(json.dumps({"text": "ok", **row}) for row in rows)
    records = read(put(tmp_path / "a.jsonl", content))
    assert [record.item.id for record in records] == ["a", "a", "4", "4", "5", "5", "05", "9"]
    assert [code is not None for code in codes(records)] == [
        False,
        True,
        False,
        True,
        False,
        True,
        False,
        False,
    ]
    assert set(codes(records)) == {None, "duplicate_id"}


def test_parquet(tmp_path: Path) -> None:
    moment = datetime(2026, 1, 5, 9, tzinfo=UTC)
    table = pa.table(
        {
            "ID": pa.array([1.0, 2.0, None]),
            "Text": pa.array([JA, EN, None], type=pa.large_string()).dictionary_encode(),
            "created_at": pa.array([moment, None, None]),
            "NPS": pa.array([7, None, 3], type=pa.int8()),
            "郵便番号": ["0040001", "090", None],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    records = read(tmp_path / "a.parquet")
    assert texts(records) == [JA, EN, None]
    assert codes(records)[2] == "missing_text"
    assert [record.item.id for record in records] == ["1", "2", "3"]
    item = records[0].item
    assert isinstance(item, Comment)
    assert item.nps == 7
    assert item.created_at == moment.isoformat()
    assert item.extra == {"郵便番号": "0040001"}
    assert [record.line for record in records] == [1, 2, 3]


def test_parquet_with_text_that_is_not_utf8(tmp_path: Path) -> None:
    raw = pa.array([b"ok", b"\xff\xfe", b"\xe8\x89\xaf\xe3\x81\x84"], type=pa.binary())
    bad = pa.Array.from_buffers(pa.string(), 3, raw.buffers())
    pq.write_table(pa.table({"text": bad}), tmp_path / "a.parquet")
    assert texts(read(tmp_path / "a.parquet")) == ["ok", None, "良い"]


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz", "A.CSV.GZ"])
def test_packed_files(tmp_path: Path, name: str) -> None:
    content = '{"text": "良い"}\n{"text": "ok"}' if "jsonl" in name else "text\n良い\nok\n"
    records = read(put(tmp_path / name, gzip.compress(content.encode(), mtime=0)))
    assert texts(records) == ["良い", "ok"]


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO('{"text": "良い"}\n{"text": "ok"}'.encode())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=buffer))
    with RecordReader("-") as records:
        assert texts(list(records)) == ["良い", "ok"]
        assert records.share_read is None


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet", "a.jsonl.gz"])
def test_share_read_grows_to_one(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "a.parquet":
        pq.write_table(pa.table({"text": ["ok"] * 5}), path)
    else:
        plain = b"text\n" + b"ok\n" * 5 if name == "a.csv" else b'{"text": "ok"}\n' * 5
        put(path, gzip.compress(plain, mtime=0) if name.endswith(".gz") else plain)
    with RecordReader(path) as records:
        shares = [records.share_read for _ in records]
    assert all(share is not None and 0 <= share <= 1 for share in shares)
    assert shares[-1] == 1


UNREADABLE: list[tuple[str, bytes | None, str]] = [
    ("missing.csv", None, "is not there"),
    ("a.txt", b"x", "unknown ending"),
    ("a.csv", b"", "is empty"),
    ("a.csv", b"\n\n", "is empty"),
    (
        "a.csv",
        "id,コメント\n1,良い\n".encode(),
        "no column text; found: id, コメント. Expected a column named text",
    ),
    ("a.csv", b"text,Text\n1,2\n", "two columns text"),
    ("a.csv", b'id,"text\n1,ok\n', "never closed"),
    ("a.csv", "id,text\n".encode("utf-16"), "UTF-16"),
    ("a.jsonl", '{"text": "ok"}\n'.encode("utf-16"), "UTF-16"),
    ("a.parquet", b"", "not a Parquet file"),
    ("a.parquet", b"PAR1 no PAR1", "not a Parquet file"),
    ("a.jsonl.gz", b"not packed", "cannot be read"),
    ("a.jsonl.gz", gzip.compress(b'{"text": "ok"}\n' * 99, mtime=0)[:-12], "cannot be read"),
    ("a.csv.gz", gzip.compress(b"text\nok\n", mtime=0)[:-4], "cannot be read"),
]


@pytest.mark.parametrize(("name", "content", "message"), UNREADABLE)
def test_unreadable_files(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    if content is not None:
        put(tmp_path / name, content)
    with pytest.raises(UnreadableFileError, match=message):
        read(tmp_path / name)


def test_a_directory_or_a_pipe_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(UnreadableFileError, match="is a directory"):
        RecordReader(tmp_path / "a.csv")
    os.mkfifo(tmp_path / "b.csv")
    with pytest.raises(UnreadableFileError, match="is no plain file"):
        RecordReader(tmp_path / "b.csv")


def test_parquet_without_text_column(tmp_path: Path) -> None:
    pq.write_table(pa.table({"comment": ["x"]}), tmp_path / "a.parquet")
    with pytest.raises(UnreadableFileError, match="no column text; found: comment"):
        read(tmp_path / "a.parquet")


def test_an_empty_jsonl_has_no_records(tmp_path: Path) -> None:
    assert read(put(tmp_path / "a.jsonl", "")) == []


cells = st.text(st.sampled_from('"abあ,;\t\r\n=\\ '), max_size=8)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=6))
def test_any_cell_that_is_quoted_comes_back(tmp_path_factory: Any, rows: list[tuple[str, str]]) -> None:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    content = "text,other\n" + "".join(f"{quoted(a)},{quoted(b)}\r\n" for a, b in rows)
    path = put(tmp_path_factory.mktemp("p") / "a.csv", content)
    assert [(r.columns["text"], r.columns["other"]) for r in read(path)] == rows


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=200) | st.text(st.sampled_from('"1,あ\n\r'), max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path_factory: Any, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("p")
    for name, head in (("a.csv", b"id,text\n"), ("a.jsonl", b"")):
        records = read(put(folder / name, head + content))
        last = 0
        for record in records:
            assert last < record.line
            last = record.line


def test_records_come_one_by_one(tmp_path: Path) -> None:
    path = put(tmp_path / "a.jsonl", '{"text": "ok"}\n' * 3)
    with RecordReader(path) as records:
        iterator: Iterator[Record] = iter(records)
        assert next(iterator).item.id == "1"
        records.close()


@pytest.mark.parametrize("value", ["1", "NaN"])
def test_what_lies_too_deep_to_be_written_again_is_broken_and_the_rest_goes_on(
    tmp_path: Path, value: str
) -> None:
    def nested(depth: int) -> str:
        return json.dumps({"text": "配送が遅い"}, ensure_ascii=False)[:-1] + (
            f', "a": {"[" * depth}{value}{"]" * depth}}}'
        )

    flat_but_many = json.dumps({"text": "late", "a": [{}] * 500})
    content = "\n".join([nested(99), nested(100), nested(700), nested(980), flat_but_many])
    records = read(put(tmp_path / "a.jsonl", content))
    assert [getattr(one.item, "code", None) for one in records] == [None, *["broken_record"] * 3, None]
    assert records[1].columns == {"raw": nested(100)}
    for one in records:
        assert dump(one.columns)
