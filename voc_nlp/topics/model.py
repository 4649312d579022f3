"""Themes as frozen centroids: one assignment rule in fit, in assign, and after loading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.artifacts import check_keys, open_folder, write_folder
from voc_nlp.embedding import Embedder
from voc_nlp.errors import UnknownFormatError
from voc_nlp.schema import Language, ThemeMatch
from voc_nlp.sentence_encoder import is_same_encoder, probe_encoder

THEMES_KIND = "themes"
_MOST_MATCHES = 3
_RUNNER_UP_MARGIN = 0.05


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme.

    Parameters
    ----------
    id : str
        Stable identifier.
    label : Mapping[str, str]
        Readable name by language, ``ja`` and ``en``.
    size : int
        Number of comments that it was made of.
    keywords : Mapping[str, tuple[str, ...]]
        Key words by language, most telling first.
    """

    id: str
    label: Mapping[str, str]
    size: int
    keywords: Mapping[str, tuple[str, ...]]

    def to_dict(self) -> dict[str, Any]:
        """Return the published JSON shape.

        Returns
        -------
        dict[str, Any]
            ``{"id", "label": {"ja", "en"}, "size", "keywords": {"ja": [...], "en": [...]}}``.
        """
        keywords = {lang: list(words) for lang, words in self.keywords.items()}
        return {"id": self.id, "label": dict(self.label), "size": self.size, "keywords": keywords}


class ThemeModel:
    """Assigns comments to themes by cosine to the themes' centroids.

    Parameters
    ----------
    themes : Sequence[Theme]
        The themes.
    centroids : NDArray[np.float32]
        Unit vectors, shape (themes, dimension), in the order of `themes`.
    circumstances : NDArray[np.float32]
        Orthonormal directions of when, how often and who, which are taken out of a vector
        before it is compared, shape (directions, dimension).
    threshold : float
        Least cosine of a match, in [-1, 1].
    encoder : str
        Name and version of the encoder that the centroids were made with.
    seed : int
        Seed of the fit.
    probe : Sequence[float] | None
        What `probe_encoder` gave for that encoder; None in a model that was fitted before there were probes.
    """

    def __init__(
        self,
        themes: Sequence[Theme],
        centroids: NDArray[np.float32],
        circumstances: NDArray[np.float32],
        *,
        threshold: float,
        encoder: str,
        seed: int,
        probe: Sequence[float] | None = None,
    ) -> None:
        self.themes = tuple(themes)
        self.threshold = threshold
        self.encoder = encoder
        self.seed = seed
        self.probe = None if probe is None else tuple(probe)
        self._centroids = centroids
        self._circumstances = circumstances

    @property
    def dimension(self) -> int:
        """Length of the vectors that are compared."""
        return int(self._centroids.shape[1])

    @classmethod
    def load(cls, folder: Path, encoder: Embedder | None = None) -> "ThemeModel":
        """Open a model folder of kind ``themes``.

        Parameters
        ----------
        folder : Path
            The model folder.
        encoder : Embedder | None
            Whose vectors will be compared; not checked when None.

        Returns
        -------
        ThemeModel
            Assigns exactly as the model that was saved.

        Raises
        ------
        UnknownFormatError
            If the folder's facts do not fit its arrays, or the themes were fitted with another encoder.
        """
        model = open_folder(folder, THEMES_KIND)
        arrays = model.tensors("centroids")
        if "circumstances" not in arrays:
            raise UnknownFormatError(
                f"{folder} has no circumstances; expected themes fitted by this version. "
                "Fit the themes again with `voc themes fit`."
            )
        centroids = arrays["centroids"]
        config = model.config
        check_keys(folder, config, ("themes", "threshold", "encoder", "seed"))
        themes = [
            Theme(
                id=item["id"],
                label=item["label"],
                size=item["size"],
                keywords={lang: tuple(words) for lang, words in item["keywords"].items()},
            )
            for item in config["themes"]
        ]
        if len(themes) != len(centroids):
            raise UnknownFormatError(
                f"{folder} names {len(themes)} themes and holds {len(centroids)} centroids; "
                "expected as many of both. Fit the themes again with `voc themes fit`."
            )
        found = cls(
            themes,
            centroids.astype(np.float32, copy=False),
            arrays["circumstances"].astype(np.float32, copy=False),
            threshold=config["threshold"],
            encoder=config["encoder"],
            seed=config["seed"],
            probe=config.get("probe"),
        )
        if encoder is not None:
            _check_encoder(folder, found, encoder)
        return found

    def save(self, folder: Path, *, name: str = "themes", version: str = "1.0.0") -> None:
        """Write the model folder.

        Parameters
        ----------
        folder : Path
            Where to write; an older model there is replaced.
        name : str
            Name of the model.
        version : str
            Version of the model.
        """
        write_folder(
            folder,
            kind=THEMES_KIND,
            name=name,
            version=version,
            tensors={"centroids": {"centroids": self._centroids, "circumstances": self._circumstances}},
            facts={
                "threshold": self.threshold,
                "encoder": self.encoder,
                **({} if self.probe is None else {"probe": list(self.probe)}),
                "seed": self.seed,
                "themes": [theme.to_dict() for theme in self.themes],
            },
        )

    def assign(
        self, vectors: NDArray[np.float32], languages: Sequence[Language] | None = None
    ) -> list[tuple[ThemeMatch, ...]]:
        """Find the themes of comments.

        Parameters
        ----------
        vectors : NDArray[np.float32]
            Unit vectors of the comments, shape (n, dimension).
        languages : Sequence[Language] | None
            Language of each comment, in which its themes are named; English when None.

        Returns
        -------
        list[tuple[ThemeMatch, ...]]
            Best first: the nearest theme at or above the threshold, and up to
            two more that are nearly as near; empty when no theme is near enough.
        """
        if not len(self.themes) or not len(vectors):
            return [()] * len(vectors)
        bare = take_out(vectors, self._circumstances)
        cosines = (bare.astype(np.float64) @ self._centroids.T).astype(np.float32)
        order = np.argsort(-cosines, axis=1, kind="stable")[:, :_MOST_MATCHES]
        found = []
        for row, ranked in enumerate(order.tolist()):
            lang = "ja" if languages is not None and languages[row] is Language.JA else "en"
            best = float(cosines[row, ranked[0]])
            least = max(self.threshold, best - _RUNNER_UP_MARGIN)
            found.append(
                tuple(
                    ThemeMatch(self.themes[i].id, self.themes[i].label[lang], float(cosines[row, i]))
                    for i in ranked
                    if cosines[row, i] >= least
                )
            )
        return found


