"""Shows the whole path on sample comments: ``demo``."""

import argparse
from pathlib import Path

from api.commands.line import Commands
from api.settings import Settings

_SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "comments.jsonl"


def add_to(commands: Commands) -> None:
    """Add this file's commands to the command line.

    Parameters
    ----------
    commands : Commands
        The parser of the program.
    """
    demo = commands.add_parser("demo", help="show the whole path on the sample comments")
    demo.add_argument("--samples", type=Path, default=_SAMPLES, help="comments as JSON lines")
    demo.set_defaults(command=_demo)


def _demo(_settings: Settings, options: argparse.Namespace) -> int:
    """Show the whole path on the bundled sample comments."""
    from api.demo.run import run_demo

    return run_demo(options.samples)
