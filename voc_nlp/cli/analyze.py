"""``voc analyze``: score a file of comments."""

from collections.abc import Generator, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path

import click

from voc_nlp.batch.job import describe_job
from voc_nlp.batch.lines import MakeLines
from voc_nlp.batch.resumable import ROWS_PER_FILE, ResumableWriter
from voc_nlp.batch.target import FOLDER, Target
from voc_nlp.batch.threads import use_one_thread
from voc_nlp.cli.files import FILE_HELP, check_apart, write_answers, write_resumably
from voc_nlp.cli.options import DEPARTMENTS, MODELS, TIER
from voc_nlp.records import Record, RecordReader, RecordWriter, answer_columns
from voc_nlp.records.flat import Layout
from voc_nlp.records.reading import STANDARD_STREAM
from voc_nlp.records.ready import ReadyLine
from voc_nlp.records.urls import file_name, is_url


@click.command(
    help=f"""Analyse every comment of IN and write one answer a record to OUT, in the same order.

    IN is {FILE_HELP}; OUT is one such file, its URL, the name of a new folder ending in {FOLDER} for
    Parquet files of a million rows each, or - for stdout.
    A record has a text and optionally id, lang (ja, en, auto), channel, industry, touchpoint,
    customer_id, created_at, nps (0-10), csat, ces; any other column is kept as given.

    In JSONL a line of OUT is the whole answer with the record's columns beside it; in CSV and
    Parquet there are plain columns to filter by, and <name>_json columns with the rest.

    A run that was stopped, by whatever, goes on where it was when the same command is given again.

    Exit code 0: every record was analysed; 3: some were refused (they are in OUT with
    an error); 2: unusable arguments, an unreadable file, or an unfinished run of another job."""
)
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@MODELS
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="This machine's processes, or Ray Data (extra ray).",
)
@click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes or actors."
)
@click.option(
    "--address",
    help="Of a running Ray cluster: auto, or host:port of its head.  "
    "[default: RAY_ADDRESS, or a Ray of its own]",
)
@TIER
@DEPARTMENTS
@click.option(
    "--keep-formulas", is_flag=True, help="In CSV, leave cells that begin with = + - @ as they are."
)
@click.option("--fresh", is_flag=True, help="Discard an unfinished run of OUT and start over.")
@click.option(
    "--rows-per-file",
    type=click.IntRange(min=1),
    help=f"Rows of a file where OUT is a folder.  [default: {ROWS_PER_FILE}]",
)
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where OUT is a URL: folder for the unfinished run, in place of one below the system's "
    "temporary folder.",
)
def analyze(
    source: str,
    target: str,
    models: Path | None,
    engine: str,
    workers: int,
    address: str | None,
    tier: str,
    departments: Path | None,
    keep_formulas: bool,
    fresh: bool,
    rows_per_file: int | None,
    work: Path | None,
) -> int:
    """Score a file of comments; the help text is above, where it can name the endings."""
    if address is not None and engine != "ray":
        raise click.UsageError("--address is of a Ray cluster; add --engine ray, or leave it out.")
    use_one_thread()
    check_apart(source, target)
    if work is not None and not is_url(target):
        raise click.UsageError(f"--work is for an OUT that is a URL, {target} is none; leave it out.")
    if rows_per_file is not None and not file_name(target).endswith(FOLDER):
        raise click.UsageError(f"--rows-per-file is for an OUT that is a folder; write {target}{FOLDER}.")
    with RecordReader(source) as records:
        from voc_nlp.loading import load_analyzer, model_digests
        from voc_nlp.routing.departments_file import read_departments

        described = read_departments(departments) if departments else None
        models = models.resolve() if models else None
        load = partial(load_analyzer, models, tier, described)
        if engine == "ray":
            from voc_nlp.batch.ray import scorer_on

            on_cluster = scorer_on(address, models, tier)
        else:
            from voc_nlp.batch.local import score_lines

            on_cluster = None

        def score(rest: Iterable[Record], layout: Layout | None) -> Generator[ReadyLine, None, None]:
            make = MakeLines(answer_columns, layout)
            if on_cluster is None:
                yield from score_lines(rest, load, make, workers=workers)
                return
            with closing(on_cluster(rest, load, workers=workers)) as scored:
                yield from make.of(scored)

        if STANDARD_STREAM in (source, target):
            out = RecordWriter(target, guard_formulas=not keep_formulas)
            return write_answers(records, score(records, out.layout), out)
        place = Target.of(target, source, work)
        job = describe_job(
            source,
            tier=tier,
            models=model_digests(models, tier),
            departments=departments,
            keep_formulas=keep_formulas,
            rows_per_file=(rows_per_file or ROWS_PER_FILE) if place.ending == FOLDER else None,
        )
        resumable = ResumableWriter(
            place,
            job,
            guard_formulas=not keep_formulas,
            rows_per_file=rows_per_file or ROWS_PER_FILE,
            fresh=fresh,
        )
        return write_resumably(records, lambda rest: score(rest, resumable.layout), resumable)