def take_out(vectors: NDArray[np.float32], directions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take directions out of vectors.

    Parameters
    ----------
    vectors : NDArray[np.float32]
        Shape (n, dimension).
    directions : NDArray[np.float32]
        Orthonormal, shape (directions, dimension).

    Returns
    -------
    NDArray[np.float32]
        Unit vectors, shape (n, dimension); the zero vector where nothing else is left.

    References
    ----------
    Mu, Viswanath (2018), All-but-the-top: simple and effective postprocessing for word representations.
    """
    wide = vectors.astype(np.float64)
    bare = wide - (wide @ directions.T) @ directions
    norms = np.linalg.norm(bare, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (bare / np.maximum(norms, 1e-9)).astype(np.float32)
    return unit


def _check_encoder(folder: Path, themes: ThemeModel, encoder: Embedder) -> None:
    """Check that themes were fitted with an encoder; without a probe only the lengths of vectors can tell."""
    if themes.dimension != encoder.dimension:
        raise UnknownFormatError(
            f"{folder} compares vectors of {themes.dimension} numbers; the encoder here gives "
            f"{encoder.dimension}. Use the encoder that they were fitted with, {themes.encoder!r}, "
            "or fit the themes again with this one."
        )
    if themes.probe is not None and not is_same_encoder(probe_encoder(encoder), themes.probe):
        raise UnknownFormatError(
            f"{folder} was fitted with {themes.encoder!r}, and the encoder here is another: the same text "
            "gets another vector. Use that one, or fit the themes again with this one."
        )
