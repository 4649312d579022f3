"""What a theme is, and its JSON shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ThemeKind(StrEnum):
    """Where a theme's comments come from: the fit, a person's query, or the themes below it."""

    LEARNT = "learnt"
    RULE = "rule"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme.

    Parameters
    ----------
    id : str
        Stable identifier; never given to another theme.
    label : Mapping[str, str]
        Readable name by language, ``ja`` and ``en``.
    size : int
        Number of comments of the fit that it holds; those below it for a group, 0 for a rule theme.
    keywords : Mapping[str, tuple[str, ...]]
        Key words by language, most telling first.
    kind : ThemeKind
        Learnt, rule or group.
    parent : str | None
        Id of the group or theme above it; None at the top.
    query : str | None
        The query of a rule theme.
    representatives : tuple[str, ...]
        Ids of comments that stand for it, the most telling first.
    languages : Mapping[str, int]
        Number of comments of the fit that it holds by language.
    renamed : bool
        Whether a person gave the name.
    pinned : bool
        Whether a person wants it as it is: the next fit does not move it.
    archived : bool
        Whether it is out of use: it takes no comments, and the next fit makes no other in its place.
    """

    id: str
    label: Mapping[str, str]
    size: int
    keywords: Mapping[str, tuple[str, ...]]
    kind: ThemeKind = ThemeKind.LEARNT
    parent: str | None = None
    query: str | None = None
    representatives: tuple[str, ...] = ()
    languages: Mapping[str, int] = field(default_factory=dict)
    renamed: bool = False
    pinned: bool = False
    archived: bool = False

    @property
    def held(self) -> bool:
        """Whether the next fit leaves it where it is."""
        return self.renamed or self.pinned or self.archived

    def to_dict(self) -> dict[str, Any]:
        """Return the published JSON shape.

        Returns
        -------
        dict[str, Any]
            ``{"id", "label": {"ja", "en"}, "size", "keywords": {"ja": [...], "en": [...]}, "kind",
            "parent", "query", "representatives", "languages", "renamed", "pinned", "archived"}``.
        """
        return {
            "id": self.id,
            "label": dict(self.label),
            "size": self.size,
            "keywords": {lang: list(words) for lang, words in self.keywords.items()},
            "kind": self.kind.value,
            "parent": self.parent,
            "query": self.query,
            "representatives": list(self.representatives),
            "languages": dict(self.languages),
            "renamed": self.renamed,
            "pinned": self.pinned,
            "archived": self.archived,
        }

    @classmethod
    def from_dict(cls, item: Mapping[str, Any]) -> "Theme":
        """Read what `to_dict` wrote; what an older writing lacks has its default.

        Parameters
        ----------
        item : Mapping[str, Any]
            The JSON shape.

        Returns
        -------
        Theme
            The theme.
        """
        return cls(
            id=item["id"],
            label=dict(item["label"]),
            size=item["size"],
            keywords={lang: tuple(words) for lang, words in item["keywords"].items()},
            kind=ThemeKind(item.get("kind", ThemeKind.LEARNT)),
            parent=item.get("parent"),
            query=item.get("query"),
            representatives=tuple(item.get("representatives", ())),
            languages=dict(item.get("languages", {})),
            renamed=item.get("renamed", False),
            pinned=item.get("pinned", False),
            archived=item.get("archived", False),
        )
