"""What all commands share on the command line: the kind of their parser, and readers of numbers."""

import argparse
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Takes one parser a command."""


def positive(text: str) -> int:
    """Read a whole number above zero.

    Parameters
    ----------
    text : str
        As it was written.

    Returns
    -------
    int
        The number.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is below one.
    """
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"met {number}, expected 1 or more")
    return number


def seconds(text: str) -> float:
    """Read seconds above zero.

    Parameters
    ----------
    text : str
        As it was written.

    Returns
    -------
    float
        The seconds.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is not above zero, or more than an hour.
    """
    number = float(text)
    if not 0 < number <= 3600:
        raise argparse.ArgumentTypeError(f"met {text}, expected seconds above 0, at most 3600")
    return number
