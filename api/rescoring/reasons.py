"""Why a label differs from that of an earlier analysis: what took part in one and not in the other.

Every task depends on some of what makes an analysis; only that can be its reason. The words of
a tenant's dictionary reach themes alone, departments of the taxonomy reach owners alone. Themes
are known three times: those of the earlier scoring, those that the comment has now (every change
of themes and words moves them at once), and those of the new scoring. So the part of models and
the part of taxonomy and dictionary are told apart. For owners, when models and taxonomy
have both changed, both are named.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from api.comments.made_by import Text
from api.rescoring.labels import ABSTAINED, DEPARTMENTS

_OWNERS = (DEPARTMENTS, ABSTAINED)


class Reason(StrEnum):
    """What can make a label differ."""

    MODEL = "model"
    """Other models."""
    TAXONOMY = "taxonomy"
    """Other departments in config/taxonomy.toml, or for themes other themes of the tenant."""
    DICTIONARY = "dictionary"
    """Other words of the tenant."""
    MASKING = "masking"
    """The masked text was analysed in the place of the one that was sent, or the other way round."""
    UNKNOWN = "unknown"
    """It is not written down what made the earlier analysis."""


class Change:
    """What took part in one of two analyses and not in the other.

    Parameters
    ----------
    model_version : str
        Models of the earlier analysis.
    before : Mapping[str, Any] | None
        Its `made_by`; None where it was not written down.
    after : Mapping[str, Any]
        That of the new one.
    """

    def __init__(
        self, model_version: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]
    ) -> None:
        common = []
        if model_version != after["model"]:
            common.append(Reason.MODEL)
        text = Text.SENT if before is None else Text(before["text"])
        if (text is Text.MASKED) != (after["text"] == Text.MASKED):
            common.append(Reason.MASKING)
        self._common = tuple(common)
        self._owners = self._common
        if before is None:
            self._owners = (*self._common, Reason.UNKNOWN)
        elif before["departments"] != after["departments"]:
            self._owners = (*self._common, Reason.TAXONOMY)
        self._themes = () if before is None else _of_themes(before, after)

    def of(self, task: str) -> tuple[Reason, ...]:
        """Name the reasons of a difference in any task but themes.

        Parameters
        ----------
        task : str
            The task.

        Returns
        -------
        tuple[Reason, ...]
            At least one.
        """
        return (self._owners if task in _OWNERS else self._common) or (Reason.UNKNOWN,)

    def of_themes(
        self, earlier: Sequence[str], standing: Sequence[str], new: Sequence[str]
    ) -> tuple[Reason, ...]:
        """Name the reasons of a difference in themes.

        Parameters
        ----------
        earlier : Sequence[str]
            Those of the earlier scoring.
        standing : Sequence[str]
            Those that the comment has, by the present themes and words.
        new : Sequence[str]
            Those of the new scoring.

        Returns
        -------
        tuple[Reason, ...]
            At least one.
        """
        moved_since = set(earlier) != set(standing)
        moved_now = set(standing) != set(new)
        found = [*(self._common if moved_now else ()), *(self._themes if moved_since else ())]
        return tuple(found) or (Reason.UNKNOWN,)


def _of_themes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Reason, ...]:
    """Tell the tenant's words from the tenant's themes: a new dictionary alone is one revision further."""
    revisions = after["themes_revision"] - before["themes_revision"]
    reworded = before["dictionary"] != after["dictionary"]
    found = [Reason.DICTIONARY] if reworded else []
    if revisions > 1 or (revisions == 1 and not reworded):
        found.insert(0, Reason.TAXONOMY)
    return tuple(found)
