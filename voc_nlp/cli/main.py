"""The command line's front door: the group of commands, and how each way of ending is told."""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import click

from voc_nlp import __version__
from voc_nlp.batch.errors import BatchError
from voc_nlp.cli.analyze import analyze
from voc_nlp.cli.drift import drift
from voc_nlp.cli.explain import explain
from voc_nlp.cli.themes import themes
from voc_nlp.errors import VocError

UNUSABLE = 2
"""Exit code for unusable arguments and unreadable files."""

_FAILED = 1
_INTERRUPTED = 130
_TERMINATED = 143
_PIPE_CLOSED = 141


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : Sequence[str] | None
        The words after ``voc``; None takes those of the process.

    Returns
    -------
    int
        0 when every record was analysed, 3 when some were refused, 2 for unusable
        arguments or an unreadable file, 1 when the machine failed, 130 after Ctrl-C.
    """
    try:
        code = voc.main(None if arguments is None else list(arguments), "voc", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return UNUSABLE
    except (click.Abort, KeyboardInterrupt):
        click.echo("voc: interrupted", err=True)
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read stdout has gone; point it at nothing, so that closing it at exit stays quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except BatchError as error:
        click.echo(f"voc: {error}", err=True)
        return _FAILED
    except VocError as error:
        click.echo(f"voc: {error}", err=True)
        return UNUSABLE


def main() -> None:
    """Run the command of this process and end it with its exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(run())


def _terminate(number: int, frame: FrameType | None) -> None:
    """End as after an exception, so that no half file stays."""
    sys.exit(_TERMINATED)


def _show_version(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    """Print the version and stop."""
    if not wanted or context.resilient_parsing:
        return
    click.echo(f"voc {__version__}")
    context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def voc() -> None:
    """Analyse customers' comments in Japanese and English."""


voc.add_command(analyze)
voc.add_command(drift)
voc.add_command(explain)
voc.add_command(themes)
