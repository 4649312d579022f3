"""``voc analyze``: score a file of comments."""

from functools import partial
from pathlib import Path

import click

from voc_nlp.cli.files import FILE_HELP, check_apart, write_answers
from voc_nlp.cli.options import DEPARTMENTS, MODELS, TIER
from voc_nlp.records import RecordReader, RecordWriter, answer_columns


@click.command(
    help=f"""Analyse every comment of IN and write one answer a record to OUT, in the same order.

    IN is {FILE_HELP.format(stream="stdin")}; OUT likewise, with stdout.
    A record has a text and optionally id, lang (ja, en, auto), channel, industry, touchpoint,
    customer_id, created_at, nps (0-10), csat, ces; any other column is kept as given.

    In JSONL a line of OUT is the whole answer with the record's columns beside it; in CSV and
    Parquet there are plain columns to filter by, and <name>_json columns with the rest.

    Exit code 0: every record was analysed; 3: some were refused (they are in OUT with
    an error); 2: unusable arguments or an unreadable file."""
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
) -> int:
    """Score a file of comments; the help text is above, where it can name the endings."""
    if address is not None and engine != "ray":
        raise click.UsageError("--address is of a Ray cluster; add --engine ray, or leave it out.")
    check_apart(source, target)
    with RecordReader(source) as records:
        out = RecordWriter(target, guard_formulas=not keep_formulas)
        from voc_nlp.loading import load_analyzer
        from voc_nlp.routing.departments_file import read_departments

        described = read_departments(departments) if departments else None
        load = partial(load_analyzer, models.resolve() if models else None, tier, described)
        if engine == "ray":
            from voc_nlp.batch.ray import scorer_on

            score_records = scorer_on(address, models, tier)
        else:
            from voc_nlp.batch.local import score_records as score_locally

            score_records = score_locally
        scored = score_records(records, load, workers=workers)
        return write_answers(records, scored, out, lambda one: answer_columns(one.record, one.answer))
