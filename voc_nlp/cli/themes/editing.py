"""``voc themes edit``: what an analyst does to themes; every edit is one new revision of the folder."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voc_nlp.cli.files import FILE_HELP, progress
from voc_nlp.cli.themes.arguments import ENCODER, FOLDER
from voc_nlp.cli.themes.dictionaries import read_words
from voc_nlp.cli.themes.storing import edit_folder
from voc_nlp.records import RecordReader

if TYPE_CHECKING:
    from voc_nlp.embedding import Embedder
    from voc_nlp.schema import Comment
    from voc_nlp.topics.model import ThemeModel

_EXPECT = click.option(
    "--expect",
    "expected",
    type=click.IntRange(min=1),
    metavar="REVISION",
    help="Refuse when the folder has another revision: somebody edited it in between.",
)
_JA = click.option("--ja", metavar="NAME", help="Name in Japanese.")
_EN = click.option("--en", metavar="NAME", help="Name in English.")
_UNDER = click.option("--under", "parent", metavar="ID", help="Group or theme to stand below.")


@click.group()
@FOLDER
@click.pass_context
def edit(context: click.Context, folder: Path) -> None:
    """Edit the theme model in DIR. Every edit survives the next fit with `--since`.

    Prints the new revision; `voc themes show` prints the ids.
    """
    context.obj = folder


@edit.command()
@click.argument("theme", metavar="ID")
@_JA
@_EN
@_EXPECT
@click.pass_obj
def rename(folder: Path, theme: str, ja: str | None, en: str | None, expected: int | None) -> None:
    """Give a theme a name in Japanese, English or both."""
    from voc_nlp.topics import editing

    label = _label(ja, en)
    _edit(folder, lambda model: editing.rename(model, theme, label), expected)


@edit.command()
@click.argument("themes", metavar="ID...", nargs=-1, required=True)
@_JA
@_EN
@_EXPECT
@click.pass_obj
def merge(
    folder: Path, themes: tuple[str, ...], ja: str | None, en: str | None, expected: int | None
) -> None:
    """Make one theme of several; the first keeps its id and takes what belongs to the others."""
    from voc_nlp.topics import editing

    label = _label(ja, en) if ja is not None or en is not None else None
    _edit(folder, lambda model: editing.merge(model, themes, label), expected)


@edit.command(
    help=f"""Split a theme by what its comments in IN have in common.

    IN is {FILE_HELP}. The theme stays as the group of its parts."""
)
@click.argument("theme", metavar="ID")
@click.argument("source", metavar="IN")
@click.option("--parts", type=click.IntRange(2, 20), default=2, show_default=True, help="Number of parts.")
@ENCODER
@_EXPECT
@click.pass_obj
def split(
    folder: Path, theme: str, source: str, parts: int, models: Path | None, expected: int | None
) -> None:
    """Split a theme; the help text is above, where it can name the endings."""
    from voc_nlp.topics.fit import split_theme

    _edit_with_comments(
        folder,
        source,
        models,
        lambda model, comments, embedder: split_theme(model, theme, comments, embedder, parts=parts),
        expected,
    )


@edit.command()
@click.argument("theme", metavar="ID")
@_UNDER
@click.option("--top", is_flag=True, help="Stand at the top.")
@_EXPECT
@click.pass_obj
def move(folder: Path, theme: str, parent: str | None, top: bool, expected: int | None) -> None:
    """Put a theme below a group or another theme, or at the top; three levels at most."""
    from voc_nlp.topics import editing

    if (parent is None) != top:
        raise click.UsageError("Say where to: --under ID or --top.")
    _edit(folder, lambda model: editing.move(model, theme, parent), expected)


@edit.command()
@click.argument("theme", metavar="ID")
@click.option("--undo", is_flag=True, help="Take it back into use.")
@_EXPECT
@click.pass_obj
def archive(folder: Path, theme: str, undo: bool, expected: int | None) -> None:
    """Take a theme out of use; its comments go to their next theme, if one is near enough."""
    from voc_nlp.topics import editing

    _edit(folder, lambda model: editing.archive(model, theme, not undo), expected)


@edit.command()
@click.argument("theme", metavar="ID")
@click.option("--undo", is_flag=True, help="Let it go again.")
@_EXPECT
@click.pass_obj
def pin(folder: Path, theme: str, undo: bool, expected: int | None) -> None:
    """Hold a theme where it is: the next fit does not move it."""
    from voc_nlp.topics import editing

    _edit(folder, lambda model: editing.pin(model, theme, not undo), expected)


@edit.command()
@click.argument("comment", metavar="COMMENT_ID")
@click.argument("theme", metavar="[ID]", required=False)
@click.option("--none", "no_theme", is_flag=True, help="It belongs to no theme.")
@_EXPECT
@click.pass_obj
def correct(folder: Path, comment: str, theme: str | None, no_theme: bool, expected: int | None) -> None:
    """Say which theme one comment belongs to, whatever the vectors say."""
    from voc_nlp.topics import editing

    if (theme is None) != no_theme:
        raise click.UsageError("Say which theme: ID or --none.")
    _edit(folder, lambda model: editing.correct(model, comment, theme), expected)


@edit.command()
@click.argument("query", metavar="QUERY")
@_JA
@_EN
@_UNDER
@click.option("--change", "theme", metavar="ID", help="Give this rule theme the query, and make no other.")
@_EXPECT
@click.pass_obj
def rule(
    folder: Path,
    query: str,
    ja: str | None,
    en: str | None,
    parent: str | None,
    theme: str | None,
    expected: int | None,
) -> None:
    """Add a rule theme: it holds the comments that QUERY finds, as '配送 AND 遅い' or 'refund nps<=6'."""
    from voc_nlp.topics import editing

    if theme is not None:
        if (ja, en, parent) != (None, None, None):
            raise click.UsageError("--change takes a query alone; use rename and move for the rest.")
        _edit(folder, lambda model: editing.change_rule(model, theme, query), expected)
        return
    label = _label(ja, en)
    _edit(folder, lambda model: editing.add_rule(model, query, label, parent)[0], expected)


@edit.command()
@_JA
@_EN
@_UNDER
@_EXPECT
@click.pass_obj
def group(folder: Path, ja: str | None, en: str | None, parent: str | None, expected: int | None) -> None:
    """Add a group, below which themes can be moved."""
    from voc_nlp.topics import editing

    label = _label(ja, en)
    _edit(folder, lambda model: editing.add_group(model, label, parent)[0], expected)


@edit.command()
@click.argument("path", metavar="CSV", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name-by", "source", metavar="IN", help="Comments to name the themes anew by.")
@ENCODER
@_EXPECT
@click.pass_obj
def dictionary(
    folder: Path, path: Path, source: str | None, models: Path | None, expected: int | None
) -> None:
    """Give the themes your words: columns kind (stop, synonym, compound), word, stands_for.

    Synonyms count in the next assignment, and key words change at once; names change where
    --name-by gives comments to take them from.
    """
    from voc_nlp.topics import editing
    from voc_nlp.topics.fit import describe_again

    words = read_words(path)
    if source is None:
        _edit(folder, lambda model: editing.use_dictionary(model, words), expected)
        return
    _edit_with_comments(
        folder,
        source,
        models,
        lambda model, comments, embedder: describe_again(
            editing.use_dictionary(model, words), comments, embedder
        ),
        expected,
    )


def _edit(folder: Path, change: "Callable[[ThemeModel], ThemeModel]", expected: int | None) -> None:
    """Edit the folder, and print the ids that are new and the revision."""
    known: set[str] = set()

    def noting(model: "ThemeModel") -> "ThemeModel":
        known.update(theme.id for theme in model.themes)
        return change(model)

    changed = edit_folder(folder, noting, expected=expected)
    for theme in changed.themes:
        if theme.id not in known:
            click.echo(theme.id)
    click.echo(f"revision {changed.revision}")


def _edit_with_comments(
    folder: Path,
    source: str,
    models: Path | None,
    change: "Callable[[ThemeModel, Iterable[Comment], Embedder], ThemeModel]",
    expected: int | None,
) -> None:
    """Edit the folder by what a file of comments shows."""
    from voc_nlp.batch.themes.reading import CommentStream
    from voc_nlp.loading import load_embedder

    embedder = load_embedder(models)
    with RecordReader(source) as records, progress(records) as advance:
        comments = CommentStream(records, advance)

        def checked(model: "ThemeModel") -> "ThemeModel":
            model.check_encoder(embedder, folder)
            return change(model, comments, embedder)

        _edit(folder, checked, expected)


def _label(ja: str | None, en: str | None) -> Mapping[str, str]:
    """Gather a name in one or both languages."""
    label = {lang: name for lang, name in (("ja", ja), ("en", en)) if name is not None}
    if not label:
        raise click.UsageError("Give a name: --ja NAME, --en NAME or both.")
    return label
