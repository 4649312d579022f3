"""Prints what the service said: a handful of comments in full, then counts over all of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

Answer = dict[str, Any]

_ZONE = ZoneInfo("Asia/Tokyo")
_COLOURS = {"positive": "green", "negative": "red", "mixed": "yellow", "neutral": "blue"}
_LEVELS = ("frontline", "department", "executive")
_TOP_THEMES = 12
_SHORT = 160
"""Characters of a comment that is shown rather than a longer one."""


def show_comments(console: Console, texts: Mapping[str, str], answers: list[Answer]) -> None:
    """Print a handful of comments in both languages with everything that was said about them.

    Parameters
    ----------
    console : Console
        Where to.
    texts : Mapping[str, str]
        The texts as they were sent, by external id; the spans count in them.
    answers : list[Answer]
        What the service answered.
    """
    for answer in _handful(answers):
        text = texts[answer["comment"]["external_id"]]
        title = f"{answer['comment']['external_id']} · {answer['analysis']['language']}"
        console.print(Panel(_details(text, answer), title=title, title_align="left"))


def show_summary(
    console: Console,
    answers: list[Answer],
    errors: list[Answer],
    tickets: list[Answer],
    seconds: Mapping[str, float],
) -> None:
    """Print counts over all comments, the tickets, and how long it took.

    Parameters
    ----------
    console : Console
        Where to.
    answers : list[Answer]
        What the service answered for the comments that it kept.
    errors : list[Answer]
        What it answered for the others.
    tickets : list[Answer]
        The tickets that were opened.
    seconds : Mapping[str, float]
        How long each step took.
    """
    analyses = [answer["analysis"] for answer in answers]
    languages = sorted({analysis["language"] for analysis in analyses})
    counts = Table(title="Comments", title_justify="left")
    counts.add_column("")
    for language in languages:
        counts.add_column(language, justify="right")
    counts.add_column("all", justify="right")
    groups: list[tuple[str, Callable[[Answer], Iterable[str]]]] = [
        ("sentiment", lambda analysis: [analysis["sentiment"]["label"]]),
        ("urgency", lambda analysis: [analysis["urgency"]["level"]]),
        ("department", lambda analysis: [item["id"] for item in analysis["departments"]] or ["(nobody)"]),
        ("theme", lambda analysis: [item["label"] for item in analysis["themes"][:1]] or ["(none)"]),
    ]
    _add_counts(counts, "comments", Counter({"": len(analyses)}), lambda _: [""], analyses, languages)
    for name, values in groups:
        total = Counter(value for analysis in analyses for value in values(analysis))
        _add_counts(counts, name, total, values, analyses, languages)
    console.print(counts)
    console.print(_ticket_table(tickets))
    if errors:
        refused = Counter(error["error"]["code"] for error in errors)
        console.print("Refused: " + ", ".join(f"{code} {count}" for code, count in refused.items()))
    steps = ", ".join(f"{name} {taken:.1f} s" for name, taken in seconds.items())
    console.print(f"{len(answers)} comments, {len(tickets)} tickets. {steps}.")


def _handful(answers: list[Answer]) -> list[Answer]:
    """Choose, for each language, the gravest ticket, a mixed comment, a praise and one with personal data."""
    chosen: dict[str, Answer] = {}
    for language in ("ja", "en"):
        mine = [answer for answer in answers if answer["analysis"]["language"] == language]
        mine.sort(key=lambda answer: len(answer["comment"]["text"]) > _SHORT)
        ticketed = [answer for answer in mine if answer["ticket"]]
        gravest = sorted(ticketed, key=lambda answer: -_LEVELS.index(answer["ticket"]["level"]))
        masked = [answer for answer in mine if answer["analysis"]["pii"]]
        for candidates in (gravest, _labelled(mine, "mixed"), _labelled(mine, "positive"), masked):
            if candidates:
                chosen.setdefault(candidates[0]["comment"]["id"], candidates[0])
    return list(chosen.values())


def _labelled(answers: list[Answer], label: str) -> list[Answer]:
    """Return the answers of one sentiment."""
    return [answer for answer in answers if answer["analysis"]["sentiment"]["label"] == label]


def _details(text: str, answer: Answer) -> Table:
    """Write one comment and its analysis, a line for each thing that was said."""
    analysis = answer["analysis"]
    churn, urgency = analysis["churn"], analysis["urgency"]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("text", f"[bold]{escape(text)}[/bold]")
    if analysis["pii"]:
        table.add_row("stored as", escape(answer["comment"]["text"]))
    table.add_row("sentiment", _label(analysis["sentiment"]))
    for sentence in analysis["sentences"]:
        table.add_row("", f"{_label(sentence)} {_quote(text, sentence)}")
    aspects = [f"{_quote(text, item)} {item['label']} ({item['category']})" for item in analysis["aspects"]]
    table.add_row("aspects", ", ".join(aspects) or "-")
    table.add_row("intent", analysis["intent"]["label"])
    table.add_row("themes", ", ".join(escape(item["label"]) for item in analysis["themes"]) or "-")
    owners = [f"{item['id']} {item['probability']:.2f}" for item in analysis["departments"]]
    table.add_row("departments", "(abstained)" if analysis["abstained"] else ", ".join(owners) or "-")
    reasons = [f"{item['code']} {_quote(text, item)}" for item in urgency["reasons"]]
    table.add_row("urgency", " ".join([urgency["level"], ", ".join(reasons)]))
    leaving = ", ".join(_quote(text, item) for item in churn["reasons"])
    table.add_row("churn", f"{'at risk' if churn['at_risk'] else 'no'} {churn['probability']:.2f} {leaving}")
    table.add_row("ticket", _ticket(answer["ticket"]))
    return table


def _label(item: Mapping[str, Any]) -> str:
    """Write a sentiment in its colour."""
    return f"[{_COLOURS[item['label']]}]{item['label']} {item['score']:+.2f}[/]"


def _quote(text: str, span: Mapping[str, Any]) -> str:
    """Quote what a span points at."""
    return escape(f"「{text[span['start'] : span['end']]}」")


def _ticket(ticket: Answer | None) -> str:
    """Write a ticket in one line, its due time in Japan."""
    if ticket is None:
        return "none"
    due = datetime.fromisoformat(ticket["due_at"]).astimezone(_ZONE)
    name = ticket["department_name"]
    return (
        f"{name['ja']} / {name['en']}, {ticket['level']}, due {due:%Y-%m-%d %a %H:%M} Asia/Tokyo "
        f"(rule {ticket['reason']['rule']})"
    )


def _add_counts(
    table: Table,
    name: str,
    total: Counter[str],
    values: Callable[[Answer], Iterable[str]],
    analyses: list[Answer],
    languages: list[str],
) -> None:
    """Add one group of rows, the most frequent first."""
    by_language = {
        language: Counter(
            value for analysis in analyses if analysis["language"] == language for value in values(analysis)
        )
        for language in languages
    }
    for value, count in total.most_common(_TOP_THEMES):
        figures = [str(by_language[language][value]) for language in languages]
        table.add_row(escape(f"{name} {value}".rstrip()), *figures, str(count))
    table.add_section()


def _ticket_table(tickets: list[Answer]) -> Table:
    """Count the tickets by department and level, with the earliest due time."""
    table = Table(title="Tickets", title_justify="left")
    table.add_column("department")
    for level in (*_LEVELS, "all"):
        table.add_column(level, justify="right")
    table.add_column("first due (Asia/Tokyo)")
    counts = Counter((ticket["department"], ticket["level"]) for ticket in tickets)
    names = {ticket["department"]: ticket["department_name"] for ticket in tickets}
    for department, name in sorted(names.items()):
        figures = [counts[department, level] for level in _LEVELS]
        due = min(
            datetime.fromisoformat(each["due_at"]) for each in tickets if each["department"] == department
        )
        table.add_row(
            f"{name['ja']} / {name['en']}",
            *(str(figure) for figure in (*figures, sum(figures))),
            f"{due.astimezone(_ZONE):%Y-%m-%d %a %H:%M}",
        )
    return table
