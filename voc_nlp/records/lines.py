"""Cut a byte stream into numbered lines of bounded length."""

from collections.abc import Iterator
from typing import BinaryIO

MAX_LINE_BYTES = 16 * 1024 * 1024
"""Longest line that is held in memory; the longest legal comment is 240 kB of JSON escapes."""


def numbered_lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield every line with its number.

    Parameters
    ----------
    file : BinaryIO
        Read from where it stands to its end.

    Yields
    ------
    tuple[int, bytes | None]
        The 1-based number and the line with its line break; None in place of a
        line that is longer than `MAX_LINE_BYTES`.
    """
    number = 0
    while line := file.readline(MAX_LINE_BYTES):
        number += 1
        if len(line) < MAX_LINE_BYTES or line.endswith(b"\n"):
            yield number, line
            continue
        while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
            pass
        yield number, None
