"""A progress bar on stderr, where that is a terminal."""

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")


def steps(items: Sequence[_Item], label: str) -> Iterator[_Item]:
    """Yield items, and show how many are done.

    Parameters
    ----------
    items : Sequence[_Item]
        What is gone through.
    label : str
        Stands before the bar.

    Yields
    ------
    _Item
        In order.
    """
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description=label, console=Console(stderr=True), transient=True)
