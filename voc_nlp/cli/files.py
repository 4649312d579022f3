"""What every command does with its files: check them, show progress, count what was refused."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import click

from voc_nlp.batch.resumable import ResumableWriter
from voc_nlp.records import Record, RecordReader, RecordWriter
from voc_nlp.records.places import path_of
from voc_nlp.records.reading import EXTENSIONS, STANDARD_STREAM
from voc_nlp.records.ready import ReadyLine
from voc_nlp.records.urls import is_url, shown

ALL_DONE = 0
SOME_REFUSED = 3

FILE_HELP = (
    f"a file ending in {', '.join(EXTENSIONS)}, a folder of such files of one kind, "
    "the URL of either (s3://, gs://, https://, ...), or - for stdin as JSONL"
)


def check_apart(source: str, target: str) -> None:
    """Refuse an OUT that is IN, or that lies in IN.

    Parameters
    ----------
    source : str
        IN as it was given.
    target : str
        OUT as it was given.

    Raises
    ------
    click.UsageError
        When both name the same file, or IN is a folder and OUT lies in it.
    """
    if STANDARD_STREAM in (source, target):
        return
    source, target = path_of(source), path_of(target)
    if is_url(source) or is_url(target):
        same = source == target
        inside = target.startswith(source.rstrip("/") + "/")
    else:
        same = os.path.exists(source) and os.path.exists(target) and os.path.samefile(source, target)
        inside = os.path.isdir(source) and Path(source).resolve() in Path(target).resolve().parents
    if same:
        raise click.UsageError(f"IN and OUT are the same file, {shown(source)}; give OUT another name.")
    if inside:
        raise click.UsageError(f"OUT lies in the folder IN, {shown(source)}; write it somewhere else.")


def write_answers(
    records: RecordReader,
    lines: Generator[ReadyLine, None, None],
    out: RecordWriter,
) -> int:
    """Write every answer, tell on stderr how many there were, and choose the exit code.

    Parameters
    ----------
    records : RecordReader
        Where the records come from, for the progress bar.
    lines : Generator[ReadyLine, None, None]
        The lines of OUT, made for the layout of `out`.
    out : RecordWriter
        Where to write; it is put in its place here.

    Returns
    -------
    int
        0 when no record was refused, else 3.
    """
    refused: Counter[str] = Counter()
    total = 0
    with out, closing(lines), progress(records) as advance:
        for line in lines:
            out.write_ready(line)
            total += 1
            if line.refused is not None:
                refused[line.refused] += 1
            if total % 64 == 0:
                advance(total)
    return summarise(records, total, refused)


def write_resumably(
    records: RecordReader,
    score: Callable[[Iterable[Record]], Generator[ReadyLine, None, None]],
    out: ResumableWriter,
) -> int:
    """Write every answer that an earlier run has not written, as `write_answers` does.

    Parameters
    ----------
    records : RecordReader
        Where the records come from, from its start.
    score : Callable[[Iterable[Record]], Generator[ReadyLine, None, None]]
        Answers records by lines, made for the layout of `out`.
    out : ResumableWriter
        Where to write; it is put in its place here, or what is done is kept.

    Returns
    -------
    int
        0 when no record was refused, by whichever run, else 3.
    """
    with _telling_what_is_kept(out), out:
        if out.is_complete:
            click.echo(f"voc: all {out.records:,} records were done by an earlier run", err=True)
        else:
            _write_rest(records, score, out)
    return summarise(records, out.records, out.refused)


@contextmanager
def _telling_what_is_kept(out: ResumableWriter) -> Iterator[None]:
    """Tell after a stop how much of it need not be done again."""
    try:
        yield
    except BaseException:
        if out.kept:
            click.echo(f"voc: {out.kept:,} records are kept; the same command goes on after them", err=True)
        raise


def _write_rest(
    records: RecordReader,
    score: Callable[[Iterable[Record]], Generator[ReadyLine, None, None]],
    out: ResumableWriter,
) -> None:
    """Pass over what was done and write the answers to the others."""
    if out.records:
        click.echo(f"voc: going on after {out.records:,} records that an earlier run has done", err=True)
        records.skip(out.records)
    with closing(score(records)) as lines, progress(records) as advance:
        for line in lines:
            out.write(line)
            if out.records % 64 == 0:
                advance(out.records)


def summarise(records: RecordReader, total: int, refused: Mapping[str, int]) -> int:
    """Tell on stderr how many records there were and how many were refused, by code.

    Parameters
    ----------
    records : RecordReader
        Where the records came from.
    total : int
        Records that were read.
    refused : Mapping[str, int]
        Refused records by code.

    Returns
    -------
    int
        0 when no record was refused, else 3.
    """
    if records.encoding != "utf-8":
        click.echo(f"voc: {records.name} was read as {records.encoding.upper()}", err=True)
    missed = sum(refused.values())
    line = f"voc: {total:,} records, {total - missed:,} analysed, {missed:,} refused"
    if missed:
        codes = sorted(refused.items(), key=lambda item: (-item[1], item[0]))
        line += f" ({', '.join(f'{code} {count:,}' for code, count in codes)})"
    click.echo(line, err=True)
    return SOME_REFUSED if missed else ALL_DONE


@contextmanager
def progress(records: RecordReader) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on stderr, when that is a terminal.

    Parameters
    ----------
    records : RecordReader
        Tells how far it is read.

    Yields
    ------
    Callable[[int], None]
        To be called now and then with the number of records done.
    """
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.fields[name]}"),
        BarColumn(),
        TextColumn("{task.fields[done]:,} records"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(
            "", total=1 if records.share_read is not None else None, name=Path(records.name).name, done=0
        )
        yield lambda done: bar.update(task, completed=records.share_read or 0.0, done=done)
