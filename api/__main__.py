"""The service's commands: ``python -m api COMMAND``; ``--help`` lists them."""

import argparse
import sys
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from api.commands import audit, database, demo, keys, labels, privacy, rescoring, serving, vault, working
from api.errors import ConfigurationError
from api.logs import configure_logs
from api.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : Sequence[str] | None
        The command line without the program; None reads it from the process.

    Returns
    -------
    int
        Exit code: 0 done, 1 failed, 2 unusable arguments or settings.
    """
    options = command_line().parse_args(arguments)
    command: Callable[[Settings, argparse.Namespace], int] = options.command
    try:
        settings = Settings()
        configure_logs(settings)
        return command(settings, options)
    except ValidationError as error:
        for item in error.errors(include_input=False):
            name = "_".join(str(part) for part in item["loc"]).upper()
            sys.stderr.write(f"VOC_{name}: {item['msg']}\n")
        return 2
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def command_line() -> argparse.ArgumentParser:
    """Describe the command line.

    Returns
    -------
    argparse.ArgumentParser
        With one subcommand a command.
    """
    parser = argparse.ArgumentParser(prog="python -m api", description="The voc-nlp service.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for subject in (serving, working, demo, database, keys, vault, privacy, audit, labels, rescoring):
        subject.add_to(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
