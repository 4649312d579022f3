"""Runs that are stopped and gone on with: every byte as without the stop, and never two jobs mixed."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from voc_nlp.batch.checkpoint import Checkpoint
from voc_nlp.batch.resumable import ResumableWriter
from voc_nlp.batch.target import Target
from voc_nlp.errors import ResumeError, UnreadableFileError
from voc_nlp.records.laying import Columns
from voc_nlp.records.ready import make_ready

JOB = {"program": "1", "tier": "fast"}
NAMES = ["out.jsonl", "out.jsonl.gz", "out.csv", "out.csv.gz", "out.parquet", "out/"]
COUNT = 23
EVERY = 5


class StopError(Exception):
    """Stands for whatever ends a run."""


def line(number: int) -> dict[str, Any]:
    """Return a line of OUT, of either language and with columns that come late."""
    made: dict[str, Any] = {"id": str(number), "text": "配送が遅い" if number % 2 else "Late, again"}
    if number % 6 == 3:
        return {**made, "error": {"code": "missing_text", "message": f"line {number}: no text"}}
    return {**made, "language": "ja", "aspects": [], **({"店舗": number} if number > 12 else {})}


def run(out: str, *, stop: int | None = None, job: Any = None, count: int = COUNT, **options: Any) -> Any:
    """Write the lines that are not written yet; raise before record `stop` is written."""
    target = Target.of(out, "in.jsonl", options.pop("work", None))
    writer = ResumableWriter(target, job or JOB, every=EVERY, rows_per_file=10, **options)
    with writer:
        for number in range(writer.records, 0 if writer.is_complete else count):
            if number == stop:
                raise StopError
            writer.write(make_ready(line(number), writer.layout and Columns(writer.layout)))
    return writer


def contents(folder: Path, name: str) -> dict[str, bytes]:
    """Return OUT and whatever else lies in its folder, by name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, bytes]]:
    """Return a function that tells what a run without a stop leaves."""

    def leave(name: str) -> dict[str, bytes]:
        folder = tmp_path_factory.mktemp("undisturbed")
        run(f"{folder}/{name}")
        return contents(folder, name)

    return leave


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stops", [(0,), (4,), (5,), (6, 6), (7, 12, 13, 22)])
def test_a_run_that_is_gone_on_with_leaves_the_same_bytes(
    tmp_path: Path, undisturbed: Callable[[str], dict[str, bytes]], name: str, stops: tuple[int, ...]
) -> None:
    for stop in stops:
        with pytest.raises(StopError):
            run(f"{tmp_path}/{name}", stop=stop)
        assert not (tmp_path / name).exists()
    writer = run(f"{tmp_path}/{name}")
    assert contents(tmp_path, name) == undisturbed(name)
    assert writer.records == COUNT
    assert writer.refused == {"missing_text": 4}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("step", ["result", "put_in_place", "put_in_place, then", "_clear"])
