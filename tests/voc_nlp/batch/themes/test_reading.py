"""Comments of a stream of records: one at a time, refusals counted."""

from voc_nlp.batch.themes.reading import CommentStream
from voc_nlp.records import Record
from voc_nlp.schema import Comment, Refusal


def test_comments_come_in_order_and_refusals_are_counted() -> None:
    told: list[int] = []
    records = [
        Record(1, Comment("a", "配送が遅い"), {}),
        Record(2, Refusal("2", "broken_record", "line 2: not JSON"), {}),
        *(Record(n, Comment(str(n), "late"), {}) for n in range(3, 515)),
    ]
    stream = CommentStream(records, told.append)
    assert [comment.id for comment in stream] == ["a", *map(str, range(3, 515))]
    assert stream.total == 514
    assert stream.refused == {"broken_record": 1}
    assert told == [256, 512]
