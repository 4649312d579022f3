"""The options by which commands choose their models."""

from pathlib import Path

import click

MODELS = click.option(
    "--models",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Model folder, in place of the shipped one.",
)

TIER = click.option(
    "--tier",
    type=click.Choice(["fast", "default"]),
    default="default",
    show_default=True,
    help="Which models.",
)

DEPARTMENTS = click.option(
    "--departments",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file with all your departments, like config/taxonomy.toml; one that the models do not know "
    "works by its description, examples and keywords.",
)
