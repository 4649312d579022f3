"""Identifiers: in the order in which they were made, and told from what is not one."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.db.ids import first_id, is_id, new_id


def test_ids_sort_in_the_order_they_were_made() -> None:
    made = [new_id("cmt") for _ in range(10_000)]
    assert made == sorted(made)


def test_ids_made_in_parallel_are_different() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_id("tkt"), range(5_000)))
    assert len(set(made)) == len(made)


def test_the_first_identifier_of_a_time_sorts_before_those_made_then() -> None:
    now = time.time()
    assert first_id("ana", now) < new_id("ana") < first_id("ana", time.time() + 60)


@pytest.mark.parametrize(
    ("prefix", "value", "expected"),
    [
        ("cmt", new_id("cmt"), True),
        ("cmt", new_id("tkt"), False),
        ("cmt", "cmt_", False),
        ("cmt", new_id("cmt") + "\n", False),
        ("cmt", new_id("cmt").upper(), False),
        ("cmt", "", False),
        ("cmt", "コメント", False),
    ],
    ids=["own", "other kind", "prefix alone", "line break", "upper case", "empty", "Japanese"],
)
def test_is_id(prefix: str, value: str, expected: bool) -> None:
    assert is_id(prefix, value) is expected
