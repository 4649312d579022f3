"""`voc analyze` killed at many points and given again: the same bytes as undisturbed, in every format."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from voc_nlp.batch.target import Target
from voc_nlp.cli.files import check_apart
from voc_nlp.errors import UnreadableFileError

ROOT = Path(__file__).resolve().parents[3]
DOUBLES = Path(__file__).resolve().parents[1] / "batch"
EVERY = 512
COUNT = 2 * EVERY + 300

PROGRAM = """
import os, signal, sys
import analyzer_double
sys.modules["voc_nlp.loading"] = analyzer_double
from voc_nlp.batch import resumable
from voc_nlp.batch.checkpoint import Checkpoint
from voc_nlp.batch.target import Target
from voc_nlp.cli import main
from voc_nlp.records.partial import PartialFile

def kill_at(owner, name, call, *, after):
    real, calls = getattr(owner, name), 0

    def counted(*arguments, **options):
        nonlocal calls
        calls += 1
        if calls == call and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        done = real(*arguments, **options)
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(owner, name, counted)

resumable.ResumableWriter.__init__.__kwdefaults__["every"] = 512

if __name__ == "__main__":
    {kill}
    main()
"""

KILLS = {
    "between chunks": f"kill_at(PartialFile, 'write', {EVERY + 300}, after=True)",
    "before a checkpoint": "kill_at(Checkpoint, 'save', 3, after=False)",
    "after a checkpoint": "kill_at(Checkpoint, 'save', 3, after=True)",
    "after the next checkpoint": "kill_at(Checkpoint, 'save', 1, after=True)",
    "before its rename": "kill_at(os, 'replace', 3, after=False)",
    "before laying out": "kill_at(Checkpoint, 'save', 4, after=True)",
    "in laying out": "kill_at(resumable, '_make_certain', 1, after=False)",
    "before the end": "kill_at(Target, 'put_in_place', 1, after=False)",
    "after the rename": "kill_at(Target, 'put_in_place', 1, after=True)",
}


def command(*arguments: str, kill: str = "pass") -> list[str]:
    """Return the command line of `voc` with the double in place of the models."""
    return [sys.executable, "-c", PROGRAM.replace("{kill}", kill), *arguments]


def environment() -> dict[str, str]:
    """Return the environment in which the program finds the package and the double."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(DOUBLES)])}


def voc(*arguments: str, kill: str = "pass", **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run `voc` to its end or to its kill."""
    return subprocess.run(
        command(*arguments, kill=kill),
        capture_output=True,
        text=True,
        env=environment(),
        timeout=120,
        check=False,
        **options,
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder by name."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write IN, with both languages, a column that comes late, and records that are refused."""
    path = tmp_path_factory.mktemp("in") / "in.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(COUNT):
            row: dict[str, Any] = {"text": "配送が遅い" if number % 2 else "late"}
            if number > 800:
                row["店舗"] = number
            if number % 300 == 17:
                row["id"] = "twice"
            file.write("broken\n" if number % 300 == 250 else json.dumps(row, ensure_ascii=False) + "\n")
    return path


@pytest.fixture(scope="module")
def undisturbed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, bytes]]:
    """Return a function that tells what a run without a kill leaves."""
    known: dict[str, dict[str, bytes]] = {}

    def leave(name: str) -> dict[str, bytes]:
        if name not in known:
            folder = tmp_path_factory.mktemp("undisturbed")
            done = voc("analyze", str(source), f"{folder}/{name}")
            assert done.returncode == 3
            assert done.stderr == summary()
            known[name] = contents(folder)
        return known[name]

    return leave


def summary() -> str:
    """Return what is told at the end of a run, whether it was gone on with or not."""
    return f"voc: {COUNT:,} records, {COUNT - 8:,} analysed, 8 refused (broken_record 4, duplicate_id 4)\n"


