"""Reads a list of members, JSON or CSV: all can be used, or none is taken and every fault is told."""

import csv
import io
import json
from typing import Any

from pydantic import ValidationError

from api.errors import Bilingual, Fault, InvalidJsonError, InvalidRequestError
from api.problems import pointer
from api.staff.schemas import MemberIn, MembersIn

CSV = "text/csv"
COLUMNS = ("team_id", "name", "contact", "skills", "languages", "capacity", "active")
_MAX_MEMBERS = 1000
_MAX_FAULTS = 20
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


def read_members(content: bytes, content_type: str) -> list[MemberIn]:
    """Read members as they were sent.

    Parameters
    ----------
    content : bytes
        The body; CSV in UTF-8 with or without a byte order mark, several skills and languages
        separated by ``;``.
    content_type : str
        What it is said to be.

    Returns
    -------
    list[MemberIn]
        In the same order.

    Raises
    ------
    InvalidRequestError
        If something cannot be used; names the row, the first below the header being 0.
    InvalidJsonError
        If JSON was said and it is none.
    """
    if content_type.partition(";")[0].strip().lower() == CSV:
        rows: Any = _read_csv(content)
    else:
        try:
            sent = json.loads(content)
        except (ValueError, RecursionError):
            raise InvalidJsonError() from None
        rows = sent.get("members") if isinstance(sent, dict) and set(sent) == {"members"} else None
    if not isinstance(rows, list) or not 0 < len(rows) <= _MAX_MEMBERS:
        detail = Bilingual(
            f"expected 1 to {_MAX_MEMBERS} members", f"担当者を 1〜{_MAX_MEMBERS} 件指定してください"
        )
        raise InvalidRequestError([Fault("/members", detail)])
    try:
        return MembersIn.model_validate({"members": rows}).members
    except ValidationError as error:
        faults = [
            Fault(pointer(item["loc"]), Bilingual(item["msg"], f"値が正しくありません: {item['msg']}"))
            for item in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise InvalidRequestError(faults[:_MAX_FAULTS]) from None


def _read_csv(content: bytes) -> list[dict[str, Any]]:
    """Read CSV with a header; empty cells are left out."""
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        detail = Bilingual("not CSV in UTF-8", "UTF-8 の CSV ではありません")
        raise InvalidRequestError([Fault("", detail)]) from None
    header = [name.strip() for name in lines[0]] if lines else []
    if len(set(header)) < len(header) or not {"team_id", "name"} <= set(header) <= set(COLUMNS):
        detail = Bilingual(
            f"expected a header with team_id, name and others of {', '.join(COLUMNS)}",
            f"見出し行に team_id と name が必要です。使用できる列: {', '.join(COLUMNS)}",
        )
        raise InvalidRequestError([Fault("", detail)])
    rows: list[dict[str, Any]] = []
    for line in lines[1:]:
        if not any(cell.strip() for cell in line):
            continue
        row: dict[str, Any] = {name: cell.strip() for name, cell in zip(header, line, strict=False)}
        row = {name: cell for name, cell in row.items() if cell}
        if len(line) > len(header):
            row["more cells than the header"] = True
        for name in ("skills", "languages"):
            if name in row:
                row[name] = [word.strip() for word in row[name].split(";") if word.strip()]
        if "active" in row:
            row["active"] = _TRUTHS.get(row["active"].lower(), row["active"])
        rows.append(row)
    return rows