def test_a_stop_at_any_step_of_the_end_is_gone_on_with(
    tmp_path: Path,
    undisturbed: Callable[[str], dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    step: str,
) -> None:
    owner: Any = ResumableWriter if step == "_clear" else Target
    real = getattr(owner, step.partition(",")[0])

    def stop(self: Any) -> None:
        if "then" in step:
            real(self)
        raise StopError

    with monkeypatch.context() as patch:
        patch.setattr(owner, step.partition(",")[0], stop)
        with pytest.raises(StopError):
            run(f"{tmp_path}/{name}")
    # With no lines to read: all that is left to be done is done from the files that were kept.
    writer = run(f"{tmp_path}/{name}", count=0)
    assert writer.is_complete
    assert writer.records == COUNT
    assert contents(tmp_path, name) == undisturbed(name)


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "out/"])
def test_a_stop_in_laying_out_is_gone_on_with(
    tmp_path: Path,
    undisturbed: Callable[[str], dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    def lose(target: Target) -> None:
        """Leave what a kill in the middle of laying out leaves."""
        if target.laid.is_dir():
            next(iter(sorted(target.laid.iterdir()))).write_bytes(b"half")
        else:
            target.laid.write_bytes(target.laid.read_bytes()[:-7])
        raise StopError

    with monkeypatch.context() as patch:
        patch.setattr(Target, "result", lose)
        with pytest.raises(StopError):
            run(f"{tmp_path}/{name}")
    assert not (tmp_path / name).exists()
    run(f"{tmp_path}/{name}", count=0)
    assert contents(tmp_path, name) == undisturbed(name)


def test_nothing_stays_of_a_run_without_a_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(StopError):
        run(f"{tmp_path}/out.csv", stop=EVERY - 1)
    assert not list(tmp_path.iterdir())
    with pytest.raises(StopError):
        run(f"{tmp_path}/out.csv", stop=EVERY)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".out.csv.voc-checkpoint",
        ".out.csv.voc-part",
    ]


def test_an_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text("old")
    with pytest.raises(StopError):
        run(f"{tmp_path}/out.jsonl", stop=12)
    assert (tmp_path / "out.jsonl").read_text() == "old"
    run(f"{tmp_path}/out.jsonl")
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == COUNT


@pytest.mark.parametrize(
    ("job", "message"),
    [
        ({"program": "1", "tier": "default"}, r"--tier \(was fast, is default\)"),
        ({"program": "2", "tier": "fast"}, r"the version of voc \(was 1, is 2\)"),
        ({"program": "1", "tier": "fast", "departments": "x"}, "the file of departments"),
    ],
)
def test_another_job_is_refused_and_nothing_is_touched(tmp_path: Path, job: Any, message: str) -> None:
    with pytest.raises(StopError):
        run(f"{tmp_path}/out.csv", stop=12)
    before = contents(tmp_path, "out.csv")
    with pytest.raises(ResumeError, match=message) as caught:
        run(f"{tmp_path}/out.csv", job=job)
    assert "--fresh" in str(caught.value)
    assert contents(tmp_path, "out.csv") == before
    assert run(f"{tmp_path}/out.csv", job=job, fresh=True).records == COUNT
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"{}",
        b'{"format": 1}',
        b'{"format": 1, "job": {}, "records": -1}',
        b'{"format": 1, "job": {}, "columns": {"a": ["list"]}}',
        b'{"format": 1, "job": {}, "strange": 1}',
    ],
)
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, damage: bytes) -> None:
    with pytest.raises(StopError):
        run(f"{tmp_path}/out.jsonl", stop=12)
    (tmp_path / ".out.jsonl.voc-checkpoint").write_bytes(damage)
    before = contents(tmp_path, "out.jsonl")
    with pytest.raises(ResumeError, match=r"is damaged\. Give --fresh"):
        run(f"{tmp_path}/out.jsonl")
    assert contents(tmp_path, "out.jsonl") == before