def kill_and_go_on(source: Path, out: str, kills: Sequence[str], *options: str) -> str:
    """Run until each kill in turn and then to the end; return what was told last."""
    for kill in kills:
        done = voc("analyze", str(source), out, *options, kill=KILLS[kill])
        assert done.returncode == -signal.SIGKILL, done.stderr
    done = voc("analyze", str(source), out, *options)
    assert done.returncode == 3, done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("name", "kill"),
    [
        *(("out.jsonl.gz", kill) for kill in KILLS if not {"laying", "next"} & {*kill.split()}),
        *(("out.csv", kill) for kill in KILLS if "next" not in kill),
        *((name, kill) for name in ("out.parquet", "out/") for kill in ("between chunks", "in laying out")),
        ("out.jsonl", "between chunks"),
    ],
)
def test_a_kill_loses_nothing_and_doubles_nothing(
    source: Path, tmp_path: Path, undisturbed: Callable[[str], dict[str, bytes]], name: str, kill: str
) -> None:
    told = kill_and_go_on(source, f"{tmp_path}/{name}", [kill])
    assert contents(tmp_path) == undisturbed(name)
    assert told.endswith(summary())
    assert "earlier run" in told


@pytest.mark.parametrize("name", ["out.jsonl.gz", "out.csv"])
def test_several_kills_with_worker_processes(
    source: Path, tmp_path: Path, undisturbed: Callable[[str], dict[str, bytes]], name: str
) -> None:
    kills = ["between chunks", "after the next checkpoint"]
    told = kill_and_go_on(source, f"{tmp_path}/{name}", kills, "--workers", "2")
    assert f"going on after {2 * EVERY:,} records" in told
    assert contents(tmp_path) == undisturbed(name)


def test_a_changed_input_is_refused_until_fresh(source: Path, tmp_path: Path) -> None:
    mine, out = tmp_path / "in.jsonl", str(tmp_path / "out.jsonl")
    mine.write_bytes(source.read_bytes())
    voc("analyze", str(mine), out, kill=KILLS["after a checkpoint"])
    with mine.open("a", encoding="utf-8") as file:
        file.write('{"text": "one more"}\n')
    before = contents(tmp_path)
    done = voc("analyze", str(mine), out)
    assert done.returncode == 2
    assert "differs in IN (had " in done.stderr
    assert "--fresh" in done.stderr
    assert contents(tmp_path) == before
    assert voc("analyze", str(mine), out, "--fresh").returncode == 3
    assert sorted(contents(tmp_path)) == ["in.jsonl", "out.jsonl"]
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == COUNT + 1


def test_an_input_that_was_touched_is_the_same_and_one_of_the_same_size_is_not(
    source: Path, tmp_path: Path, undisturbed: Callable[[str], dict[str, bytes]]
) -> None:
    mine, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    mine.write_bytes(source.read_bytes())
    voc("analyze", str(mine), str(out), kill=KILLS["after a checkpoint"])
    times = mine.stat().st_atime_ns, mine.stat().st_mtime_ns
    content = mine.read_bytes()
    mine.write_bytes(content[:-8] + b"x" + content[-7:])
    os.utime(mine, ns=times)
    done = voc("analyze", str(mine), str(out))
    assert done.returncode == 2
    assert "IN (its content was changed, though its size is the same)" in done.stderr
    mine.write_bytes(content)
    os.utime(mine, (1, 1))
    done = voc("analyze", str(mine), str(out))
    assert done.returncode == 3, done.stderr
    assert "going on after" in done.stderr
    assert out.read_bytes() == undisturbed("out.jsonl")["out.jsonl"]


@pytest.mark.parametrize(
    ("options", "change", "told"),
    [
        (["--tier", "fast"], "", "--tier (was default, is fast)"),
        (["--keep-formulas"], "", "--keep-formulas (was off, is on)"),
        ([], "analyzer_double.AnalyzerDouble.model_version = 'double-2'", "the models (version)"),
    ],
)
def test_other_models_and_options_are_refused(
    source: Path, tmp_path: Path, options: list[str], change: str, told: str
) -> None:
    out = str(tmp_path / "out.csv")
    voc("analyze", str(source), out, kill=KILLS["after a checkpoint"])
    done = voc("analyze", str(source), out, *options, kill=change or "pass")
    assert done.returncode == 2
    assert f"differs in {told}. " in done.stderr


