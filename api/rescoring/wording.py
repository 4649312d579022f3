"""Words the difference report as Markdown, for people."""

from collections.abc import Mapping, Sequence
from typing import Any

_MOST_LINES = 15


def as_markdown(report: Mapping[str, Any]) -> str:
    """Word a report.

    Parameters
    ----------
    report : Mapping[str, Any]
        What `build_report` made.

    Returns
    -------
    str
        Ends with a line break; holds no comment's text.
    """
    tried = " (dry run: nothing was written)" if report["dry_run"] else ""
    lines = [
        f"# Re-scoring {report['job_id']}: {report['state']}{tried}",
        "",
        f"{report['scored']:,} comments scored, {report['changed']:,} with another label, "
        f"{report['failed']:,} failed, {report['left_out']:,} left out.",
        "",
        f"- models before: {_counts(report['model_versions_before'])}",
        f"- models after: {_counts(report['model_versions_after'])}",
        f"- texts: {_counts(report['texts'])}",
        f"- reasons: {_counts(report['reasons'])}",
        f"- mean sentiment score: {_shift(report)}",
        f"- tickets: {_counts(report['tickets'])}",
        "",
        "| task | changed | of | reasons |",
        "|---|---|---|---|",
    ]
    for task, told in report["tasks"].items():
        lines.append(f"| {task} | {told['changed']:,} | {told['total']:,} | {_counts(told['reasons'])} |")
    for name in ("departments", "themes"):
        lines += _table(name, report[name])
    for task, told in report["tasks"].items():
        if told["pairs"]:
            lines += ["", f"## {task}", "", "| before | after | comments |", "|---|---|---|"]
            lines += [
                f"| {each['before']} | {each['after']} | {each['comments']:,} |"
                for each in told["pairs"][:_MOST_LINES]
            ]
            lines.append("")
            lines += [
                f"- {each['id']}: {each['before']} -> {each['after']} ({', '.join(each['reasons'])})"
                for each in told["examples"]
            ]
    return "\n".join(lines) + "\n"


def _table(name: str, groups: Sequence[Mapping[str, Any]]) -> list[str]:
    if not groups:
        return []
    lines = [
        "",
        f"## {name}: before and after",
        "",
        f"| {name} | before | after | gained | lost | mean score | other labels |",
        "|---|---|---|---|---|---|---|",
    ]
    return lines + [
        f"| {each['id']} | {each['before']:,} | {each['after']:,} | {each['gained']:,} | {each['lost']:,} "
        f"| {_shift(each)} | {_counts(each['changed'])} |"
        for each in groups[:_MOST_LINES]
    ]


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"


def _shift(told: Mapping[str, Any]) -> str:
    means = [told["mean_score_before"], told["mean_score_after"]]
    return " -> ".join("none" if mean is None else f"{mean:+.3f}" for mean in means)
