"""Cells of CSV: nothing that a spreadsheet would run, numbers stay numbers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.exports.cells import cell


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ('=HYPERLINK("http://x.example","クリック")', '\'=HYPERLINK("http://x.example","クリック")'),
        ("+81-90-0000-0000", "'+81-90-0000-0000"),
        ("－1+1", "'－1+1"),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("＠SUM(A1)", "'＠SUM(A1)"),
        ("@SUM(1+1)*cmd|' /C calc'!A0", "'@SUM(1+1)*cmd|' /C calc'!A0"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("配送が=遅い", "配送が=遅い"),
        ("great - really", "great - really"),
        ("0123456", "0123456"),
        ("", ""),
        (None, ""),
        (-1, -1),
        (-0.5, -0.5),
        (0, 0),
        (True, "true"),
        (["a", "b"], "a;b"),
        (["=a"], "'=a"),
        ([], ""),
        ({"郵便番号": "0123456"}, '{"郵便番号": "0123456"}'),
        ({}, ""),
        (datetime(2026, 4, 1, tzinfo=UTC), "2026-04-01T00:00:00+00:00"),
    ],
)
def test_cells(value: Any, written: Any) -> None:
    assert cell(value) == written
    assert type(cell(value)) is type(written)
