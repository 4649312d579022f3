"""``voc themes assign``: the themes of every comment of a file."""

from functools import partial
from pathlib import Path

import click

from voc_nlp.cli.files import FILE_HELP, check_apart, write_answers
from voc_nlp.cli.options import TIER
from voc_nlp.cli.themes.arguments import ENCODER, FOLDER
from voc_nlp.records import RecordReader, RecordWriter, answer_of_line
from voc_nlp.records.flat import THEMES_LAYOUT

_CHUNK_SIZE = 1_024
"""Comments assigned in one call."""


@click.command(
    help=f"""Assign every comment of IN to the themes of the model in DIR.

    OUT has one line a record, {{"id", "themes": [{{"id", "label", "similarity"}}, ...]}}, best theme first.
    IN is {FILE_HELP}; OUT is one such file, or - for stdout."""
)
@FOLDER
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option(
    "--top", type=click.IntRange(1, 20), help="Learnt themes of one comment, at most; 3 when not given."
)
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
@TIER
@ENCODER
def assign(
    folder: Path, source: str, target: str, top: int | None, workers: int, tier: str, models: Path | None
) -> int:
    """Assign comments to themes; the help text is above, where it can name the endings."""
    check_apart(source, target)
    with RecordReader(source) as records:
        out = RecordWriter(target, layout=THEMES_LAYOUT)
        from voc_nlp.batch.lines import MakeLines
        from voc_nlp.batch.local import score_lines
        from voc_nlp.batch.themes.assigning import load_assigner

        load = partial(load_assigner, folder.resolve(), models.resolve() if models else None, tier, top)
        make = MakeLines(answer_of_line, out.layout)
        lines = score_lines(records, load, make, workers=workers, chunk_size=_CHUNK_SIZE)
        return write_answers(records, lines, out)
