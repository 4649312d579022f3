"""Writes values as the cells of a CSV file that a spreadsheet opens without running anything.

References
----------
RFC 4180 for quoting; OWASP, "CSV Injection", for the characters that begin a formula. Japanese
Excel reads their full-width forms as formulas too.
"""

import json
from datetime import datetime
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: Any) -> str | int | float:
    """Write a value as a cell.

    Parameters
    ----------
    value : Any
        Text, number, boolean, time, list of texts, object, or None.

    Returns
    -------
    str | int | float
        Numbers stay numbers; a text that a spreadsheet would take for a formula begins with
        an apostrophe; a list is joined by semicolons, an object is JSON.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return neutral(";".join(str(each) for each in value))
    if isinstance(value, dict):
        return neutral(json.dumps(value, ensure_ascii=False)) if value else ""
    return neutral(str(value))


def neutral(text: str) -> str:
    """Keep a text from being taken for a formula.

    Parameters
    ----------
    text : str
        As it is stored.

    Returns
    -------
    str
        With an apostrophe before it when it begins like a formula.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
