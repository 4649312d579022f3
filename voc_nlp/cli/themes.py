"""``voc themes``: fit a theme model, assign comments to it, list it."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voc_nlp.artifacts import MANIFEST
from voc_nlp.batch.errors import MissingEngineError
from voc_nlp.cli.files import FILE_HELP, check_apart, summarise, write_answers
from voc_nlp.errors import UnreadableFileError
from voc_nlp.records import RecordReader, RecordWriter, answer_of_line
from voc_nlp.records.flat import THEMES_LAYOUT

if TYPE_CHECKING:
    from voc_nlp.topics.model import ThemeModel

_MODELS = click.option(
    "--models",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Model folder of the encoder, in place of the shipped one.",
)


@click.group()
def themes() -> None:
    """Fit a theme model, assign comments to it, list it."""


@themes.command(help=f"Fit a theme model to the comments of IN, {FILE_HELP.format(stream='stdin')}.")
@click.argument("source", metavar="IN")
@click.option(
    "--out",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write the theme model to.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="The same seed and IN give the same themes.",
)
@_MODELS
def fit(source: str, folder: Path, seed: int, models: Path | None) -> int:
    """Fit a theme model; the help text is above, where it can name the endings."""
    if folder.is_dir() and any(folder.iterdir()) and not _holds_themes(folder):
        raise click.UsageError(f"{folder} holds files that are no theme model; give an empty or new folder.")
    with RecordReader(source) as records:
        from voc_nlp.batch.themes import usable_comments

        comments, refused = usable_comments(records)
    from voc_nlp.loading import encoder_name, load_embedder
    from voc_nlp.topics.fit import fit_themes

    try:
        model = fit_themes(comments, load_embedder(models), seed=seed, encoder=encoder_name(models))
    except ModuleNotFoundError as error:
        raise MissingEngineError(
            f"fitting themes needs {error.name}, which is not installed; "
            "install it with: pip install 'voc-nlp[topics]'."
        ) from error
    try:
        model.save(folder)
    except OSError as error:
        raise UnreadableFileError(
            f"{folder} cannot be written: {error.strerror or error}. Check its rights and the disk."
        ) from error
    code = summarise(records, len(comments) + sum(refused.values()), refused)
    click.echo(f"voc: {len(model.themes)} themes in {folder}", err=True)
    return code


@themes.command(
    help=f"""Assign every comment of IN to the themes of the model in DIR.

    OUT has one line a record, {{"id", "themes": [{{"id", "label", "similarity"}}, ...]}}, best theme first.
    IN is {FILE_HELP.format(stream="stdin")}; OUT likewise, with stdout."""
)
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@_MODELS
def assign(folder: Path, source: str, target: str, models: Path | None) -> int:
    """Assign comments to themes; the help text is above, where it can name the endings."""
    check_apart(source, target)
    with RecordReader(source) as records:
        out = RecordWriter(target, layout=THEMES_LAYOUT)
        from voc_nlp.batch.themes import assign_records
        from voc_nlp.loading import load_embedder
        from voc_nlp.topics.model import ThemeModel

        embedder = load_embedder(models)
        scored = assign_records(records, ThemeModel.load(folder, embedder), embedder)
        return write_answers(records, scored, out, lambda one: answer_of_line(one.record, one.answer))


@themes.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As a JSON list with ids, labels, sizes and keywords.")
def show(folder: Path, as_json: bool) -> None:
    """List the themes of the model in DIR, the largest first."""
    from voc_nlp.topics.model import ThemeModel

    model = ThemeModel.load(folder)
    if as_json:
        listed = [theme.to_dict() for theme in model.themes]
        sys.stdout.buffer.write(json.dumps(listed, ensure_ascii=False, indent=2).encode("utf-8") + b"\n")
        return
    _print_table(model)


def _holds_themes(folder: Path) -> bool:
    """Say whether a folder holds a theme model, which may be replaced."""
    from voc_nlp.topics.model import THEMES_KIND

    try:
        kind = json.loads((folder / MANIFEST).read_bytes())["kind"]
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return bool(kind == THEMES_KIND)


def _print_table(model: "ThemeModel") -> None:
    """Print the themes for people."""
    from rich.console import Console
    from rich.table import Table

    table = Table("id", "size", "日本語", "English", "keywords")
    for theme in sorted(model.themes, key=lambda theme: -theme.size):
        words = [word for language in ("ja", "en") for word in list(theme.keywords.get(language, ()))[:5]]
        table.add_row(
            theme.id,
            f"{theme.size:,}",
            theme.label.get("ja", ""),
            theme.label.get("en", ""),
            ", ".join(words),
        )
    Console().print(table)