def test_a_checkpoint_of_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".out.jsonl.voc-checkpoint").write_text('{"format": 2, "job": {}}')
    with pytest.raises(ResumeError, match="has format 2; expected 1"):
        run(f"{tmp_path}/out.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == [".out.jsonl.voc-checkpoint"]


@pytest.mark.parametrize("length", [0, 10, None])
def test_a_partial_file_that_is_too_short_is_refused(tmp_path: Path, length: int | None) -> None:
    with pytest.raises(StopError):
        run(f"{tmp_path}/out.jsonl", stop=12)
    partial = tmp_path / ".out.jsonl.voc-part"
    if length is None:
        partial.unlink()
    else:
        os.truncate(partial, length)
    before = contents(tmp_path, "out.jsonl")
    with pytest.raises(ResumeError, match=rf"has {length or 0} bytes; its checkpoint expects"):
        run(f"{tmp_path}/out.jsonl")
    assert contents(tmp_path, "out.jsonl") == before


def test_a_second_run_of_the_same_out_is_refused(tmp_path: Path) -> None:
    with ResumableWriter(Target.of(f"{tmp_path}/out.jsonl", "in"), JOB) as writer:
        writer.write(make_ready(line(0), None))
        for fresh in (False, True):
            with pytest.raises(ResumeError, match="another run is writing"):
                run(f"{tmp_path}/out.jsonl", fresh=fresh)
    assert json.loads((tmp_path / "out.jsonl").read_text("utf-8")) == line(0)


def test_a_full_disk_keeps_what_is_certain(
    tmp_path: Path, undisturbed: Callable[[str], dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    with monkeypatch.context() as patch:
        left = iter(range(7))

        def sync(descriptor: int) -> None:
            if next(left, None) is None:
                raise OSError(28, "No space left on device")
            real(descriptor)

        patch.setattr(os, "fsync", sync)
        with pytest.raises(UnreadableFileError, match=r"out\.csv cannot be written: No space left"):
            run(f"{tmp_path}/out.csv")
    assert run(f"{tmp_path}/out.csv").records == COUNT
    assert contents(tmp_path, "out.csv") == undisturbed("out.csv")


def test_packed_lines_are_a_member_for_each_checkpoint(tmp_path: Path) -> None:
    run(f"{tmp_path}/out.jsonl.gz")
    packed = (tmp_path / "out.jsonl.gz").read_bytes()
    assert [json.loads(one) for one in gzip.decompress(packed).splitlines()] == [
        line(n) for n in range(COUNT)
    ]
    assert packed.count(b"\x1f\x8b\x08\x00\x00\x00\x00\x00") == 5
    run(f"{tmp_path}/empty.jsonl.gz", count=0)
    assert gzip.decompress((tmp_path / "empty.jsonl.gz").read_bytes()) == b""


@pytest.mark.parametrize("count", [0, 10, 20, 23])
def test_a_folder_has_files_of_one_schema(tmp_path: Path, count: int) -> None:
    run(f"{tmp_path}/out/", count=count)
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == [f"part-{n:05}.parquet" for n in range(max(1, -(-count // 10)))]
    assert len({str(pq.read_schema(file)) for file in files}) == 1
    ids = [row["id"] for file in files for row in pq.read_table(file).to_pylist()]
    assert ids == [str(n) for n in range(count)]


def test_a_folder_with_files_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(UnreadableFileError, match="is there and not empty"):
        run(f"{tmp_path}/out/")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    (tmp_path / "out" / "mine").unlink()
    run(f"{tmp_path}/out/")
    assert len(list((tmp_path / "out").iterdir())) == 3


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out/"])
def test_a_url_is_uploaded_when_all_is_there(
    tmp_path: Path, undisturbed: Callable[[str], dict[str, bytes]], name: str
) -> None:
    import fsspec

    url, work = f"memory://{tmp_path.name}/{name}", tmp_path / "work"
    system = fsspec.filesystem("memory")
    with pytest.raises(StopError):
        run(url, stop=12, work=work)
    assert not system.exists(f"/{tmp_path.name}")
    assert sorted(path.suffix for path in work.iterdir()) == [".voc-checkpoint", ".voc-part"]
    assert run(url, work=work).records == COUNT
    found = {path.removeprefix(f"/{tmp_path.name}/") for path in system.find(f"/{tmp_path.name}")}
    expected = undisturbed(name)
    assert found == set(expected)
    assert {path: system.cat(f"/{tmp_path.name}/{path}") for path in expected} == expected
    assert not list(work.iterdir())


def test_the_usual_folder_of_a_url_is_the_same_every_time_and_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    url = f"memory://{tmp_path.name}/out.csv"
    with pytest.raises(StopError):
        run(url, stop=12)
    [folder] = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert Target.of(url, "in.jsonl").partial.parent == folder
    assert Target.of(url, "other.jsonl").partial.parent != folder
    run(url)
    assert not folder.exists()


def test_a_checkpoint_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = Checkpoint({"a": [1]}, 5, 10, {"x": 1}, {"列": ["int", "str"], "b": []}, True, [1, 2])
    made.save(tmp_path / "c")
    assert Checkpoint.load(tmp_path / "c") == made
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    assert Checkpoint.load(tmp_path / "none") is None
