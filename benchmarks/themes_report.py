"""Markdown tables of the figures of themes, a row a system."""

import math
from collections.abc import Mapping, Sequence

from training.evaluate.markdown import table

Column = tuple[str, str, str]
"""Title, name of the figure, format."""

_SHARE, _PLAIN = ".3f", ",.0f"
AGREEMENT: Sequence[Column] = (
    ("themes", "themes", _PLAIN),
    ("unassigned", "unassigned", ".1%"),
    ("unassigned, new comments", "unassigned_new", ".1%"),
    ("NMI", "nmi", _SHARE),
    ("AMI", "ami", _SHARE),
    ("ARI", "ari", _SHARE),
    ("NMI, assigned", "nmi_assigned", _SHARE),
    ("ARI, assigned", "ari_assigned", _SHARE),
    ("purity", "purity", _SHARE),
)
COST: Sequence[Column] = (
    ("ARI, two seeds", "stable_seed", _SHARE),
    ("ARI, two samples", "stable_sample", _SHARE),
    ("seconds", "seconds", ",.1f"),
    ("of them encoding", "encoding_seconds", ",.1f"),
    ("CPU seconds without MiniLM's encoding", "fit_cpu_seconds", ",.1f"),
    ("peak MiB", "peak_mib", _PLAIN),
)
LANGUAGES: Sequence[Column] = (
    ("themes in both languages", "both_languages", ".1%"),
    ("pairs in one theme", "pairs_together", ".1%"),
    ("recall@1", "recall_1", ".1%"),
    ("recall@5", "recall_5", ".1%"),
)

Figures = Mapping[str, float]


def report(measured: Mapping[str, Mapping[str, Figures]], titles: Mapping[str, str], machine: str) -> str:
    """Lay out all tables.

    Parameters
    ----------
    measured : Mapping[str, Mapping[str, Figures]]
        Figures by set and system.
    titles : Mapping[str, str]
        Titles of the systems.
    machine : str
        Where they were measured.

    Returns
    -------
    str
        Markdown.
    """
    parts = [f"Measured on: {machine}. One run; BERTopic with its defaults and language='multilingual'."]
    for name, systems in measured.items():
        comments = max(figures["comments"] for figures in systems.values())
        parts.append(f"### {name}, {comments:,.0f} comments")
        parts += [_table(systems, titles, columns) for columns in (AGREEMENT, COST)]
        words = [
            (f"{title}, {lang}", f"{figure}_{lang}", _SHARE)
            for lang in ("ja", "en")
            for title, figure in (("NPMI", "npmi"), ("diversity", "diversity"))
            if any(f"npmi_{lang}" in figures for figures in systems.values())
        ]
        parts.append(_table(_with_plain(systems), {**titles, **_plain_titles(systems, titles)}, words))
        if any("pairs" in figures for figures in systems.values()):
            parts.append(_table(systems, titles, LANGUAGES))
    return "\n\n".join(parts)


def _table(systems: Mapping[str, Figures], titles: Mapping[str, str], columns: Sequence[Column]) -> str:
    rows = [
        [titles[system], *(_cell(figures.get(figure), form) for _, figure, form in columns)]
        for system, figures in systems.items()
    ]
    return table(["system", *(title for title, _, _ in columns)], rows)


def _cell(value: float | None, form: str) -> str:
    return "-" if value is None or math.isnan(value) else format(value, form)


def _with_plain(systems: Mapping[str, Figures]) -> dict[str, Figures]:
    """Add a row for the key words that BERTopic gives where nobody hands it a tokenizer."""
    found: dict[str, Figures] = {}
    for system, figures in systems.items():
        found[system] = figures
        plain = {
            key.removeprefix("plain_"): value for key, value in figures.items() if key.startswith("plain_")
        }
        if plain:
            found[f"{system}, plain"] = plain
    return found


def _plain_titles(systems: Mapping[str, Figures], titles: Mapping[str, str]) -> dict[str, str]:
    return {f"{system}, plain": f"{titles[system]}, no tokenizer given" for system in systems}