def test_a_second_run_is_locked_out(source: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out.jsonl")
    first = subprocess.Popen(
        command("analyze", str(source), out, kill="PartialFile.write = lambda *_: input()"),
        env=environment(),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while not (tmp_path / ".out.jsonl.voc-checkpoint").exists() and first.poll() is None:
        time.sleep(0.02)
    done = voc("analyze", str(source), out)
    first.kill()
    first.communicate()
    assert done.returncode == 2
    assert "another run is writing" in done.stderr
    assert voc("analyze", str(source), out).returncode == 3


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_keeps_what_is_done_and_says_so(
    source: Path,
    tmp_path: Path,
    undisturbed: Callable[[str], dict[str, bytes]],
    number: signal.Signals,
    code: int,
) -> None:
    out = str(tmp_path / "out.csv")
    interrupt = f"signal.SIGKILL = signal.Signals({int(number)}); {KILLS['between chunks']}"
    done = voc(
        *("analyze", str(source), out),
        kill=interrupt,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # a shell's background jobs ignore SIGINT
    )
    assert done.returncode == code
    assert f"voc: {EVERY:,} records are kept; the same command goes on after them" in done.stderr
    assert "Traceback" not in done.stderr
    assert voc("analyze", str(source), out).returncode == 3
    assert contents(tmp_path) == undisturbed("out.csv")


def test_a_run_from_stdin_leaves_nothing_when_it_is_stopped(tmp_path: Path) -> None:
    kill = "signal.SIGKILL = signal.SIGTERM; kill_at(resumable.ResumableWriter, '__enter__', 1, after=True)"
    done = voc("analyze", "-", str(tmp_path / "out.jsonl"), kill=kill, input='{"text": "遅い"}')
    assert done.returncode == 0
    assert list(contents(tmp_path)) == ["out.jsonl"]


@pytest.mark.parametrize(
    ("options", "told"),
    [(["--work", "x"], "--work is for an OUT that is a URL"), (["--rows-per-file", "5"], "a folder; write")],
)
def test_options_that_do_not_fit_out(source: Path, tmp_path: Path, options: list[str], told: str) -> None:
    done = voc("analyze", str(source), str(tmp_path / "out.jsonl"), *options)
    assert done.returncode == 2
    assert told in done.stderr


@pytest.mark.parametrize(
    ("given", "out"),
    [
        ("file://{0}/in.jsonl", "{0}/in.jsonl"),
        ("{0}/in.jsonl", "file://{0}/in.jsonl"),
        ("file://{0}", "{0}/out.jsonl"),
        ("{0}", "file://{0}/out.jsonl"),
    ],
)
def test_an_out_that_would_overwrite_in_is_refused_also_by_url(tmp_path: Path, given: str, out: str) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "遅い"}\n', "utf-8")
    with pytest.raises(click.UsageError, match=r"same file|lies in the folder IN"):
        check_apart(given.format(tmp_path), out.format(tmp_path))
    check_apart(f"file://{source}", f"file://{tmp_path}/out.jsonl")


@pytest.mark.parametrize(
    ("out", "told"),
    [("http://127.0.0.1:9/out.jsonl", "can only be read"), ("nothing://x/out.jsonl", "an unknown scheme")],
)
def test_an_out_that_cannot_be_uploaded_is_refused_before_the_work(
    tmp_path: Path, out: str, told: str
) -> None:
    with pytest.raises(UnreadableFileError, match=told):
        Target.of(out, "in.jsonl", tmp_path / "work")
    assert not (tmp_path / "work").exists()
