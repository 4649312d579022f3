"""Cuts an upload into lines, and the lines into parts, holding no more than a part at a time."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_LINE_BYTES = 1_000_000
"""Longest line that is kept; the longest legal comment is 240 kB of JSON escapes."""

PART_DOCUMENTS = 500
PART_BYTES = 1_000_000
"""A part ends with either: what is analysed, and lost with a killed worker, stays small."""

_LEVEL = 3
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Part:
    """Lines that are worked off together; those of `overlong` are empty in `lines`."""

    first_index: int
    first_line: int
    lines: list[bytes] = field(default_factory=list)
    overlong: list[int] = field(default_factory=list)
    documents: int = 0
    size: int = 0

    def pack(self) -> bytes:
        """Write the lines down as they are stored.

        Returns
        -------
        bytes
            Compressed, to be read by `unpack`.
        """
        return pack(self.lines)


def pack(lines: list[bytes]) -> bytes:
    """Compress lines.

    Parameters
    ----------
    lines : list[bytes]
        Without line breaks.

    Returns
    -------
    bytes
        To be read by `unpack`.
    """
    return zlib.compress(b"\n".join(lines), _LEVEL)


def unpack(body: bytes) -> list[bytes]:
    """Read what `pack` wrote.

    Parameters
    ----------
    body : bytes
        Compressed.

    Returns
    -------
    list[bytes]
        The lines; of none one that is empty.
    """
    return zlib.decompress(body).split(b"\n")


class PartCutter:
    """Takes the pieces of an upload in their order, and hands out parts as they become full.

    Blank lines are no documents, but count as lines; a line over `MAX_LINE_BYTES` is not kept.
    """

    def __init__(self) -> None:
        self.documents = 0
        self.parts = 0
        self._lines = 0
        self._line = bytearray()
        self._line_bytes = 0
        self._part = Part(0, 1)

    def feed(self, piece: bytes) -> Iterator[Part]:
        """Take the next piece.

        Parameters
        ----------
        piece : bytes
            Of any length.

        Yields
        ------
        Part
            Every part that is full.
        """
        *ended, rest = piece.split(b"\n")
        for end in ended:
            self._append(end)
            self._close_line()
            if self._part.documents >= PART_DOCUMENTS or self._part.size >= PART_BYTES:
                yield self._close_part()
        self._append(rest)

    def finish(self) -> Iterator[Part]:
        """End the upload.

        Yields
        ------
        Part
            The last one, unless it is empty.
        """
        if self._line_bytes:
            self._close_line()
        if self._part.documents:
            yield self._close_part()

    def _append(self, piece: bytes) -> None:
        self._line_bytes += len(piece)
        if self._line_bytes <= MAX_LINE_BYTES:
            self._line += piece
        else:
            self._line.clear()

    def _close_line(self) -> None:
        self._lines += 1
        part, line = self._part, bytes(self._line)
        if self._lines == 1:
            line = line.removeprefix(_BOM)
        if self._line_bytes > MAX_LINE_BYTES:
            part.overlong.append(self._lines)
            line = b""
        else:
            line = line.strip()
        if line or self._line_bytes > MAX_LINE_BYTES:
            part.documents += 1
            self.documents += 1
        part.lines.append(line)
        part.size += len(line) + 1
        self._line.clear()
        self._line_bytes = 0

    def _close_part(self) -> Part:
        full = self._part
        self.parts += 1
        self._part = Part(self.documents, self._lines + 1)
        return full
