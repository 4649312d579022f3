"""The command `voc`: exit codes, files left behind, what is told on stderr."""

import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from voc_nlp.cli import run

analyze_command = import_module("voc_nlp.cli.analyze")
ROOT = Path(__file__).resolve().parents[2]
DOUBLES = Path(__file__).resolve().parent / "batch"
ROWS = [
    {"id": "a", "text": "配送が遅い", "店舗": "渋谷"},
    {"id": "b", "text": "Late again", "nps": 2},
]


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Put the double in place of the shipped models."""
    monkeypatch.syspath_prepend(str(DOUBLES))
    double = import_module("analyzer_double")
    monkeypatch.setitem(sys.modules, "voc_nlp.loading", double)
    yield double
    sys.modules.pop("analyzer_double", None)


@pytest.fixture
def given(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes IN."""

    def write(rows: Sequence[Any] = ROWS, name: str = "in.jsonl") -> Path:
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path: Path = tmp_path / name
        path.write_text("\n".join(lines), "utf-8")
        return path

    return write


def out_rows(path: Path) -> list[dict[str, Any]]:
    """Read OUT, whatever its format."""
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return rows
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_all_analysed(models: Any, given: Callable[..., Path], capfd: pytest.CaptureFixture[str]) -> None:
    source = given()
    out = source.with_name("out.jsonl")
    assert run(["analyze", str(source), str(out)]) == 0
    first, second = out_rows(out)
    assert first["id"] == "a"
    assert first["language"] == "ja"
    assert first["店舗"] == "渋谷"
    assert second["id"] == "b"
    assert second["language"] == "en"
    assert second["nps"] == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == "voc: 2 records, 2 analysed, 0 refused\n"


BAD_ROWS = [
    '{"id": "ok", "text": "fine", "x": 1}',
    "not json",
    '{"id": "long", "text": "' + "あ" * 20_001 + '"}',
    '{"id": "surrogate", "text": "\\ud800"}',
    '{"id": "nul", "text": "a\\u0000b"}',
    '{"id": "nan", "text": NaN}',
    '{"id": "fr", "text": "bonjour", "lang": "fr"}',
    '{"id": "ok", "text": "again"}',
    '{"id": "nps", "text": "fine", "nps": 11}',
    '{"id": "empty", "text": ""}',
]
BAD_CODES = [
    *(None, "broken_record", "text_too_long", "invalid_text", "invalid_text", "missing_text"),
    *("unsupported_language", "duplicate_id", "invalid_record", None),
]


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_refused_records_are_kept_and_told(
    models: Any, given: Callable[..., Path], capfd: pytest.CaptureFixture[str], name: str, workers: str
) -> None:
    source = given(BAD_ROWS)
    out = source.with_name(name)
    if workers == "1":
        assert run(["analyze", str(source), str(out)]) == 3
    else:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(analyze_command, "partial", lambda *_: models.load)
            assert run(["analyze", str(source), str(out), "--workers", workers]) == 3
    rows = out_rows(out)
    flat = name != "out.jsonl"
    codes = [(row["error_code"] or None) if flat else row.get("error", {}).get("code") for row in rows]
    assert codes == BAD_CODES
    assert [row["id"] for row in rows][:3] == ["ok", "2", "long"]
    for number, row in enumerate(rows, start=1):
        message = row["error_message"] if flat else row.get("error", {}).get("message")
        assert not message or message.startswith(f"line {number}: ")
    assert rows[1]["raw"] == "not json"
    assert rows[2]["text"] == "あ" * 20_001
    error = capfd.readouterr().err
    assert "voc: 10 records, 2 analysed, 8 refused (invalid_text 2, broken_record 1, duplicate_id 1," in error


@pytest.mark.parametrize("source_name", ["in.jsonl", "in.csv", "in.parquet"])
@pytest.mark.parametrize("target_name", ["out.jsonl", "out.csv", "out.parquet"])
def test_every_format_to_every_format(
    models: Any, tmp_path: Path, source_name: str, target_name: str
) -> None:
    source, out = tmp_path / source_name, tmp_path / target_name
    rows = [("007", "配送が\n遅い", "0040001"), ("x", 'Late, "again"', "090")]
    if source_name == "in.csv":
        with source.open("w", encoding="cp932", newline="") as file:
            csv.writer(file).writerows([("id", "text", "郵便番号"), *rows])
    elif source_name == "in.parquet":
        ids, texts, codes = zip(*rows, strict=True)
        pq.write_table(pa.table({"id": ids, "text": texts, "郵便番号": codes}), source)
    else:
        names = ("id", "text", "郵便番号")
        source.write_text("\n".join(json.dumps(dict(zip(names, row, strict=True))) for row in rows), "utf-8")
    assert run(["analyze", str(source), str(out)]) == 0
    assert [(row["id"], row["text"], row["郵便番号"]) for row in out_rows(out)] == rows


