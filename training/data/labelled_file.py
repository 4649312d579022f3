"""Read a customer's labelled comments from JSONL, CSV or Parquet; no row is dropped without being named."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.data.labelled import Labelled
from training.heads.tasks import LABELS
from voc_nlp.errors import RecordError
from voc_nlp.records import Record, RecordReader
from voc_nlp.records.fields import is_missing, plain_text
from voc_nlp.routing.departments import NOBODY, TRIAGE
from voc_nlp.schema import Comment, Polarity, Refusal
from voc_nlp.text.prepare import prepare

ERASED = "erased"
"""Key of the header record: how many comments of erased persons left the export."""

_ID = re.compile(r"[a-z0-9_-]{1,64}")
_SEPARATORS = re.compile(r"[;,、|]")
_MOST_OWNERS = 3
_MOST_NAMED = 20
_WRITER = ("writer", "group", "customer_id")
_TRUE, _FALSE = ("true", "yes", "1", "はい"), ("false", "no", "0", "いいえ")


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A labelled file as it was read.

    Parameters
    ----------
    name : str
        The file's name, without its folder: the source of its rows.
    sha256 : str
        Of the file's bytes.
    rows : tuple[Labelled, ...]
        Usable comments, in file order.
    broken : tuple[str, ...]
        What is wrong with each of the others, its line first.
    erased : int
        How many comments of erased persons left the export, as its header says.
    """

    name: str
    sha256: str
    rows: tuple[Labelled, ...]
    broken: tuple[str, ...] = ()
    erased: int = 0


def read_labelled_files(paths: Sequence[Path], *, skip_broken: bool = False) -> list[LabelledFile]:
    """Read labelled files.

    Parameters
    ----------
    paths : Sequence[Path]
        Files; their names must differ.
    skip_broken : bool
        Whether to go on without the rows that cannot be used.

    Returns
    -------
    list[LabelledFile]
        In the same order.

    Raises
    ------
    ValueError
        If two files have one name, a row cannot be used and is not to be skipped, or none is left.
    """
    names = [path.name for path in paths]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two labelled files are named {twice[0]}; results go by the name: rename one")
    found = [read_labelled(path) for path in paths]
    for one in found:
        if one.broken and not skip_broken:
            shown = "\n".join(f"  {fault}" for fault in one.broken[:_MOST_NAMED])
            more = len(one.broken) - _MOST_NAMED
            rest = f"\n  and {more} more" if more > 0 else ""
            raise ValueError(
                f"{one.name}: {len(one.broken)} of {len(one.broken) + len(one.rows)} rows cannot be used; "
                f"mend them, or go on without them (--skip-broken):\n{shown}{rest}"
            )
        if not one.rows:
            raise ValueError(f"{one.name} holds no comment that can be used; expected labelled comments")
    return found


def read_labelled(path: Path) -> LabelledFile:
    """Read one labelled file.

    The columns are ``text`` and any of ``lang``, ``sentiment``, ``intent``, ``urgency``, ``churn`` (or
    ``churn_risk``), ``departments`` (primary first; in CSV separated by ``;``), ``aspects`` (a list of
    ``{"term", "sentiment"}``), ``writer`` (or ``group`` or ``customer_id``), ``channel`` and ``industry``. An
    empty cell says nothing; ``none``, or an empty list, says that nobody owns the comment.

    Parameters
    ----------
    path : Path
        A file ending as `voc_nlp.records.RecordReader` knows.

    Returns
    -------
    LabelledFile
        With what is wrong with every row that cannot be used.
    """
    rows: list[Labelled] = []
    broken: list[str] = []
    erased = 0
    with RecordReader(path) as records:
        for number, record in enumerate(records):
            if number == 0 and ERASED in record.columns and "text" not in record.columns:
                erased = _count_erased(record)
                continue
            try:
                rows.append(_read(record, path.name))
            except RecordError as error:
                broken.append(_with_line(record, error.message))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return LabelledFile(path.name, digest, tuple(rows), tuple(broken), erased)


def _count_erased(record: Record) -> int:
    value = record.columns[ERASED]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(
            f"line {record.line}: the header's {ERASED} is {value!r}; expected a whole number from 0 on"
        )
    return value


def _with_line(record: Record, message: str) -> str:
    return message if message.startswith("line ") else f"line {record.line}: {message}"


