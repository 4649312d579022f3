"""The part of the page that goes through the analysts' demands: how many cases are met, and which are not."""

from collections.abc import Mapping, Sequence

from training.evaluate.demands import TABLES, Demand, Miss
from training.evaluate.markdown import table

Outcomes = Mapping[str, Sequence[Miss]]
"""What was missed, by id of the case."""


def demand_sections(demands: Sequence[Demand], tiers: Mapping[str, Outcomes]) -> list[str]:
    """Write the demands, met and missed.

    Parameters
    ----------
    demands : Sequence[Demand]
        The cases.
    tiers : Mapping[str, Outcomes]
        What each tier missed, by name of the tier.

    Returns
    -------
    list[str]
        Sections in Markdown.
    """
    cases = [case for demand in demands for case in demand.cases]
    totals = ", ".join(
        f"{sum(not outcomes[case.id] for case in cases)} by tier {name}" for name, outcomes in tiers.items()
    )
    files = " and ".join(f"[{name}](../tests/demands/{name})" for name in TABLES)
    return [
        "## Demands of analysts",
        f"What a Japanese analyst demands (J) and its English counterparts (E), as {len(cases)} cases in "
        f"{files}, written to be hard and not learnt from. They are no sample of comments: they show where "
        f"the library fails, not how often. Met: {totals}. A case is met when all its checks are. The tests "
        "hold tier default to this: rules (spelling, words, personal data, noise, language, sentences, "
        "phrases) must pass, and what the models miss is listed in "
        "[known_failures.json](../tests/demands/known_failures.json).",
        _counts(demands, tiers),
        "### Not built",
        _absent(demands),
        "### Cases that are missed",
        _missed(demands, tiers),
    ]


def _counts(demands: Sequence[Demand], tiers: Mapping[str, Outcomes]) -> str:
    rows = []
    for demand in demands:
        met = (sum(not outcomes[case.id] for case in demand.cases) for outcomes in tiers.values())
        figures = [str(len(demand.cases)), *map(str, met)] if demand.cases else [""] * (1 + len(tiers))
        place = f" ([tests](../{demand.tested_in}))" if demand.tested_in else ""
        lack = "" if not demand.not_built else " (in part)" if demand.tested_in else " (not built)"
        rows.append([demand.id, demand.title + place + lack, *figures])
    return table(["demand", "what", "n", *tiers], rows)


def _absent(demands: Sequence[Demand]) -> str:
    return "\n".join(f"- {demand.id}: {demand.not_built}" for demand in demands if demand.not_built)


def _missed(demands: Sequence[Demand], tiers: Mapping[str, Outcomes]) -> str:
    rows = []
    for case in (case for demand in demands for case in demand.cases):
        missed = {name: {m.check: m for m in outcomes[case.id]} for name, outcomes in tiers.items()}
        for check in case.checks:
            answers = [missed[name].get(check) for name in tiers]
            asked = next((miss.expected for miss in answers if miss), None)
            if asked is not None:
                said = (_cell(miss.answered) if miss else "met" for miss in answers)
                rows.append([case.id, check, _cell(asked), *said])
    return table(["case", "check", "expected", *tiers], rows) if rows else "None."


def _cell(text: str) -> str:
    """Keep a text inside its cell."""
    return text.replace("|", "\\|").replace("\n", " ")