def test_cp932_is_told(models: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.csv").write_bytes("text\n遅い\n".encode("cp932"))
    assert run(["analyze", str(tmp_path / "in.csv"), str(tmp_path / "out.csv")]) == 0
    assert "in.csv was read as CP932" in capfd.readouterr().err


def test_out_of_one_run_can_be_in_of_the_next(models: Any, given: Callable[..., Path]) -> None:
    source = given()
    for name in ("1.csv", "2.parquet", "3.jsonl"):
        assert run(["analyze", str(source), str(source.with_name(name))]) == 0
        source = source.with_name(name)
    assert [row["text"] for row in out_rows(source)] == ["配送が遅い", "Late again"]


def unusable(tmp_path: Path) -> list[tuple[list[str], str]]:
    """Return arguments that cannot be used and what is said about them."""
    source, out = str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl")
    link = tmp_path / "link.jsonl"
    link.symlink_to(source)
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "empty.csv").touch()
    (tmp_path / "foreign.csv").write_text("a,b\n1,2\n")
    return [
        (["analyze", source], "Missing argument 'OUT'"),
        (["analyze", source, out, "--engine", "spark"], "'spark' is not one of"),
        (["analyze", source, out, "--workers", "0"], "--workers"),
        (["analyze", source, out, "--tier", "slow"], "--tier"),
        (["analyze", source, out, "--models", str(tmp_path / "no")], "does not exist"),
        (["analyze", source, source], "IN and OUT are the same file"),
        (["analyze", source, str(link)], "IN and OUT are the same file"),
        (["analyze", str(tmp_path), out], "OUT lies in the folder IN"),
        (["analyze", tmp_path.as_uri(), f"{tmp_path.as_uri()}/out.csv"], "OUT lies in the folder IN"),
        (["analyze", str(tmp_path / "no.csv"), out], "is not there"),
        (["analyze", str(tmp_path / "folder.jsonl"), out], "is a directory"),
        (["analyze", str(tmp_path / "empty.csv"), out], "is empty"),
        (["analyze", str(tmp_path / "foreign.csv"), out], "no column text; found: a, b"),
        (["analyze", source, str(tmp_path / "out.xlsx")], "unknown ending"),
        (["analyze", source, str(tmp_path / "folder.jsonl")], "is a directory"),
        (["analyze", source, str(tmp_path / "no" / "out.csv")], "cannot be written"),
        (["themes", "fit", source], "Missing option '--out'"),
        (["themes", "show", str(tmp_path / "no")], "does not exist"),
        (["nonsense"], "No such command"),
        ([], "Usage: voc"),
    ]


@pytest.mark.parametrize("case", range(20))
def test_unusable_arguments(
    models: Any, given: Callable[..., Path], tmp_path: Path, capfd: pytest.CaptureFixture[str], case: int
) -> None:
    given()
    arguments, message = unusable(tmp_path)[case]
    before = sorted(tmp_path.iterdir())
    assert run(arguments) == 2
    captured = capfd.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""
    assert sorted(tmp_path.iterdir()) == before


def test_an_empty_file_has_an_empty_answer(models: Any, given: Callable[..., Path]) -> None:
    out = given([]).with_name("out.jsonl")
    assert run(["analyze", str(given([])), str(out)]) == 0
    assert out.read_bytes() == b""


