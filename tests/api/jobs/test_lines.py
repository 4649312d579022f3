"""Uploads are cut into lines and parts wherever their pieces end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.jobs import lines
from api.jobs.lines import Part, PartCutter, unpack


def cut(content: bytes, *, every: int) -> list[Part]:
    cutter = PartCutter()
    parts = []
    for start in range(0, len(content), every):
        parts += cutter.feed(content[start : start + every])
    return [*parts, *cutter.finish()]


@given(st.lists(st.sampled_from([b"", b"  ", b"a", "配送".encode(), b"\xff\xfe", b"\r"])), st.integers(1, 7))
def test_the_lines_are_those_of_the_whole_text(written: list[bytes], every: int) -> None:
    parts = cut(b"\n".join(written), every=every)
    expected = {number: line.strip() for number, line in enumerate(written, start=1) if line.strip()}
    found = {
        number: line
        for part in parts
        for number, line in enumerate(unpack(part.pack()), start=part.first_line)
        if line
    }
    assert found == expected
    assert sum(part.documents for part in parts) == len(expected)


def test_a_part_ends_with_so_many_documents_or_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "PART_DOCUMENTS", 3)
    monkeypatch.setattr(lines, "PART_BYTES", 20)
    content = b"1\n2\n\n3\n4\n" + b"5" * 30 + b"\n6\n"
    parts = cut(content, every=4)
    assert [(part.first_index, part.first_line, part.documents) for part in parts] == [
        (0, 1, 3),
        (3, 5, 2),
        (5, 7, 1),
    ]


def test_a_line_that_is_too_long_is_counted_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 10)
    [part] = cut(b"1\n" + b"x" * 100 + b"\n" + b"y" * 10 + b"\n" + b"z" * 11, every=3)
    assert (part.lines, part.overlong, part.documents) == ([b"1", b"", b"y" * 10, b""], [2, 4], 4)


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    [part] = cut(b"\xef\xbb\xbf{}\r\n\xef\xbb\xbf{}", every=1)
    assert part.lines == [b"{}", b"\xef\xbb\xbf{}"]
