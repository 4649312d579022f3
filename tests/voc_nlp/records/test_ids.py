"""Ids that were met: found again however many there are, in few bytes."""

import sys
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from voc_nlp.records.ids import SeenIds

given_ids = st.text(st.sampled_from("0123 あa-\ud800"), min_size=1, max_size=3)


def memory(seen: object) -> int:
    """Count the bytes that an object of plain slots, lists and arrays holds."""

    def parts(item: object) -> Iterator[object]:
        if isinstance(item, list):
            yield from item
        elif not isinstance(item, int):
            yield from getattr(item, "__dict__", {}).values()
            yield from (getattr(item, name) for name in getattr(item, "__slots__", ()))

    return sys.getsizeof(seen) + sum(memory(part) for part in parts(seen))


@given(st.lists(given_ids | st.none(), max_size=40))
def test_it_answers_as_a_set_of_all_texts_would(ids: list[str | None]) -> None:
    seen, plain = SeenIds(), set()
    for row, record_id in enumerate(ids, start=1):
        named = str(row) if record_id is None else record_id
        met = seen.claim_row(row) if record_id is None else seen.claim(record_id)
        assert met == (named not in plain)
        plain.add(named)


def test_many_ids_are_told_apart_and_each_takes_less_than_32_bytes() -> None:
    many = 30_000
    seen = SeenIds()
    assert all(seen.claim(f"顧客-{number}") for number in range(many))
    assert not any(seen.claim(f"顧客-{number}") for number in range(0, many, 7))
    assert seen.claim("顧客--1")
    assert memory(seen) < 32 * many


def test_row_numbers_take_next_to_nothing() -> None:
    seen = SeenIds()
    empty = memory(seen)
    assert all(seen.claim_row(row) for row in range(1, 50_001))
    assert memory(seen) - empty < 200
    assert not seen.claim("50000")
    assert seen.claim("50001")
