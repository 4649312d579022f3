"""Counts differences, part by part; the counts of parts add up to those of the job."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.rescoring.differences import Difference
from api.rescoring.labels import DEPARTMENTS, TASKS, THEMES, word_of

_EXAMPLES_OF_A_PART = 3
_EXAMPLES = 20
"""A task's examples that are kept, each of another change as long as there are such."""

Pair = tuple[str, str]
Example = tuple[str, str, str, str]
"""Comment, label before, label after, reasons joined by ``+``."""


@dataclass(slots=True)
class Group:
    """The comments of one department or theme; `before` and `after` count who had it then."""

    before: int = 0
    after: int = 0
    kept: int = 0
    score_before: float = 0.0
    score_after: float = 0.0
    changed: Counter[str] = field(default_factory=Counter)

    def add(self, difference: Difference, *, was: bool, is_now: bool) -> None:
        """Count one comment that is or was in the group.

        Parameters
        ----------
        difference : Difference
            The comment's.
        was : bool
            Whether it had the department or theme before.
        is_now : bool
            Whether it has it now.
        """
        self.before += was
        self.after += is_now
        self.kept += was and is_now
        self.score_before += difference.scores[0] if was else 0.0
        self.score_after += difference.scores[1] if is_now else 0.0
        self.changed.update(difference.reasons.keys())

    def to_list(self) -> list[Any]:
        """Return JSON values, short because every part has them."""
        return [
            self.before,
            self.after,
            self.kept,
            round(self.score_before, 4),
            round(self.score_after, 4),
            dict(self.changed),
        ]

    def merge(self, told: list[Any]) -> None:
        """Add what `to_list` wrote.

        Parameters
        ----------
        told : list[Any]
            Of the same group in another part.
        """
        self.before += told[0]
        self.after += told[1]
        self.kept += told[2]
        self.score_before += told[3]
        self.score_after += told[4]
        self.changed.update(told[5])


@dataclass(slots=True)
class Tally:
    """Counts of comments; `changes` has, by task, comments by labels before and after and reasons."""

    scored: int = 0
    changed: int = 0
    left_out: int = 0
    failed: int = 0
    deserving: int = 0
    opened: int = 0
    joined: int = 0
    score_before: float = 0.0
    score_after: float = 0.0
    versions_before: Counter[str] = field(default_factory=Counter)
    versions_after: Counter[str] = field(default_factory=Counter)
    texts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    changes: dict[str, Counter[tuple[str, str, str]]] = field(
        default_factory=lambda: {task: Counter() for task in TASKS}
    )
    departments: defaultdict[str, Group] = field(default_factory=lambda: defaultdict(Group))
    themes: defaultdict[str, Group] = field(default_factory=lambda: defaultdict(Group))
    examples: dict[str, list[Example]] = field(default_factory=lambda: {task: [] for task in TASKS})

    def add(self, difference: Difference) -> None:
        """Count one comment.

        Parameters
        ----------
        difference : Difference
            What its two scorings say; nothing may differ.
        """
        self.scored += 1
        self.changed += bool(difference.reasons)
        self.score_before += difference.scores[0]
        self.score_after += difference.scores[1]
        self.versions_before[difference.versions[0]] += 1
        self.versions_after[difference.versions[1]] += 1
        self.texts[difference.text] += 1
        self.reasons.update({reason.value for found in difference.reasons.values() for reason in found})
        for task, found in difference.reasons.items():
            old, new = word_of(difference.before[task]), word_of(difference.after[task])
            why = "+".join(found)
            self.changes[task][old, new, why] += 1
            self._show(task, (difference.comment_id, old, new, why), _EXAMPLES_OF_A_PART)
        for task, groups in ((DEPARTMENTS, self.departments), (THEMES, self.themes)):
            before, after = difference.before[task], difference.after[task]
            assert isinstance(before, list)
            assert isinstance(after, list)
            for name in {*before, *after}:
                groups[name].add(difference, was=name in before, is_now=name in after)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON values that are stored with a part.

        Returns
        -------
        dict[str, Any]
            For `merge`.
        """
        return {
            "counts": {name: getattr(self, name) for name in _COUNTS},
            "words": {name: dict(getattr(self, name)) for name in _WORDS},
            "changes": {
                task: [[*key, count] for key, count in changes.items()]
                for task, changes in self.changes.items()
                if changes
            },
            "groups": {
                name: {each: group.to_list() for each, group in getattr(self, name).items()}
                for name in _GROUPS
            },
            "examples": {task: shown for task, shown in self.examples.items() if shown},
        }

    def merge(self, told: Mapping[str, Any]) -> None:
        """Add the counts of another part.

        Parameters
        ----------
        told : Mapping[str, Any]
            What `to_dict` made of them.
        """
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + told["counts"][name])
        for name in _WORDS:
            getattr(self, name).update(told["words"][name])
        for task, changes in told["changes"].items():
            for old, new, why, count in changes:
                self.changes[task][old, new, why] += count
        for name in _GROUPS:
            for each, group in told["groups"][name].items():
                getattr(self, name)[each].merge(group)
        for task, shown in told["examples"].items():
            for comment_id, old, new, why in shown:
                self._show(task, (comment_id, old, new, why), _EXAMPLES)

    def _show(self, task: str, example: Example, most: int) -> None:
        """Keep an example, unless there are enough or one of the same change."""
        shown = self.examples[task]
        if len(shown) < most and all(example[1:3] != other[1:3] for other in shown):
            shown.append(example)


_COUNTS = (
    "scored",
    "changed",
    "left_out",
    "failed",
    "deserving",
    "opened",
    "joined",
    "score_before",
    "score_after",
)
_WORDS = ("versions_before", "versions_after", "texts", "reasons")
_GROUPS = ("departments", "themes")
