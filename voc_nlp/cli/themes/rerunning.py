"""``voc themes rerun``: fit again by the receipt and compare the tables."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voc_nlp.cli.files import FILE_HELP
from voc_nlp.cli.themes.arguments import DICTIONARY, ENCODER, FOLDER, SINCE
from voc_nlp.cli.themes.dictionaries import read_words
from voc_nlp.cli.themes.fitting import fit_records
from voc_nlp.errors import InputError
from voc_nlp.records import RecordReader

if TYPE_CHECKING:
    from voc_nlp.embedding import Embedder
    from voc_nlp.text.dictionary import Dictionary
    from voc_nlp.topics.model import ThemeModel

_DIFFERS = 1


@click.command(
    help=f"""Fit again by the receipt in DIR to the comments of IN, {FILE_HELP},
    and compare which comment has which themes. Nothing is written.

    Exit code 0: the same table; 1: another one, and what else differs is listed; 2: unusable arguments."""
)
@FOLDER
@click.argument("source", metavar="IN")
@SINCE
@DICTIONARY
@ENCODER
def rerun(folder: Path, source: str, since: Path | None, dictionary: Path | None, models: Path | None) -> int:
    """Fit again and compare; the help text is above, where it can name the endings."""
    with RecordReader(source) as records:
        from voc_nlp.loading import load_embedder
        from voc_nlp.topics.model import ThemeModel
        from voc_nlp.topics.receipt import compare

        embedder = load_embedder(models)
        model = ThemeModel.load(folder, embedder)
        receipt = model.receipt
        if "table_sha256" not in receipt:
            raise InputError(f"{folder} holds no receipt; expected one of a fit. Fit the themes again.")
        again, _ = fit_records(
            records,
            embedder,
            seed=receipt["seed"],
            encoder=receipt["encoder"],
            dictionary=_words(folder, model, dictionary),
            previous=_previous(folder, receipt, since, embedder),
            **receipt["settings"],
        )
    differences = compare(receipt, json.loads(json.dumps(again.receipt)))
    if again.receipt["table_sha256"] == receipt["table_sha256"]:
        click.echo(f"the same table: {receipt['read']:,} comments, sha256 {receipt['table_sha256']}")
        for line in differences:
            click.echo(f"differs all the same: {line}")
        return 0
    click.echo("another table")
    for line in differences:
        click.echo(line)
    return _DIFFERS


def _words(folder: Path, model: "ThemeModel", dictionary: Path | None) -> "Dictionary":
    """Find the dictionary that the fit had."""
    words = model.dictionary if dictionary is None else read_words(dictionary)
    if words.version != model.receipt["dictionary"]:
        raise InputError(
            f"{folder} was fitted with the dictionary {model.receipt['dictionary']}, and "
            f"{'that of the model' if dictionary is None else dictionary} is {words.version}; "
            "give the one of the fit with --dictionary"
        )
    return words


def _previous(
    folder: Path, receipt: Mapping[str, Any], since: Path | None, embedder: "Embedder"
) -> "ThemeModel | None":
    """Find the older model that the fit went on from."""
    from voc_nlp.topics.model import ThemeModel
    from voc_nlp.topics.receipt import hash_model

    revision = receipt.get("previous_revision")
    if revision is None:
        if since is not None:
            raise click.UsageError(f"{folder} was fitted without an older model; leave --since out.")
        return None
    if since is None:
        raise click.UsageError(
            f"{folder} was fitted after an older model, at its revision {revision}; give it with --since DIR."
        )
    previous = ThemeModel.load(since, embedder)
    if hash_model(previous) != receipt.get("previous_sha256"):
        raise InputError(
            f"{since} has revision {previous.revision} and is not the model that {folder} was fitted after; "
            f"expected revision {revision} of it, as it was then. Give a copy of that one."
        )
    return previous
