"""The table shows every line, and marks what is sure."""

from tests.training.compare.made import comparison, row
from training.compare.table import write_table


def test_the_table() -> None:
    found = comparison(
        row("owner", 0.5, 0.6), row("intent", 0.5, 0.4, lang="ja"),
        row("churn", 0.5, 0.5, slice="channel=sns"),
        notes=("corpus, aspects: no labels",),
    )  # fmt: skip
    lines = write_table(found).splitlines()
    assert lines[:2] == ["old: 1.0", "new: 2.0"]
    assert lines[4].startswith("+  corpus  owner")
    assert lines[4].endswith("0.500  0.600  +0.100 (+0.090 to +0.110)")
    assert lines[5].startswith("-  corpus  intent  ja")
    assert lines[6].startswith("   corpus  churn")
    assert "channel=sns" in lines[6]
    assert lines[-1] == "note: corpus, aspects: no labels"
