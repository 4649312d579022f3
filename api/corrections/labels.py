"""Reads a person's label: checked against the taxonomy, the stored text and the tenant's themes."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from api.corrections.errors import CorrectionError
from api.corrections.tasks import Task
from api.errors import Bilingual
from api.policy.taxonomy import TRIAGE, Taxonomy
from voc_nlp.schema import Polarity, SentimentLabel, UrgencyLevel

MOST_OWNERS = 3
MOST_ASPECTS = 100
_MOST_NAMED = 30


def read_label(task: Task, raw: Any, text: str, taxonomy: Taxonomy) -> Any:
    """Read a label as it is stored.

    Parameters
    ----------
    task : Task
        Of what.
    raw : Any
        What was sent.
    text : str
        The stored, masked text.
    taxonomy : Taxonomy
        Departments and intents.

    Returns
    -------
    Any
        JSON values; aspects with the place of each term. A theme is checked by its form alone. What is
        no label of the task is a `CorrectionError`.
    """
    readers: Mapping[Task, Callable[[], Any]] = {
        Task.SENTIMENT: lambda: _choice(raw, tuple(SentimentLabel)),
        Task.URGENCY: lambda: _choice(raw, tuple(UrgencyLevel)),
        Task.INTENT: lambda: _choice(raw, tuple(taxonomy.intents)),
        Task.CHURN: lambda: _boolean(raw),
        Task.DEPARTMENTS: lambda: _departments(raw, taxonomy),
        Task.ASPECTS: lambda: _aspects(raw, text),
        Task.THEME: lambda: _theme(raw),
    }
    return readers[task]()


def _choice(raw: Any, choices: Collection[str]) -> str:
    if not isinstance(raw, str) or raw not in choices:
        shown = ", ".join(sorted(choices)[:_MOST_NAMED])
        raise CorrectionError(
            Bilingual(
                f"the label is none of this task; expected one of {shown}",
                f"この項目のラベルではありません。次のいずれかを指定してください: {shown}",
            )
        )
    return str(raw)


def _boolean(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise CorrectionError(
            Bilingual("the label is neither true nor false", "true か false を指定してください")
        )
    return raw


def _departments(raw: Any, taxonomy: Taxonomy) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
        raise CorrectionError(
            Bilingual(
                "the label is no list of ids; expected departments, the primary one first, [] for nobody",
                "部署 ID のリスト(主担当が先頭、担当なしは [])を指定してください",
            )
        )
    for index, one in enumerate(raw):
        if one == TRIAGE or one not in taxonomy.departments:
            raise CorrectionError(
                Bilingual(
                    f"this is no department that can own a comment; GET /v1/departments lists them, and "
                    f"{TRIAGE} is none",
                    f"担当となる部署ではありません。GET /v1/departments を参照({TRIAGE} は不可)",
                ),
                f"/label/{index}",
            )
    if len(raw) > MOST_OWNERS or len(set(raw)) < len(raw):
        raise CorrectionError(
            Bilingual(
                f"met {len(raw)} departments; expected at most {MOST_OWNERS}, each once",
                f"部署は {MOST_OWNERS} 件まで、重複なく指定してください({len(raw)} 件)",
            )
        )
    return raw


def _aspects(raw: Any, text: str) -> list[dict[str, Any]]:
    if not isinstance(raw, list) or len(raw) > MOST_ASPECTS:
        raise CorrectionError(
            Bilingual(
                f'the label is no list of at most {MOST_ASPECTS} of {{"term", "sentiment"}}',
                f'{{"term", "sentiment"}} のリスト({MOST_ASPECTS} 件まで)を指定してください',
            )
        )
    found: list[dict[str, Any]] = []
    taken: set[tuple[int, int]] = set()
    for index, one in enumerate(raw):
        place = _aspect(one, text, taken, f"/label/{index}")
        taken.add((place["start"], place["end"]))
        found.append(place)
    return found


def _aspect(one: Any, text: str, taken: Collection[tuple[int, int]], pointer: str) -> dict[str, Any]:
    """Find the place of one aspect; without `start` and `end` it is the first that is not taken."""
    known = {"term", "sentiment", "start", "end"}
    term, mood = (one.get("term"), one.get("sentiment")) if isinstance(one, dict) else (None, None)
    if not isinstance(term, str) or not term.strip() or mood not in tuple(Polarity) or set(one) - known:
        moods = ", ".join(Polarity)
        raise CorrectionError(
            Bilingual(
                f'expected {{"term", "sentiment"}}, and "start" with "end" if known; sentiment: {moods}',
                f'{{"term", "sentiment"}}(任意で "start" と "end")を指定してください。sentiment は {moods}',
            ),
            pointer,
        )
    start, end = one.get("start"), one.get("end")
    if start is None and end is None:
        start = text.find(term)
        while start >= 0 and (start, start + len(term)) in taken:
            start = text.find(term, start + 1)
        end = start + len(term)
    whole = all(isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in (start, end))
    if not whole or text[start:end] != term:
        raise CorrectionError(
            Bilingual(
                "the term does not stand there in the stored text; expected text[start:end] == term in code "
                "points of the masked text, or no start and end for its next occurrence",
                "保存済みテキストのその位置に term がありません。マスク済みテキストの位置(コードポイント)で"
                "指定するか、start と end を省略してください",
            ),
            pointer,
        )
    if (start, end) in taken:
        raise CorrectionError(
            Bilingual("this stretch of the text is there twice", "同じ箇所が重複しています"), pointer
        )
    return {"term": term, "start": start, "end": end, "sentiment": str(mood)}


def _theme(raw: Any) -> str | None:
    if raw is not None and not isinstance(raw, str):
        raise CorrectionError(
            Bilingual(
                "the label is no theme; expected its id, or null for none",
                "テーマの ID(なしは null)を指定してください",
            )
        )
    return raw
