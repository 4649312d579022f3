"""Lay kept lines out as CSV or Parquet, when all columns are known."""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count, islice
from pathlib import Path
from typing import Any, TextIO

from voc_nlp.records.flat import Layout
from voc_nlp.records.jsonl import encodable
from voc_nlp.records.parquet import kind_of, write_parquet

PACKING = 6
"""How hard gzip tries: at 9 it takes twice the time and saves a hundredth."""

_KINDS = {kind.__name__: kind for kind in (bool, int, float, str)}

_FORMULA_STARTS = frozenset("=+-@\t\r＝＋－＠")
"""First characters that make a spreadsheet take a cell for a formula (OWASP, CSV Injection)."""

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?", re.ASCII)


class Columns:
    """The columns that were met so far and the kinds of their values.

    Parameters
    ----------
    layout : Layout
        The columns that there are in any case.
    met : Mapping[str, Iterable[str]] | None
        What `to_dict` told earlier, to go on from there.

    Attributes
    ----------
    layout : Layout
        As it was given.
    """

    def __init__(self, layout: Layout, met: Mapping[str, Iterable[str]] | None = None) -> None:
        self.layout = layout
        self._met: dict[str, set[type]] = {}
        self.add(met or {})

    def note(self, flat: Mapping[str, Any]) -> dict[str, list[str]]:
        """Remember the columns of one line.

        Parameters
        ----------
        flat : Mapping[str, Any]
            As `flatten` makes it.

        Returns
        -------
        dict[str, list[str]]
            The columns that were not there, and the kinds that a column did not have.
        """
        fresh: dict[str, list[str]] = {}
        for name, value in flat.items():
            kinds = self._met.get(name)
            if kinds is None:
                kinds = self._met[name] = set()
                fresh[name] = []
            if value is not None and (kind := kind_of(value)) not in kinds:
                kinds.add(kind)
                fresh.setdefault(name, []).append(kind.__name__)
        return fresh

    def add(self, columns: Mapping[str, Iterable[str]]) -> None:
        """Add columns that were met elsewhere.

        Parameters
        ----------
        columns : Mapping[str, Iterable[str]]
            As `note` and `to_dict` tell them.
        """
        for name, kinds in columns.items():
            self._met.setdefault(name, set()).update(_KINDS[kind] for kind in kinds)

    def to_dict(self) -> dict[str, list[str]]:
        """Return what was met, to be kept in a file.

        Returns
        -------
        dict[str, list[str]]
            The names of kinds by column, the columns in the order in which they were met.
        """
        return {name: sorted(kind.__name__ for kind in kinds) for name, kinds in self._met.items()}

    def ordered(self) -> dict[str, frozenset[type]]:
        """Return all columns in the order in which they are written.

        Returns
        -------
        dict[str, frozenset[type]]
            The kinds of the values of each.
        """
        plain = self.layout.plain
        front = ["id", *(["text"] if "text" in self._met else []), *plain]
        back = [f"{key}_json" for key in self.layout.nested]
        others = [name for name in self._met if name not in front and name not in back]
        fixed = {"id": str, **plain, **dict.fromkeys(back, str)}
        return {
            name: frozenset({fixed[name]}) if name in fixed else frozenset(self._met.get(name, ()))
            for name in [*front, *others, *back]
        }


def lay_out(kept: Path, target: Path, ending: str, columns: Columns, *, guard_formulas: bool = True) -> None:
    """Write kept lines as one file.

    Parameters
    ----------
    kept : Path
        Flat lines as JSONL.
    target : Path
        The file to write; the same lines give the same bytes.
    ending : str
        ``.csv``, ``.csv.gz`` or ``.parquet``.
    columns : Columns
        All columns of the kept lines.
    guard_formulas : bool
        In CSV, put an apostrophe before text that a spreadsheet would run as a formula.
    """
    if ending == ".parquet":
        write_parquet(target, _lines(kept), columns.ordered())
        return
    with target.open("wb") as raw:
        if not ending.endswith(".gz"):
            with io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
                _write_csv(kept, file, columns, guard_formulas)
            return
        packed = gzip.GzipFile("", "wb", PACKING, raw, mtime=0)
        with packed, io.TextIOWrapper(packed, encoding="utf-8-sig", newline="") as file:
            _write_csv(kept, file, columns, guard_formulas)


def lay_out_parts(kept: Path, folder: Path, columns: Columns, rows_per_file: int) -> None:
    """Write kept lines as Parquet files of one schema, ``part-00000.parquet`` and so on.

    Parameters
    ----------
    kept : Path
        Flat lines as JSONL.
    folder : Path
        An empty folder.
    columns : Columns
        All columns of the kept lines.
    rows_per_file : int
        Rows of a file; the last may hold fewer, and is there also when there are no lines.
    """
    lines = _lines(kept)
    for number in count():
        first = list(islice(lines, 1))
        if number and not first:
            return
        part = chain(first, islice(lines, rows_per_file - 1))
        write_parquet(folder / f"part-{number:05}.parquet", part, columns.ordered())


def _lines(kept: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines that were kept."""
    with kept.open("rb") as file:
        for line in file:
            yield json.loads(line)


def _write_csv(kept: Path, file: TextIO, columns: Columns, guard: bool) -> None:
    """Write all kept lines as CSV."""
    names = list(columns.ordered())
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(_cell(name, guard) for name in names)
    for line in _lines(kept):
        writer.writerow(_cell(line.get(name), guard) for name in names)


def _cell(value: Any, guard: bool) -> str:
    """Write one value out as a cell."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return encodable(value)
    if guard and value[:1] in _FORMULA_STARTS and not _PLAIN_NUMBER.fullmatch(value):
        value = f"'{value}"
    return encodable(value)
