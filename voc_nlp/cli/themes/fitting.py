"""``voc themes fit``: learn themes from a file, anew or after an older model."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voc_nlp.batch.errors import MissingEngineError
from voc_nlp.cli.files import FILE_HELP, progress, summarise
from voc_nlp.cli.themes.arguments import DICTIONARY, ENCODER, SINCE
from voc_nlp.cli.themes.dictionaries import read_words
from voc_nlp.cli.themes.storing import holds_themes, store
from voc_nlp.records import RecordReader

if TYPE_CHECKING:
    from voc_nlp.embedding import Embedder
    from voc_nlp.topics.model import ThemeModel

_COARSE_BELOW = 200
"""Usable comments below which a fit has fewer than a dozen themes."""


@click.command(
    help=f"""Fit a theme model to the comments of IN, {FILE_HELP}.

    IN is read as a stream: of more comments than --sample a sample is learnt from, and
    `voc themes assign` does the rest. DIR holds a receipt of what the fit was made of; see
    `voc themes rerun`.

    Exit code 0: every record was read; 3: some were refused and left out; 2: unusable arguments,
    an unreadable file or too few comments."""
)
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
    help="Seed of the sample; the same seed and IN give the same themes.",
)
@SINCE
@click.option(
    "--add-only", is_flag=True, help="With --since: leave its themes where they are and add new ones."
)
@DICTIONARY
@click.option(
    "--themes",
    "most_themes",
    type=click.IntRange(1, 1_000),
    help="Number of themes; chosen from the number of comments when not given.",
)
@click.option("--sample", "sample_size", type=click.IntRange(min=10), help="Most comments to learn from.")
@ENCODER
def fit(
    source: str,
    folder: Path,
    seed: int,
    since: Path | None,
    add_only: bool,
    dictionary: Path | None,
    most_themes: int | None,
    sample_size: int | None,
    models: Path | None,
) -> int:
    """Fit a theme model; the help text is above, where it can name the endings."""
    if folder.is_dir() and any(folder.iterdir()) and not holds_themes(folder):
        raise click.UsageError(f"{folder} holds files that are no theme model; give an empty or new folder.")
    if add_only and since is None:
        raise click.UsageError("--add-only needs --since DIR, the theme model to add to.")
    with RecordReader(source) as records:
        from voc_nlp.loading import encoder_name, load_embedder
        from voc_nlp.topics.material import SAMPLE_SIZE
        from voc_nlp.topics.model import ThemeModel

        embedder = load_embedder(models)
        model, code = fit_records(
            records,
            embedder,
            seed=seed,
            most_themes=most_themes,
            encoder=encoder_name(models),
            dictionary=None if dictionary is None else read_words(dictionary),
            previous=None if since is None else ThemeModel.load(since, embedder),
            add_only=add_only,
            sample_size=sample_size or SAMPLE_SIZE,
        )
    store(model, folder)
    _tell(model, folder)
    return code


def fit_records(records: RecordReader, embedder: "Embedder", **settings: Any) -> tuple["ThemeModel", int]:
    """Fit themes to a file and tell on stderr how many records it has.

    Parameters
    ----------
    records : RecordReader
        The opened file.
    embedder : Embedder
        The encoder.
    **settings : Any
        As `voc_nlp.topics.fit.fit_themes` takes them.

    Returns
    -------
    tuple[ThemeModel, int]
        The themes, and the exit code: 0, or 3 when records were refused.

    Raises
    ------
    MissingEngineError
        When the extra that fits themes is not installed.
    """
    from voc_nlp.batch.themes.reading import CommentStream
    from voc_nlp.topics.fit import fit_themes

    with progress(records) as advance:
        comments = CommentStream(records, advance)
        try:
            model = fit_themes(comments, embedder, **settings)
        except ModuleNotFoundError as error:
            raise MissingEngineError(
                f"fitting themes needs {error.name}, which is not installed; "
                "install it with: pip install 'voc-nlp[topics]'."
            ) from error
    unreadable: Mapping[str, int] = model.receipt.get("refused", {})
    return model, summarise(records, comments.total, Counter(unreadable) + comments.refused)


def _tell(model: "ThemeModel", folder: Path) -> None:
    """Tell on stderr what the fit read and what it found."""
    receipt = model.receipt
    read, usable = receipt["read"], receipt["usable"]
    sample = f"a sample of {read:,} of the {usable:,}" if receipt["sampled"] else f"all {usable:,}"
    click.echo(
        f"voc: fitted on {sample} comments that say something; "
        f"{receipt['unassigned']:.1%} of them have no theme",
        err=True,
    )
    if usable < _COARSE_BELOW:
        click.echo(
            f"voc: {usable:,} comments are few (under {_COARSE_BELOW}): the themes are coarse; "
            "fit again when there are more",
            err=True,
        )
    kinds = Counter(theme.kind.value for theme in model.themes)
    click.echo(
        f"voc: {kinds['learnt']} themes in {kinds['group']} groups, {kinds['rule']} rules, in {folder}, "
        f"revision {model.revision}",
        err=True,
    )
    if receipt["previous_revision"] is not None:
        became = Counter(one.kind.value for one in model.history if one.revision == model.revision)
        click.echo(
            "voc: since the older model: "
            + ", ".join(f"{count} {kind}" for kind, count in sorted(became.items())),
            err=True,
        )
