"""Where files lie: paths and URLs, their stamps, uploads, and messages that give no secrets away."""

import builtins
import gzip
import json
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import known_implementations

from voc_nlp.errors import UnreadableFileError
from voc_nlp.records import RecordReader
from voc_nlp.records.places import files_in, is_folder, open_for_reading, put, stat_of
from voc_nlp.records.urls import file_name, is_url, shown, within
from voc_nlp.schema import Comment

ROWS = "".join(json.dumps({"text": f"配送が遅い late {n}"}, ensure_ascii=False) + "\n" for n in range(4_000))
ENDINGS = [".jsonl", ".jsonl.gz", ".csv", ".parquet"]


def write(name: str, content: bytes) -> str:
    """Write a file anywhere."""
    with fsspec.open(name, "wb", auto_mkdir=True) as file:
        file.write(content)
    return name


def content_of(ending: str) -> bytes:
    """Write the rows in one of the formats."""
    texts = [json.loads(line)["text"] for line in ROWS.splitlines()]
    if ending == ".parquet":
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table({"text": texts}), sink, row_group_size=900)
        return sink.getvalue().to_pybytes()
    if ending == ".csv":
        return ("text\n" + "\n".join(texts)).encode()
    return gzip.compress(ROWS.encode()) if ending.endswith(".gz") else ROWS.encode()


class _Web(SimpleHTTPRequestHandler):
    """Serves a folder, whole files or parts of them."""

    ranges = False

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def end_headers(self) -> None:
        """Tell that parts are served."""
        if self.ranges:
            self.send_header("Accept-Ranges", "bytes")
        super().end_headers()

    def do_GET(self) -> None:
        """Serve a file, or the part of it that was asked for."""
        asked = self.headers.get("Range", "").removeprefix("bytes=")
        if not (self.ranges and asked):
            return super().do_GET()
        whole = Path(self.translate_path(self.path)).read_bytes()
        first, _, last = asked.partition("-")
        part = whole[int(first) : int(last) + 1 if last else None]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{int(first) + len(part) - 1}/{len(whole)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)


class _WebInParts(_Web):
    ranges = True


