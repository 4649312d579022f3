"""``voc drift``: whether the comments of a week differ from those of the weeks before."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voc_nlp.cli.files import progress
from voc_nlp.cli.options import MODELS
from voc_nlp.records import RecordReader

if TYPE_CHECKING:
    from voc_nlp.drift.watch import Report


@click.command()
@click.argument("source", metavar="ANALYSED")
@MODELS
@click.option("--json", "as_json", is_flag=True, help="Write one JSON line a week, with every measure.")
def drift(source: str, models: Path | None, as_json: bool) -> None:
    """Compare each week of ANALYSED, JSON lines that `voc analyze` wrote, with the weeks before it.

    The week of a comment is that of its created_at. A file is read once and may be larger than memory.
    """
    from voc_nlp.batch.drift import profile_weeks
    from voc_nlp.drift.watch import watch
    from voc_nlp.loading import load_embedder
    from voc_nlp.schema import to_plain

    embedder = load_embedder(models)
    with RecordReader(source) as records, progress(records):
        found = profile_weeks(records, embedder)
    for report in watch(found.weeks):
        if as_json:
            line = {**to_plain(report), "start": report.start.isoformat()}
            for one in line["watched"]:
                one["since"] = one["since"] and one["since"].isoformat()
            click.echo(json.dumps(line, ensure_ascii=False))
        else:
            click.echo(_line(report))
    if found.undated:
        click.echo(f"{found.undated:,} records without a readable created_at were left out", err=True)


def _line(report: "Report") -> str:
    """Put a week into one line."""
    if report.alarms:
        said = ", ".join(
            f"{one.finding.measure} ({one.pace}) {one.finding.statistic:.3f} > {one.finding.threshold:.3f}"
            for one in report.alarms
        )
    else:
        kinds = {one.finding.status.value for one in report.watched}
        said = "steady" if "steady" in kinds else ", ".join(sorted(kinds))
    return f"{report.start.isoformat()}  {report.n:>7,}  {said}"
