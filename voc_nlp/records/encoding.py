"""Tell the encoding of a CSV file: UTF-8, CP932 (Japanese Excel) or CP1252 (Western Excel)."""

import codecs
import re
from collections.abc import Iterable

from voc_nlp.errors import UnreadableFileError

_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
_WESTERN_BYTES = re.compile(rb"[\x80\x82\x84\x85\x91-\x97\x99\xa3\xa9\xab\xae\xb0\xb4\xb7\xbb\xbf-\xfd]")
"""Bytes that CP1252 text is made of in practice: €‚„…‘’“”•–—™£©«®°´·»¿ and accented letters."""

_CP932_UNDEFINED = {0x80: "\\x80", 0xF8F0: "\\xa0", 0xF8F1: "\\xfd", 0xF8F2: "\\xfe", 0xF8F3: "\\xff"}
"""What Python makes of the bytes that CP932 does not define, and how they are shown."""

_UNDEFINED = re.compile("[\x80\uf8f0-\uf8f3]")


def detect_encoding(lines: Iterable[tuple[int, bytes | None]], name: str) -> str:
    """Tell the encoding from all lines of a file, holding one line at a time.

    A byte order mark decides. Else the file is UTF-8 when every line is, or when
    more of its non-ASCII lines are UTF-8 than not (the others are broken lines).
    Else it is CP932, except that non-ASCII bytes which mostly stand alone between
    ASCII bytes, as accents and curly quotes do and Japanese never does, mean CP1252.

    Parameters
    ----------
    lines : Iterable[tuple[int, bytes | None]]
        Numbered lines, as `numbered_lines` yields them.
    name : str
        The file's name for messages.

    Returns
    -------
    str
        ``utf-8``, ``cp932`` or ``cp1252``.

    Raises
    ------
    UnreadableFileError
        When the file is UTF-16.
    """
    sound = unsound = single = runs = 0
    western = True
    for number, line in lines:
        if line is None or line.isascii():
            continue
        if number == 1 and line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise UnreadableFileError(f"{name} is UTF-16; expected UTF-8 or CP932. Save it as CSV UTF-8.")
        if number == 1 and line.startswith(codecs.BOM_UTF8):
            return "utf-8"
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            unsound += 1
        else:
            sound += 1
            continue
        for run in _HIGH_BYTES.findall(line):
            runs += 1
            single += len(run) == 1
            western = western and not _WESTERN_BYTES.sub(b"", run)
    if unsound == 0 or sound > unsound:
        return "utf-8"
    return "cp1252" if western and single > 0.75 * runs else "cp932"


def decode(line: bytes, encoding: str) -> tuple[str, bool]:
    """Decode a line whatever it holds.

    Parameters
    ----------
    line : bytes
        One line.
    encoding : str
        As `detect_encoding` tells it.

    Returns
    -------
    tuple[str, bool]
        The text and whether it is sound; bytes that are not legal in the encoding
        are written ``\\xNN``.
    """
    try:
        text = line.decode(encoding)
    except UnicodeDecodeError:
        return line.decode(encoding, "backslashreplace").translate(_CP932_UNDEFINED), False
    if encoding == "cp932" and _UNDEFINED.search(text):
        return text.translate(_CP932_UNDEFINED), False
    return text, True
