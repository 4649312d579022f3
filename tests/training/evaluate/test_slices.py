"""Which slices a comment is in."""

import pytest

from training.data.labelled import Labelled
from training.evaluate.slices import group_by_slice, slices_of


@pytest.mark.parametrize(
    ("lang", "text", "length"),
    [
        ("ja", "遅い。", "short"), ("ja", "あ" * 40, "middle"), ("ja", "あ" * 50, "long"),
        ("en", "a" * 80, "short"), ("en", "a" * 81, "middle"), ("en", "a" * 140, "long"),
    ],
)  # fmt: skip
def test_length(lang: str, text: str, length: str) -> None:
    row = Labelled(text, lang, "a", "", channel="email")
    assert slices_of(row) == (f"length={length}", "channel=email")


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("ja", "お忙しいところ恐れ入りますが、部屋が少し寒かったように思います。"),
        ("en", "I don't mean to complain, but perhaps the room could be a little warmer."),
    ],
)
def test_a_polite_complaint(lang: str, text: str) -> None:
    row = Labelled(text, lang, "a", "", sentiment="negative")
    assert "polite complaint" in slices_of(row)
    assert "polite complaint" not in slices_of(Labelled(text, lang, "a", "", sentiment="positive"))
    assert "polite complaint" not in slices_of(Labelled(text, lang, "a", ""))


def test_small_slices_are_left_out() -> None:
    rows = [Labelled("遅い。", "ja", "a", "", industry="hotel" if n else "bank") for n in range(4)]
    assert group_by_slice(rows, least=2) == {
        ("ja", "industry=hotel"): [1, 2, 3],
        ("ja", "length=short"): [0, 1, 2, 3],
    }
