"""Read and write a tenant's dictionary as CSV, in the encodings of Excel; every error names its line."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voc_nlp.errors import DictionaryError, UnreadableFileError
from voc_nlp.records.encoding import decode, detect_encoding
from voc_nlp.records.lines import numbered_lines
from voc_nlp.text.conflicts import Conflict, find_conflicts, same_word, two_heads
from voc_nlp.text.dictionary import MAX_WORDS, Dictionary, read_word

MAX_BYTES = 8 * 1024 * 1024
"""Largest file that is read; `MAX_WORDS` entries of Japanese take 4 MB."""

_COLUMNS = ("kind", "word", "stands_for")
_KINDS = ("stop", "synonym", "compound")
_MOST_SHOWN = 20
"""Broken lines that a message lists."""


@dataclass(frozen=True, slots=True)
class ImportedDictionary:
    """A dictionary as a CSV file holds it.

    Parameters
    ----------
    dictionary : Dictionary
        The words; of a synonym with two heads the first counts.
    conflicts : tuple[Conflict, ...]
        What contradicts itself, with the lines where the file does.
    encoding : str
        ``utf-8``, ``cp932`` or ``cp1252``, as found.
    """

    dictionary: Dictionary
    conflicts: tuple[Conflict, ...]
    encoding: str


@dataclass(frozen=True, slots=True)
class _Entry:
    line: int
    kind: str
    written: str
    word: str
    stands_for: str


def read_dictionary_csv(source: Path | bytes | str) -> ImportedDictionary:
    """Read the columns kind, word and stands_for.

    Parameters
    ----------
    source : Path | bytes | str
        A file, its content as it was sent (UTF-8 with or without a byte order mark, or
        CP932), or its text. Columns may stand in any order, parted by commas, semicolons
        or tabs; ``kind`` is ``stop``, ``synonym`` or ``compound``; only a synonym has a
        ``stands_for``.

    Returns
    -------
    ImportedDictionary
        The dictionary and its conflicts.

    Raises
    ------
    DictionaryError
        When the header or any line is unusable; it names the lines, and nothing is imported.
        A file that cannot be read, is too large or is UTF-16 raises an `UnreadableFileError`.
    """
    name = str(source) if isinstance(source, Path) else "the dictionary"
    content = _read_bytes(source, name)
    encoding = detect_encoding(numbered_lines(io.BytesIO(content)), name)
    entries, broken = _read_entries(content.removeprefix(codecs.BOM_UTF8), encoding, name)
    if broken:
        more = len(broken) - _MOST_SHOWN
        shown = "; ".join(broken[:_MOST_SHOWN]) + (f"; and {more} more lines" if more > 0 else "")
        raise DictionaryError(f"{name} was not imported: {shown}.")
    dictionary, conflicts = _assemble(entries)
    return ImportedDictionary(dictionary, (*conflicts, *find_conflicts(dictionary)), encoding)


def write_dictionary_csv(dictionary: Dictionary) -> str:
    """Write a dictionary so that `read_dictionary_csv` reads the same again.

    Parameters
    ----------
    dictionary : Dictionary
        The words.

    Returns
    -------
    str
        CSV text with ``\\r\\n``; encode it as ``utf-8-sig`` for Excel.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    writer.writerows(("stop", word, "") for word in sorted(dictionary.stop_words))
    writer.writerows(("synonym", *pair) for pair in sorted(dictionary.synonyms.items()))
    writer.writerows(("compound", word, "") for word in sorted(dictionary.compounds))
    return file.getvalue()


def _read_bytes(source: Path | bytes | str, name: str) -> bytes:
    """Return the content, bounded."""
    if isinstance(source, str):
        content = source.encode("utf-8", "surrogatepass")
    elif isinstance(source, bytes):
        content = source
    else:
        try:
            with source.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise UnreadableFileError(
                f"{name} cannot be read: {why}. Check the path and its rights."
            ) from error
    if len(content) > MAX_BYTES:
        raise UnreadableFileError(f"{name} is larger than {MAX_BYTES:,} bytes; expected a list of words.")
    return content


