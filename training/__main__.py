"""``python -m training``: the models' life, from labelled files to model folders."""

import logging
from pathlib import Path

import click

from training.config import read_config

_ROOT = Path(__file__).resolve().parents[1]


@click.group()
def main() -> None:
    """Train the models and measure them."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")


@main.command("train")
@click.argument("config")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=_ROOT.parent / "shared" / "data",
    show_default="../shared/data",
    help="Folder with the public sets.",
)
@click.option(
    "--models",
    type=click.Path(file_okay=False, path_type=Path),
    default=_ROOT / "models",
    help="Where models lie.",
)
def train_command(config: str, data: Path, models: Path) -> None:
    """Train what CONFIG (a path, or encoder, sentiment, routing, themes) describes."""
    from training.runs import train

    try:
        read = read_config(config)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="CONFIG") from error
    folder = train(read, data, models)
    click.echo(f"written: {folder}")


if __name__ == "__main__":
    main()