@pytest.fixture(params=[_Web, _WebInParts], ids=["whole", "parts"])
def web(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Serve a folder over http on this machine."""
    pytest.importorskip("aiohttp", reason="the extra http is not installed")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(request.param, directory=str(tmp_path)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("s3://bucket/a.jsonl", True),
        ("memory://a.csv", True),
        ("file:///a.csv", True),
        ("HTTPS://example.com/a.csv", True),
        ("simplecache::s3://bucket/a.parquet", True),
        ("a.jsonl", False),
        ("/data/a.jsonl", False),
        ("C:/data/a.jsonl", False),
        ("c://data/a.jsonl", False),
        ("声/a::b.jsonl", False),
        ("-", False),
    ],
)
def test_is_url(name: str, url: bool) -> None:
    assert is_url(name) == url


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("https://example.com/a.csv?sig=x#top", "https://example.com/a.csv"),
        ("s3://bucket/a#1?.jsonl", "s3://bucket/a#1?.jsonl"),
        ("s3://bucket/a.jsonl?versionId=7", "s3://bucket/a.jsonl"),
        ("simplecache::s3://bucket/声.parquet", "s3://bucket/声.parquet"),
        ("a?b=c.csv", "a?b=c.csv"),
    ],
)
def test_the_name_whose_ending_counts(name: str, plain: str) -> None:
    assert file_name(name) == plain


@pytest.mark.parametrize(
    "name",
    ["s3://me:hunter2@bucket/a.csv", "https://x.example/a.csv?sig=hunter2", "sftp://hunter2@host/a.csv"],
)
def test_no_credentials_are_shown(name: str) -> None:
    assert "hunter2" not in shown(f"{name} is not there")
    assert "a.csv" in shown(name)
    assert shown("声@a?b=c.csv") == "声@a?b=c.csv"


@pytest.mark.parametrize("ending", ENDINGS)
def test_records_come_from_any_place(folder: str, ending: str) -> None:
    with RecordReader(write(f"{folder}/声{ending}", content_of(ending))) as records:
        texts = [record.item.text for record in records if isinstance(record.item, Comment)]
        assert records.share_read == 1
    assert texts == [f"配送が遅い late {number}" for number in range(4_000)]


@pytest.mark.parametrize("ending", ENDINGS)
def test_records_come_from_a_web_server(web: str, tmp_path: Path, ending: str) -> None:
    (tmp_path / f"a{ending}").write_bytes(content_of(ending))
    with RecordReader(f"{web}/a{ending}?signature=hunter2") as records:
        assert sum(isinstance(record.item, Comment) for record in records) == 4_000
        assert records.share_read == 1
        assert records.name == f"{web}/a{ending}?***"


def test_a_folder_of_a_web_server(web: str, tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.jsonl").write_text(f'{{"text": "良い {name}"}}\n')
    with RecordReader(f"{web}/") as records:
        assert [record.columns["text"] for record in records] == ["良い a", "良い b"]


def test_a_web_server_that_has_no_such_file(web: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"/a\.csv is not there"):
        RecordReader(f"{web}/a.csv")
    (tmp_path / "b.csv").write_text("text\nok\n")
    with pytest.raises(UnreadableFileError, match="can only be read"):
        put(tmp_path / "b.csv", f"{web}/b.csv")


def test_without_the_package_for_the_web(monkeypatch: pytest.MonkeyPatch) -> None:
    found = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] in ("aiohttp", "s3fs"):
            raise ImportError(name)
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(UnreadableFileError, match=r"not installed for http://\. .*aiohttp"):
        open_for_reading("http://me:hunter2@127.0.0.1/a.csv")


def test_unknown_schemes_and_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadableFileError, match=r"nowhere://a\.csv has an unknown scheme"):
        open_for_reading("nowhere://a.csv")
    entry = {"class": "no_such_package.Files", "err": "Install no_such_package to access it"}
    monkeypatch.setitem(known_implementations, "elsewhere", entry)
    with pytest.raises(UnreadableFileError, match=r"elsewhere://. Install no_such_package") as caught:
        open_for_reading("elsewhere://me:hunter2@b/a.csv")
    assert "hunter2" not in str(caught.value)


def test_what_a_server_raises_is_one_of_our_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        closed = False

        def seekable(self) -> bool:
            return True

        def read(self, _: int) -> bytes:
            raise KeyError("https://me:hunter2@host/ refused")

        def close(self) -> None:
            self.closed = True

    fsspec.filesystem("memory").pipe("/a.jsonl", b"{}")
    failing = Failing()
    monkeypatch.setattr(MemoryFileSystem, "open", lambda *_: failing)
    with RecordReader("memory://a.jsonl") as records, pytest.raises(UnreadableFileError) as caught:
        list(records)
    assert "KeyError" in str(caught.value)
    assert "memory://a.jsonl cannot be read" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert failing.closed


def test_a_missing_file(folder: str) -> None:
    for action in (open_for_reading, stat_of, RecordReader):
        with pytest.raises(UnreadableFileError, match=r"声\.csv is not there"):
            action(f"{folder}/声.csv")


def test_stamps_tell_a_change(folder: str) -> None:
    name = write(f"{folder}/a.jsonl", b'{"text": "ok"}\n')
    before, around = stat_of(name), stat_of(folder)
    assert stat_of(name) == before
    assert stat_of(folder) == around
    assert (before.size, around.size) == (15, 15)
    write(f"{folder}/sub/b.jsonl", b"{}\n")
    assert stat_of(folder).size == 18
    assert stat_of(folder).mark != around.mark
    write(name, b'{"text": "no"}\n')
    if not is_url(folder):
        import os

        os.utime(name, ns=(0, 0))
    assert stat_of(name).mark != before.mark


def test_stamps_of_paths_are_the_same_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(str(tmp_path / "a.csv"), b"text\n")
    monkeypatch.chdir(tmp_path)
    assert stat_of("a.csv") == stat_of(str(tmp_path / "a.csv"))


def test_files_of_a_folder(folder: str) -> None:
    for name in (
        "b.csv",
        "a.PARQUET",
        "k=2/a.parquet",
        "k=10/声.parquet",
        "_SUCCESS",
        ".x.parquet",
        "_t/a.parquet",
    ):
        write(f"{folder}/{name}", b"")
    assert is_folder(folder)
    assert not is_folder(f"{folder}/b.csv")
    found = files_in(folder, ".parquet")
    assert [within(folder, name) for name in found] == ["a.PARQUET", "k=10/声.parquet", "k=2/a.parquet"]
    assert [within(folder + "/", name) for name in files_in(folder + "/")][1] == "b.csv"
    for name in found:
        with open_for_reading(name) as file:
            assert file.read() == b""


def test_uploads_take_the_place_of_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for number, url in enumerate((f"{(tmp_path / 'out').as_uri()}/a.csv", f"memory://{tmp_path.name}/a.csv")):
        for text in ("古い", f"new {number}"):
            (tmp_path / "local").write_text(text)
            put(tmp_path / "local", url)
            with open_for_reading(url) as file:
                assert file.read().decode() == text
        assert [within(url[:-6], name) for name in files_in(url[:-6])] == ["a.csv"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.csv"]


def test_an_upload_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.implementations.local import LocalFileSystem

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "local").write_text("new")
    write(str(tmp_path / "out" / "a.csv"), "古い".encode())
    monkeypatch.setattr(LocalFileSystem, "mv", fail)
    with pytest.raises(UnreadableFileError, match=r"a\.csv cannot be written: No space left"):
        put(tmp_path / "local", (tmp_path / "out" / "a.csv").as_uri())
    assert [path.read_text() for path in (tmp_path / "out").iterdir()] == ["古い"]
