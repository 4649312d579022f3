"""The command ``voc``."""

from voc_nlp.cli.main import main, run

__all__ = ["main", "run"]