def _lines(content: bytes, encoding: str) -> Iterator[tuple[int, str, bool]]:
    """Yield every line that is not blank: its number, its text, whether all of it is legal."""
    for number, raw in enumerate(content.splitlines(), start=1):
        text, sound = decode(raw, encoding)
        if text.strip():
            yield number, text, sound


def _read_entries(content: bytes, encoding: str, name: str) -> tuple[list[_Entry], list[str]]:
    """Read all lines; return the entries and what is wrong with the other lines."""
    lines = _lines(content, encoding)
    number, text, _ = next(lines, (1, "", True))
    delimiter = max(",;\t", key=text.count)
    header = [cell.strip().lower() for cell in _cells(text, delimiter) or ()]
    if sorted(header[: len(_COLUMNS)]) != sorted(_COLUMNS) or any(header[len(_COLUMNS) :]):
        raise DictionaryError(
            f"{name}, line {number}: the columns are {', '.join(header)[:100] or 'missing'}; "
            f"expected {', '.join(_COLUMNS)}. Write them into the first line."
        )
    entries: list[_Entry] = []
    broken: list[str] = []
    for number, text, sound in lines:
        if len(entries) + len(broken) >= MAX_WORDS:
            broken.insert(0, f"it has more than {MAX_WORDS:,} lines")
            break
        cells = _cells(text, delimiter)
        try:
            if not sound:
                raise DictionaryError(f"it holds bytes that are not {encoding.upper()}; save it as UTF-8")
            if cells is None:
                raise DictionaryError("a quote is not closed; write a quote inside a cell twice")
            entries.append(_read_entry(number, header, cells))
        except DictionaryError as error:
            broken.append(f"line {number}: {str(error).rstrip('.')}")
    return entries, broken


def _cells(text: str, delimiter: str) -> list[str] | None:
    """Cut one line into cells; None when a quote stays open."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _read_entry(number: int, header: list[str], cells: list[str]) -> _Entry:
    """Check one line."""
    extra = [cell for cell in cells[len(_COLUMNS) :] if cell.strip()]
    if extra:
        raise DictionaryError(
            f"{len(cells)} cells, where {len(_COLUMNS)} were expected; quote a cell with a comma"
        )
    row = {**dict.fromkeys(_COLUMNS, ""), **dict(zip(header, map(str.strip, cells), strict=False))}
    kind = row["kind"].lower()
    if kind not in _KINDS:
        raise DictionaryError(f"the kind is {row['kind'][:20]!r}; expected {', '.join(_KINDS)}")
    if kind == "synonym" and not row["stands_for"]:
        raise DictionaryError("a synonym without stands_for; write the word that stands for it")
    if kind != "synonym" and row["stands_for"]:
        raise DictionaryError(f"stands_for beside the kind {kind}; leave it empty, or make the kind synonym")
    stands_for = read_word(row["stands_for"]) if kind == "synonym" else ""
    return _Entry(number, kind, row["word"], read_word(row["word"]), stands_for)


def _assemble(entries: list[_Entry]) -> tuple[Dictionary, list[Conflict]]:
    """Put the entries together; the first of several counts."""
    first: dict[tuple[str, str], _Entry] = {}
    conflicts: list[Conflict] = []
    for entry in entries:
        known = first.setdefault((entry.kind, entry.word), entry)
        lines = (known.line, entry.line)
        if known.stands_for != entry.stands_for:
            conflicts.append(two_heads((entry.word,), (known.stands_for, entry.stands_for), lines))
        elif known is not entry:
            conflicts.append(same_word((known.written, entry.written), "entry", "項目", lines))
    words = {kind: [entry for entry in first.values() if entry.kind == kind] for kind in _KINDS}
    dictionary = Dictionary(
        frozenset(entry.word for entry in words["stop"]),
        {entry.word: entry.stands_for for entry in words["synonym"]},
        frozenset(entry.word for entry in words["compound"]),
    )
    return dictionary, conflicts