def _read(record: Record, source: str) -> Labelled:
    if isinstance(record.item, Refusal):
        raise RecordError(record.item.code, record.item.message)
    comment = record.item
    if not comment.text.strip():
        raise _unfit("text", "empty", "a comment")
    columns = {name.lower(): value for name, value in record.columns.items()}
    return Labelled(
        text=comment.text,
        lang=_language(comment),
        source=source,
        group=_writer(columns),
        sentiment=_choice(columns, "sentiment", LABELS["sentiment"]),
        departments=_departments(columns.get("departments")),
        intent=_intent(columns.get("intent")),
        urgency=_choice(columns, "urgency", LABELS["urgency"]),
        churn_risk=_churn(columns),
        aspects=_aspects(columns.get("aspects"), comment.text),
        channel=comment.channel,
        industry=comment.industry,
    )


def _language(comment: Comment) -> str:
    return prepare(comment.text, comment.lang).language.value


def _writer(columns: Mapping[str, Any]) -> str:
    given = (columns.get(name) for name in _WRITER)
    return next((plain_text(value) or "" for value in given if not is_missing(value)), "")


def _choice(columns: Mapping[str, Any], name: str, choices: Sequence[str]) -> str | None:
    value = columns.get(name)
    if is_missing(value):
        return None
    plain = value.strip().lower() if isinstance(value, str) else None
    if plain not in choices:
        raise _unfit(name, "of another value", f"one of {', '.join(choices)}, or nothing")
    return plain


def _intent(value: Any) -> str | None:
    if is_missing(value):
        return None
    plain = value.strip() if isinstance(value, str) else ""
    if not _ID.fullmatch(plain):
        raise _unfit("intent", "no id", "1 to 64 of a-z, 0-9, '_' and '-', or nothing")
    return plain


def _departments(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, str) and value.strip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            raise _unfit("departments", "a list that is not JSON", "ids separated by ;") from None
    if isinstance(value, list | tuple):
        members = [str(member) for member in value]
    elif is_missing(value):
        return None
    elif isinstance(value, str):
        members = [member.strip() for member in _SEPARATORS.split(value) if member.strip()]
    else:
        raise _unfit("departments", "neither text nor a list", "ids separated by ;, or nothing")
    if members in ([], [NOBODY]):
        return ()
    if any(not _ID.fullmatch(member) for member in members):
        raise _unfit("departments", "no list of ids", "ids of a-z, 0-9, '_' and '-', separated by ;")
    if {NOBODY, TRIAGE} & set(members):
        raise _unfit("departments", f"{NOBODY} or {TRIAGE} among others", f"owners, or {NOBODY} alone")
    if len(set(members)) < len(members) or len(members) > _MOST_OWNERS:
        raise _unfit("departments", f"{len(members)} ids", f"at most {_MOST_OWNERS}, each once")
    return tuple(members)


def _churn(columns: Mapping[str, Any]) -> bool | None:
    name = "churn" if "churn" in columns else "churn_risk"
    value = columns.get(name)
    if is_missing(value) or isinstance(value, bool):
        return None if is_missing(value) else bool(value)
    plain = (plain_text(value) or "").strip().lower()
    if plain not in (*_TRUE, *_FALSE):
        raise _unfit(name, "of another value", "true or false, or nothing")
    return plain in _TRUE


def _aspects(value: Any, text: str) -> tuple[tuple[str, str], ...] | None:
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value)
        except ValueError:
            raise _unfit("aspects", "not JSON", 'a list of {"term", "sentiment"}') from None
    if not isinstance(value, list):
        if is_missing(value):
            return None
        raise _unfit("aspects", "no list", 'a list of {"term", "sentiment"}')
    found = []
    for one in value:
        term, mood = (one.get("term"), one.get("sentiment")) if isinstance(one, Mapping) else (None, None)
        if not isinstance(term, str) or not term or term not in text or mood not in tuple(Polarity):
            raise _unfit(
                "aspects",
                "a list with a member of another form",
                f'{{"term", "sentiment"}} with a part of the text and one of {", ".join(Polarity)}',
            )
        found.append((term, str(mood)))
    return tuple(found)


def _unfit(name: str, met: str, expected: str) -> RecordError:
    """Say what is wrong with a cell; neither the text nor the cell is quoted."""
    return RecordError("invalid_label", f"{name} is {met}; expected {expected}")
