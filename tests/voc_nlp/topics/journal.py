"""The bundled journal as days, topics and vectors, for tests that need real comments."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.comparing import take_off
from voc_nlp.loading import load_embedder
from voc_nlp.schema import Comment
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.topics.material import find_centers, gather

JOURNAL = Path(__file__).parents[3] / "samples" / "journal.jsonl"
PLANTED = "qr_payment_error"


@dataclass(frozen=True)
class Journal:
    """Comments in the order of their days."""

    records: list[dict[str, Any]]
    days: list[date]
    topics: list[str]
    vectors: NDArray[np.float32]


@cache
def read_journal() -> Journal:
    """Read and embed the journal."""
    records = [json.loads(line) for line in JOURNAL.read_text(encoding="utf-8").splitlines()]
    comments = [Comment(record["id"], record["text"], record["lang"]) for record in records]
    material = gather(comments, load_embedder(), Dictionary.empty(), seed=0, sample_size=len(comments))
    return Journal(
        records=records,
        days=[date.fromisoformat(record["created_at"][:10]) for record in records],
        topics=[record["topic"] for record in records],
        vectors=take_off(material.vectors, material.languages, find_centers(material)),
    )
