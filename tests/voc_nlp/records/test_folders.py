"""A folder is read as one file; every error names the file in it."""

import gzip
import json

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records import Record, RecordReader, answer_columns
from voc_nlp.schema import Comment, Refusal


def put(folder: str, name: str, content: bytes) -> None:
    """Write a file into the folder."""
    with fsspec.open(f"{folder}/{name}", "wb", auto_mkdir=True) as file:
        file.write(content)


def table(**columns: list[object]) -> bytes:
    """Write a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue().to_pybytes()


def lines(*rows: dict[str, object]) -> bytes:
    """Write JSONL."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def read(folder: str) -> list[Record]:
    """Read all records."""
    with RecordReader(folder) as records:
        return list(records)


def test_the_files_come_in_the_order_of_their_names_with_numbers_going_on(folder: str) -> None:
    put(folder, "part-2.parquet", table(text=["third", "四"]))
    put(folder, "part-1.parquet", table(text=["一", "second"]))
    put(folder, "part-10.parquet", table(text=["between"]))
    found = read(folder)
    assert [record.item.text for record in found if isinstance(record.item, Comment)] == [
        "一", "second", "between", "third", "四"
    ]  # fmt: skip
    assert [(record.item.id, record.line, record.file) for record in found] == [
        ("1", 1, "part-1.parquet"),
        ("2", 2, "part-1.parquet"),
        ("3", 1, "part-10.parquet"),
        ("4", 1, "part-2.parquet"),
        ("5", 2, "part-2.parquet"),
    ]


def test_folders_of_partitions_are_columns(folder: str) -> None:
    put(folder, "channel=a%2Fb/lang=en/x.parquet", table(text=["late"], shop=[1]))
    put(folder, "channel=web/lang=ja/x.parquet", table(text=["遅い"], channel=["its own"]))
    put(folder, "channel=web/lang=__HIVE_DEFAULT_PARTITION__/x.parquet", table(text=["ok"]))
    first, second, third = (record.item for record in read(folder))
    assert isinstance(first, Comment)
    assert isinstance(second, Comment)
    assert isinstance(third, Comment)
    assert (first.channel, first.lang, first.extra) == ("a/b", "en", {"shop": 1})
    assert (second.channel, second.lang) == ("web", "auto")
    assert (third.channel, third.lang) == ("its own", "ja")


def test_hidden_files_are_passed_over(folder: str) -> None:
    put(folder, "_year=2026/part.parquet", table(text=["良い"]))
    for name in ("_SUCCESS", "_metadata", ".part.crc", "_temporary/0/x.txt", ".hidden/x.csv"):
        put(folder, name, b"no data")
    (record,) = read(folder)
    assert record.columns == {"text": "良い", "_year": "2026"}


def test_packed_and_plain_jsonl_together(folder: str) -> None:
    put(folder, "a.jsonl", lines({"text": "良い"}))
    put(folder, "b.jsonl.gz", gzip.compress(lines({"text": "ok"})))
    with RecordReader(folder) as records:
        shares = [records.share_read for _ in records]
    assert shares == [0.5, 1.0]


def test_csv_files_have_an_encoding_each(folder: str) -> None:
    put(folder, "a.csv", "text\n良い\n".encode())
    put(folder, "b.csv", "text\n配送が遅いです\n".encode("cp932"))
    with RecordReader(folder) as records:
        assert [record.columns["text"] for record in records] == ["良い", "配送が遅いです"]
        assert records.encoding == "cp932"


def test_refusals_name_the_file_and_the_line(folder: str) -> None:
    put(folder, "a/1.jsonl", lines({"id": "x", "text": "良い"}))
    put(folder, "a/2.jsonl", b"not json\n" + lines({"id": "x", "text": "again"}, {"text": "遅い"}))
    _, broken, twice, good = read(folder)
    assert isinstance(broken.item, Refusal)
    assert isinstance(twice.item, Refusal)
    assert (broken.item.code, twice.item.code) == ("broken_record", "duplicate_id")
    assert broken.item.message.startswith("a/2.jsonl, line 1: not JSON")
    assert twice.item.message.startswith("a/2.jsonl, line 2: an earlier record has the same id")
    answer = Refusal(good.item.id, "text_too_long", "too long").to_dict()
    assert answer_columns(good, answer)["error"]["message"] == "a/2.jsonl, line 3: too long"


def test_an_empty_folder(folder: str) -> None:
    put(folder, "_SUCCESS", b"")
    with pytest.raises(UnreadableFileError, match=r"holds no file; expected Parquet, JSONL or CSV"):
        RecordReader(folder)


def test_two_kinds_of_files(folder: str) -> None:
    put(folder, "a.parquet", table(text=["良い"]))
    put(folder, "b.jsonl", lines({"text": "ok"}))
    with pytest.raises(UnreadableFileError, match=r"two kinds, a\.parquet and b\.jsonl; expected one kind"):
        RecordReader(folder)


def test_a_file_of_another_ending_is_not_left_out_in_silence(folder: str) -> None:
    put(folder, "a.parquet", table(text=["良い"]))
    put(folder, "b.tsv", b"text\nok\n")
    with pytest.raises(UnreadableFileError, match=r"b\.tsv has an unknown ending"):
        RecordReader(folder)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("b.parquet", b"PAR1 broken PAR1", r"b\.parquet is not a Parquet file"),
        ("b.parquet", table(comment=["x"]), r"b\.parquet has no column text; found: comment"),
    ],
)
def test_one_broken_parquet_file(folder: str, name: str, content: bytes, message: str) -> None:
    put(folder, "a.parquet", table(text=["良い"]))
    put(folder, name, content)
    with pytest.raises(UnreadableFileError, match=message):
        read(folder)
    if ":" not in folder:
        with pytest.raises(UnreadableFileError, match=message):
            RecordReader(folder)


def test_a_file_that_is_cut_off_in_the_middle(folder: str) -> None:
    packed = gzip.compress(lines(*({"text": f"良い {number} {hash(str(number))}"} for number in range(900))))
    put(folder, "a.jsonl.gz", packed)
    put(folder, "b.jsonl.gz", packed[: len(packed) // 2])
    found = []
    with (
        RecordReader(folder) as records,
        pytest.raises(UnreadableFileError, match=r"b\.jsonl\.gz cannot be read"),
    ):
        found.extend(records)
    assert len(found) > 900
