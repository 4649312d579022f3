"""What a folder says of its run."""

import re

from training.data.labelled import Labelled
from training.data.labelled_file import LabelledFile
from training.provenance import describe_run


def test_data_machine_and_files() -> None:
    rows = [Labelled("遅い。", "ja", "a.csv", ""), Labelled("Late.", "en", "a.csv", "")]
    found = describe_run(rows, [LabelledFile("a.csv", "ab", tuple(rows), ("line 4: x",), 2)])
    assert found["files"] == {"a.csv": {"sha256": "ab", "comments": 2, "skipped": 1, "erased": 2}}
    assert found["data"]["a.csv"]["examples"] == 2
    assert re.fullmatch("[0-9a-f]{64}", found["data"]["a.csv"]["sha256"])
    assert all(isinstance(value, str) and value for value in found["machine"].values())
    assert describe_run(rows, []) == describe_run(rows)
    assert "files" not in describe_run(rows)


def test_where_a_comment_came_from_is_no_part_of_the_hash() -> None:
    plain, sliced = Labelled("遅い。", "ja", "a", ""), Labelled("遅い。", "ja", "a", "", channel="email")
    other = Labelled("遅い。", "ja", "a", "", urgency="high")
    assert describe_run([plain])["data"] == describe_run([sliced])["data"] != describe_run([other])["data"]
