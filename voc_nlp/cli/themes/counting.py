"""``voc themes trends``, ``emerging`` and ``impact``: themes over time, new ones, and what they go with."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voc_nlp.cli.files import FILE_HELP, check_apart, progress, summarise
from voc_nlp.cli.themes.arguments import ENCODER, FOLDER
from voc_nlp.records import RecordReader, RecordWriter
from voc_nlp.records.flat import Layout
from voc_nlp.records.reading import STANDARD_STREAM

if TYPE_CHECKING:
    from datetime import date

    from voc_nlp.batch.themes.observing import ObservedFile
    from voc_nlp.topics.model import ThemeModel

_PERIODS = ("day", "week", "month", "quarter", "fiscal_quarter", "year", "fiscal_year")
_WHOLE = "whole"
_LANGUAGE = "language"
_ROWS = Layout(plain={}, nested=())
_FILES = f"IN is {FILE_HELP}; OUT is one such file, or - for stdout, and on a terminal - shows a table."

_BY = click.option(
    "--by", metavar="COLUMN", help="Divide by channel, touchpoint, language or another column."
)
_GROUPS = click.option("--groups", is_flag=True, help="Count the groups above themes too.")
_TIER = click.option(
    "--tier",
    type=click.Choice(["fast", "default"]),
    default="fast",
    show_default=True,
    help="For the sentiment.",
)
_AT = click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last day of the window; the last day with a comment when not given.",
)


@click.command(
    help=f"Count the themes of the model in DIR by period, with shares and their 95% intervals.\n\n{_FILES}"
)
@FOLDER
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option(
    "--period",
    type=click.Choice([*_PERIODS, _WHOLE]),
    default="month",
    show_default=True,
    help="Length of a period; whole sums everything up, by language too.",
)
@_BY
@_GROUPS
@click.option("--sentiment", is_flag=True, help="Add the mean sentiment; every comment is analysed.")
@_TIER
@ENCODER
def trends(
    folder: Path,
    source: str,
    target: str,
    period: str,
    by: str | None,
    groups: bool,
    sentiment: bool,
    tier: str,
    models: Path | None,
) -> int:
    """Count themes by period; the help text is above, where it can name the endings."""
    check_apart(source, target)
    out = _open(target)
    model, observed, code = _observe(folder, source, models, tier, by=by, groups=groups, analysed=sentiment)
    from voc_nlp.batch.themes.rows import summary_rows, trend_rows
    from voc_nlp.topics.statistics.trends import count_by_period, summarise_themes

    if period == _WHOLE:
        rows = summary_rows(summarise_themes(observed.observations, by=by), model)
    else:
        _tell_dates(observed)
        rows = trend_rows(count_by_period(observed.observations, period=period, by=by), model)
    columns = ["start", "segment", "id", "label_ja", "label_en", "n", "total", "share", "score", "change"]
    _write(rows, out, target, columns)
    return code


@click.command(
    help=f"""Find what is new in IN: themes of the model in DIR that rise, and topics that no theme holds.

    Both look at the last days against the days before; comments need a created_at.

    {_FILES}"""
)
@FOLDER
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@_AT
@click.option(
    "--days",
    type=click.IntRange(1, 3_650),
    help="Length of the window; 30 for known themes, 45 for new ones.",
)
@_TIER
@ENCODER
def emerging(
    folder: Path,
    source: str,
    target: str,
    at: datetime | None,
    days: int | None,
    tier: str,
    models: Path | None,
) -> int:
    """Find what is new; the help text is above, where it can name the endings."""
    check_apart(source, target)
    out = _open(target)
    model, observed, code = _observe(folder, source, models, tier, with_vectors=True)
    from voc_nlp.batch.themes.rows import emerging_rows
    from voc_nlp.topics.statistics import bursts as rises
    from voc_nlp.topics.statistics import emerging as news
    from voc_nlp.topics.theme import ThemeKind

    _tell_dates(observed)
    last: date | None = None if at is None else at.date()
    scanned = [observed.observations[place] for place in observed.scanned]
    learnt = {theme.id for theme in model.themes if theme.kind is ThemeKind.LEARNT}
    scan = news.scan_for_new(
        observed.vectors,
        [one.at for one in scanned],
        window_days=days or news.WINDOW_DAYS,
        at=last,
        languages=[one.language for one in scanned],
        themes=[next((theme for theme in one.themes if theme in learnt), None) for one in scanned],
    )
    bursts = rises.find_bursts(observed.observations, window_days=days or rises.WINDOW_DAYS, at=last)
    rows = emerging_rows(bursts, scan, [one.id for one in scanned], model)
    _write(
        rows,
        out,
        target,
        ["finding", "id", "label_ja", "label_en", "first_seen", "n", "n_before", "expected", "comments"],
    )
    return code


@click.command(
    help=f"""Compare the NPS of comments with a theme of the model in DIR with that of the others.

    It says what a theme goes with, not what it causes.

    {_FILES}"""
)
@FOLDER
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option(
    "--outcome",
    type=click.Choice(["nps", "score"]),
    default="nps",
    show_default=True,
    help="NPS in points, or the sentiment of each comment, which is analysed for it.",
)
@_BY
@_GROUPS
@_TIER
@ENCODER
def impact(
    folder: Path,
    source: str,
    target: str,
    outcome: str,
    by: str | None,
    groups: bool,
    tier: str,
    models: Path | None,
) -> int:
    """Compare answers; the help text is above, where it can name the endings."""
    check_apart(source, target)
    out = _open(target)
    model, observed, code = _observe(
        folder, source, models, tier, by=by, groups=groups, analysed=outcome == "score"
    )
    from voc_nlp.batch.themes.rows import impact_rows
    from voc_nlp.topics.statistics.impact import measure_impact

    report = measure_impact(observed.observations, outcome=outcome, by=by)
    click.echo(f"voc: {report.n:,} comments have an answer, {report.unanswered:,} have none", err=True)
    columns = ["segment", "id", "label_ja", "label_en", "n_with", "with_theme", "without_theme"]
    columns += ["difference", "contribution", "p_adjusted", "not_measured"]
    _write(impact_rows(report, model), out, target, columns)
    return code


def _open(target: str) -> RecordWriter:
    """Check OUT before anything is read."""
    return RecordWriter(target, layout=_ROWS)


def _observe(
    folder: Path,
    source: str,
    models: Path | None,
    tier: str,
    *,
    by: str | None = None,
    groups: bool = False,
    analysed: bool = False,
    with_vectors: bool = False,
) -> tuple["ThemeModel", "ObservedFile", int]:
    """Read IN for the statistics, and tell how many records it has."""
    with RecordReader(source) as records, progress(records) as advance:
        from voc_nlp.batch.themes.observing import observe_comments
        from voc_nlp.batch.themes.reading import CommentStream
        from voc_nlp.loading import load_analyzer, load_embedder
        from voc_nlp.topics.assign import needs_analysis
        from voc_nlp.topics.model import ThemeModel

        embedder = load_embedder(models)
        model = ThemeModel.load(folder, embedder)
        comments = CommentStream(records, advance)
        observed = observe_comments(
            comments,
            model,
            embedder,
            analyzer=load_analyzer(models, tier) if analysed or needs_analysis(model) else None,
            segments=() if by in (None, _LANGUAGE) else (str(by),),
            groups=groups,
            with_vectors=with_vectors,
        )
    refused: Counter[str] = observed.refused + comments.refused
    return model, observed, summarise(records, comments.total, refused)


def _tell_dates(observed: "ObservedFile") -> None:
    """Tell on stderr which comments have no place in time."""
    if observed.without_date or observed.unreadable_dates:
        click.echo(
            f"voc: left out: {observed.without_date:,} comments without created_at, "
            f"{observed.unreadable_dates:,} with one that is not an ISO 8601 date",
            err=True,
        )


def _write(rows: Sequence[Mapping[str, Any]], out: RecordWriter, target: str, columns: Sequence[str]) -> None:
    """Write the rows, or show some columns of them on a terminal."""
    if target == STANDARD_STREAM and sys.stdout.isatty():
        _show(rows, columns)
        return
    with out:
        for row in rows:
            out.write(row)


def _show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print rows for people: an interval behind its figure, columns without a value left out."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    shown = [name for name in columns if any(row.get(name) is not None for row in rows)]
    table = Table(*shown)
    for row in rows:
        table.add_row(*(escape(_cell(row, name)) for name in shown))
    Console().print(table)


def _cell(row: Mapping[str, Any], name: str) -> str:
    """Write one cell of the table."""
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    ends = "" if low is None or high is None else f" ({low:.3g} to {high:.3g})"
    return f"{value:.3g}{ends}"
