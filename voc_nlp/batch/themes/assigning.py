"""Assign the comments of a file to the themes of a model, in this process or in several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voc_nlp.schema import Comment, Refusal, ThemeMatch

if TYPE_CHECKING:
    from voc_nlp.analysis import Analyzer
    from voc_nlp.embedding import Embedder
    from voc_nlp.topics.model import ThemeModel


@dataclass(frozen=True, slots=True)
class ThemeAnswer:
    """The themes of one comment.

    Parameters
    ----------
    id : str
        The comment's id.
    themes : tuple[ThemeMatch, ...]
        Best first; empty when no theme is near enough or the comment says nothing.
    """

    id: str
    themes: tuple[ThemeMatch, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the published JSON shape.

        Returns
        -------
        dict[str, Any]
            ``{"id", "themes": [{"id", "label", "similarity"}, ...]}``.
        """
        return {"id": self.id, "themes": [_plain(match) for match in self.themes]}


class ThemeAssigner:
    """Assigns comments; what `voc_nlp.batch.local.score_records` takes in an analyzer's place.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    embedder : Embedder
        The encoder that they were fitted with.
    analyzer : Analyzer | None
        Answers what rule themes ask beyond words and fields; None where none asks.
    most : int | None
        Learnt themes of one comment, at most; `voc_nlp.topics.model.MOST_MATCHES` when None.
    """

    def __init__(
        self,
        model: "ThemeModel",
        embedder: "Embedder",
        *,
        analyzer: "Analyzer | None" = None,
        most: int | None = None,
    ) -> None:
        self._model = model
        self._embedder = embedder
        self._analyzer = analyzer
        self._most = most

    def analyze(self, comments: Sequence[Comment | str]) -> list[ThemeAnswer | Refusal]:
        """Assign comments.

        Parameters
        ----------
        comments : Sequence[Comment | str]
            Comments, or bare texts, whose id is then their number from 1.

        Returns
        -------
        list[ThemeAnswer | Refusal]
            One answer a comment, in the same order.
        """
        from voc_nlp.topics.assign import assign_comments
        from voc_nlp.topics.model import MOST_MATCHES

        read = [Comment(str(n), one) if isinstance(one, str) else one for n, one in enumerate(comments, 1)]
        found = assign_comments(
            self._model,
            read,
            self._embedder,
            analyses=None if self._analyzer is None else self._analyzer.analyze(read),
            most=MOST_MATCHES if self._most is None else self._most,
        )
        return [
            themes if isinstance(themes, Refusal) else ThemeAnswer(comment.id, themes)
            for comment, themes in zip(read, found, strict=True)
        ]


def load_assigner(
    folder: Path, models: Path | None = None, tier: str = "default", most: int | None = None
) -> ThemeAssigner:
    """Load what assigns comments to the themes of a folder.

    Parameters
    ----------
    folder : Path
        The theme model.
    models : Path | None
        Folder with the encoder; the shipped models when None.
    tier : str
        Models that answer what rule themes ask beyond words and fields; loaded only where one asks.
    most : int | None
        Learnt themes of one comment, at most.

    Returns
    -------
    ThemeAssigner
        Ready to assign; a folder that cannot be used raises an `ArtifactError`.
    """
    from voc_nlp.loading import load_analyzer, load_embedder
    from voc_nlp.topics.assign import needs_analysis
    from voc_nlp.topics.model import ThemeModel

    embedder = load_embedder(models)
    model = ThemeModel.load(folder, embedder)
    analyzer = load_analyzer(models, tier) if needs_analysis(model) else None
    return ThemeAssigner(model, embedder, analyzer=analyzer, most=most)


def _plain(match: ThemeMatch) -> Mapping[str, Any]:
    """Return the published shape of one match."""
    return {"id": match.id, "label": match.label, "similarity": round(float(match.similarity), 4)}
