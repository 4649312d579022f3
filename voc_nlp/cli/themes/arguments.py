"""The arguments and options that the commands of ``voc themes`` share."""

from pathlib import Path

import click

FOLDER = click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)

ENCODER = click.option(
    "--models",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Model folder of the encoder, in place of the shipped one.",
)

DICTIONARY = click.option(
    "--dictionary",
    metavar="CSV",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Words of yours: columns kind (stop, synonym, compound), word, stands_for.",
)

SINCE = click.option(
    "--since",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="An older theme model whose themes go on.",
)
