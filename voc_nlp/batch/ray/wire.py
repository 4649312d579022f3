"""How chunks of comments and their answers look on their way through Ray's object store."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from voc_nlp.batch.chunks import Answer
from voc_nlp.records.fields import FIELDS
from voc_nlp.schema import Comment

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a worker cannot work at all.

    Parameters
    ----------
    kind : str
        Name of the error's class.
    message : str
        Its words.
    """

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What a worker sends back for a chunk.

    Parameters
    ----------
    number : int
        Of the chunk, from 0.
    answers : Sequence[Answer]
        One a comment, in order; none when there is a failure.
    versions : str
        Of the package and the models by which it worked.
    notes : Sequence[str]
        What the analysis wrote into the worker's log.
    failure : Failure | None
        Why nothing could be analysed.
    """

    number: int
    answers: Sequence[Answer]
    versions: str = ""
    notes: Sequence[str] = ()
    failure: Failure | None = None


def pack_comments(comments: Iterable[Comment]) -> bytes:
    """Write comments without their further columns, which no analysis reads.

    Parameters
    ----------
    comments : Iterable[Comment]
        The comments of a chunk.

    Returns
    -------
    bytes
        JSON in which a lone surrogate stays what it is: it must be refused as here, not mended on the way.
    """
    rows = [{name: getattr(comment, name) for name in FIELDS} for comment in comments]
    return json.dumps(rows, ensure_ascii=False).encode("utf-8", "surrogatepass")


def unpack_comments(packed: bytes) -> list[Comment]:
    """Read what `pack_comments` wrote.

    Parameters
    ----------
    packed : bytes
        The comments of a chunk.

    Returns
    -------
    list[Comment]
        In the same order.
    """
    return [Comment(**row) for row in json.loads(packed.decode("utf-8", "surrogatepass"))]


def chunk_block(number: int, packed: bytes) -> "pa.Table":
    """Make the block of one chunk: a single row, so that Ray Data never cuts or joins chunks.

    Parameters
    ----------
    number : int
        Of the chunk.
    packed : bytes
        Its comments.

    Returns
    -------
    pa.Table
        Of one row.
    """
    import pyarrow as pa

    return pa.table({"number": pa.array([number]), "packed": pa.array([packed], type=pa.large_binary())})


def read_chunk(block: "pa.Table") -> tuple[int, list[Comment]]:
    """Read what `chunk_block` made.

    Parameters
    ----------
    block : pa.Table
        Of one row.

    Returns
    -------
    tuple[int, list[Comment]]
        The chunk's number and comments.
    """
    (row,) = block.to_pylist()
    return row["number"], unpack_comments(row["packed"])


def answered_block(answered: Answered) -> "pa.Table":
    """Make the block that goes back.

    Parameters
    ----------
    answered : Answered
        What was found.

    Returns
    -------
    pa.Table
        Of one row.
    """
    import pyarrow as pa

    row = {field.name: getattr(answered, field.name) for field in fields(answered)}
    row["failure"] = answered.failure and asdict(answered.failure)
    packed = json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return pa.table({"packed": pa.array([packed], type=pa.large_binary())})


def read_answered(block: "pa.Table") -> Answered:
    """Read what `answered_block` made.

    Parameters
    ----------
    block : pa.Table
        Of one row.

    Returns
    -------
    Answered
        As the worker sent it.
    """
    (packed,) = block.column("packed").to_pylist()
    row: dict[str, Any] = json.loads(packed.decode("utf-8", "surrogatepass"))
    failure = row.pop("failure")
    return Answered(**row, failure=Failure(**failure) if failure else None)
