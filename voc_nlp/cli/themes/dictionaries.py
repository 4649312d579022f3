"""Read the dictionary that a command was given, and tell what contradicts itself in it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from voc_nlp.text.dictionary import Dictionary

_MOST_TOLD = 10


def read_words(path: Path) -> "Dictionary":
    """Read a dictionary and tell its conflicts on stderr.

    Parameters
    ----------
    path : Path
        The CSV file; one that cannot be used raises a `DictionaryError`.

    Returns
    -------
    Dictionary
        The words.
    """
    from voc_nlp.text.dictionary_csv import read_dictionary_csv

    found = read_dictionary_csv(path)
    for conflict in found.conflicts[:_MOST_TOLD]:
        click.echo(f"voc: {path}: {conflict.message_en}", err=True)
    if len(found.conflicts) > _MOST_TOLD:
        click.echo(f"voc: {path}: and {len(found.conflicts) - _MOST_TOLD} more", err=True)
    return found.dictionary