def test_missing_models_end_with_2(
    models: Any, given: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    models_missing = SimpleNamespace(
        load_analyzer=lambda *_: models.load_missing(), model_digests=models.model_digests
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "voc_nlp.loading", models_missing)
        assert run(["analyze", str(given()), str(given().with_name("out.csv"))]) == 2
    assert "voc: models are missing" in capfd.readouterr().err
    assert not given().with_name("out.csv").exists()


def test_a_comment_that_ends_its_worker_is_refused_and_the_rest_goes_on(given: Callable[..., Path]) -> None:
    source = given([*ROWS, {"text": "CRASH"}, {"text": "遅い"}])
    out = source.with_name("out.csv")
    done = voc("analyze", str(source), str(out), "--workers", "2")
    assert done.returncode == 3, done.stderr
    assert [row["error_code"] for row in out_rows(out)] == ["", "", "internal_error", ""]


def program() -> list[str]:
    """Return a command line that is `voc` with the double in place of the models."""
    code = (
        "import sys, analyzer_double; sys.modules['voc_nlp.loading'] = analyzer_double\n"
        "from voc_nlp.cli import main\n"
        "if __name__ == '__main__': main()\n"
    )
    return [sys.executable, "-c", code]


def environment() -> dict[str, str]:
    """Return the environment in which the program finds the package and the double."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(DOUBLES)])}


def voc(*arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """Run the program to its end."""
    return subprocess.run(
        [*program(), *arguments], input=stdin, capture_output=True, env=environment(), timeout=60, check=False
    )


def test_stdin_to_stdout() -> None:
    done = voc("analyze", "-", "-", stdin='{"text": "配送が遅い"}\nbroken\n{"text": "late"}'.encode())
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert done.returncode == 3
    assert [row.get("language") for row in rows] == ["ja", None, "en"]
    assert rows[0]["text"] == "配送が遅い"
    assert rows[1]["raw"] == "broken"


def test_workers_are_started_from_the_program(given: Callable[..., Path]) -> None:
    source = given([{"text": "遅い"}] * 600)
    out = source.with_name("out.jsonl")
    done = voc("analyze", str(source), str(out), "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert [row["id"] for row in out_rows(out)] == [str(n) for n in range(1, 601)]


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_leaves_no_half_file(
    given: Callable[..., Path], workers: str, number: signal.Signals, code: int
) -> None:
    source = given([{"text": "SLOW"}] * 600)
    process = subprocess.Popen(
        [*program(), "analyze", str(source), str(source.with_name("out.csv")), "--workers", workers],
        env=environment(),
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # a shell's background jobs ignore SIGINT
    )
    while len(list(source.parent.iterdir())) < 2 and process.poll() is None:
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(number)
    _, error = process.communicate(timeout=30)
    assert process.returncode == code
    assert b"Traceback" not in error
    assert [p.name for p in source.parent.iterdir()] == ["in.jsonl"]


def test_a_closed_pipe_is_quiet(given: Callable[..., Path]) -> None:
    source = given([{"text": "遅い" * 200}] * 3_000)
    process = subprocess.Popen(
        [*program(), "analyze", str(source), "-"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(30) != 0
    assert process.stderr.read() == b""
    process.stderr.close()


def test_a_progress_bar_on_a_terminal_only(given: Callable[..., Path]) -> None:
    source = given([{"text": "遅い"}] * 300)
    arguments = [*program(), "analyze", str(source), str(source.with_name("out.jsonl"))]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        arguments,
        env={**environment(), "TERM": "xterm", "COLUMNS": "80"},
        stderr=theirs,
        stdout=subprocess.PIPE,
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:
        pass
    os.close(ours)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert output == b""
    assert "in.jsonl" in shown.decode()
    assert "records" in shown.decode()
    assert b"\x1b" not in voc(*arguments[3:]).stderr


def test_version_and_help_are_instant() -> None:
    assert voc("--version").stdout.startswith(b"voc 0.")
    start = time.monotonic()
    done = voc("--help")
    assert time.monotonic() - start < 3
    assert done.returncode == 0
    assert b"analyze" in done.stdout
    code = "import sys; import voc_nlp.cli; print([m for m in HEAVY if m in sys.modules])"
    heavy = ["numpy", "pyarrow", "torch", "spacy", "bertopic", "ray", "sklearn", "rich", "tokenizers"]
    loaded = subprocess.run(
        [sys.executable, "-c", code.replace("HEAVY", repr(heavy))],
        capture_output=True,
        env=environment(),
        check=True,
    )
    assert loaded.stdout == b"[]\n"


def test_a_file_of_departments_that_is_wrong(
    models: Any, given: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    source = given()
    out = source.with_name("out.jsonl")
    wrong = source.with_name("mine.toml")
    wrong.write_text('[[departments]]\nid = "green"\n', "utf-8")
    assert run(["analyze", str(source), str(out), "--departments", str(wrong)]) == 2
    assert "mine.toml: department 1 (green): name_ja is missing" in capfd.readouterr().err
    assert not out.exists()
    assert run(["analyze", str(source), str(out), "--departments", str(source.with_name("none.toml"))]) == 2
    assert "none.toml" in capfd.readouterr().err
