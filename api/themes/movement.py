"""Counts which comments a change moves from which theme to which."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from api.themes.placing import RULE, Placed

MOST_IDS = 20
"""Comments that are named of each move."""


class Movement:
    """What a change moves, comment by comment.

    The main theme of a comment is the first one that no rule gave; rules add themes and
    move nobody.
    """

    def __init__(self) -> None:
        self.comments = 0
        self.changed = 0
        self._moves: Counter[tuple[str | None, str | None]] = Counter()
        self._movers: defaultdict[tuple[str | None, str | None], list[str]] = defaultdict(list)
        self._before: Counter[str | None] = Counter()
        self._after: Counter[str | None] = Counter()
        self._gained: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()
        self._touched: defaultdict[str, list[str]] = defaultdict(list)

    def note(self, comment_id: str, before: Sequence[Placed], after: Sequence[Placed]) -> None:
        """Take one comment into account.

        Parameters
        ----------
        comment_id : str
            The comment.
        before : Sequence[Placed]
            Its themes, best first.
        after : Sequence[Placed]
            Those that it will have.
        """
        self.comments += 1
        old, new = {one.theme_id for one in before}, {one.theme_id for one in after}
        self._before.update(old or (None,))
        self._after.update(new or (None,))
        if old != new:
            self.changed += 1
            for counter, ids in ((self._gained, new - old), (self._lost, old - new)):
                counter.update(ids)
                for theme_id in ids:
                    _name(self._touched[theme_id], comment_id)
        move = _main(before), _main(after)
        if move[0] != move[1]:
            self._moves[move] += 1
            _name(self._movers[move], comment_id)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON shape.

        Returns
        -------
        dict[str, Any]
            ``{"comments", "changed", "moves": [{"from", "to", "comments", "comment_ids"}],
            "themes": [{"id", "before", "after", "gained", "lost", "comment_ids"}],
            "unassigned": {"before", "after"}}``; the largest moves first.
        """
        moves = sorted(self._moves, key=lambda move: (-self._moves[move], move[0] or "", move[1] or ""))
        touched = sorted({*self._gained, *self._lost})
        return {
            "comments": self.comments,
            "changed": self.changed,
            "moves": [
                {
                    "from": move[0],
                    "to": move[1],
                    "comments": self._moves[move],
                    "comment_ids": self._movers[move],
                }
                for move in moves
            ],
            "themes": [
                {
                    "id": theme_id,
                    "before": self._before[theme_id],
                    "after": self._after[theme_id],
                    "gained": self._gained[theme_id],
                    "lost": self._lost[theme_id],
                    "comment_ids": self._touched[theme_id],
                }
                for theme_id in touched
            ],
            "unassigned": {"before": self._before[None], "after": self._after[None]},
        }


def _main(placed: Sequence[Placed]) -> str | None:
    return next((one.theme_id for one in placed if one.origin != RULE), None)


def _name(ids: list[str], comment_id: str) -> None:
    if len(ids) < MOST_IDS:
        ids.append(comment_id)
