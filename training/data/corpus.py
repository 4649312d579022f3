"""Read the authored corpus and split it by writer."""

import json
from pathlib import Path

from training.data.labelled import Labelled

CORPUS = Path(__file__).resolve().parents[1] / "corpus"


def read_corpus(lang: str, folder: Path = CORPUS) -> list[Labelled]:
    """Read the authored comments of one language.

    Parameters
    ----------
    lang : str
        ``ja`` or ``en``.
    folder : Path
        Where the corpus lies.

    Returns
    -------
    list[Labelled]
        In file order; `group` is the writer, the middle part of the id.
    """
    found = []
    for line in (folder / f"{lang}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found.append(
            Labelled(
                text=row["text"],
                lang=row["lang"],
                source="corpus",
                group=row["id"].split("-")[1],
                sentiment=row["sentiment"],
                departments=tuple(row["departments"]),
                intent=row["intent"],
                urgency=row["urgency"],
                churn_risk=row["churn_risk"],
                aspects=tuple((aspect["term"], aspect["sentiment"]) for aspect in row["aspects"]),
                channel=row.get("channel"),
                industry=row.get("industry"),
            )
        )
    return found
